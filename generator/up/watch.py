"""Waits until Airflow's scheduler has run everything that is due, and tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import PurePath
from typing import Protocol

from generator.up.api import Api, Run

_POLL_SECONDS = 1.0
_START_SECONDS = 300.0
_QUIET_POLLS = 2  # between two answers of the API the scheduler may have made a run
_POST_SECONDS = 20.0  # the DAG processor calls a run's callbacks some time after its end

Check = Callable[[], None]


class NotReadyError(Exception):
    """Airflow did not get ready in time."""


class Progress(Protocol):
    """Who is told: ``now`` replaces what it said before, ``done`` stays."""

    def now(self, text: str) -> None: ...

    def done(self, run: Run) -> None: ...


def until_ready(api: Api, names: Collection[str], check: Check, progress: Progress) -> None:
    """Wait until Airflow has a DAG, or an import error, for each of the pipelines.

    ``check`` raises where Airflow's processes are gone. Raises NotReadyError.
    """
    deadline = time.monotonic() + _START_SECONDS
    progress.now("starting Airflow")
    for _ in _polls(check, deadline):
        if api.is_ready():
            break
    for _ in _polls(check, deadline):
        broken = {PurePath(file).stem for file in api.import_errors()}
        missing = sorted(set(names) - api.pipelines() - broken)
        if not missing:
            return
        progress.now(f"Airflow reads {', '.join(missing)}")


def until_finished(api: Api, check: Check, progress: Progress, held: Sequence[Collection[str]] = ()) -> tuple[Run, ...]:
    """Wait until no run is at work or due; returns all runs.

    Pipelines in the groups that are ``held`` are paused: each group is resumed when all runs before it have finished.
    """
    told: set[tuple[str, str]] = set()
    quiet = 0
    waiting = list(held)
    for _ in _polls(check):
        runs = api.runs()
        for run in runs:
            if run.is_finished and (run.pipeline, run.id) not in told:
                told.add((run.pipeline, run.id))
                progress.done(run)
        quiet = 0 if any(not run.is_finished for run in runs) or api.has_due() else quiet + 1
        if quiet == _QUIET_POLLS:
            if not waiting:
                return runs
            quiet = 0
            for pipeline in sorted(api.pipelines().intersection(waiting.pop(0))):
                api.resume(pipeline)
        progress.now(_at_work(api, runs))
    raise AssertionError("without a deadline there is always another poll")


def until_told(check: Check, is_told: Callable[[], bool]) -> None:
    """Wait until everything was told, but not for long."""
    deadline = time.monotonic() + _POST_SECONDS
    while not is_told() and time.monotonic() < deadline:
        check()
        time.sleep(_POLL_SECONDS)


def _polls(check: Check, deadline: float | None = None) -> Iterator[None]:
    while deadline is None or time.monotonic() < deadline:
        check()
        yield
        time.sleep(_POLL_SECONDS)
    raise NotReadyError(f"Airflow did not get ready in {_START_SECONDS:.0f} s")


def _at_work(api: Api, runs: Collection[Run]) -> str:
    tasks = sorted({f"{task.pipeline}: {task.name}" for task in api.tasks_at_work()})
    finished = sum(run.is_finished for run in runs)
    return f"{finished} of {len(runs)} runs finished; {', '.join(tasks) or 'the scheduler looks for work'}"
