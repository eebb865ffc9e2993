"""What Airflow's triggerer waits for on behalf of tasks that run SageMaker jobs."""

from __future__ import annotations

from typing import Any

from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger
from botocore.exceptions import ClientError


class SageMakerJobTrigger(SageMakerTrigger):
    """Waits for a job as the provider's trigger does, and stops it where somebody ends the task meanwhile.

    Airflow calls `on_kill` (since 3.3) where a user clears the task or marks it as failed or successful, and not where
    a triggerer stops or hands its triggers on: "Deferrable Operators & Triggers" in Airflow's documentation.
    """

    async def on_kill(self) -> None:
        """Stop the job; one that has ended meanwhile is left as it is."""
        hook: Any = self.hook()
        kind = self.job_type.lower()
        async with await hook.get_async_conn() as client:
            try:
                await getattr(client, f"stop_{kind}_job")(**{f"{kind.title()}JobName": self.job_name})
            except ClientError as error:
                self.log.warning("SageMaker %s job %s was not stopped: %s", kind, self.job_name, error)
            else:
                self.log.info("SageMaker %s job %s is stopped with its task", kind, self.job_name)
