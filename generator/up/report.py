"""What `pipelines up` shows: progress as it goes, then the runs and the tables."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generator.up.api import Run, TaskRun
from generator.up.counts import Count

_LOG_WIDTH = 120
_STATE_STYLES = {"success": "green", "failed": "red"}


class Reporter:
    """Progress goes to standard error, as lines with the seconds since the start; results to standard output.

    ``timezones`` are the pipelines' timezones, in which their runs have dates.
    """

    def __init__(self, timezones: Mapping[str, str]) -> None:
        self._timezones = {name: ZoneInfo(zone) for name, zone in timezones.items()}
        self._started = time.monotonic()
        self._progress = Console(stderr=True, highlight=False, soft_wrap=True)
        self._status = self._progress.status("")
        # Where there is no terminal, the tables get the width that they need in a log.
        self.results = Console(highlight=False, width=None if sys.stdout.isatty() else _LOG_WIDTH)

    def __enter__(self) -> Reporter:
        self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def pause(self) -> None:
        """Leave the terminal to results."""
        self._status.stop()

    def resume(self) -> None:
        """Show progress again."""
        self._status.start()

    def now(self, text: str) -> None:
        """Show what is going on, until something else does; on a terminal only."""
        self._status.update(escape(f"{self._clock()}  {text}"))

    def say(self, text: str) -> None:
        """A line that stays."""
        self._progress.print(f"[dim]{self._clock()}[/]  {escape(text)}")

    def done(self, run: Run) -> None:
        """A run has finished."""
        style = _STATE_STYLES.get(run.state, "")
        took = f"{run.seconds:.1f} s" if run.seconds is not None else ""
        name = escape(f"{run.pipeline}  {self.run_name(run)}")
        self._progress.print(f"[dim]{self._clock()}[/]  {name}  [{style}]{run.state}[/]  {took}")

    def run_name(self, run: Run) -> str:
        """The day of a scheduled run, in its pipeline's timezone; of others, when and by what they were started."""
        day = run.date.astimezone(self._timezones.get(run.pipeline, ZoneInfo("UTC")))
        return f"{day:%Y-%m-%d}" if run.kind == "scheduled" else f"{day:%H:%M:%S} {run.kind.replace('_', ' ')}"

    def _clock(self) -> str:
        return f"{time.monotonic() - self._started:5.1f} s"


def runs_table(reporter: Reporter, tasks: Mapping[Run, tuple[TaskRun, ...]]) -> Table:
    """The runs with their tasks and durations."""
    table = Table(
        "pipeline", "run", "state", "tasks", "slowest task", title="Runs", box=box.SIMPLE_HEAD, title_justify="left"
    )
    table.add_column("seconds", justify="right")
    for run, its_tasks in tasks.items():
        table.add_row(
            run.pipeline,
            reporter.run_name(run),
            f"[{_STATE_STYLES.get(run.state, '')}]{run.state}[/]",
            _tally(its_tasks),
            _slowest(its_tasks),
            "" if run.seconds is None else f"{run.seconds:.1f}",
        )
    return table


def counts_table(counts: Iterable[Count]) -> Table:
    """The tables with their rows, and the rows of the sample data."""
    table = Table("table", "engine", title="Rows", box=box.SIMPLE_HEAD, title_justify="left")
    for heading in ("rows", "in the source"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for count in counts:
        told = "" if count.source is None else "[red]differs[/]" if count.is_wrong else "[green]equal[/]"
        rows = "no table" if count.rows is None else f"{count.rows:,}"
        source = "" if count.source is None else f"{count.source:,}"
        table.add_row(count.table, count.engine, rows, source, told)
    return table


def _tally(tasks: tuple[TaskRun, ...]) -> str:
    states = [task.state for task in tasks]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states, reverse=True)))


def _slowest(tasks: tuple[TaskRun, ...]) -> str:
    timed = [(task.seconds, task.name) for task in tasks if task.seconds is not None]
    if not timed:
        return ""
    seconds, name = max(timed)
    return f"{name} {seconds:.1f} s"
