"""What Airflow calls when a try of a task, or a run, has ended. Whatever goes wrong here is a warning in the log."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator import allowance, quoting
from generator.allowance import Allowance
from generator.run_log import rows
from generator.run_log.place import Place
from generator.run_log.tables import Row

if TYPE_CHECKING:
    from generator.run_log.tries import Try
    from generator.run_log.warehouse import Warehouse

_log = logging.getLogger("airflow.task.run_log")

Context = Mapping[str, Any]

PURPOSE = "the run log"
# A task's row is written after its state is known, so the run's callback may come first.
_WAIT_SECONDS = 4.0


@dataclass(frozen=True)
class LogTask:
    """Writes the row of a try of a task that has ended in `state`, and those of its checks."""

    place: Place
    state: str
    template: str | None
    allowance: Callable[[], Allowance] = allowance.current

    def __call__(self, context: Context) -> None:
        """Airflow's callback of a task."""
        _write(self.place, self.allowance(), f"task {context['task'].task_id}", lambda log: self._add(context, log))

    def _add(self, context: Context, warehouse: Warehouse) -> None:
        if self._is_told_by_another(context) and _is_logged(context, warehouse):
            return
        added: dict[str, Sequence[Row]] = {
            "tasks": [rows.task_row(context, self.state, self.template)],
            "checks": rows.check_rows(context, _checks(context)),
        }
        warehouse.add(added, rows.try_key(context))

    def _is_told_by_another(self, context: Context) -> bool:
        """Whether this is the DAG processor, which speaks for a worker that was lost, perhaps after it had written."""
        return self.state in ("failed", "up_for_retry") and context.get("exception") is None


@dataclass(frozen=True)
class LogRun:
    """Writes the row of a run that has ended in `state`, and those of the tables that it wrote.

    :param tables: the tables that each task writes, by the task's id
    """

    place: Place
    state: str
    tables: Mapping[str, Sequence[str]]
    allowance: Callable[[], Allowance] = allowance.current

    def __call__(self, context: Context) -> None:
        """Airflow's callback of a DAG."""
        _write(self.place, self.allowance(), f"run {context['run_id']}", lambda log: self._add(context, log))

    def _add(self, context: Context, warehouse: Warehouse) -> None:
        good = self.state == "success"
        tries = [] if good else _tries(context, warehouse)
        task, error = (None, None) if good else _first_failure(context, tries)
        key = rows.run_key(context)
        warehouse.add({"runs": [rows.run_row(context, self.state, task, error)]}, key and f"{key} run")
        wrote = self.tables if good else [each.task for each in tries if each.state == "success"]
        if written := sorted({name for each in wrote for name in self.tables.get(each, ())}):
            warehouse.add({"tables": rows.table_rows(context, _sizes(warehouse, written))}, key and f"{key} tables")


def _write(place: Place, time: Allowance, what: str, add: Callable[[Warehouse], None]) -> None:
    """Let `add` write what there is, in the time that there is."""
    try:
        from generator.run_log.warehouse import SECONDS, Warehouse

        seconds = time.part(PURPOSE, SECONDS)
        allowance.within(seconds, lambda: add(Warehouse(place, seconds)))
    except Exception as error:  # noqa: BLE001 - a log must never harm what it is about
        if isinstance(error, TimeoutError):
            time.overrun(PURPOSE)
        reason = str(error) or "it takes too long"
        _log.warning("The run log has no row for %s: %s. The run itself is not harmed.", what, reason)


def _checks(context: Context) -> Sequence[Mapping[str, Any]]:
    """The results of a task's checks: kept on the operator, since a task that fails has no result."""
    kept = getattr(context["task"], "check_results", None)
    return kept if isinstance(kept, list | tuple) else ()


def _is_logged(context: Context, warehouse: Warehouse) -> bool:
    from generator.run_log.tries import is_logged
    from generator.run_log.warehouse import RunLogError, RunLogTimeoutError

    try:
        return is_logged(context, warehouse)
    except RunLogTimeoutError:
        raise
    except RunLogError:
        return False  # nothing was ever logged


def _tries(context: Context, warehouse: Warehouse) -> list[Try]:
    """The last tries of the run's tasks; none where the log does not tell soon."""
    from generator.run_log.tries import last_tries
    from generator.run_log.warehouse import RunLogError

    hurried = warehouse.hurried(min(_WAIT_SECONDS, warehouse.seconds_left / 2))
    tries: list[Try] = []
    try:
        while True:
            tries = last_tries(context, hurried)
            if context.get("reason") != "task_failure" or any(each.state == "failed" for each in tries):
                return tries
            hurried.pause(1.0)
    except RunLogError as error:
        _log.warning("The run log does not tell which task failed first: %s", error)
        return tries


def _first_failure(context: Context, tries: Sequence[Try]) -> tuple[str | None, str | None]:
    """The task that failed first for good, and its error: from the log, since Airflow names the last one."""
    if context.get("reason") != "task_failure":
        return None, rows.reason_of_run(context)
    for each in tries:
        if each.state == "failed":
            return each.task, each.error
    return getattr(context.get("ti"), "task_id", None), None


def _sizes(warehouse: Warehouse, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Rows and megabytes of tables. SVV_TABLE_INFO leaves out tables without rows; `tbl_rows` counts deleted ones."""
    split = [name.partition(".")[::2] for name in names]
    wanted = " OR ".join(
        f'("schema" = {quoting.redshift_string(schema)} AND "table" = {quoting.redshift_string(table)})'
        for schema, table in split
    )
    sql = (
        '/* run log */ SELECT "schema" || \'.\' || "table", COALESCE(estimated_visible_rows, tbl_rows), size '
        f"FROM svv_table_info WHERE {wanted}"
    )
    found = {str(name): (int(float(count or 0)), int(size or 0)) for name, count, size in warehouse.read(sql)}
    return {name: found.get(name, (0, 0)) for name in names}
