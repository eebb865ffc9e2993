"""Runs compiled pipelines in this process, with an Airflow of their own that is gone afterwards.

Airflow's metadata is an SQLite file in a temporary folder, whatever database the machine's Airflow uses; tasks run
one after the other by Airflow's `DAG.test`, and triggers run in place. Connections come from the variables
AIRFLOW_CONN_… or a secrets backend; where there is none, from AWS's own variables and profiles.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator import aws
from generator.environment import VARIABLE, Environment
from generator.model import Pipeline
from generator.run.params import checked_params

State = str  # a task state of Airflow: running, success, failed, skipped, upstream_failed, or none

_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class TaskReport:
    """What is known of a task: when it starts to run, and when it is done."""

    task_id: str
    state: State
    seconds: float = 0.0
    rows: int | None = None
    error: str = ""


@dataclass(frozen=True)
class RunReport:
    """A run that is over. ``tasks`` are in the order in which they could run."""

    run_id: str
    succeeded: bool
    seconds: float
    tasks: tuple[TaskReport, ...]


Progress = Callable[[TaskReport], None]


def run_pipeline(
    pipeline: Pipeline,
    compiled: Mapping[str, str],
    environment: Environment,
    *,
    date: datetime.date | None = None,
    params: Mapping[str, str] | None = None,
    progress: Progress = lambda _: None,
    verbose: bool = False,
) -> RunReport:
    """Run a pipeline now, without retries.

    :param compiled: the compiled files by name, as `compile.files` makes them
    :param date: the run's logical date, at midnight in the pipeline's timezone; without one the run has none, as one
        that is started by hand, and `run_date` is today
    :param params: values for the pipeline's params, as text
    :param progress: is told when a task starts and ends
    :param verbose: whether Airflow's own log goes to the standard output

    Call it before anything has imported Airflow: it reads its settings then. Raises ParamsError for params that do not
    fit; a task that fails is no error here, but in the report.
    """
    values = checked_params(pipeline.params, params or {})
    with LocalAirflow(environment, verbose=verbose) as airflow:
        return airflow.run(pipeline.name, compiled, date, values, progress)


class LocalAirflow:
    """An Airflow in a temporary folder, as a context manager; a process has one, before anything imports Airflow.

    :param environment: where the pipelines run
    :param verbose: whether Airflow's own log goes to the standard output
    :param poll_seconds: the longest pause between two questions to AWS whether work is done
    :param waits: whether sensors wait; otherwise one whose condition is not met fails at once
    """

    def __init__(
        self,
        environment: Environment,
        *,
        verbose: bool = False,
        poll_seconds: float = _POLL_SECONDS,
        waits: bool = True,
    ) -> None:
        self._environment = environment
        self._verbose = verbose
        self._poll_seconds = poll_seconds
        self._waits = waits
        self._folder = tempfile.TemporaryDirectory(prefix="pipelines-run-")

    def __enter__(self) -> LocalAirflow:
        os.environ.update(_variables(Path(self._folder.name), self._environment, self._verbose))
        aws.use(self._environment.values)
        from airflow.utils.db import initdb

        initdb()
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def run(
        self,
        name: str,
        compiled: Mapping[str, str],
        date: datetime.date | None,
        params: Mapping[str, Any],
        progress: Progress = lambda _: None,
    ) -> RunReport:
        """Run the pipeline of that name without retries; see `run_pipeline`. The params are checked already."""
        dags = Path(self._folder.name) / "dags"
        _write_dag(dags, name, compiled)
        from generator import notifications
        from generator.build import build_dag

        dag: Any = build_dag(str(dags / f"{name}.py"))
        notifications.detach(dag)  # whoever started it sees what becomes of it
        for task in dag.tasks:
            _hasten(task, self._poll_seconds)
            if not self._waits:
                _look_once(task)
        return _run(dag, date, params, progress)


def _write_dag(dags: Path, name: str, compiled: Mapping[str, str]) -> None:
    """The one pipeline: Airflow parses all that is in the folder."""
    shutil.rmtree(dags, ignore_errors=True)
    dags.mkdir()
    for file in (f"{name}.py", f"{name}.yaml", "project.yaml"):
        (dags / file).write_text(compiled[file], encoding="utf-8")


def _variables(home: Path, environment: Environment, verbose: bool) -> dict[str, str]:
    for name in ("SQL_ALCHEMY_CONN_CMD", "SQL_ALCHEMY_CONN_SECRET"):
        os.environ.pop(f"AIRFLOW__DATABASE__{name}", None)
    level = "INFO" if verbose else "CRITICAL"
    bundles = '[{"name": "run", "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle", "kwargs": {}}]'
    return {
        VARIABLE: environment.name,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONFIG": str(home / "airflow.cfg"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": bundles,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": level,
        "AIRFLOW__LOGGING__FAB_LOGGING_LEVEL": level,
    }


def _run(dag: Any, date: datetime.date | None, params: Mapping[str, Any], progress: Progress) -> RunReport:
    logical_date = None
    if date is not None:
        logical_date = datetime.datetime.combine(date, datetime.time(), dag.timezone)
    watcher = Watcher(progress)
    began = time.monotonic()
    with _listening(watcher):
        run = dag.test(logical_date=logical_date, run_conf=dict(params) or None)
    return RunReport(run.run_id, str(run.state) == "success", time.monotonic() - began, _tasks(dag, run, watcher))


def _hasten(task: Any, poll_seconds: float) -> None:
    """A person is waiting: no retries, since the run may be started again, and short pauses between questions."""
    task.retries = 0
    for name in ("poll_interval", "sleep_time"):
        if hasattr(task, name):
            setattr(task, name, min(getattr(task, name), poll_seconds))


def _look_once(task: Any) -> None:
    """Let a sensor look once: what it waits for is there, or never comes."""
    from airflow.providers.common.compat.sdk import BaseSensorOperator

    if isinstance(task, BaseSensorOperator):
        task.deferrable = False
        task.timeout = 0


class Watcher:
    """Hears from Airflow's task runner when a task starts and ends (Airflow's listener interface)."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began: dict[str, float] = {}
        self.reports: dict[str, TaskReport] = {}

    def running(self, task_id: str) -> None:
        """A task starts; also one that goes on after a deferral, which was told before."""
        if task_id not in self._began:
            self._began[task_id] = time.monotonic()
            self._progress(TaskReport(task_id, "running"))

    def ended(self, task_id: str, state: State, rows: int | None = None, error: str = "") -> None:
        """A task is done."""
        seconds = time.monotonic() - self._began.get(task_id, time.monotonic())
        self.reports[task_id] = TaskReport(task_id, state, seconds, rows, error)
        self._progress(self.reports[task_id])


