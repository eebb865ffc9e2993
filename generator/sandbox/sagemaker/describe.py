"""Jobs in the words of DescribeTrainingJob, DescribeProcessingJob and their lists."""

from __future__ import annotations

from typing import Any

from generator.sandbox.sagemaker.jobs import Job

_Body = dict[str, Any]


def training_job(job: Job) -> _Body:
    """The answer of DescribeTrainingJob."""
    request = {name: value for name, value in job.request.items() if name not in ("Tags", "SessionChainingConfig")}
    return {
        **request,
        **training_summary(job),
        "SecondaryStatus": job.secondary,
        "SecondaryStatusTransitions": [dict(entry) for entry in job.transitions],
        "EnableManagedSpotTraining": False,
        "EnableInterContainerTrafficEncryption": job.request.get("EnableInterContainerTrafficEncryption", False),
        "EnableNetworkIsolation": job.request.get("EnableNetworkIsolation", False),
        **_reason(job),
        **_times(job, "Training"),
        **_durations(job),
        **job.results,
    }


def processing_job(job: Job) -> _Body:
    """The answer of DescribeProcessingJob."""
    request = {name: value for name, value in job.request.items() if name != "Tags"}
    return {**request, **processing_summary(job), **_times(job, "Processing")}


def training_summary(job: Job) -> _Body:
    """An entry of ListTrainingJobs."""
    ended = {"TrainingEndTime": job.ended} if job.ended else {}
    return {
        "TrainingJobName": job.request["TrainingJobName"],
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": job.status,
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        **ended,
    }


def processing_summary(job: Job) -> _Body:
    """An entry of ListProcessingJobs."""
    ended = {"ProcessingEndTime": job.ended} if job.ended else {}
    return {
        "ProcessingJobName": job.request["ProcessingJobName"],
        "ProcessingJobArn": job.arn,
        "ProcessingJobStatus": job.status,
        "CreationTime": job.created,
        "LastModifiedTime": job.modified,
        **_reason(job),
        **ended,
        **job.results,
    }


def _reason(job: Job) -> _Body:
    return {"FailureReason": job.reason} if job.reason else {}


def _times(job: Job, kind: str) -> _Body:
    times = {f"{kind}StartTime": job.started, f"{kind}EndTime": job.ended}
    return {name: value for name, value in times.items() if value is not None}


def _durations(job: Job) -> _Body:
    if job.started is None or job.ended is None:
        return {}
    seconds = max(1, round(job.ended - job.started))
    return {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds * len(job.work.hosts)}
