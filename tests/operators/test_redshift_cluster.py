from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from airflow.providers.common.compat.sdk import AirflowException, TaskDeferred
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.redshift.models import redshift_backends

from generator.operators.redshift_cluster import RedshiftPauseClusterOperator, RedshiftResumeClusterOperator
from generator.sandbox.server import Sandbox

Run = Callable[[Any], Any]
TARGET: dict[str, Any] = {"cluster_identifier": "analytics", "region_name": "us-east-1", "poll_interval": 1}


@pytest.fixture
def cluster(sandbox: Sandbox) -> Iterator[Any]:
    """The sandbox's cluster, whose `status` can be set."""
    client = boto3.client("redshift")
    client.create_cluster(
        ClusterIdentifier="analytics",
        NodeType="ra3.large",
        ClusterType="single-node",
        MasterUsername="admin",
        MasterUserPassword="Admin12345",
    )
    yield redshift_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].clusters["analytics"]
    client.delete_cluster(ClusterIdentifier="analytics", SkipFinalClusterSnapshot=True)


@pytest.mark.parametrize("before", ["paused", "available"])
def test_resume(run: Run, cluster: Any, before: str) -> None:
    cluster.status = before
    run(RedshiftResumeClusterOperator(task_id="resume", **TARGET))
    assert cluster.status == "available"


@pytest.mark.parametrize("before", ["paused", "available"])
def test_pause(run: Run, cluster: Any, before: str) -> None:
    cluster.status = before
    run(RedshiftPauseClusterOperator(task_id="pause", **TARGET))
    assert cluster.status == "paused"


@pytest.mark.parametrize(
    ("operator", "state", "waits_for"),
    [
        (RedshiftResumeClusterOperator, "resuming", "RedshiftResumeClusterTrigger"),
        (RedshiftResumeClusterOperator, "rebooting", "RedshiftResumeClusterTrigger"),
        (RedshiftResumeClusterOperator, "pausing", "RedshiftPauseClusterTrigger"),
        (RedshiftPauseClusterOperator, "pausing", "RedshiftPauseClusterTrigger"),
        (RedshiftPauseClusterOperator, "resuming", "RedshiftResumeClusterTrigger"),
        (RedshiftPauseClusterOperator, "modifying", "RedshiftResumeClusterTrigger"),
    ],
)
def test_a_cluster_on_its_way_is_waited_for(cluster: Any, operator: Any, state: str, waits_for: str) -> None:
    cluster.status = state
    with pytest.raises(TaskDeferred) as deferred:
        operator(task_id="cluster", **TARGET).execute({})
    assert type(deferred.value.trigger).__name__ == waits_for
    assert cluster.status == state


def test_a_cluster_that_was_pausing_is_resumed_afterwards(run: Run, cluster: Any) -> None:
    cluster.status = "pausing"
    operator = RedshiftResumeClusterOperator(task_id="resume", **TARGET)
    with pytest.raises(TaskDeferred) as deferred:
        operator.execute({})
    cluster.status = "paused"
    with pytest.raises(TaskDeferred):
        getattr(operator, deferred.value.method_name)({}, event={"status": "success"})
    assert cluster.status == "available"


@pytest.mark.parametrize("operator", [RedshiftResumeClusterOperator, RedshiftPauseClusterOperator])
def test_a_cluster_that_is_not_there(sandbox: Sandbox, operator: Any) -> None:
    with pytest.raises(AirflowException, match=r"^cluster nowhere does not exist$"):
        operator(task_id="cluster", cluster_identifier="nowhere", region_name="us-east-1").execute({})
