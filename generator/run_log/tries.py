"""What the log says of the tasks of a run: which tries have ended, and how."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generator import quoting
from generator.run_log import tables
from generator.run_log.warehouse import Warehouse

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Try:
    """How a try of a task ended; `error` where it failed."""

    task: str
    state: str
    error: str | None


def last_tries(context: Context, warehouse: Warehouse) -> list[Try]:
    """The last try of each task of a run, in the order of their ends. Raises RunLogError."""
    found = warehouse.read(f"SELECT task, state, first_error {_tries(context, warehouse)} ORDER BY ended_at")
    last: dict[str, Try] = {}
    for task, state, error in found:
        last.pop(str(task), None)
        last[str(task)] = Try(str(task), str(state), error)
    return list(last.values())


def is_logged(context: Context, warehouse: Warehouse) -> bool:
    """Whether the try of a task that has ended has its row. Raises RunLogError."""
    instance = context["ti"]
    this = f"task = {quoting.redshift_string(instance.task_id)} AND try_number = {int(instance.try_number)}"
    return bool(warehouse.read(f"SELECT 1 {_tries(context, warehouse)} AND {this} LIMIT 1"))


def _tries(context: Context, warehouse: Warehouse) -> str:
    """The tries since the run's start: one that is cleared starts again, and so does one that Airflow has forgotten."""
    started = getattr(context.get("dag_run"), "start_date", None)
    since = f" AND logged_at >= {_moment(started)}" if started is not None else ""
    return (
        f"FROM {warehouse.name('tasks')} WHERE pipeline = {quoting.redshift_string(context['dag'].dag_id)} "
        f"AND run_id = {quoting.redshift_string(context['run_id'])}{since}"
    )


def _moment(at: datetime.datetime) -> str:
    return tables.constant(at, tables.TABLES["tasks"]["logged_at"])
