"""Outcomes of tests for people: a line for each, and for what failed a table of the rows that differ."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from generator.rows import LEFT_OUT
from generator.testing.compare import ANYTHING, Difference, Pair
from generator.testing.files import as_text
from generator.testing.session import Outcome

SHOWN_ROWS = 20
MANY_COLUMNS = 8
_STYLES = {"passed": "green", "failed": "red", "error": "red"}


def line(outcome: Outcome) -> Text:
    """``passed  flights_load: loads a day  2.1 s``."""
    text = Text(f"{outcome.status:7}", style=_STYLES[outcome.status])
    text.append(f" {outcome.suite.pipeline}: {outcome.scenario.name}", style="default")
    text.append(f"  {outcome.seconds:.1f} s", style="dim")
    return text


def details(outcome: Outcome) -> list[RenderableType]:
    """Why a test did not pass, and what AWS might do otherwise; often nothing for one that passed."""
    notes: list[RenderableType] = [Text(f"known difference from AWS: {note}", "yellow") for note in outcome.differences]
    return notes if outcome.status == "passed" else [*_reasons(outcome), *notes]


def _reasons(outcome: Outcome) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(f"{outcome.suite.file}:{outcome.scenario.line}", style="dim")]
    if outcome.message:
        parts.append(Text(outcome.message))
    if outcome.task:
        parts.append(Text(f"{outcome.task} failed: {outcome.error.strip()}"))
    for mismatch in outcome.mismatches:
        if mismatch.difference is None:
            parts.append(Text(f"{mismatch.subject} {mismatch.message}"))
        else:
            parts.append(Text(f"{mismatch.subject}: {summary(mismatch.difference)}"))
            parts.append(table(mismatch.difference))
    return parts


def summary(difference: Difference) -> str:
    """``1 row missing, 2 rows differ; 5 rows are as expected``."""
    missing = sum(pair.found is None for pair in difference.pairs)
    unexpected = sum(pair.expected is None for pair in difference.pairs)
    differs = len(difference.pairs) - missing - unexpected
    counts = ((missing, "missing"), (unexpected, "unexpected"))
    parts = [f"{_rows(count)} {word}" for count, word in counts if count]
    if differs:
        parts.append(f"{_rows(differs)} differ{'s' * (differs == 1)}")
    equal = f"; {_rows(difference.equal)} as expected" if difference.equal else ""
    return ", ".join(parts) + equal


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def table(difference: Difference) -> Table:
    """The rows that differ: - expected, + found; values that differ are marked."""
    positions = _shown_columns(difference)
    shown = Table("", *(difference.columns[position] for position in positions), box=box.SIMPLE_HEAD)
    for pair in difference.pairs[:SHOWN_ROWS]:
        for mark, cells in _lines(pair):
            shown.add_row(mark, *(cells[position] for position in positions))
    left = len(difference.pairs) - SHOWN_ROWS
    if left > 0:
        shown.add_row("…", f"{left} more", *[""] * (len(positions) - 1))
    return shown


def _shown_columns(difference: Difference) -> list[int]:
    """All columns; of many, where no row is missing or unexpected, the keys and those that differ."""
    everything = list(range(len(difference.columns)))
    is_alone = any(pair.expected is None or pair.found is None for pair in difference.pairs)
    if is_alone or len(everything) <= MANY_COLUMNS:
        return everything
    differing = {position for pair in difference.pairs for position in pair.differs}
    return sorted(differing.union(difference.keys))


def _lines(pair: Pair) -> list[tuple[Text, list[Text]]]:
    lines = []
    both = pair.expected is not None and pair.found is not None
    if pair.expected is not None:
        mark = Text("- expected" if both else "- missing", style="red")
        lines.append((mark, _cells(pair.expected, pair, "red")))
    if pair.found is not None:
        mark = Text("+ found" if both else "+ unexpected", style="green")
        lines.append((mark, _cells(pair.found, pair, "green")))
    return lines


def _cells(row: Sequence[object], pair: Pair, colour: str) -> list[Text]:
    """The values, those that differ marked by colour and by ›‹ for where there are no colours."""
    cells = []
    for index, value in enumerate(row):
        text = shown_value(value)
        differs = index in pair.differs
        cells.append(Text(f"›{text}‹" if differs else text, style=f"bold {colour}" if differs else ""))
    return cells


def shown_value(value: object) -> str:
    """A value as tables show it: NULL for none, text of nothing but blanks in quotes."""
    if value is None:
        return "NULL"
    if value is LEFT_OUT:
        return ANYTHING
    return f"'{value}'" if isinstance(value, str) and not value.strip() else as_text(value)


def plain(outcome: Outcome) -> str:
    """The details as text without colours, as wide as they are."""
    console = Console(width=200, no_color=True, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        for part in details(outcome):
            console.print(part, highlight=False)
    return "\n".join(each.rstrip() for each in capture.get().splitlines())
