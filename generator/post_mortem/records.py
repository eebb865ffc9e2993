"""What the run log holds, as values. Times are UTC; what was not logged is None."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class Run:
    """A run as it stands by its newest row; ``state`` is ``running`` where its end is not logged.

    ``heard_at`` is when the newest of its rows was about, ``failed_tasks`` counts the tasks whose last try failed,
    ``retries`` the tries that were followed by another, ``rows`` is what its tasks wrote
    into tables that stay.
    """

    run_id: str
    run_date: date | None
    run_type: str | None
    state: str
    due_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    began: datetime | None
    heard_at: datetime | None
    failed_task: str | None
    first_error: str | None
    git_commit: str | None
    file_hash: str | None
    url: str | None
    rows: int | None
    failed_tasks: int
    retries: int

    @property
    def seconds(self) -> float | None:
        return seconds(self.started_at, self.ended_at) if self.state != "running" else None

    @property
    def is_failing(self) -> bool:
        return self.state == "failed" or (self.state == "running" and self.failed_tasks > 0)


@dataclass(frozen=True)
class Try:
    """One try of a task: success, failed, up_for_retry or skipped. ``bytes`` are those that a query scanned."""

    task: str
    template: str | None
    number: int | None
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    rows: int | None
    bytes: int | None
    statements: tuple[str, ...]
    error: str | None
    url: str | None

    @property
    def seconds(self) -> float | None:
        return seconds(self.started_at, self.ended_at)


@dataclass(frozen=True)
class Check:
    """A check's verdict in one try of a task; ``samples`` are rows that failed it, as the check wrote them."""

    task: str
    number: int | None
    name: str
    kind: str | None
    table: str | None
    severity: str
    passed: bool | None
    found: str | None
    expected: str | None
    failures: int | None
    rows: int | None
    samples: tuple[Any, ...]


@dataclass(frozen=True)
class TableSize:
    """A table after a run, and before it as far as this pipeline knows."""

    table: str
    rows: int | None
    size_mb: int | None
    rows_before: int | None = None
    size_mb_before: int | None = None


@dataclass(frozen=True)
class RunLog:
    """All that the log tells of one run. ``good_runs`` are the successful ones before it, newest first.

    ``since`` counts the runs that began later by state; ``medians`` are the seconds of each task in ``good_runs``.
    """

    run: Run
    others: tuple[Run, ...]
    good_runs: tuple[Run, ...]
    since: Mapping[str, int]
    tries: tuple[Try, ...]
    medians: Mapping[str, float]
    checks: tuple[Check, ...]
    tables: tuple[TableSize, ...]


@dataclass(frozen=True)
class History:
    """Runs, oldest first, and the size of each table after each run: {table: {run id: TableSize}}."""

    runs: tuple[Run, ...]
    tables: Mapping[str, Mapping[str, TableSize]]


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """The seconds between two times, where both are known; never below zero, clocks differ."""
    return None if start is None or end is None else max(0.0, (end - start).total_seconds())
