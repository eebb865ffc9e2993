"""What training and predicting in SageMaker share: one job for a task, found by a retry, stopped with the task."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException, BaseOperator
from botocore.exceptions import BotoCoreError, ClientError

from generator import model, run_names
from generator.operators import folders, ml_models, sagemaker_code
from generator.operators.sagemaker_code import Code
from generator.operators.sagemaker_trigger import SageMakerJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

# "CreateTrainingJob" and "CreateProcessingJob" in the API Reference: a job's name has at most 63 characters.
_NAME_LENGTH = 63
_LONGEST_TRY = 5
_LOG_LINES = 1000
_IN_PROGRESS = "InProgress"
_ORDER = "ORDER_SHA256"
# The job's own exit code for what it found to be wrong, which another try would find again.
_OWN = ", exit code: 1"
_TOOLKIT = ("ExecuteUserScriptError", "InstallRequirementsError", "Framework Error")


class SageMakerJobOperator(BaseOperator):
    """Runs `generator.ml.job` as a job of SageMaker, and waits for it, deferred unless told otherwise.

    :param order: what to do, as `generator.ml.job` reads it. (templated)
    :param rows: the S3 folder of the rows' Parquet files. (templated)
    :param unload_task: the task that unloaded them
    :param work: an S3 folder for what the job needs and leaves, in the bucket that the code is put into. (templated)
    :param role: the ARN of the job's role. (templated)
    :param image: the container's image: AWS's scikit-learn image, or one made from it. (templated)
    :param instance_type: such as ml.m5.xlarge. (templated)
    :param instance_count: how many. (templated)
    :param volume_gb: the size of each one's volume. (templated)
    :param max_runtime: a job that takes longer is stopped, as is one that takes longer than execution_timeout;
        a duration such as 2h. (templated)
    :param subnets: with commas; empty for none. (templated)
    :param security_groups: with commas. (templated)
    :param kms_key: for volumes and results; empty for none. (templated)
    :param poll_interval: the longest time in seconds between two looks at the job.

    A job's name is that of the pipeline, the task, the run and the try. A try that finds a job of an earlier one still
    in progress, for the same order, waits for that, and stops one for another order.
    """

    template_fields: Sequence[str] = (
        "order",
        "rows",
        "work",
        "role",
        "image",
        "instance_type",
        "instance_count",
        "volume_gb",
        "max_runtime",
        "subnets",
        "security_groups",
        "kms_key",
    )
    template_fields_renderers = {"order": "json"}  # noqa: RUF012
    kind: ClassVar[str]  # Training or Processing

    def __init__(
        self,
        *,
        order: Mapping[str, Any],
        rows: str,
        unload_task: str,
        work: str,
        role: str,
        image: str,
        instance_type: str,
        instance_count: str = "1",
        volume_gb: str = "30",
        max_runtime: str = "1d",
        subnets: str = "",
        security_groups: str = "",
        kms_key: str = "",
        deferrable: bool = True,
        poll_interval: int = 30,
        aws_conn_id: str | None = "aws_default",
        region_name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.order = order
        self.rows = rows
        self.unload_task = unload_task
        self.work = work
        self.role = role
        self.image = image
        self.instance_type = instance_type
        self.instance_count = instance_count
        self.volume_gb = volume_gb
        self.max_runtime = max_runtime
        self.subnets = subnets
        self.security_groups = security_groups
        self.kms_key = kms_key
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.job_name = ""

    def request(self, code: Code, job: str) -> dict[str, Any]:
        """The request for the job, without its name and environment.

        :param job: the S3 folder that belongs to this job; job.json is in it.
        """
        raise NotImplementedError

    def before(self) -> None:
        """Called before a job is created: make room for what it leaves."""

    def finish(self, context: Context, described: Mapping[str, Any]) -> Any:
        """Called when the job is complete, with its description; what it returns is the task's result."""
        raise NotImplementedError

    def run_job(self, context: Context, order: Mapping[str, Any], algorithm: str) -> Any:
        """Create the job, or find it, and wait for it."""
        code = sagemaker_code.ensure(self.client("s3"), folders.folder_of(self.work)[0], algorithm)
        sent = json.dumps([order, self.request(code, "")], sort_keys=True)
        digest = hashlib.sha256(sent.encode()).hexdigest()
        base = self._base_name(context)
        self.job_name = self._found(base, digest)
        if not self.job_name:
            self.before()
            self.job_name = self._created(context, base, order, code, digest)
        return self._wait(context)

    def job_ended(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Resumed by the trigger: finish, or raise AirflowException with SageMaker's reason."""
        event = event or {}
        self.job_name = event.get("job_name") or ""
        described = self.describe(self.job_name)
        if described[f"{self.kind}JobStatus"] in (_IN_PROGRESS, "Stopping"):
            raise AirflowException(
                f"the trigger lost sight of SageMaker's {self.kind.lower()} job {self.job_name}, which goes on "
                f"({event.get('message', 'no message')}); another try waits for it"
            )
        return self._end(context, described)

    def on_kill(self) -> None:
        """Stop the job with the task."""
        if self.job_name:
            self._stop(self.job_name)

    def client(self, service: str) -> Any:
        """A boto3 client of the task's connection."""
        return AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type=service, region_name=self.region_name).get_conn()

    def describe(self, name: str) -> Any:
        """SageMaker's description of a job."""
        return self._call("describe", name)

    def count_rows(self, context: Context) -> int | None:
        """How many rows were unloaded, as far as it is known; a folder without any gets a file that is none of them.

        Raises AirflowFailException where there were rows, and their files are gone.
        """
        s3 = self.client("s3")
        files = sum(key.endswith(".parquet") for key in folders.keys(s3, self.rows))
        count = ml_models.check_unloaded(context, self.unload_task, files, self.rows)
        if not files:  # SageMaker takes no input without an object
            bucket, prefix = folders.folder_of(self.rows)
            s3.put_object(Bucket=bucket, Key=f"{prefix}none.txt", Body=b"no rows\n")
        return count

    @property
    def seconds(self) -> int:
        """How long the job may run."""
        own = model.seconds(self.max_runtime)
        return min(own, int(self.execution_timeout.total_seconds())) if self.execution_timeout else own

    @property
    def cluster(self) -> dict[str, Any]:
        """The instances, as both kinds of request have them."""
        key = {"VolumeKmsKeyId": self.kms_key} if self.kms_key else {}
        return {
            "InstanceType": self.instance_type,
            "InstanceCount": int(self.instance_count),
            "VolumeSizeInGB": int(self.volume_gb),
            **key,
        }

    @property
    def network(self) -> dict[str, Any]:
        """VpcConfig, or nothing."""
        if not self.subnets:
            return {}
        split = {"Subnets": self.subnets.split(","), "SecurityGroupIds": self.security_groups.split(",")}
        return {"VpcConfig": split}

    def _base_name(self, context: Context) -> str:
        """What the names of the task's jobs in a run begin with: words for people, and a hash that no other has."""
        dag: Any = context["dag"]
        key = run_names.run_key(dag.dag_id, f"{context['run_id']}\0{self.task_id}")
        words = "-".join(
            "".join(c if c.isalnum() and c.isascii() else " " for c in f"{dag.dag_id} {self.task_id}").split()
        )
        return f"{words[: _NAME_LENGTH - len(key) - 2 - _LONGEST_TRY].rstrip('-')}-{key}"

    def _found(self, base: str, digest: str) -> str:
        """The job of an earlier try that is still in progress, for the same order; empty where there is none."""
        sagemaker = self.client("sagemaker")
        pages = sagemaker.get_paginator(f"list_{self.kind.lower()}_jobs").paginate(
            NameContains=base, StatusEquals=_IN_PROGRESS, SortBy="CreationTime", SortOrder="Descending"
        )
        found = ""
        for name in [job[f"{self.kind}JobName"] for page in pages for job in page[f"{self.kind}JobSummaries"]]:
            if not found and self.describe(name).get("Environment", {}).get(_ORDER) == digest:
                self.log.info("SageMaker's job %s of an earlier try is still in progress: waiting for it", name)
                found = name
            else:
                self._stop(name)
        return found

    def _created(self, context: Context, base: str, order: Mapping[str, Any], code: Code, digest: str) -> str:
        """A new job; the name of a try that was used before gets a higher number."""
        ti: Any = context["ti"]
        dag: Any = context["dag"]
        environment = {"PIPELINE": dag.dag_id, "TASK": self.task_id, "RUN_ID": context["run_id"], _ORDER: digest}
        number = int(ti.try_number)
        while True:
            name = f"{base}-{number}"
            folder = f"{self.work}jobs/{name}/"
            self._write_order(folder, order)
            request = {**self.request(code, folder), f"{self.kind}JobName": name, "Environment": environment}
            try:
                getattr(self.client("sagemaker"), f"create_{self.kind.lower()}_job")(**request)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceInUse":
                    raise AirflowException(f"SageMaker refuses the job {name}: {error}") from error
                number += 1
            else:
                self.log.info("SageMaker's %s job %s is created", self.kind.lower(), name)
                return name

    def _write_order(self, folder: str, order: Mapping[str, Any]) -> None:
        bucket, prefix = folders.folder_of(folder)
        self.client("s3").put_object(Bucket=bucket, Key=f"{prefix}job.json", Body=json.dumps(order).encode())

    def _wait(self, context: Context) -> Any:
        described = self.describe(self.job_name)
        while described[f"{self.kind}JobStatus"] in (_IN_PROGRESS, "Stopping"):
            if self.deferrable:
                self._defer()
            time.sleep(self.poll_interval)
            described = self.describe(self.job_name)
        return self._end(context, described)

    def _defer(self) -> NoReturn:
        self.defer(
            timeout=self.execution_timeout,
            trigger=SageMakerJobTrigger(
                self.job_name, self.kind, self.poll_interval, self.aws_conn_id, self.region_name
            ),
            method_name="job_ended",
        )
        raise AssertionError("defer does not return")

    def _end(self, context: Context, described: Mapping[str, Any]) -> Any:
        self._log_output()
        status, what = described[f"{self.kind}JobStatus"], f"SageMaker {self.kind.lower()} job {self.job_name}"
        if status == "Completed":
            return self.finish(context, described)
        if status == "Stopped":
            raise AirflowException(f"{what} was stopped{self._why_stopped(described)}")
        reason, said = described.get("FailureReason", "no reason given"), described.get("ExitMessage", "")
        said = said or _said(reason)
        if not said:
            raise AirflowException(f"{what} failed: {reason}")
        failed = AirflowFailException if reason.endswith(_OWN) else AirflowException
        raise failed(f"{said} ({what} failed: {reason.replace(f': {said}', '', 1)})")

    def _why_stopped(self, described: Mapping[str, Any]) -> str:
        start, end = described.get(f"{self.kind}StartTime"), described.get(f"{self.kind}EndTime")
        too_long = bool(start and end and (end - start).total_seconds() >= self.seconds)
        if too_long or described.get("SecondaryStatus") == "MaxRuntimeExceeded":
            return f": it took longer than {self.seconds:,} seconds (max_runtime, or the task's timeout)"
        return ", and not by this task"

    def _log_output(self) -> None:
        """What the job has printed goes into the task's log, as far as CloudWatch lets it be read."""
        logs, group = self.client("logs"), f"/aws/sagemaker/{self.kind}Jobs"
        try:
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{self.job_name}/")
            for stream in (entry["logStreamName"] for entry in found["logStreams"]):
                page = logs.get_log_events(logGroupName=group, logStreamName=stream, limit=_LOG_LINES)
                self.log.info("%s:", stream)
                for event in page["events"]:
                    self.log.info("%s", event["message"])
        except (BotoCoreError, ClientError) as error:
            self.log.warning("The job's output can't be shown: %s", error)

    def _stop(self, name: str) -> None:
        try:
            self._call("stop", name)
        except ClientError as error:
            self.log.warning("SageMaker's job %s was not stopped: %s", name, error)
        else:
            self.log.info("SageMaker's job %s is stopped", name)

    def _call(self, verb: str, name: str) -> Any:
        call = getattr(self.client("sagemaker"), f"{verb}_{self.kind.lower()}_job")
        return call(**{f"{self.kind}JobName": name})


def _said(reason: str) -> str:
    """The job's own words in a FailureReason: what it wrote to its failure file; empty where that is the toolkit's."""
    words, separator, _ = reason.removeprefix("AlgorithmError: ").rpartition(", exit code: ")
    return words if separator and not words.startswith(_TOOLKIT) else ""
