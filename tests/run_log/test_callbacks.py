"""Callbacks that are called twice, from several processes, or where nothing answers."""

from __future__ import annotations

import datetime
import json
import socket
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.dag_processing import processor
from airflow.sdk import DAG
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from generator.allowance import Allowance
from generator.notifications import Callbacks
from generator.operators.redshift_check import RedshiftCheckOperator
from generator.run_log import callbacks, rows, warehouse
from generator.run_log.place import Place
from generator.run_log.warehouse import RunLogError, Warehouse
from tests.notifications import servers

MOMENT = datetime.datetime(2013, 1, 2, 3, 30, tzinfo=datetime.UTC)
RESULT = {"name": "unique k", "kind": "unique", "severity": "error", "passed": False, "found": 1, "failures": 1}


def run(**more: Any) -> SimpleNamespace:
    known = {"logical_date": None, "run_after": MOMENT, "run_type": "manual", "start_date": MOMENT, "end_date": MOMENT}
    return SimpleNamespace(**{**known, **more})


def try_of(task: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """The context of a try, as the DAG processor makes it for a worker that was lost."""
    with DAG("flights", schedule=None) as dag:
        operator = RedshiftCheckOperator(task_id=task, sql="SELECT 1", checks=[], database="dev")
    instance = RuntimeTaskInstance.model_construct(
        id=uuid.uuid4(), task_id=task, dag_id="flights", run_id="manual", try_number=number, map_index=-1, task=operator
    )
    return {"dag": dag, "task": operator, "ti": instance, "run_id": "manual", "dag_run": run(), **more}


def in_worker(context: dict[str, Any]) -> dict[str, Any]:
    """The same as the worker knows it: with the error, and the checks' results."""
    with DAG("flights", schedule=None) as dag:
        task = RedshiftCheckOperator(task_id=context["task"].task_id, sql="SELECT 1", checks=[], database="dev")
    task.check_results = [RESULT]
    return {**context, "dag": dag, "task": task, "exception": ValueError("1 of 1 checks failed")}


def logged(here: Place, table: str, columns: str) -> list[tuple[Any, ...]]:
    log = Warehouse(here)
    try:
        return sorted(log.read(f"SELECT {columns} FROM {log.name(table)}"))
    except RunLogError:
        return []


# A try that the worker tells of, and the DAG processor as well


@pytest.mark.parametrize("is_known", [True, False], ids=["soon", "after Redshift has forgotten the request"])
def test_the_dag_processor_adds_nothing_to_what_the_worker_told(
    here: Place, is_known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed = try_of("load")
    callbacks.LogTask(here, "failed", None)(in_worker(killed))
    if not is_known:
        monkeypatch.setattr(warehouse, "_TOKENS", uuid.uuid4())
    callbacks.LogTask(here, "up_for_retry", None)(killed)
    assert logged(here, "tasks", "task, state, first_error") == [("load", "failed", "1 of 1 checks failed")]
    assert logged(here, "checks", "task, name") == [("load", "unique k")]


def test_a_worker_that_speaks_after_it_was_given_up_adds_nothing(here: Place) -> None:
    killed = try_of("load")
    callbacks.LogTask(here, "failed", None)(killed)
    callbacks.LogTask(here, "failed", None)(in_worker(killed))
    assert logged(here, "tasks", "task, first_error") == [("load", rows.KILLED)]


def test_both_at_once(here: Place) -> None:
    contexts = [try_of("load", number) for number in range(6)]
    both = [each for context in contexts for each in (context, in_worker(context))]
    with ThreadPoolExecutor(len(both)) as pool:
        list(pool.map(callbacks.LogTask(here, "failed", None), both))
    assert logged(here, "tasks", "task, try_number") == [("load", number) for number in range(6)]


def test_the_next_try_has_its_own_row(here: Place) -> None:
    for number in (1, 2):
        callbacks.LogTask(here, "failed", None)(try_of("load", number))
    assert logged(here, "tasks", "try_number") == [(1,), (2,)]


# Ends of runs


def test_a_run_that_is_told_twice_has_one_row_and_one_that_ends_twice_has_two(here: Place) -> None:
    Warehouse(here).add({"runs": [], "tasks": [{"task": "another"}]})
    end = try_of("load")
    later = {**end, "dag_run": run(end_date=MOMENT + datetime.timedelta(hours=1))}
    for context in (end, end, later):
        callbacks.LogRun(here, "success", {"load": ["public.t"]})(context)
    assert logged(here, "runs", "state") == [("success",)] * 2
    assert logged(here, "tables", "table_name") == [("public.t",)] * 2


def test_a_run_that_was_cleared_tells_what_failed_first_this_time(here: Place) -> None:
    def ended(task: str, state: str, minutes: int) -> dict[str, Any]:
        at = MOMENT + datetime.timedelta(minutes=minutes)
        known = {"pipeline": "flights", "run_id": "manual", "ended_at": at, "logged_at": at}
        return {**known, "task": task, "state": state, "first_error": f"{task} {minutes}"}

    Warehouse(here).add({
        "tasks": [
            ended("stage", "success", 1), ended("check", "failed", 2), ended("last", "failed", 3),
            ended("check", "up_for_retry", 11), ended("check", "success", 12), ended("merge", "failed", 13),
            ended("other", "failed", 14),
        ]
    })  # fmt: skip
    cleared = try_of("other", dag_run=run(start_date=MOMENT + datetime.timedelta(minutes=10)), reason="task_failure")
    written = {"stage": ["public.staged"], "check": ["public.checked"], "merge": ["public.merged"]}
    callbacks.LogRun(here, "failed", written)(cleared)
    assert logged(here, "runs", "failed_task, first_error") == [("merge", "merge 13")]
    assert logged(here, "tables", "table_name") == [("public.checked",)]


# Where nothing answers


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that hears everything, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


class Noted(Allowance):
    """An allowance that keeps the parts that it gave."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.parts: list[tuple[str, float]] = []

    def part(self, purpose: str, most: float) -> float:
        self.parts.append((purpose, super().part(purpose, most)))
        return self.parts[-1][1]


@pytest.mark.usefixtures("airflow_database")
def test_a_warehouse_and_a_channel_that_hang_take_no_more_than_there_is(
    silent: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Any] = []
    shared = Noted(6)
    monkeypatch.setenv("AWS_ENDPOINT_URL_REDSHIFT_DATA", silent)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://x:y@")
    with servers.http(b"ok", told) as slack:
        for name, host in (("HANGS", silent), ("WORKS", slack)):
            values = {"conn_type": "slackwebhook", "host": f"{host}/services", "password": "T0/B0/x"}
            monkeypatch.setenv(f"AIRFLOW_CONN_{name}", json.dumps(values))
        channels = ({"slack": {"connection": "hangs"}}, {"slack": {"connection": "works"}})
        tell = Callbacks("local", {}, on_failure=channels, allowance=lambda: shared)
        place = Place("log", "us-east-1", "aws_default", {"Database": "dev", "WorkgroupName": "local"})
        with DAG("flights", schedule=None) as dag:
            dag.on_failure_callback = [tell.failed, callbacks.LogRun(place, "failed", {}, lambda: shared)]
        requests = [
            DagCallbackRequest(
                filepath="", bundle_name="", bundle_version=None, dag_id="flights", run_id=name, msg="task_failure"
            )
            for name in ("one", "two")
        ]
        bag: Any = SimpleNamespace(dags={"flights": dag})
        processor._execute_callbacks(bag, list(requests), structlog.get_logger())
    assert [purpose for purpose, _ in shared.parts] == ["notifications", "the run log"] * 2
    assert sum(seconds for _, seconds in shared.parts) < 6
    assert len(told) == 2
    assert [line for line in map(_kind, caplog.messages) if line] == ["a channel hangs", "the log hangs"] * 2


def _kind(message: str) -> str:
    if message.startswith("The notification of slack hangs was given up"):
        return "a channel hangs"
    return "the log hangs" if message.startswith("The run log has no row for run") else ""
