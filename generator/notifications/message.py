"""What is told: a subject, a text of several lines, and where to look. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Event = Literal["on_failure", "on_success", "on_warning", "on_late"]

_LONGEST_LINE = 300
_MOST_LINES = 12
_MOST_TASKS = 5


@dataclass(frozen=True)
class Failure:
    """A task that failed for good: its error's text as the task raised it, empty where nobody heard it."""

    task: str
    error: str = ""
    url: str = ""


@dataclass(frozen=True)
class Run:
    """A run as messages name it. ``reason`` is Airflow's, such as task_failure or timed_out.

    ``logical_date`` is in ISO 8601 with its offset; where it is empty, no command that takes a date finds the run.
    """

    pipeline: str
    environment: str
    run_id: str
    run_date: str = ""
    url: str = ""
    reason: str = ""
    logical_date: str = ""

    @property
    def shown(self) -> str:
        return f"run of {self.run_date}" if self.run_date else f"run {self.run_id}"


@dataclass(frozen=True)
class Message:
    """One piece of news. ``task`` is the one that it is about, if it is about one."""

    event: Event
    pipeline: str
    environment: str
    subject: str
    lines: tuple[str, ...]
    url: str = ""
    task: str = ""

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def failed(run: Run, failures: Sequence[Failure], since: str) -> Message:
    """A run that failed: the first task that did, its error, and how to go on.

    :param failures: the tasks that failed, the first first
    :param since: when the first of the failed runs in a row failed, as text
    """
    first = failures[0] if failures else Failure("")
    error = first.error.splitlines() or [_without_error(run)]
    what = f"{run.pipeline} failed" + (f": {first.task}" if first.task else "")
    url = first.url or run.url
    lines = (
        f"{run.pipeline} failed in the {run.shown} ({run.environment}).",
        *([f"Task: {_tasks(failures)}"] if failures else []),
        f"Error: {_cut(error[0])}",
        *(f"  {_cut(line)}" for line in error[1:_MOST_LINES] if line.strip()),
        f"Failing since: {since}",
        *([f"Log: {url}"] if url else []),
        *_again(run),
    )
    return Message("on_failure", run.pipeline, run.environment, f"{what} ({run.shown})", lines, url, first.task)


def succeeded(run: Run, since: str = "") -> Message:
    """A run that succeeded; ``since`` is when the runs before it had begun to fail, if they had."""
    word = "recovered" if since else "succeeded"
    lines = (
        f"{run.pipeline} succeeded in the {run.shown} ({run.environment}).",
        *([f"It had been failing since {since}."] if since else []),
        *([f"Run: {run.url}"] if run.url else []),
    )
    return Message("on_success", run.pipeline, run.environment, f"{run.pipeline} {word} ({run.shown})", lines, run.url)


def warned(run: Run, results: Mapping[str, Sequence[Mapping[str, Any]]]) -> Message:
    """Checks that failed without failing the run; ``results`` are the failed ones by their task."""
    failed_checks = [(task, result) for task, found in results.items() for result in found]
    count = f"{len(failed_checks)} warning{'s' * (len(failed_checks) != 1)}"
    shown = [f"  {task}: {_cut(_check(result))}" for task, result in failed_checks[:_MOST_LINES]]
    more = len(failed_checks) - len(shown)
    lines = (
        f"{run.pipeline}: {count} in the {run.shown} ({run.environment}). The data was published.",
        *shown,
        *([f"  and {more} more"] if more else []),
        *([f"Run: {run.url}"] if run.url else []),
    )
    task = failed_checks[0][0] if failed_checks else ""
    subject = f"{run.pipeline}: {count} ({run.shown})"
    return Message("on_warning", run.pipeline, run.environment, subject, lines, run.url, task)


def late(run: Run, deadline: str, due_by: str) -> Message:
    """A run that is not done at its deadline; ``deadline`` as it is written, ``due_by`` the moment as text."""
    lines = (
        f"{run.pipeline} is late in the {run.shown} ({run.environment}).",
        f"It should have been done by {due_by}, {deadline} after it was due.",
        *([f"Run: {run.url}"] if run.url else []),
    )
    return Message("on_late", run.pipeline, run.environment, f"{run.pipeline} is late ({run.shown})", lines, run.url)


def _tasks(failures: Sequence[Failure]) -> str:
    named = ", ".join(failure.task for failure in failures[:_MOST_TASKS])
    more = len(failures) - _MOST_TASKS
    return f"{named} and {more} more" if more > 0 else named


def _without_error(run: Run) -> str:
    """What to say where no task left an error: its process was killed, or none failed at all."""
    if run.reason in ("", "task_failure"):
        return "the task ended without a word, as one does whose process is killed; see its log"
    return f"Airflow says {run.reason}"


def _check(result: Mapping[str, Any]) -> str:
    expected = f", expected {result['expected']}" if result.get("expected") not in (None, "") else ""
    return f"{result.get('name') or result.get('kind')}: found {result.get('found')}{expected}"


def _again(run: Run) -> list[str]:
    if not run.logical_date:
        return ["Run again: clear the run in Airflow, or: pipelines run " + run.pipeline]
    # All of its tasks: a task that failed may need what one before it made, and a teardown has removed.
    return [
        f"Run again: airflow tasks clear {run.pipeline} -s {run.logical_date} -e {run.logical_date}",
        f"       or: pipelines run {run.pipeline} --date {run.run_date}",
    ]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
