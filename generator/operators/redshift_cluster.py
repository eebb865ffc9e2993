"""Resume and pause a provisioned cluster, whatever state it is in.

The stock operators call the API first: where the cluster is in the wanted state already, or on its way there,
they hold a worker for 2.5 minutes and fail.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators import redshift_cluster as stock
from airflow.providers.amazon.aws.triggers.redshift_cluster import (
    RedshiftPauseClusterTrigger,
    RedshiftResumeClusterTrigger,
)
from airflow.providers.common.compat.sdk import AirflowException

if TYPE_CHECKING:
    from airflow.sdk import Context

# The states are in "Cluster status", Amazon Redshift Management Guide; those in between end by themselves.
_AVAILABLE, _RESUMING, _PAUSED, _PAUSING = "available", "resuming", "paused", "pausing"
_LOST = {None: "has no status", "cluster_not_found": "does not exist", "deleting": "is being deleted"}
_EXTRA_SECONDS = 60


class RedshiftResumeClusterOperator(stock.RedshiftResumeClusterOperator):
    """Resumes the cluster and waits, deferred, until it is available; the stock operator's arguments."""

    def __init__(self, *, deferrable: bool = True, **kwargs: Any) -> None:
        super().__init__(deferrable=deferrable, wait_for_completion=True, **kwargs)

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Do what the cluster's state calls for."""
        state = _state(self)
        if state == _AVAILABLE:
            self.log.info("Cluster %s is available", self.cluster_identifier)
        elif state == _PAUSING:
            _wait(self, RedshiftPauseClusterTrigger, "resume_paused")
        else:
            if state == _PAUSED:
                client: Any = self.hook.conn
                client.resume_cluster(ClusterIdentifier=self.cluster_identifier)
            _wait(self, RedshiftResumeClusterTrigger, "execute_complete")

    def resume_paused(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Resumed by the trigger when a cluster that was on its way to a pause has got there."""
        self.execute(context, event)


class RedshiftPauseClusterOperator(stock.RedshiftPauseClusterOperator):
    """Pauses the cluster and waits, deferred, until it is paused; the stock operator's arguments."""

    def __init__(self, *, deferrable: bool = True, **kwargs: Any) -> None:
        super().__init__(deferrable=deferrable, wait_for_completion=True, **kwargs)

    def execute(self, context: Context, event: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Do what the cluster's state calls for."""
        state = _state(self)
        if state == _PAUSED:
            self.log.info("Cluster %s is paused", self.cluster_identifier)
        elif state == _PAUSING:
            _wait(self, RedshiftPauseClusterTrigger, "execute_complete")
        elif state == _AVAILABLE:
            client: Any = self.hook.conn
            client.pause_cluster(ClusterIdentifier=self.cluster_identifier)
            _wait(self, RedshiftPauseClusterTrigger, "execute_complete")
        else:
            _wait(self, RedshiftResumeClusterTrigger, "pause_available")

    def pause_available(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """Resumed by the trigger when a cluster that was busy with something else is available."""
        self.execute(context, event)


def _state(operator: Any) -> str:
    name = operator.cluster_identifier
    if not name:
        raise AirflowException("the environment has no provisioned cluster: set redshift.cluster in project.yaml")
    state = operator.hook.cluster_status(cluster_identifier=name)
    if state in _LOST:
        raise AirflowException(f"cluster {name} {_LOST[state]}")
    operator.log.info("Cluster %s is %s", name, state)
    return str(state)


def _wait(operator: Any, trigger: type[Any], method: str) -> None:
    operator.defer(
        trigger=trigger(
            cluster_identifier=operator.cluster_identifier,
            waiter_delay=operator.poll_interval,
            waiter_max_attempts=operator.max_attempts,
            aws_conn_id=operator.aws_conn_id,
            region_name=operator.region_name,
            verify=operator.verify,
            botocore_config=operator.botocore_config,
        ),
        method_name=method,
        timeout=timedelta(seconds=operator.max_attempts * operator.poll_interval + _EXTRA_SECONDS),
    )
