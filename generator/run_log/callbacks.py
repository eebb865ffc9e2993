"""What Airflow calls when a try of a task, or a run, has ended. Whatever goes wrong here is a warning in the log."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator import quoting
from generator.run_log import rows
from generator.run_log.place import Place
from generator.run_log.tables import Row

if TYPE_CHECKING:
    from generator.run_log.warehouse import Warehouse

_log = logging.getLogger("airflow.task.run_log")

# A task's row is written after its state is known, so the run's callback may come first.
_WAIT_SECONDS = 10.0


@dataclass(frozen=True)
class LogTask:
    """Writes the row of a try of a task that has ended in `state`, and those of its checks."""

    place: Place
    state: str
    template: str | None

    def __call__(self, context: Mapping[str, Any]) -> None:
        """Airflow's callback of a task."""
        try:
            from generator.run_log.warehouse import Warehouse

            added: dict[str, Sequence[Row]] = {
                "tasks": [rows.task_row(context, self.state, self.template)],
                "checks": rows.check_rows(context, _checks(context)),
            }
            Warehouse(self.place).add(added)
        except Exception as error:  # noqa: BLE001 - a log must never harm what it is about
            _warn(f"task {context['task'].task_id}", error)


@dataclass(frozen=True)
class LogRun:
    """Writes the row of a run that has ended in `state`, and after a successful one those of the tables it wrote."""

    place: Place
    state: str
    tables: tuple[str, ...]

    def __call__(self, context: Mapping[str, Any]) -> None:
        """Airflow's callback of a DAG."""
        try:
            from generator.run_log.warehouse import Warehouse

            warehouse = Warehouse(self.place)
            task, error = (None, None) if self.state == "success" else _first_failure(context, warehouse)
            warehouse.add({"runs": [rows.run_row(context, self.state, task, error)]})
            if self.tables and self.state == "success":
                warehouse.add({"tables": rows.table_rows(context, _sizes(warehouse, self.tables))})
        except Exception as error:  # noqa: BLE001
            _warn(f"run {context['run_id']}", error)


def _warn(what: str, error: Exception) -> None:
    _log.warning("The run log has no row for %s: %s. The run itself is not harmed.", what, error)


def _checks(context: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The results of a task's checks: kept on the operator, since a task that fails has no result."""
    kept = getattr(context["task"], "check_results", None)
    return kept if isinstance(kept, list | tuple) else ()


def _first_failure(context: Mapping[str, Any], warehouse: Warehouse) -> tuple[str | None, str | None]:
    """The task that failed first for good, and its error, from the log itself: Airflow names the last one."""
    from generator.run_log.warehouse import RunLogError

    if context.get("reason") != "task_failure":
        return None, rows.reason_of_run(context)
    sql = (
        f"SELECT task, first_error FROM {warehouse.name('tasks')} WHERE state = 'failed' "
        f"AND pipeline = {quoting.redshift_string(context['dag'].dag_id)} "
        f"AND run_id = {quoting.redshift_string(context['run_id'])} ORDER BY ended_at LIMIT 1"
    )
    last = warehouse.seconds_left - _WAIT_SECONDS
    try:
        while warehouse.seconds_left > last:
            if found := warehouse.read(sql):
                return str(found[0][0]), found[0][1]
            warehouse.pause(1.0)
    except RunLogError as error:
        _log.warning("The run log does not tell which task failed first: %s", error)
    instance = context.get("ti")
    return getattr(instance, "task_id", None), None


def _sizes(warehouse: Warehouse, names: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Rows and megabytes of tables. SVV_TABLE_INFO leaves out tables without rows; `tbl_rows` counts deleted ones."""
    split = [name.partition(".")[::2] for name in names]
    wanted = " OR ".join(
        f'("schema" = {quoting.redshift_string(schema)} AND "table" = {quoting.redshift_string(table)})'
        for schema, table in split
    )
    sql = (
        'SELECT "schema" || \'.\' || "table", COALESCE(estimated_visible_rows, tbl_rows), size '
        f"FROM svv_table_info WHERE {wanted}"
    )
    found = {str(name): (int(float(count or 0)), int(size or 0)) for name, count, size in warehouse.read(sql)}
    return {name: found.get(name, (0, 0)) for name in names}
