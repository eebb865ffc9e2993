"""Reads the run log: one statement finds the run, one batch tells everything about it."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from generator import query
from generator.post_mortem.records import Check, History, Run, RunLog, TableSize, Try
from generator.post_mortem.statements import Log
from generator.problems import LISTED, close_match
from generator.run_log.place import place

_ALL = 100_000  # rows of one result; far more than a run logs
_NEAR = 200  # as many newest runs are looked through for an id that is nearly right
_MISSING = re.compile(r"(schema|relation) .*does not exist")

Row = Mapping[str, Any]


class NothingLoggedError(Exception):
    """There is no run log, or nothing of the pipeline in it; the message says so.

    ``pipelines`` are those that it knows.
    """

    def __init__(self, message: str, pipelines: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.pipelines = tuple(pipelines)


class NoSuchRunError(LookupError):
    """The run that was asked for is not in the log; the message names those that are close."""


def log_of(pipeline: str, environment: str, values: Mapping[str, Any]) -> Log:
    """Where an environment logs the pipeline's runs. Raises NothingLoggedError where it does not."""
    where = place(values)
    if where is not None:
        return Log(where.schema, pipeline)
    if values.get("redshift"):
        raise NothingLoggedError(f"the environment '{environment}' has no run log: project.yaml says run_log: false")
    raise NothingLoggedError(f"the environment '{environment}' has no redshift, which is where runs are logged")


def run_log(log: Log, values: Mapping[str, Any], run_id: str | None = None, day: date | None = None) -> RunLog:
    """The run of that id or day, or the last one that failed, or else the last one.

    Raises NothingLoggedError, NoSuchRunError and generator.query.QueryError.
    """
    runs = _sorted_runs(_ask(log, [log.choose(run_id, day)], values)[0])
    if not runs:
        _tell_what_there_is(log, values, run_id, day)
    run, *others = runs
    began = run.began or datetime.now(UTC)
    questions = {
        "good": log.good_before(run.run_id, began),
        "since": log.since(run.run_id, began),
        "tries": log.tries(run.run_id),
        "medians": log.medians(run.run_id, began),
        "checks": log.checks(run.run_id),
        "sizes": log.sizes(run.run_id, began),
    }
    found = dict(zip(questions, _ask(log, list(questions.values()), values), strict=True))
    good = sorted((_run(row) for row in found["good"]), key=_began, reverse=True)
    return RunLog(
        run=run,
        others=tuple(others),
        good_runs=tuple(good),
        since={str(row["state"]): int(row["runs"]) for row in found["since"]},
        tries=tuple(_try(row) for row in found["tries"]),
        medians={row["task"]: float(row["median"]) / 1000 for row in found["medians"] if row["median"] is not None},
        checks=tuple(_check(row) for row in found["checks"]),
        tables=tuple(_sizes(found["sizes"])),
    )


def history(log: Log, values: Mapping[str, Any], count: int) -> History:
    """The newest ``count`` runs. Raises NothingLoggedError and generator.query.QueryError."""
    runs, sizes = _ask(log, [log.newest(count), log.growth(count)], values)
    if not runs:
        _tell_what_there_is(log, values, None, None)
    tables: dict[str, dict[str, TableSize]] = {}
    for row in sizes:  # a later row of the same run comes after it
        size = TableSize(row["table_name"], row["rows"], row["size_mb"])
        tables.setdefault(size.table, {})[row["run_id"]] = size
    return History(tuple(sorted((_run(row) for row in runs), key=_began)), tables)


