"""Training as a SageMaker training job, by the same code as in the worker."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from generator.operators import ml_models
from generator.operators.sagemaker_code import PROGRAM, Code
from generator.operators.sagemaker_job import SageMakerJobOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

_OPT_ML = "/opt/ml"


class SageMakerTrainOperator(SageMakerJobOperator):
    """Fits and scores a model on unloaded rows in a training job, and keeps it with its card.

    The job is a script of AWS's training toolkit: hyperparameters are its arguments, as the toolkit's README says
    (aws/sagemaker-training-toolkit). It runs on one instance.

    :param models: the S3 folder of all models. (templated)

    The task's result is that of MlTrainOperator.
    """

    template_fields: Sequence[str] = (*SageMakerJobOperator.template_fields, "models")
    kind: ClassVar[str] = "Training"

    def __init__(self, *, models: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.models = models

    def execute(self, context: Context) -> Any:
        """Start the job, or find that of an earlier try."""
        if self.count_rows(context) == 0:
            raise AirflowFailException("no rows came: the query's result is empty")
        return self.run_job(context, {**self.order, **ml_models.origin(context)}, self.order["algorithm"])

    def request(self, code: Code, job: str) -> dict[str, Any]:
        """A CreateTrainingJob."""
        key = {"KmsKeyId": self.kms_key} if self.kms_key else {}
        return {
            "RoleArn": self.role,
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": "File"},
            "HyperParameters": {
                "sagemaker_program": PROGRAM,
                "sagemaker_submit_directory": code.archive,
                "failure": f"{_OPT_ML}/output/failure",
                "job": f"{_OPT_ML}/input/data/job/job.json",
                "model": f"{_OPT_ML}/model",
                "output": f"{_OPT_ML}/output/data",
                "rows": f"{_OPT_ML}/input/data/rows",
            },
            "InputDataConfig": [_channel("rows", self.rows), _channel("job", job)],
            "OutputDataConfig": {"S3OutputPath": f"{self.work}jobs", **key},
            "ResourceConfig": {**self.cluster, "InstanceCount": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": self.seconds},
            **self.network,
        }

    def finish(self, context: Context, described: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002
        """Keep the model that the job has left."""
        s3, archive = self.client("s3"), described["ModelArtifacts"]["S3ModelArtifacts"]
        bucket, _, key = archive.removeprefix("s3://").partition("/")
        with tempfile.TemporaryDirectory(prefix="pipelines-ml-") as root:
            packed = Path(root, "model.tar.gz")
            s3.download_file(bucket, key, str(packed))
            _unpack(packed, Path(root), archive)
            kept = ml_models.keep(s3, Path(root), self.models)
        self.log.info("Version %s is in %s", kept["version"], kept["location"])
        return kept


def _channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _unpack(packed: Path, folder: Path, shown: str) -> None:
    """The model and its card, and nothing else that may be in the archive."""
    try:
        with tarfile.open(packed, "r:gz") as archive:
            for name in (ml_models.MODEL, ml_models.CARD):
                file = archive.extractfile(name)
                if file is None:
                    raise KeyError(f"{name} is no file")
                (folder / name).write_bytes(file.read())
    except (KeyError, EOFError, OSError, tarfile.TarError) as error:
        raise AirflowException(f"{shown} is not what the job leaves: {error}") from error
