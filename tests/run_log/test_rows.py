"""Rows from the contexts that Airflow's callbacks get, also from those that hold little."""

from __future__ import annotations

import datetime
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance

from generator import provenance
from generator.operators.redshift_check import RedshiftCheckOperator
from generator.operators.redshift_statements import RedshiftStatementsOperator
from generator.run_log import callbacks, rows
from generator.run_log.place import Place

MOMENT = datetime.datetime(2013, 1, 2, 3, 30, tzinfo=datetime.UTC)


class Run:
    logical_date: datetime.datetime | None = None
    run_after = MOMENT
    run_type = "manual"


def operator(**more: Any) -> RedshiftStatementsOperator:
    with DAG("flights", schedule=None):
        return RedshiftStatementsOperator(task_id="load", sql="SELECT 1", database="dev", **more)


def killed() -> dict[str, Any]:
    """The context that the DAG processor makes for a task whose worker was killed."""
    task = operator()
    instance = RuntimeTaskInstance.model_construct(
        id=uuid.uuid4(), task_id="load", dag_id="flights", run_id="manual", try_number=2, map_index=-1, task=task
    )
    return {"dag": task.dag, "task": task, "ti": instance, "run_id": "manual", "dag_run": Run}


def test_a_killed_worker() -> None:
    row = rows.task_row(killed(), "failed", "redshift.sql")
    expected = {
        "pipeline": "flights", "run_id": "manual", "run_date": datetime.date(2013, 1, 2), "task": "load",
        "template": "redshift.sql", "try_number": 2, "state": "failed", "started_at": None,
        "rows_written": None, "statement_ids": None, "first_error": rows.KILLED,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected


def test_a_run_of_which_airflow_tells_next_to_nothing(tmp_path: Path) -> None:
    dag = operator().dag
    dag.fileloc = str(tmp_path / "flights.py")
    row = rows.run_row({"dag": dag, "run_id": "a b", "reason": "timed_out"}, "failed", None, "why")
    assert (row["run_date"], row["run_type"], row["due_at"], row["file_hash"]) == (None, None, None, "")
    assert str(row["url"]).endswith("/dags/flights/runs/a%20b")


def test_a_run_in_a_terminal_did_not_start_on_the_day_that_it_is_for() -> None:
    class Past(Run):
        logical_date = start_date = MOMENT
        run_after = MOMENT + datetime.timedelta(days=5_000)

    row = rows.run_row({**killed(), "dag_run": Past}, "success", None, None)
    assert (row["run_date"], row["started_at"]) == (MOMENT.date(), None)


def test_what_the_operator_knows() -> None:
    context = killed()
    context["task"].statement_ids, context["task"].rows_written = ["a", "b"], 7
    row = rows.task_row({**context, "exception": ValueError("why\nmore")}, "up_for_retry", None)
    assert (row["statement_ids"], row["rows_written"], row["first_error"]) == ("a,b", 7, "why\nmore")


def test_checks_of_a_task_that_failed() -> None:
    context = killed()
    with context["dag"]:
        task = RedshiftCheckOperator(
            task_id="check", sql="SELECT 1", checks=[], subject="the staged rows of public.flights", database="dev"
        )
    task.check_results = [
        {"name": "not_null (day)", "kind": "not_null", "severity": "error", "passed": False, "found": 1,
         "expected": "at most 0", "failures": 1, "rows": 9, "samples": [{"day": None, "text": "x" * 9_000}] * 2},
    ]  # fmt: skip
    (row,) = rows.check_rows({**context, "task": task}, callbacks._checks({"task": task}))
    assert (row["task"], row["table_name"], row["passed"], row["found"]) == ("check", "public.flights", False, "1")
    assert (row["failures"], row["rows_checked"]) == (1, 9)
    assert str(row["samples"]).count("null") == 1  # as many rows as fit, and still JSON


def test_a_callback_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Place("log", "us-east-1", "no_such_connection", {"Database": "dev", "WorkgroupName": "x"})
    callbacks.LogTask(nowhere, "failed", None)(killed())
    callbacks.LogRun(nowhere, "failed", {})({"dag": operator().dag, "run_id": "manual"})
    assert [record.getMessage().split(":")[0] for record in caplog.records if "run log" in record.getMessage()] == [
        "The run log has no row for task load",
        "The run log has no row for run manual",
    ]


def test_the_commit_and_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python_file = str(tmp_path / "flights.py")
    monkeypatch.delenv(provenance.VARIABLE, raising=False)
    assert provenance.file_hash(python_file) == ""
    (tmp_path / "flights.yaml").write_text("a: 1\n")
    assert provenance.file_hash(python_file) == "37b128c59f1f5097f73f82691cb519f1f568667faab5ced1b4ab979d36837eae"
    assert provenance.git_commit(python_file, None) == ""
    assert provenance.git_commit(python_file, "a" * 40) == "a" * 40
    assert provenance.git_commit(python_file, "not a commit") == ""
    monkeypatch.setenv(provenance.VARIABLE, "v1.2")
    assert provenance.git_commit(python_file, "a" * 40) == "v1.2"


def test_the_commit_of_a_work_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(provenance.VARIABLE, raising=False)
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    assert provenance.git_commit(str(tmp_path / "flights.py"), None) == head