@contextlib.contextmanager
def _listening(watcher: Watcher) -> Iterator[None]:
    from airflow.listeners import hookimpl

    from generator.operators import outcome

    class Listener:
        @hookimpl
        def on_task_instance_running(self, task_instance: Any) -> None:
            watcher.running(task_instance.task_id)

        @hookimpl
        def on_task_instance_success(self, task_instance: Any) -> None:
            watcher.ended(task_instance.task_id, "success", outcome.written_rows(task_instance))

        @hookimpl
        def on_task_instance_skipped(self, task_instance: Any) -> None:
            watcher.ended(task_instance.task_id, "skipped")

        @hookimpl
        def on_task_instance_failed(self, task_instance: Any, error: Any) -> None:
            watcher.ended(task_instance.task_id, "failed", error=outcome.reason(task_instance.task, error))

    listener = Listener()
    manager = _listener_manager()
    manager.add_listener(listener)
    try:
        yield
    finally:
        manager.pm.unregister(listener)


def _listener_manager() -> Any:
    try:
        from airflow.sdk import listener
    except ImportError:  # Airflow 3.0 and 3.1 have a single manager, of the core
        from airflow.listeners.listener import get_listener_manager

        return get_listener_manager()
    return listener.get_listener_manager()


def _tasks(dag: Any, run: Any, watcher: Watcher) -> tuple[TaskReport, ...]:
    """All tasks in their order; Airflow tells listeners nothing of those that never started."""
    states = {instance.task_id: str(instance.state or "none") for instance in run.get_task_instances()}
    order = [task.task_id for task in dag.topological_sort()]
    return tuple(watcher.reports.get(name, TaskReport(name, states.get(name, "none"))) for name in order)
