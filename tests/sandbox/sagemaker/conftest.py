"""Jobs from a few lines of Python: started through boto3, and watched to their end."""

from __future__ import annotations

import io
import itertools
import tarfile
import textwrap
import time
from dataclasses import dataclass
from typing import Any

import pytest

from generator.sandbox import duck
from generator.sandbox.server import Sandbox

ROLE = "arn:aws:iam::123456789012:role/sagemaker"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2"
ENDED = ("Completed", "Failed", "Stopped")
_NUMBERS = itertools.count(1)


def packed(files: dict[str, str]) -> bytes:
    """A tar.gz of some files."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        for name, text in files.items():
            body = textwrap.dedent(text).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return target.getvalue()


@dataclass
class Jobs:
    """SageMaker, S3 and CloudWatch Logs of the sandbox, and a folder in S3 for the test alone."""

    api: Any
    s3: Any
    logs: Any
    bucket: str
    folder: str

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.folder}"

    def put(self, name: str, body: bytes | str) -> str:
        """Write a file into the test's folder; its URI."""
        data = textwrap.dedent(body).encode() if isinstance(body, str) else body
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.folder}/{name}", Body=data)
        return f"{self.uri}/{name}"

    def files(self, prefix: str = "") -> dict[str, bytes]:
        """The files of the test's folder under a prefix."""
        start = f"{self.folder}/{prefix}"
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=start).get("Contents", [])
        return {
            entry["Key"].removeprefix(start): self.s3.get_object(Bucket=self.bucket, Key=entry["Key"])["Body"].read()
            for entry in found
        }

    def training(self, script: str, hyperparameters: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
        """A request for a training job that runs a script."""
        code = self.put("code/sourcedir.tar.gz", packed({"train.py": script, **more.pop("files", {})}))
        program = {"sagemaker_program": "train.py", "sagemaker_submit_directory": code}
        return {
            "TrainingJobName": f"train-{next(_NUMBERS)}",
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "HyperParameters": {**program, **(hyperparameters or {})},
            "OutputDataConfig": {"S3OutputPath": f"{self.uri}/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def processing(self, script: str, inputs: Any = (), outputs: Any = (), **more: Any) -> dict[str, Any]:
        """A request for a processing job that runs a script."""
        self.put("code/process.py", script)
        count = more.pop("count", 1)
        code = {"InputName": "code", "S3Input": s3_input(f"{self.uri}/code", "/opt/ml/processing/input/code")}
        return {
            "ProcessingJobName": f"process-{next(_NUMBERS)}",
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/process.py"],
            },
            "ProcessingInputs": [code, *inputs],
            "ProcessingOutputConfig": {"Outputs": list(outputs)},
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 10}
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **more,
        }

    def start(self, request: dict[str, Any]) -> str:
        """Create a job; its name."""
        if "TrainingJobName" in request:
            self.api.create_training_job(**request)
            return str(request["TrainingJobName"])
        self.api.create_processing_job(**request)
        return str(request["ProcessingJobName"])

    def describe(self, name: str) -> Any:
        if name.startswith("train"):
            return self.api.describe_training_job(TrainingJobName=name)
        return self.api.describe_processing_job(ProcessingJobName=name)

    def status(self, name: str) -> str:
        described = self.describe(name)
        return str(described.get("TrainingJobStatus") or described["ProcessingJobStatus"])

    def end(self, name: str) -> Any:
        """Wait for a job's end; its description."""
        while self.status(name) not in ENDED:
            time.sleep(0.02)
        return self.describe(name)

    def run(self, request: dict[str, Any]) -> Any:
        """Run a job to its end; its description."""
        return self.end(self.start(request))

    def printed(self, name: str) -> list[str]:
        """The lines that a job has printed so far."""
        group = f"/aws/sagemaker/{'Training' if name.startswith('train') else 'Processing'}Jobs"
        try:
            streams = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [
            event["message"]
            for stream in streams
            for event in self.logs.get_log_events(
                logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True
            )["events"]
        ]

    def until_printed(self, name: str, line: str) -> None:
        """Wait until a job has printed a line."""
        while line not in self.printed(name):
            assert self.status(name) == "InProgress", self.describe(name)
            time.sleep(0.02)


def s3_input(uri: str, path: str, distribution: str = "FullyReplicated") -> dict[str, str]:
    return {
        "S3Uri": uri,
        "LocalPath": path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": distribution,
    }


def channel(name: str, uri: str, distribution: str = "FullyReplicated") -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": distribution}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def output(name: str, path: str, uri: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"LocalPath": path, "S3Uri": uri, "S3UploadMode": "EndOfJob"}}


@pytest.fixture
def jobs(sandbox: Sandbox, s3: Any) -> Jobs:
    """The sandbox's SageMaker, with an empty folder in S3."""
    return Jobs(
        duck.client("sagemaker", sandbox.endpoint),
        s3,
        duck.client("logs", sandbox.endpoint),
        "sandbox-test",
        f"sagemaker/{next(_NUMBERS)}",
    )
