"""What a compiled pipeline's `notifications` do to its DAG."""

from __future__ import annotations

import asyncio
import datetime
import json
from typing import Any

import pytest
from airflow.serialization.decoders import decode_deadline_alert
from airflow.serialization.serialized_objects import DagSerialization

from generator import notifications
from generator.build import build
from generator.environment import Environment
from generator.notifications import late
from tests.notifications import servers

LOCAL = Environment("local", {"region": "us-east-1", "values": {"topic": "arn:aws:sns:us-east-1:1:alerts"}})
EMPTY = "airflow.providers.standard.operators.empty.EmptyOperator"
SLACK = [{"slack": {"connection": "slack_data"}}]


def dag_of(told: dict[str, Any]) -> Any:
    config = {"schedule": None, "start_date": "2026-01-01", "tasks": {"one": {"operator": EMPTY}}}
    return build({"flights": {**config, **({"notifications": told} if told else {})}}, LOCAL, "/dags/flights.py")


def own(callbacks: Any) -> list[str]:
    """The names of our callbacks in a DAG's list."""
    return [each.__name__ for each in callbacks or () if hasattr(each, "__self__")]


@pytest.mark.parametrize(
    ("told", "on_failure", "on_success"),
    [
        ({}, [], []),
        ({"on_failure": SLACK}, ["failed"], ["succeeded"]),
        ({"on_warning": SLACK}, ["failed"], ["succeeded"]),
        ({"on_success": SLACK}, [], ["succeeded"]),
    ],
    ids=["nothing", "failures", "warnings", "successes"],
)
def test_a_dag_tells_of_its_runs(told: dict[str, Any], on_failure: list[str], on_success: list[str]) -> None:
    dag = dag_of(told)
    assert (own(dag.on_failure_callback), own(dag.on_success_callback)) == (on_failure, on_success)
    assert (dag.has_on_failure_callback, dag.has_on_success_callback) == (bool(on_failure), bool(on_success))


def test_the_environment_is_put_in_and_a_channel_without_its_value_is_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    topics = [{"sns": {"topic": "{{ env.values.topic }}"}}, {"sns": {"topic": "{{ env.values.other }}"}}]
    made = notifications.callbacks({"on_failure": topics}, LOCAL)
    assert made.on_failure == ({"sns": {"topic": "arn:aws:sns:us-east-1:1:alerts"}},)
    assert "has no value 'other'" in caplog.text


def test_airflow_stores_the_deadline() -> None:
    dag = dag_of({"on_late": SLACK, "deadline": "2h"})
    (alert,) = dag.deadline
    assert type(alert.interval) is float  # the DAG processor can't send a class of ours
    assert alert.callback.path == "generator.notifications.late.tell"
    json.dumps(alert.callback.kwargs)
    (stored,) = DagSerialization.serialize_dag(dag)["deadline"]
    assert stored["interval"] == 7200.0  # which alone is what clearing a task can read
    assert decode_deadline_alert(stored).interval == datetime.timedelta(hours=2)


def test_detached_a_dag_tells_nobody() -> None:
    dag = dag_of({"on_failure": SLACK, "on_late": SLACK, "deadline": "2h"})
    notifications.detach(dag)
    assert (own(dag.on_failure_callback), own(dag.on_success_callback), dag.deadline) == ([], [], None)


@pytest.mark.usefixtures("airflow_database")
@pytest.mark.parametrize(("state", "told"), [("running", 1), ("queued", 1), ("failed", 0)])
def test_a_late_run_is_told(state: str, told: int, monkeypatch: pytest.MonkeyPatch) -> None:
    (alert,) = dag_of({"on_late": SLACK, "deadline": "2h"}).deadline
    run = {"dag_id": "flights", "dag_run_id": "scheduled__1", "logical_date": "2026-01-31T00:00:00Z", "state": state}
    context = {"dag_run": run, "deadline": {"id": "1", "deadline_time": "2026-02-01T02:00:00+00:00"}}
    received: list[Any] = []
    with servers.http(b"ok", received) as address:
        values = {"conn_type": "slackwebhook", "host": f"{address}/services", "password": "T0/B0/x"}
        monkeypatch.setenv("AIRFLOW_CONN_SLACK_DATA", json.dumps(values))
        asyncio.run(late.tell(**alert.callback.kwargs, context=context))
    assert len(received) == told
    for body in received:
        assert body["text"].startswith("*flights is late (run of 2026-01-31)*")
        assert "done by 2026-02-01 02:00:00 UTC, 2h after it was due" in body["text"]
