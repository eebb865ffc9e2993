"""The run log: a row in the warehouse for each run, each try of a task, each check and each written table.

Rows are written by callbacks of tasks and DAGs, which Airflow calls after it has settled the state: so no row, and no
failure to write one, changes what became of a task or a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from generator.run_log.callbacks import LogRun, LogTask
from generator.run_log.place import Place, place

if TYPE_CHECKING:
    from airflow.sdk import DAG

    from generator.environment import Environment

__all__ = ["Place", "attach", "place"]

# What Airflow calls the callback for each state that a try of a task ends in.
_TASK_CALLBACKS = {
    "on_success_callback": "success",
    "on_failure_callback": "failed",
    "on_retry_callback": "up_for_retry",
    "on_skipped_callback": "skipped",
}


def attach(dag: DAG, environment: Environment, templates: Mapping[str, str]) -> None:
    """Let a DAG and its tasks write the run log, where the environment has one.

    :param templates: the template of each task of the pipeline's YAML file, by the task's name
    """
    where = place(environment.values)
    if where is None:
        return
    for task in dag.tasks:
        for name, state in _TASK_CALLBACKS.items():
            setattr(task, name, [*getattr(task, name, ()), LogTask(where, state, _template(task.task_id, templates))])
    written = {task.task_id: names for task in dag.tasks if (names := tuple(_tables(task)))}
    dag.on_success_callback = [*_listed(dag.on_success_callback), LogRun(where, "success", written)]
    dag.on_failure_callback = [*_listed(dag.on_failure_callback), LogRun(where, "failed", written)]
    dag.has_on_success_callback = dag.has_on_failure_callback = True


def _template(task_id: str, templates: Mapping[str, str]) -> str | None:
    """The template of a task, whose id is that of the YAML file, or has the step's name behind it."""
    return templates.get(task_id) or templates.get(task_id.rpartition(".")[0])


def _tables(task: Any) -> Iterator[str]:
    """The tables that a task names as its outlets, where it is one of our operators for Redshift."""
    if hasattr(task, "rows_written"):
        yield from (name for outlet in task.outlets if "." in (name := str(getattr(outlet, "name", ""))))


def _listed(callbacks: Any) -> list[Any]:
    if callbacks is None:
        return []
    return list(callbacks) if isinstance(callbacks, list | tuple) else [callbacks]
