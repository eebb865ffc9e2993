"""SageMaker's training and processing jobs in moto: requests are checked as AWS checks them, then really run.

Shapes and limits: "Amazon SageMaker API Reference" (docs.aws.amazon.com/sagemaker/latest/APIReference); messages as
clients report them (aws/sagemaker-python-sdk, aws/amazon-sagemaker-examples). The rest of SageMaker stays moto's own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.sagemaker.models import SageMakerModelBackend
from moto.sagemaker.responses import SageMakerResponse

from generator.sandbox import shapes
from generator.sandbox.sagemaker import constraints, processing, training
from generator.sandbox.sagemaker.describe import processing_job, processing_summary, training_job, training_summary
from generator.sandbox.sagemaker.errors import RequestError
from generator.sandbox.sagemaker.jobs import ENDED, Job, Jobs
from generator.sandbox.sagemaker.listing import listed
from generator.sandbox.sagemaker.logs import Stream
from generator.sandbox.sagemaker.processing import Processing
from generator.sandbox.sagemaker.training import Training

_Body = dict[str, Any]


class SageMaker:
    """The jobs of a sandbox at its `endpoint`; `install` puts them behind moto's API."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.jobs = Jobs()

    def close(self) -> None:
        """Kill all jobs that run."""
        self.jobs.close()


@dataclass(frozen=True)
class _Call:
    """A request in its account and region."""

    service: SageMaker
    backend: SageMakerModelBackend
    body: _Body

    @property
    def training(self) -> dict[str, Any]:
        return self.backend.training_jobs

    @property
    def processing(self) -> dict[str, Any]:
        return self.backend.processing_jobs

    @property
    def region(self) -> str:
        return str(self.backend.region_name)

    def arn(self, kind: str, name: str) -> str:
        return f"arn:aws:sagemaker:{self.region}:{self.backend.account_id}:{kind}/{name}".lower()

    def stream(self, kind: str, name: str) -> Callable[[str], Callable[[str], None]]:
        """Where a host's lines go."""
        group, now = f"/aws/sagemaker/{kind}Jobs", int(time.time())
        account = self.backend.account_id
        return lambda host: Stream(account, self.region, group, f"{name}/{host}-{now}").write


def install(sagemaker: SageMaker) -> None:
    """Make moto answer the calls of training and processing jobs from `sagemaker`."""
    for name, operation in _OPERATIONS.items():
        setattr(SageMakerResponse, name, _method(operation, sagemaker))


def _method(operation: Callable[[_Call], _Body], sagemaker: SageMaker) -> Callable[[Any], Any]:
    def answer(response: Any) -> tuple[int, dict[str, Any], str]:
        action = response._get_action()
        try:
            body = shapes.read("sagemaker", action, response.body)
            constraints.check(action, body)
            return 200, {}, json.dumps(operation(_Call(sagemaker, response.sagemaker_backend, body)))
        except (shapes.MalformedRequestError, RequestError) as error:
            refusal = {"__type": error.code, "message": str(error)}
            return 400, {"status": 400, "x-amzn-ErrorType": error.code}, json.dumps(refusal)

    return answer


def _create_training_job(call: _Call) -> _Body:
    name, endpoint = call.body["TrainingJobName"], call.service.endpoint
    arn = call.arn("training-job", name)
    if name in call.training:
        raise RequestError(
            "Training job names must be unique within an AWS account and region, and a training job with this name "
            f"already exists ({call.training[name].arn})",
            "ResourceInUse",
        )
    training.check(call.body, endpoint, call.region)
    work = Training(call.body, arn, endpoint, call.region)
    job = Job(arn, work, call.body.get("Tags", []), call.stream("Training", name))
    call.training[name] = job
    call.service.jobs.start(job)
    return {"TrainingJobArn": arn}


def _create_processing_job(call: _Call) -> _Body:
    name = call.body["ProcessingJobName"]
    arn = call.arn("processing-job", name)
    if name in call.processing:
        raise RequestError(
            "Job name must be unique within an AWS account and region, and a job with this name already exists "
            f"({call.processing[name].arn})",
            "ResourceInUse",
        )
    processing.check(call.body)
    work = Processing(call.body, arn, call.service.endpoint, call.region)
    job = Job(arn, work, call.body.get("Tags", []), call.stream("Processing", name))
    call.processing[name] = job
    call.service.jobs.start(job)
    return {"ProcessingJobArn": arn}


def _describe_training_job(call: _Call) -> _Body:
    return training_job(_training_job(call))


def _describe_processing_job(call: _Call) -> _Body:
    return processing_job(_processing_job(call))


def _stop_training_job(call: _Call) -> _Body:
    return _stop(call, _training_job(call), "training")


def _stop_processing_job(call: _Call) -> _Body:
    return _stop(call, _processing_job(call), "processing")


def _stop(call: _Call, job: Job, kind: str) -> _Body:
    if job.status in ENDED:
        raise RequestError(f"The request was rejected because the {kind} job is in status {job.status}.")
    call.service.jobs.stop(job)
    return {}


def _training_job(call: _Call) -> Job:
    return _known(call.training, call.body["TrainingJobName"], "Requested resource not found.")


def _processing_job(call: _Call) -> Job:
    name = call.body["ProcessingJobName"]
    return _known(call.processing, name, f"Could not find requested job with name: {name}")


def _known(jobs: Mapping[str, Job], name: str, otherwise: str) -> Job:
    if name not in jobs:
        raise RequestError(otherwise)
    return jobs[name]


def _list_training_jobs(call: _Call) -> _Body:
    page, token = listed(call.training, call.body)
    return {"TrainingJobSummaries": [training_summary(job) for job in page], **token}


def _list_processing_jobs(call: _Call) -> _Body:
    page, token = listed(call.processing, call.body)
    return {"ProcessingJobSummaries": [processing_summary(job) for job in page], **token}


_OPERATIONS: dict[str, Callable[[_Call], _Body]] = {
    "create_training_job": _create_training_job,
    "describe_training_job": _describe_training_job,
    "stop_training_job": _stop_training_job,
    "list_training_jobs": _list_training_jobs,
    "create_processing_job": _create_processing_job,
    "describe_processing_job": _describe_processing_job,
    "stop_processing_job": _stop_processing_job,
    "list_processing_jobs": _list_processing_jobs,
}
