"""The end of a task of machine learning: nothing of its run is left in S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.amazon.aws.operators.s3 import S3DeleteObjectsOperator

from generator.operators import earlier

if TYPE_CHECKING:
    from airflow.sdk import Context


class MlCleanOperator(S3DeleteObjectsOperator):
    """Deletes a folder in S3, after what a killed worker left running in Redshift: an UNLOAD would fill it again.

    :param statement_name: the name in the Redshift Data API of a statement of this task, as if it had one; those whose
        names begin with the same group are ended. (templated)
    """

    template_fields = (*S3DeleteObjectsOperator.template_fields, "statement_name")

    def __init__(self, *, statement_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.statement_name = statement_name

    def execute(self, context: Context) -> None:
        """End the statements, and delete."""
        redshift: Any = RedshiftDataHook(aws_conn_id=self.aws_conn_id, region_name=self.region_name).conn
        earlier.end(redshift, self.statement_name, of_group=True)
        super().execute(context)
