"""Predicting as a SageMaker processing job, by the same code as in the worker."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException
from botocore.exceptions import ClientError

from generator.operators import folders, ml_models
from generator.operators.sagemaker_code import PROGRAM, Code
from generator.operators.sagemaker_job import SageMakerJobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

_FOLDER = "/opt/ml/processing"
_INPUT = f"{_FOLDER}/input"


class SageMakerPredictOperator(SageMakerJobOperator):
    """Applies a version of a model to unloaded rows in a processing job; the predictions are files to COPY.

    With several instances each gets its share of the rows' files.

    :param version: "current", for the one that was current at the order's run_date, or a version's name. (templated)
    :param predictions: the S3 folder for the predictions, which is emptied first. (templated)
    :param table: the table that they are for, for messages
    :param log_schema: the schema of the registry. (templated)
    :param database: where the registry is, as those after it. (templated)

    The task's result is that of MlPredictOperator.
    """

    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        "version",
        "predictions",
        "log_schema",
        "database",
        "sql_comment",
    )
    kind: ClassVar[str] = "Processing"

    def __init__(
        self,
        *,
        version: str,
        predictions: str,
        table: str,
        log_schema: str,
        database: str,
        workgroup_name: str | None = None,
        cluster_identifier: str | None = None,
        db_user: str | None = None,
        secret_arn: str | None = None,
        sql_comment: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.version = version
        self.predictions = predictions
        self.table = table
        self.log_schema = log_schema
        self.database = database
        self.workgroup_name = workgroup_name
        self.cluster_identifier = cluster_identifier
        self.db_user = db_user
        self.secret_arn = secret_arn
        self.sql_comment = sql_comment
        self._location = ""

    def execute(self, context: Context) -> Any:
        """Look the version up, and start the job, or find that of an earlier try."""
        found = ml_models.registry(self).version(self.order["model"], self.version, self.order["run_date"])
        self.log.info("Version %s of the model %s", found.version, self.order["model"])
        self._location = found.location
        card = self._card()
        ml_models.check_columns(card, self.order["model"], self.table, self.order["columns"])
        self.count_rows(context)
        order = {**self.order, "version": found.version, "metadata_sha256": found.metadata_sha256}
        return self.run_job(context, order, str(card.get("algorithm")))

    def before(self) -> None:
        """Empty the folder of the predictions."""
        folders.empty(self.client("s3"), self.predictions)

    def request(self, code: Code, job: str) -> dict[str, Any]:
        """A CreateProcessingJob."""
        shared = "ShardedByS3Key" if int(self.instance_count) > 1 else "FullyReplicated"
        key = {"KmsKeyId": self.kms_key} if self.kms_key else {}
        network = {"NetworkConfig": self.network} if self.network else {}
        return {
            "RoleArn": self.role,
            "AppSpecification": {
                "ImageUri": self.image,
                "ContainerEntrypoint": ["python3", f"{_INPUT}/code/{PROGRAM}"],
                "ContainerArguments": _arguments(),
            },
            "ProcessingInputs": [
                _input("rows", self.rows, shared),
                _input("model", self._location),
                _input("code", code.files),
                _input("job", job),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [_output("predictions", self.predictions), _output("result", f"{job}result")],
                **key,
            },
            "ProcessingResources": {"ClusterConfig": self.cluster},
            "StoppingCondition": {"MaxRuntimeInSeconds": self.seconds},
            **network,
        }

    def finish(self, context: Context, described: Mapping[str, Any]) -> dict[str, Any]:
        """Add up what the hosts tell of their rows. Raises AirflowException where rows are missing."""
        places = {item["InputName"]: item["S3Input"]["S3Uri"] for item in described["ProcessingInputs"]}
        results = self._results(f"{places['job']}result/")
        order = self._read(f"{places['job']}job.json")
        total = sum(result["rows"] for result in results)
        unloaded = ml_models.check_unloaded(context, self.unload_task, len(results), self.rows)
        if unloaded is not None and total != unloaded:
            raise AirflowException(f"{unloaded:,} rows were unloaded, and {total:,} came: run all again")
        added = {name: _added(result[name] for result in results) for name in ("unseen_categories", "nulls")}
        return {"version": order["version"], "rows": total, **added}

    def _results(self, folder: str) -> list[dict[str, Any]]:
        s3, (bucket, _) = self.client("s3"), folders.folder_of(folder)
        return [self._read(f"s3://{bucket}/{key}") for key in folders.keys(s3, folder)]

    def _card(self) -> dict[str, Any]:
        """The version's card; the job itself compares its hash with the registry's."""
        address = f"{self._location}{ml_models.CARD}"
        try:
            card = self._read(address)
        except ClientError as error:
            raise ml_models.unreadable(address, error) from error
        except ValueError:
            return {}
        return card if isinstance(card, dict) else {}

    def _read(self, address: str) -> Any:
        bucket, _, key = address.removeprefix("s3://").partition("/")
        return json.loads(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def _arguments() -> list[str]:
    """Those of `generator.ml.container` and of the job."""
    values = {
        "failure": "/opt/ml/output/message",
        "resources": "/opt/ml/config/resourceconfig.json",
        "result": f"{_FOLDER}/result",
        "job": f"{_INPUT}/job/job.json",
        "rows": f"{_INPUT}/rows",
        "model": f"{_INPUT}/model",
        "output": f"{_FOLDER}/predictions",
    }
    return [part for name, value in values.items() for part in (f"--{name}", value)]


def _input(name: str, uri: str, distribution: str = "FullyReplicated") -> dict[str, Any]:
    source = {
        "S3Uri": uri,
        "LocalPath": f"{_INPUT}/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": distribution,
    }
    return {"InputName": name, "S3Input": source}


def _output(name: str, uri: str) -> dict[str, Any]:
    place = {"S3Uri": uri.rstrip("/"), "LocalPath": f"{_FOLDER}/{name}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": name, "S3Output": place}


def _added(counts: Any) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(total)
