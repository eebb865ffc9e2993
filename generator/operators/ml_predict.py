"""Predicting in the Airflow worker."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.common.compat.sdk import AirflowException, BaseOperator

from generator.operators import ml_models
from generator.operators.ml_process import Folders, JobProcess

if TYPE_CHECKING:
    from airflow.sdk import Context


class MlPredictOperator(BaseOperator):
    """Applies a version of a model to unloaded rows, in a process of its own; the predictions are files to COPY.

    :param order: what to predict, as `generator.ml.job` reads it, but for the version. (templated)
    :param version: "current", for the one that was current at the order's run_date, or a version's name. (templated)
    :param rows: the S3 folder of the rows' Parquet files. (templated)
    :param unload_task: the task that unloaded them
    :param predictions: the S3 folder for the predictions, which is emptied first. (templated)
    :param table: the table that they are for, for messages
    :param log_schema: the schema of the registry. (templated)
    :param memory_bytes: the most memory that the process may take; None for no limit
    :param database: where the registry is, as those after it. (templated)

    The task's result is {version, rows, unseen_categories, nulls}.
    """

    template_fields = ("order", "version", "rows", "predictions", "log_schema", "database", "sql_comment")
    template_fields_renderers = {"order": "json"}  # noqa: RUF012

    def __init__(
        self,
        *,
        order: Mapping[str, Any],
        version: str,
        rows: str,
        unload_task: str,
        predictions: str,
        table: str,
        log_schema: str,
        database: str,
        workgroup_name: str | None = None,
        cluster_identifier: str | None = None,
        db_user: str | None = None,
        secret_arn: str | None = None,
        sql_comment: str = "",
        memory_bytes: int | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.order = order
        self.version = version
        self.rows = rows
        self.unload_task = unload_task
        self.predictions = predictions
        self.table = table
        self.log_schema = log_schema
        self.database = database
        self.workgroup_name = workgroup_name
        self.cluster_identifier = cluster_identifier
        self.db_user = db_user
        self.secret_arn = secret_arn
        self.sql_comment = sql_comment
        self.memory_bytes = memory_bytes
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self._job: JobProcess | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Look the version up, download, predict, upload."""
        version = ml_models.registry(self).version(self.order["model"], self.version, self.order["run_date"])
        self.log.info("Version %s of the model %s", version.version, self.order["model"])
        client: Any = S3Hook(aws_conn_id=self.aws_conn_id, region_name=self.region_name).get_conn()
        with tempfile.TemporaryDirectory(prefix="pipelines-ml-") as root:
            folders = Folders.below(Path(root))
            card = ml_models.download(client, version.location, folders.model)
            ml_models.check_columns(card, self.order["model"], self.table, self.order["columns"])
            files = ml_models.download_rows(client, self.rows, folders.rows)
            unloaded = ml_models.check_unloaded(context, self.unload_task, files, self.rows)
            self._job = JobProcess(self.log)
            order = {**self.order, "version": version.version, "metadata_sha256": version.metadata_sha256}
            result = self._job.run(order, folders, self.memory_bytes)
            if unloaded is not None and result["rows"] != unloaded:
                raise AirflowException(f"{unloaded:,} rows were unloaded, and {result['rows']:,} came: run all again")
            ml_models.upload(client, folders.output.glob("part-*.parquet"), self.predictions)
        return {"version": version.version, **result}

    def on_kill(self) -> None:
        """End the process."""
        if self._job is not None:
            self._job.stop()
