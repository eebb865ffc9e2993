"""The story of a run, and all runs, as plain data for programs: times in ISO 8601 with the pipeline's offset."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from generator.post_mortem.records import Check, History, Run, TableSize, Try
from generator.post_mortem.source import Source
from generator.post_mortem.story import Story

Data = dict[str, Any]


def of_story(story: Story, source: Source, environment: str) -> Data:
    """A run with its tasks, checks and tables; durations in seconds, sizes in bytes."""
    zone = source.zone
    return {
        **_head(source, environment),
        "run": _run(story.run, zone),
        "failed_first": story.failed[0].name if story.failed else story.run.failed_task,
        "first_error": story.first_error or None,
        "failed_checks": [check.name for check in story.failed_checks],
        "warnings": [check.name for check in story.warnings],
        "retried": [task.name for task in story.retried],
        "median_seconds": story.median,
        "last_good_run": _run(story.last_good, zone) if story.last_good else None,
        "runs_since": dict(story.log.since),
        "other_runs_of_the_day": [run.run_id for run in story.log.others],
        "tasks": [
            {
                "task": task.name,
                "state": task.last.state,
                "seconds": task.last.seconds,
                "median_seconds": task.median,
                "tries": [_try(each, zone) for each in task.tries],
            }
            for task in story.tasks
        ],
        "checks": [_check(check) for check in story.checks],
        "tables": [_table(table) for table in story.tables],
        "change": {"told": story.change.told, "diff": list(story.change.diff)},
    }


def of_history(history: History, source: Source, environment: str) -> Data:
    """The runs, oldest first, each with the tables after it."""
    return {
        **_head(source, environment),
        "runs": [
            {
                **_run(run, source.zone),
                "tables": [_table(by_run[run.run_id]) for by_run in history.tables.values() if run.run_id in by_run],
            }
            for run in history.runs
        ],
    }


def _head(source: Source, environment: str) -> Data:
    file = source.path.relative_to(source.root).as_posix() if source.path else None
    return {"pipeline": source.name, "file": file, "environment": environment, "timezone": source.timezone}


def _run(run: Run, zone: tzinfo) -> Data:
    return {
        "run_id": run.run_id,
        "run_date": run.run_date.isoformat() if run.run_date else None,
        "run_type": run.run_type,
        "state": run.state,
        "due_at": _moment(run.due_at, zone),
        "started_at": _moment(run.started_at, zone),
        "ended_at": _moment(run.ended_at, zone),
        "seconds": run.seconds,
        "rows_written": run.rows,
        "retries": run.retries,
        "failed_task": run.failed_task,
        "first_error": run.first_error,
        "git_commit": run.git_commit,
        "file_hash": run.file_hash,
        "url": run.url,
    }


def _try(each: Try, zone: tzinfo) -> Data:
    return {
        "number": each.number,
        "template": each.template,
        "state": each.state,
        "started_at": _moment(each.started_at, zone),
        "ended_at": _moment(each.ended_at, zone),
        "seconds": each.seconds,
        "rows_written": each.rows,
        "bytes_scanned": each.bytes,
        "statement_ids": list(each.statements),
        "first_error": each.error,
        "url": each.url,
    }


def _check(check: Check) -> Data:
    return {**asdict(check), "samples": list(check.samples)}


def _table(table: TableSize) -> Data:
    return {name: value for name, value in asdict(table).items() if value is not None}


def _moment(moment: datetime | None, zone: tzinfo) -> str | None:
    return None if moment is None else moment.astimezone(zone).isoformat()
