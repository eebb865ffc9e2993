"""A pipeline in an Airflow of its own, which a process can have only once: so each run is a program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.operators.statements import BATCH_LIMIT

PROGRAM = """
import dataclasses, datetime, json, os, pathlib, sys
from generator.environment import choose, load_environments
from generator.model import Param, Pipeline
from generator.run import run_pipeline
from generator.sandbox.server import Sandbox

folder, date = pathlib.Path(sys.argv[1]), sys.argv[2]
compiled = {path.name: path.read_text() for path in folder.iterdir()}
params = (Param("airport", "JFK", {"type": "string"}),)
states = []
with Sandbox() as sandbox:
    os.environ.update(sandbox.environment)
    report = run_pipeline(
        Pipeline("demo", "demo.yaml", "", (), params=params),
        compiled,
        choose(load_environments(folder / "project.yaml")),
        date=datetime.date.fromisoformat(date) if date else None,
        params={"airport": "O'Hare"},
        progress=lambda task: states.append([task.task_id, task.state]),
    )
print(json.dumps({**dataclasses.asdict(report), "progress": states}), flush=True)
os._exit(0)
"""

PROJECT = {
    "project": "demo",
    "default_environment": "local",
    "environments": {"local": {"region": "us-east-1", "redshift": {"workgroup": "local", "database": "dev"}}},
}


def redshift(sql: Any, **more: Any) -> dict[str, Any]:
    operator = "generator.operators.redshift_statements.RedshiftStatementsOperator"
    return {"operator": operator, "sql": sql, "database": "dev", "deferrable": True, "retries": 3, **more}


def check(sql: str, *checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    operator = "generator.operators.redshift_check.RedshiftCheckOperator"
    return {**redshift(sql, **more), "operator": operator, "checks": list(checks)}


def counted(kind: str, **columns: Any) -> dict[str, Any]:
    return {"name": kind, "kind": kind, "severity": "error", "expected": "so", **columns}


def run(folder: Path, tasks: dict[str, Any], date: str = "") -> dict[str, Any]:
    dag = {"schedule": None, "tasks": tasks, "timezone": "America/New_York", "start_date": "2013-01-01"}
    params = {"airport": {"__type__": "airflow.sdk.Param", "default": "JFK", "type": "string"}}
    (folder / "demo.yaml").write_text(yaml.safe_dump({"demo": {**dag, "params": params}}))
    (folder / "project.yaml").write_text(yaml.safe_dump(PROJECT))
    (folder / "demo.py").write_text(
        "import airflow.sdk\nfrom generator.build import build_dag\ndag = build_dag(__file__)\n"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), date],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A run in which a check fails, between the tasks that stage rows and those that use and drop them."""
    stage = "public.stage_{{ run_key }}"
    values = "('{{ run_date }}', {{ params.airport | literal }}), (NULL, 'x')"
    return run(
        tmp_path_factory.mktemp("dags"),
        {
            "load.stage": redshift(
                [
                    f"CREATE TABLE {stage} (day date, airport varchar(20))",
                    f"INSERT INTO {stage} VALUES {values}",
                ]
            ),
            "load.check": check(
                f"SELECT COUNT(*) AS all_rows, COUNT(*) - COUNT(day) AS nulls,"
                f" SUM(CASE WHEN day = '2013-01-31' AND airport = 'O''Hare' THEN 1 ELSE 0 END) AS rendered"
                f" FROM {stage}",
                counted("row_count", rows="rendered", min=1),
                counted("not_null", rows="all_rows", failures="nulls"),
                dependencies=["load.stage"],
            ),
            "load.merge": redshift("SELECT 1", dependencies=["load.check"]),
            "load.drop": redshift(
                f"DROP TABLE {stage}",
                dependencies=["load.stage", "load.check", "load.merge"],
                trigger_rule="all_done_setup_success",
            ),
            "after": redshift("SELECT 1", dependencies=["load.merge"]),
        },
        date="2013-01-31",
    )


def test_a_failed_run_stays_failed_though_its_teardown_succeeds(failed: dict[str, Any]) -> None:
    assert not failed["succeeded"]
    assert {task["task_id"]: task["state"] for task in failed["tasks"]} == {
        "load.stage": "success",
        "load.check": "failed",
        "load.merge": "upstream_failed",
        "load.drop": "success",
        "after": "upstream_failed",
    }


def test_a_failure_is_told_once_with_its_reason(failed: dict[str, Any]) -> None:
    errors = {task["task_id"]: task["error"] for task in failed["tasks"] if task["error"]}
    assert errors == {
        "load.check": "1 of 2 checks of the rows failed: not_null: 1 of 2 rows without a value found, so expected"
    }
    assert failed["progress"].count(["load.check", "running"]) == 1


def test_rows_are_counted(failed: dict[str, Any]) -> None:
    assert {task["task_id"]: task["rows"] for task in failed["tasks"]}["load.stage"] == 2


def test_a_run_without_a_date(tmp_path: Path) -> None:
    report = run(tmp_path, {"one": redshift("SELECT '{{ run_date }}', '{{ run_key }}'")})
    assert report["succeeded"]
    assert [task["state"] for task in report["tasks"]] == ["success"]


def test_a_task_that_waits_several_times_sends_all_its_statements(tmp_path: Path) -> None:
    digits = " UNION ALL ".join(f"SELECT {digit} AS n" for digit in range(10))
    factors = ", ".join(f"public.digits d{place}" for place in range(7))
    slow = f"CREATE TABLE public.slow AS SELECT COUNT(*) AS n FROM {factors} WHERE d0.n * d6.n % 7 < 3"
    many = [f"CREATE TABLE IF NOT EXISTS public.t{number} (k integer)" for number in range(BATCH_LIMIT)]
    declared = {
        "operator": "generator.operators.redshift.RedshiftTableOperator",
        "table": "public.t0",
        "columns": [],
        "create": [f"CREATE TABLE public.digits AS {digits}", slow, *many],
        "database": "dev",
    }
    last = redshift(f"SELECT k FROM public.t{BATCH_LIMIT - 1}", dependencies=["declared"])
    report = run(tmp_path, {"declared": declared, "last": last})
    assert [(task["task_id"], task["state"], task["error"]) for task in report["tasks"]] == [
        ("declared", "success", ""),
        ("last", "success", ""),
    ]


def test_a_stock_operators_failure_is_told_in_redshifts_words(tmp_path: Path) -> None:
    report = run(tmp_path, {"one": redshift(["SELECT 1", "SELECT nothing FROM nowhere"])})
    first, statement = report["tasks"][0]["error"].split("\n")
    assert "nowhere" in first
    assert "(statement 2 of 2, id " in first
    assert statement == "SELECT nothing FROM nowhere"
