"""Rows of the run log, from what Airflow tells a callback.

The context of a callback differs: a worker gives all of it, the DAG processor (which runs the callbacks of DAGs, and
those of tasks whose worker was killed) neither the error nor when the task started.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from generator import provenance
from generator.run_log.tables import Row, Value
from generator.run_names import run_date

Context = Mapping[str, Any]

KILLED = "the task's process was killed or lost, and left no message"
_REASONS = {
    "timed_out": "the run took longer than its dagrun_timeout",
    "all_tasks_deadlocked": "no task that is left can start: what they wait for will not come",
}


def task_row(context: Context, state: str, template: str | None) -> Row:
    """The row of a try of a task."""
    from generator.operators import outcome

    instance, task, error = context["ti"], context["task"], context.get("exception")
    failed = state in ("failed", "up_for_retry")
    known = outcome.of(task, error if failed else None)
    return {
        **_run(context),
        "task": task.task_id,
        "template": template,
        "try_number": instance.try_number,
        "state": state,
        "started_at": _started(instance),
        "ended_at": getattr(instance, "end_date", None) or _now(),
        "rows_written": known.rows_written,
        "bytes_scanned": known.bytes_scanned,
        "statement_ids": ",".join(known.statement_ids) or None,
        "first_error": (outcome.reason(task, error) if error is not None else KILLED) if failed else None,
        "url": instance.log_url,
        "logged_at": _now(),
    }


def try_key(context: Context) -> str:
    """What a try of a task is known by, in whatever process: Airflow gives each a new id."""
    return str(getattr(context["ti"], "id", None) or "")


def run_key(context: Context) -> str:
    """What an end of a run is known by; empty where Airflow tells too little."""
    run = context.get("dag_run")
    ended = getattr(run, "end_date", None)
    return f"{context['dag'].dag_id} {context['run_id']} {ended.isoformat()}" if ended is not None else ""


def check_rows(context: Context, results: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A row for each check of a try of a task."""
    task = context["task"]
    shared = {**_run(context), "task": task.task_id, "try_number": context["ti"].try_number, "logged_at": _now()}
    return [
        {
            **shared,
            "name": str(result.get("name", "")),
            "kind": result.get("kind"),
            "table_name": result.get("table") or _table(task),
            "severity": result.get("severity", "error"),
            "passed": result.get("passed"),
            "found": _text(result.get("found")),
            "expected": _text(result.get("expected")),
            "failures": _count(result.get("failures")),
            "rows_checked": _count(result.get("rows")),
            "samples": _samples(result.get("samples")),
        }
        for result in results
    ]


def _table(task: Any) -> str | None:
    """The table that a task's checks are about: the last word of their subject, "the staged rows of public.flights"."""
    return str(getattr(task, "subject", "")).rpartition(" ")[2] or None


def run_row(context: Context, state: str, failed_task: str | None, first_error: str | None) -> Row:
    """The row of a run."""
    dag, run = context["dag"], context.get("dag_run")
    bundle = getattr(getattr(context.get("ti"), "bundle_instance", None), "version", None)
    return {
        **_run(context),
        "run_type": _text(getattr(run, "run_type", None)),
        "state": state,
        "due_at": getattr(run, "run_after", None),
        "started_at": _run_started(run),
        "ended_at": getattr(run, "end_date", None) or _now(),
        "failed_task": failed_task,
        "first_error": first_error,
        "git_commit": provenance.git_commit(dag.fileloc, bundle),
        "file_hash": provenance.file_hash(dag.fileloc),
        "url": run_url(dag.dag_id, context["run_id"]),
        "logged_at": _now(),
    }


def table_rows(context: Context, found: Mapping[str, tuple[int, int]]) -> list[Row]:
    """A row for each table: its rows, and its size in megabytes."""
    shared = {**_run(context), "logged_at": _now()}
    return [{**shared, "table_name": name, "rows": rows, "size_mb": size} for name, (rows, size) in found.items()]


def reason_of_run(context: Context) -> str:
    """Why a run failed where no task of it did."""
    reason = str(context.get("reason", ""))
    return _REASONS.get(reason, reason)


def run_url(pipeline: str, run_id: str) -> str:
    """Airflow's page of a run."""
    from airflow.configuration import conf

    base = str(conf.get("api", "base_url", fallback="") or "http://localhost:8080/")
    return f"{base.rstrip('/')}/dags/{pipeline}/runs/{quote(run_id)}"


def _run(context: Context) -> dict[str, Value]:
    dag, run = context["dag"], context.get("dag_run")
    moment = (getattr(run, "logical_date", None) or getattr(run, "run_after", None)) if run is not None else None
    day = datetime.date.fromisoformat(run_date(moment, dag.timezone)) if moment is not None else None
    return {"pipeline": dag.dag_id, "run_id": context["run_id"], "run_date": day}


def _run_started(run: Any) -> datetime.datetime | None:
    """When a run started, if Airflow knows: of one in a terminal (`dag.test`) it gives the date that the run is for."""
    started = getattr(run, "start_date", None)
    return None if started == getattr(run, "logical_date", None) else started


def _started(instance: Any) -> datetime.datetime | None:
    """When the try started; the DAG processor's task instances have no such attribute, or only the server's word."""
    started = getattr(instance, "start_date", None)
    return started or getattr(getattr(instance, "_ti_context_from_server", None), "start_date", None)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _text(value: Any) -> str | None:
    """A value for people: of Airflow's enumerations the word."""
    return None if value is None else str(getattr(value, "value", value))


def _count(value: Any) -> int | None:
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None


_SAMPLES_BYTES = 16_000


def _samples(samples: Any) -> str | None:
    """Sample rows as JSON, as many of them as fit: a cut text would be none."""
    kept = list(samples or ())
    while kept:
        text = json.dumps(kept, default=str, ensure_ascii=False)
        if len(text.encode("utf-8", errors="replace")) <= _SAMPLES_BYTES:
            return text
        kept.pop()
    return None
