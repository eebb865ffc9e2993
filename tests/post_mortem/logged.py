"""Rows of a run log as runs of one pipeline leave them, and their way into the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from generator import query
from generator.run_log import tables

Rows = list[tuple[str, dict[str, Any]]]

PIPELINE = "flights_load"
OLD, NEW = "a" * 64, "b" * 64  # hashes of compiled files
AIRFLOW = "http://airflow.example.com:8080/dags/flights_load/runs"
UNIQUE: dict[str, Any] = {
    "name": "unique flight_date, carrier, flight",
    "kind": "unique",
    "expected": "no value twice",
    "found": "12 of 91400 rows too many",
    "failures": 12,
    "rows_checked": 91400,
    "passed": False,
    "samples": json.dumps(
        [{"carrier": "UA", "flight": 15, "tail": None}, {"carrier": "B6", "flight": 8, "tail": "N1"}]
    ),
}
ALL_UNIQUE = {**UNIQUE, "passed": True, "failures": 0, "found": "0 of 91400 rows too many", "samples": None}
FRESH: dict[str, Any] = {
    "name": "freshness flight_date",
    "kind": "freshness",
    "expected": "a value at most 2d before the run",
    "found": "2013-01-03",
    "passed": True,
}
CARRIER: dict[str, Any] = {
    "name": "not_null carrier",
    "kind": "not_null",
    "expected": "a value in each row",
    "found": "3 of 91400 rows without a value",
    "failures": 3,
    "rows_checked": 91400,
    "passed": False,
}


class Run:
    """A run of a day: each method adds rows, times are minutes and seconds after it was due at 08:30 UTC."""

    def __init__(self, day: int, run_id: str | None = None) -> None:
        self.day = date(2013, 1, day)
        self.due = datetime(2013, 1, day, 8, 30, tzinfo=UTC) + timedelta(days=1)
        self.run_id = run_id or f"scheduled__{self.due - timedelta(days=1):%Y-%m-%dT%H:%M:%S}+00:00"
        self.rows: Rows = []

    def task(self, name: str, started: int, ended: int, number: int = 1, **more: Any) -> Run:
        row = {
            "task": name,
            "template": "redshift.upsert",
            "try_number": number,
            "state": "success",
            "started_at": self._at(started),
            "ended_at": self._at(ended),
            "url": f"{AIRFLOW}/{self.run_id}/tasks/{name}",
            "logged_at": self._at(ended + 0.5),
        }
        return self._add("tasks", row, more)

    def check(self, task: str, at: int, of: Mapping[str, Any], number: int = 1, **more: Any) -> Run:
        row = {"task": task, "try_number": number, "table_name": "public.flights", "severity": "error"}
        return self._add("checks", {**row, "logged_at": self._at(at), **of}, more)

    def table(self, name: str, rows: int, size_mb: int, at: int = 90) -> Run:
        row = {"table_name": name, "rows": rows, "size_mb": size_mb, "logged_at": self._at(at)}
        return self._add("tables", row, {})

    def end(self, state: str, at: int, **more: Any) -> Run:
        row = {
            "run_type": "scheduled",
            "state": state,
            "due_at": self._at(0),
            "started_at": self._at(4),
            "ended_at": self._at(at),
            "git_commit": "c" * 40,
            "file_hash": OLD,
            "url": f"{AIRFLOW}/{self.run_id}",
            "logged_at": self._at(at + 1),
        }
        return self._add("runs", row, more)

    def _add(self, table: str, row: Mapping[str, Any], more: Mapping[str, Any]) -> Run:
        which = {"pipeline": PIPELINE, "run_id": self.run_id, "run_date": self.day}
        self.rows.append((table, {**which, **row, **more}))
        return self

    def _at(self, seconds: float) -> datetime:
        return self.due + timedelta(seconds=seconds)


def staged(run: Run, rows: int = 91400, **more: Any) -> Run:
    """The tasks before the check."""
    run.task("wait_for_file", 5, 7, template="s3.wait")
    return run.task("load.stage", 8, 28, rows_written=rows, statement_ids="8f2d5e3a-0001", **more)


def good(day: int, rows: int = 91400, seconds: int = 40) -> Run:
    """A run in which all is well."""
    run = staged(Run(day)).task("load.check", 29, 31).check("load.check", 31, ALL_UNIQUE)
    run.task("load.merge", 32, seconds - 1, rows_written=rows, statement_ids="8f2d5e3a-0002,8f2d5e3a-0003")
    return run.table("public.flights", 1_000_000 + rows * day, 40 + day).end("success", seconds)


def write(schema: str, runs: Iterable[Run], values: Mapping[str, Any]) -> None:
    """Make the log's tables and put the rows of runs in."""
    rows = [row for run in runs for row in run.rows]
    statements = tables.create(schema)
    for table in tables.TABLES:
        statements += tables.insert(schema, table, [row for name, row in rows if name == table])
    for statement in statements:
        query.redshift(statement, values, 0)
