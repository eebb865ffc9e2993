# Compiled from pipelines/delays/delay_predict.yaml by `pipelines generate`. Do not edit: change that file and generate again.
import airflow.providers.amazon.aws.hooks.redshift_data  # noqa: F401
import airflow.providers.amazon.aws.hooks.s3  # noqa: F401
import airflow.providers.amazon.aws.operators.redshift_data  # noqa: F401
import airflow.providers.common.sql.sensors.sql  # noqa: F401
import airflow.providers.http.operators.http  # noqa: F401
import airflow.providers.http.sensors.http  # noqa: F401
import airflow.providers.standard.operators.python  # noqa: F401
import airflow.providers.standard.operators.trigger_dagrun  # noqa: F401
import airflow.providers.standard.sensors.external_task  # noqa: F401
import airflow.providers.standard.sensors.python  # noqa: F401
import airflow.timetables.assets  # noqa: F401
import airflow.timetables.trigger  # noqa: F401

from generator.build import build_dag

dag = build_dag(__file__)