def _ask(log: Log, texts: Sequence[str], values: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The rows of each query by the names of the columns."""
    try:
        results = query.redshift_batch(texts, values, _ALL)
    except query.QueryError as error:
        if _MISSING.search(str(error)):
            told = f"there is no run log yet, the first run makes it in the schema '{log.schema}'"
            raise NothingLoggedError(f"{told} ({error})") from None
        raise
    return [[dict(zip(result.columns, row, strict=True)) for row in result.rows] for result in results]


def _tell_what_there_is(log: Log, values: Mapping[str, Any], run_id: str | None, day: date | None) -> None:
    """Raise the error for a run that is not there."""
    days = [] if day is None else [log.closest_days(day)]
    pipelines, runs, *near = _ask(log, [log.pipelines(), log.newest(_NEAR), *days], values)
    if not runs:
        told = f"no run of '{log.pipeline}' is in the run log, the schema '{log.schema}'"
        raise NothingLoggedError(told, [row["pipeline"] for row in pipelines])
    if day is not None:
        closest = sorted(str(row["run_date"]) for row in near[0])
        raise NoSuchRunError(f"no run of '{log.pipeline}' for {day}; the closest are for {', '.join(closest)}")
    known = [row["run_id"] for row in runs]
    close = close_match(str(run_id), known)
    told = f"did you mean '{close}'?" if close else f"the last ones are {', '.join(known[: LISTED // 4])}"
    raise NoSuchRunError(f"'{log.pipeline}' has no run '{run_id}'; {told}")


def _began(run: Run) -> tuple[datetime, str]:
    return run.began or datetime.min.replace(tzinfo=UTC), run.run_id


def _sorted_runs(rows: Sequence[Row]) -> list[Run]:
    return sorted((_run(row) for row in rows), key=lambda run: (run.is_failing, *_began(run)), reverse=True)


def _run(row: Row) -> Run:
    is_over = row["state"] != "running"  # what the row of an end says is old once the run goes on
    return Run(
        run_id=row["run_id"],
        run_date=None if row["run_date"] is None else date.fromisoformat(row["run_date"]),
        run_type=row["run_type"],
        state=row["state"],
        due_at=_moment(row["due_at"]),
        started_at=_moment(row["started_at"]),
        ended_at=_moment(row["ended_at"]) if is_over else None,
        began=_moment(row["began"]),
        heard_at=_moment(row["heard_at"]),
        failed_task=row["failed_task"] if is_over else None,
        first_error=row["first_error"] if is_over else None,
        git_commit=row["git_commit"] or None,
        file_hash=row["file_hash"] or None,
        url=row["url"] or None,
        rows=_whole(row["rows_written"]),
        failed_tasks=_whole(row["failed_tasks"]) or 0,
        retries=_whole(row["retries"]) or 0,
    )


def _try(row: Row) -> Try:
    return Try(
        task=row["task"],
        template=row["template"],
        number=row["try_number"],
        state=row["state"] or "unknown",
        started_at=_moment(row["started_at"]),
        ended_at=_moment(row["ended_at"]),
        rows=row["rows_written"],
        bytes=row["bytes_scanned"],
        statements=tuple(part.strip() for part in (row["statement_ids"] or "").split(",") if part.strip()),
        error=row["first_error"] or None,
        url=row["url"] or None,
    )


def _check(row: Row) -> Check:
    return Check(
        task=row["task"],
        number=row["try_number"],
        name=row["name"] or "a check",
        kind=row["kind"],
        table=row["table_name"] or None,
        severity=row["severity"] or "error",
        passed=row["passed"],
        found=row["found"],
        expected=row["expected"],
        failures=row["failures"],
        rows=row["rows_checked"],
        samples=_samples(row["samples"]),
    )


def _samples(text: str | None) -> tuple[Any, ...]:
    """The rows of a JSON list; text that was cut is one sample as it is."""
    if not text:
        return ()
    try:
        found = json.loads(text)
    except ValueError:
        return (text,)
    return tuple(found) if isinstance(found, list) else (found,)


def _sizes(rows: Sequence[Row]) -> Iterator[TableSize]:
    before = {row["table_name"]: row for row in rows if not row["own"]}
    for row in rows:
        if row["own"]:
            size = TableSize(row["table_name"], row["rows"], row["size_mb"])
            earlier = before.get(size.table, {})
            yield dataclasses.replace(size, rows_before=earlier.get("rows"), size_mb_before=earlier.get("size_mb"))


def _moment(text: str | None) -> datetime | None:
    """A timestamp of the log, which is UTC, as the Data API writes it."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _whole(number: Any) -> int | None:
    """A sum of bigints, which the Data API writes as text."""
    return None if number is None else int(Decimal(number))
