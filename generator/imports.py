"""Which modules a compiled pipeline's `.py` file imports at its top, for Airflow to parse it quickly.

Airflow's DAG processor imports the `airflow.*` modules that a file names in plain `import` statements once,
in the process that it forks for each parse (`[dag_processor] parsing_pre_import_modules` in Airflow's
configuration reference). Without them each parse of each file imports them anew: 0.7 s instead of 0.03 s.
Modules of ours are not imported that way, so what they need from Airflow is named here too.
"""

from __future__ import annotations

from collections.abc import Iterable

# What dag-factory imports, and Airflow to serialize the first DAG. All come with Airflow's Amazon provider.
PARSE_IMPORTS: tuple[str, ...] = (
    "airflow.providers.common.sql.sensors.sql",
    "airflow.providers.http.operators.http",
    "airflow.providers.http.sensors.http",
    "airflow.providers.standard.operators.python",
    "airflow.providers.standard.operators.trigger_dagrun",
    "airflow.providers.standard.sensors.external_task",
    "airflow.providers.standard.sensors.python",
    "airflow.timetables.assets",
    "airflow.timetables.trigger",
)

_BEHIND_OUR_OPERATORS: dict[str, tuple[str, ...]] = {
    "generator.operators.athena": (
        "airflow.providers.amazon.aws.hooks.s3",
        "airflow.providers.amazon.aws.operators.athena",
    ),
    "generator.operators.athena_staged": (
        "airflow.providers.amazon.aws.hooks.glue_catalog",
        "airflow.providers.amazon.aws.hooks.s3",
        "airflow.providers.amazon.aws.operators.athena",
    ),
    "generator.operators.athena_check": ("airflow.providers.amazon.aws.operators.athena",),
    "generator.operators.ml_evaluate": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.ml_predict": (
        "airflow.providers.amazon.aws.hooks.redshift_data",
        "airflow.providers.amazon.aws.hooks.s3",
    ),
    "generator.operators.ml_register": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.ml_train": (
        "airflow.providers.amazon.aws.hooks.redshift_data",
        "airflow.providers.amazon.aws.hooks.s3",
    ),
    "generator.operators.redshift": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.redshift_check": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.redshift_cluster": ("airflow.providers.amazon.aws.operators.redshift_cluster",),
    "generator.operators.redshift_statements": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.redshift_unload": ("airflow.providers.amazon.aws.operators.redshift_data",),
    "generator.operators.sagemaker_predict": ("airflow.providers.amazon.aws.hooks.redshift_data",),
    "generator.operators.sagemaker_train": ("airflow.providers.amazon.aws.hooks.redshift_data",),
}


def import_lines(operators: Iterable[str]) -> tuple[str, ...]:
    """The sorted modules to import in a pipeline's `.py` file, from the class paths of its operators."""
    modules = set(PARSE_IMPORTS)
    for operator in operators:
        module = operator.rpartition(".")[0]
        modules.update(_BEHIND_OUR_OPERATORS.get(module, (module,)))
    return tuple(sorted(module for module in modules if module.startswith("airflow.")))
