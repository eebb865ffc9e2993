"""What `pipelines up` shows: progress as it goes, then the runs and the tables."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from generator.up.api import Run, TaskRun
from generator.up.counts import Count
from generator.up.inbox import Letter

_LOG_WIDTH = 120
_MOST_LETTERS = 5
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

    def told(self, letter: Letter, *, whole: bool = False) -> None:
        """A notification has arrived; ``whole`` where no summary will have its text."""
        self._progress.print(
            f"[dim]{self._clock()}[/]  [yellow]told {escape(letter.topic)}:[/] {escape(letter.subject)}"
        )
        if whole:
            self._progress.print(textwrap.indent(letter.text, " " * 9), markup=False)

    def run_day(self, run: Run) -> date:
        """The day that a scheduled run is for."""
        return self._local(run).date()

    def run_name(self, run: Run) -> str:
        """The day of a scheduled run, in its pipeline's timezone; of others, when and by what they were started."""
        day = self._local(run)
        return f"{day:%Y-%m-%d}" if run.kind == "scheduled" else f"{day:%H:%M:%S} {run.kind.replace('_', ' ')}"

    def _local(self, run: Run) -> datetime:
        return run.date.astimezone(self._timezones.get(run.pipeline, ZoneInfo("UTC")))

    def _clock(self) -> str:
        return f"{time.monotonic() - self._started:5.1f} s"


def runs_table(reporter: Reporter, tasks: Mapping[Run, tuple[TaskRun, ...]], intended: Collection[Run] = ()) -> Table:
    """The runs with their tasks and durations; ``intended`` are runs that failed as they should."""
    table = Table(
        "pipeline", "run", "state", "tasks", "slowest task", title="Runs", box=box.SIMPLE_HEAD, title_justify="left"
    )
    table.add_column("seconds", justify="right")
    for run, its_tasks in tasks.items():
        table.add_row(
            run.pipeline,
            reporter.run_name(run),
            _state(run, run in intended),
            _tally(its_tasks),
            _slowest(its_tasks),
            "" if run.seconds is None else f"{run.seconds:.1f}",
        )
    return table


def letters_text(letters: Collection[Letter]) -> str:
    """The notifications, the newest last."""
    shown = list(letters)[-_MOST_LETTERS:]
    left_out = len(letters) - len(shown)
    heading = "Notifications" + (f" (the last {len(shown)} of {len(letters)})" if left_out else "")
    each = [f"  to {letter.topic}: {letter.subject}\n{textwrap.indent(letter.text, '    ')}" for letter in shown]
    return "\n\n".join([heading, *each])


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


def _state(run: Run, is_intended: bool) -> str:
    style = _STATE_STYLES.get(run.state, "")
    return f"[{style}]{run.state}[/]" + (", as intended" if is_intended else "")


def _tally(tasks: tuple[TaskRun, ...]) -> str:
    states = [task.state for task in tasks]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(sorted(states, reverse=True)))


def _slowest(tasks: tuple[TaskRun, ...]) -> str:
    timed = [(task.seconds, task.name) for task in tasks if task.seconds is not None]
    if not timed:
        return ""
    seconds, name = max(timed)
    return f"{name} {seconds:.1f} s"
