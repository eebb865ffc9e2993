"""What Airflow's triggerer waits for on behalf of tasks that run SageMaker jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent
from botocore.exceptions import BotoCoreError, ClientError

_FIRST_PAUSE, _GROWTH = 1.0, 1.5
_FAILURES_IN_A_ROW = 5


class SageMakerJobTrigger(BaseTrigger):
    """Waits for a job's end, and stops it where somebody ends the task meanwhile.

    The provider's trigger stops no job. This one also looks less and less often, so that a short job is short.

    :param job_name: the job
    :param kind: Training or Processing
    :param poll_interval: the longest time in seconds between two looks at it

    Its event is {job_name, status, message: why it gave up, where it did}.
    """

    def __init__(
        self, job_name: str, kind: str, poll_interval: float, aws_conn_id: str | None, region_name: str | None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.job_name = job_name
        self.kind = kind
        self.poll_interval = poll_interval
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class and its arguments."""
        arguments = {
            "job_name": self.job_name,
            "kind": self.kind,
            "poll_interval": self.poll_interval,
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
        }
        return f"{type(self).__module__}.{type(self).__qualname__}", arguments

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event, when the job has ended or can't be looked at."""
        message, failures, pause = "", 0, min(_FIRST_PAUSE, self.poll_interval)
        status = "InProgress"
        while status in ("InProgress", "Stopping") and failures < _FAILURES_IN_A_ROW:
            try:
                status = (await self._call("describe"))[f"{self.kind}JobStatus"]
                failures = 0
            except (BotoCoreError, ClientError) as error:
                message, failures = str(error), failures + 1
                self.log.warning("SageMaker job %s can't be looked at: %s", self.job_name, error)
            if status in ("InProgress", "Stopping"):
                await asyncio.sleep(pause)
                pause = min(_GROWTH * pause, self.poll_interval)
        event = {"job_name": self.job_name, "status": status, "message": message}
        yield TriggerEvent(event)  # type: ignore[no-untyped-call]  # it carries no types

    async def on_kill(self) -> None:
        """Stop the job; one that has ended meanwhile is left as it is.

        Airflow calls this (since 3.3) where a user clears the task or marks it as failed or successful, and not where
        a triggerer stops or hands its triggers on: `BaseTrigger.on_kill`.
        """
        try:
            await self._call("stop")
        except (BotoCoreError, ClientError) as error:
            self.log.warning("SageMaker job %s was not stopped: %s", self.job_name, error)
        else:
            self.log.info("SageMaker job %s is stopped with its task", self.job_name)

    async def _call(self, verb: str) -> Any:
        hook: Any = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="sagemaker", region_name=self.region_name)
        async with await hook.get_async_conn() as client:
            return await getattr(client, f"{verb}_{self.kind.lower()}_job")(**{f"{self.kind}JobName": self.job_name})
