"""Training in the Airflow worker."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.common.compat.sdk import BaseOperator

from generator.operators import ml_models
from generator.operators.ml_process import Folders, JobProcess

if TYPE_CHECKING:
    from airflow.sdk import Context


class MlTrainOperator(BaseOperator):
    """Fits and scores a model on unloaded rows, in a process of its own, and keeps it with its card.

    :param order: what to train, as `generator.ml.job` reads it. (templated)
    :param rows: the S3 folder of the rows' Parquet files. (templated)
    :param unload_task: the task that unloaded them
    :param models: the S3 folder of all models. (templated)
    :param memory_bytes: the most memory that the process may take; None for no limit

    The task's result is {version, location, metadata_sha256, metrics, rows, …}, which the registry is told next.
    """

    template_fields = ("order", "rows", "models")
    template_fields_renderers = {"order": "json"}  # noqa: RUF012

    def __init__(
        self,
        *,
        order: Mapping[str, Any],
        rows: str,
        unload_task: str,
        models: str,
        memory_bytes: int | None = None,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.order = order
        self.rows = rows
        self.unload_task = unload_task
        self.models = models
        self.memory_bytes = memory_bytes
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self._job: JobProcess | None = None

    def execute(self, context: Context) -> dict[str, Any]:
        """Download, train, keep."""
        client: Any = S3Hook(aws_conn_id=self.aws_conn_id, region_name=self.region_name).get_conn()
        with tempfile.TemporaryDirectory(prefix="pipelines-ml-") as root:
            folders = Folders.below(Path(root))
            files = ml_models.download_rows(client, self.rows, folders.rows)
            ml_models.check_unloaded(context, self.unload_task, files, self.rows)
            self._job = JobProcess(self.log)
            self._job.run({**self.order, **ml_models.origin(context)}, folders, self.memory_bytes)
            kept = ml_models.keep(client, folders.model, self.models)
        self.log.info("Version %s is in %s", kept["version"], kept["location"])
        return kept

    def on_kill(self) -> None:
        """End the process."""
        if self._job is not None:
            self._job.stop()
