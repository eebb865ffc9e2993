"""How the callbacks of one process share its time, in the DAG processor and elsewhere."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from airflow.callbacks.callback_requests import DagCallbackRequest
from airflow.dag_processing import processor

from generator import allowance
from generator.allowance import Allowance


def test_each_part_leaves_something_for_those_that_follow() -> None:
    now = 100.0
    shared = Allowance(40, lambda: now)
    taken = []
    for most in (20, 15, 20, 15, 20):
        taken.append(shared.part("whatever", most))
        now += taken[-1]
    assert taken == [20, 10, 5, 2.5, 1.25]
    now += 1000
    assert shared.part("whatever", 20) == 0


def test_what_overran_once_gets_little_afterwards() -> None:
    shared = Allowance(40, lambda: 0.0)
    shared.overrun("the run log")
    assert (shared.part("the run log", 15), shared.part("notifications", 20)) == (2, 20)


def test_work_that_takes_too_long_is_left_alone() -> None:
    waited = threading.Event()
    with pytest.raises(TimeoutError):
        allowance.within(0.1, waited.wait)
    waited.set()
    assert allowance.within(60, lambda: "done") == "done"
    with pytest.raises(ValueError, match="invalid literal"):
        allowance.within(60, lambda: int("not a number"))


def test_a_process_of_the_dag_processor_has_one_for_all_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "_process", None)
    found: list[Allowance] = []
    note = lambda _: found.append(allowance.current())  # noqa: E731
    dag: Any = SimpleNamespace(on_failure_callback=[note, note])
    requests = [
        DagCallbackRequest(
            filepath="flights.py", bundle_name="dags", bundle_version=None, dag_id="flights", run_id=run, msg="failed"
        )
        for run in ("one", "two")
    ]
    bag: Any = SimpleNamespace(dags={"flights": dag})
    processor._execute_callbacks(bag, list(requests), structlog.get_logger())
    assert len(found) == 4
    assert len({id(each) for each in found}) == 1
    assert allowance.current() is not found[0]


def test_it_is_over_before_the_process_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowance, "_process", None)
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT", "20")
    monkeypatch.setattr(allowance, "_in_dag_processor", lambda: True)
    assert 0 < allowance.current().left <= 16
