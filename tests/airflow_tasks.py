"""Runs operators and whole DAGs as Airflow does, with the triggers that they defer to, but without its database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from airflow.providers.common.compat.module_loading import import_string
from airflow.providers.common.compat.sdk import TaskDeferred


@dataclass
class TaskInstance:
    """As much of a task instance as the operators use. ``results`` are those of the run's tasks, by their ids."""

    task: Any = None
    try_number: int = 1
    results: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None: ...

    def xcom_pull(self, task_ids: str) -> Any:
        return self.results.get(task_ids)


def run_operator(operator: Any, context: dict[str, Any] | None = None, results: dict[str, Any] | None = None) -> Any:
    """Run a task to its end, deferrals through their real triggers; its result, or the error it raises.

    ``results`` are those of the tasks before it, which it may ask for.
    """
    instance = TaskInstance(operator, results=results or {})
    known = {**(context or {}), "ti": instance, "task_instance": instance, "task": operator}
    step: Callable[[], Any] = lambda: operator.execute(known)  # noqa: E731
    while True:
        try:
            return step()
        except TaskDeferred as deferred:
            classpath, arguments = deferred.trigger.serialize()
            event = asyncio.run(_first_event(import_string(classpath)(**arguments)))
            method = getattr(operator, deferred.method_name)
            kwargs = {**(deferred.kwargs or {}), "event": event}
            step = lambda: method(known, **kwargs)  # noqa: B023, E731


async def _first_event(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


@dataclass
class Run:
    """As much of a DAG run as templates use."""

    run_id: str
    logical_date: datetime | None
    run_after: datetime


def run_dag(dag: Any, run: Run, results: dict[str, Any] | None = None) -> dict[str, str]:
    """Run the tasks of a DAG in order; the error of each task that failed, by its id.

    What depends on a failed task is left out, but teardowns run. ``results`` takes those of the tasks.
    """
    failed: dict[str, str] = {}
    known = {} if results is None else results
    left_out: set[str] = set()
    for task in dag.topological_sort():
        if not task.is_teardown and (task.upstream_task_ids & (failed.keys() | left_out)):
            left_out.add(task.task_id)
            continue
        context = {"dag": dag, "dag_run": run, "run_id": run.run_id, "params": dag.params.dump(), "task": task}
        if run.logical_date is not None:
            context["logical_date"] = run.logical_date
        from airflow.sdk.execution_time.context import MacrosAccessor

        context["macros"] = MacrosAccessor()
        task.render_template_fields(context, jinja_env=dag.get_template_env())
        try:
            known[task.task_id] = run_operator(task, context, known)
        except Exception as error:  # noqa: BLE001 - whatever a task raises makes it fail
            failed[task.task_id] = str(error)[-600:]
    return failed
