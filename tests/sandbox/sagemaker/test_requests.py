"""Requests that SageMaker refuses, and those that the sandbox refuses; lists and tags of jobs."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.sagemaker.conftest import ROLE, Jobs, channel, output, s3_input

WAIT = "import time; time.sleep(100)"


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as error:
        call(**request)
    detail = error.value.response["Error"]
    return detail["Code"], detail["Message"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"TrainingJobName": "under_score"},
            "1 validation error detected: Value 'under_score' at 'trainingJobName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
        ),
        ({"TrainingJobName": "a" * 64}, "Member must have length less than or equal to 63"),
        ({"RoleArn": "sagemaker-role-of-mine"}, "at 'roleArn' failed to satisfy constraint"),
        ({"ResourceConfig": {"InstanceType": "ml.huge", "InstanceCount": 1, "VolumeSizeInGB": 1}}, "enum value set"),
        ({"ResourceConfig": {"InstanceCount": 1, "VolumeSizeInGB": 1}}, "InstanceType"),
        ({"HyperParameters": {"x": "y" * 2501}}, "at 'hyperParameters.x.member' failed to satisfy constraint"),
        (
            {"InputDataConfig": [channel("rows", "s3://sandbox-test/nothing/")]},
            'No S3 objects found under S3 URL "s3://sandbox-test/nothing/" given in input data source. Please ensure '
            "that the bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, and "
            f'that the role "{ROLE}" has "s3:ListBucket" permissions on bucket "sandbox-test".',
        ),
        ({"InputDataConfig": [channel("rows", "s3://no-such-bucket/x")]}, "No S3 objects found"),
        ({"HyperParameters": {}}, "the sandbox can't run this: the image's own program"),
        ({"EnableManagedSpotTraining": True}, "the sandbox can't run this: EnableManagedSpotTraining"),
        ({"CheckpointConfig": {"S3Uri": "s3://sandbox-test/c"}}, "the sandbox can't run this: CheckpointConfig"),
    ],
)
def test_training_jobs_that_are_refused(change: dict[str, Any], message: str, jobs: Jobs) -> None:
    request = {**jobs.training(""), **change}
    code, text = refusal(jobs.api.create_training_job, **request)
    assert code == "ValidationException"
    assert message in text


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        ([{"InputName": "rows", "S3Input": s3_input("s3://b/x", "/tmp/rows")}], [], "LocalPath '/tmp/rows'"),
        ([{"InputName": "rows"}], [], "S3Input must be specified for the input rows"),
        ([], [output("out", "/opt/ml/output", "s3://b/x")], "LocalPath '/opt/ml/output'"),
        ([], [output("out", "/opt/ml/processing/../x", "s3://b/x")], "LocalPath"),
        ([{"InputName": "code", "S3Input": s3_input("s3://b/x", "/opt/ml/processing/x")}], [], "Input names"),
    ],
)
def test_processing_jobs_that_are_refused(inputs: Any, outputs: Any, message: str, jobs: Jobs) -> None:
    code, text = refusal(jobs.api.create_processing_job, **jobs.processing("", inputs, outputs))
    assert code == "ValidationException"
    assert message in text


def test_two_jobs_with_one_name(jobs: Jobs) -> None:
    request = jobs.training("print('once')")
    jobs.run(request)
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{request['TrainingJobName']}"
    assert refusal(jobs.api.create_training_job, **request) == (
        "ResourceInUse",
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        f"already exists ({arn})",
    )
    other = jobs.processing("")
    jobs.run(other)
    assert refusal(jobs.api.create_processing_job, **other)[0] == "ResourceInUse"
    assert jobs.printed(request["TrainingJobName"]) == ["once"]


def test_jobs_that_are_not_there_or_have_ended(jobs: Jobs) -> None:
    missing = ("ValidationException", "Requested resource not found.")
    assert refusal(jobs.api.describe_training_job, TrainingJobName="absent") == missing
    assert refusal(jobs.api.stop_training_job, TrainingJobName="absent") == missing
    assert refusal(jobs.api.describe_processing_job, ProcessingJobName="absent") == (
        "ValidationException",
        "Could not find requested job with name: absent",
    )
    request = jobs.training("")
    jobs.run(request)
    assert refusal(jobs.api.stop_training_job, TrainingJobName=request["TrainingJobName"]) == (
        "ValidationException",
        "The request was rejected because the training job is in status Completed.",
    )


def test_lists(jobs: Jobs) -> None:
    names = [jobs.start({**jobs.training(""), "TrainingJobName": f"train-listed-{number}"}) for number in "abc"]
    for name in names:
        jobs.end(name)
    asked = {"NameContains": "listed", "SortBy": "Name", "SortOrder": "Descending", "MaxResults": 2}
    page = jobs.api.list_training_jobs(**asked)
    found = [job["TrainingJobName"] for job in page["TrainingJobSummaries"]]
    rest = jobs.api.list_training_jobs(**asked, NextToken=page["NextToken"])
    assert found + [job["TrainingJobName"] for job in rest["TrainingJobSummaries"]] == names[::-1]
    assert "NextToken" not in rest
    assert jobs.api.list_training_jobs(NameContains="listed", StatusEquals="Failed")["TrainingJobSummaries"] == []
    name = jobs.start(jobs.processing(WAIT))
    listed = jobs.api.list_processing_jobs(NameContains=name, StatusEquals="InProgress")["ProcessingJobSummaries"]
    assert [job["ProcessingJobName"] for job in listed] == [name]
    jobs.api.stop_processing_job(ProcessingJobName=name)


def test_tags(jobs: Jobs) -> None:
    request = jobs.training("", Tags=[{"Key": "pipeline", "Value": "delay_train"}])
    arn = jobs.run(request)["TrainingJobArn"]
    assert jobs.api.list_tags(ResourceArn=arn)["Tags"] == request["Tags"]
