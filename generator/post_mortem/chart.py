"""All runs in a row: a table with a bar for how long each took and how much it wrote, and the trend of each table."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from generator.post_mortem import words
from generator.post_mortem.records import History, Run, TableSize
from generator.post_mortem.source import Source

_WIDE = 100  # columns of a terminal in which bars are long
_COLOURS = {"success": "green", "failed": "red", "running": "cyan"}


def draw(history: History, source: Source, unicode: bool, width: int) -> Iterator[RenderableType]:
    """The parts of the text, for a terminal of ``width`` columns; ``unicode`` says whether it has block characters."""
    yield _runs(history.runs, source, unicode, 8 if width >= _WIDE else 4)
    if history.tables:
        yield Text("rows of the tables after these runs", "bold")
        yield _tables(history.runs, history.tables, unicode)
    failed = [run for run in history.runs if run.is_failing]
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(Counter(r.state for r in history.runs).items()))
    yield Text(f"{words.plural(len(history.runs), 'run')}: {states}; times are of {source.timezone}")
    if failed:
        last = failed[-1]
        yield Text(f"pipelines why {source.name} --run {shlex.quote(words.first_line(last.run_id))}", "dim")


def _runs(runs: Sequence[Run], source: Source, unicode: bool, longest_bar: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=True)
    days = Counter(run.run_date for run in runs)
    is_told_apart = any(count > 1 for count in days.values())
    for title, side in (
        ("run for", "left"),
        ("began", "left"),
        ("state", "left"),
        ("took", "right"),
    ):
        table.add_column(title, justify="right" if side == "right" else "left", no_wrap=True)
    table.add_column("", min_width=longest_bar, no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    table.add_column("", min_width=longest_bar, no_wrap=True)
    table.add_column("failed", min_width=10)
    if is_told_apart:
        table.add_column("run id")
    longest = max((run.seconds or 0.0 for run in runs), default=0.0)
    most = max((run.rows or 0 for run in runs), default=0)
    for run in runs:
        cells = [
            Text(str(run.run_date or "")),
            Text(words.moment(run.began, source.zone)[:16]),
            Text(run.state, _COLOURS.get(run.state, "")),
            Text(words.duration(run.seconds)),
            Text(words.bar(run.seconds, longest, longest_bar, unicode), "cyan"),
            Text(words.number(run.rows)),
            Text(words.bar(run.rows, most, longest_bar, unicode), "magenta"),
            Text(words.first_line(run.failed_task)),
        ]
        table.add_row(*cells, *([Text(words.first_line(run.run_id))] if is_told_apart else []))
    return table


def _tables(runs: Sequence[Run], tables: Mapping[str, Mapping[str, TableSize]], unicode: bool) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for justify in ("left", "left", "right", "right", "right"):
        table.add_column(justify="right" if justify == "right" else "left", no_wrap=True)
    for name, by_run in tables.items():
        sizes = [by_run.get(run.run_id) for run in runs]
        rows = [size.rows if size else None for size in sizes]
        known = [count for count in rows if count is not None]
        megabytes = [size.size_mb for size in sizes if size and size.size_mb is not None]
        table.add_row(
            Text(name),
            Text(words.trend(rows, unicode), "magenta"),
            Text(" → ".join(words.number(count) for count in (known[0], known[-1])[-len(known) :]) if known else ""),
            Text(f"{known[-1] - known[0]:+,}" if len(known) > 1 and known[-1] != known[0] else ""),
            Text(words.size(megabytes[-1] * 1_000_000) if megabytes else ""),
        )
    return table
