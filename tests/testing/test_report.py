"""What a difference looks like."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from generator import rows
from generator.rows import LEFT_OUT, RowSet
from generator.testing import report
from generator.testing.compare import Difference, Pair, difference


def shown(differs: Difference) -> list[str]:
    text = io.StringIO()
    Console(file=text, width=120, no_color=True).print(report.table(differs))
    return [line.rstrip() for line in text.getvalue().splitlines() if line.strip(" ─")]


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "NULL"), ("", "''"), ("  ", "'  '"), (LEFT_OUT, "*"), (True, "true"), ([1], "[1]"), (1.5, "1.5")],
)
def test_values(value: object, text: str) -> None:
    assert report.shown_value(value) == text


@pytest.mark.parametrize(
    ("pairs", "equal", "text"),
    [
        ((Pair((1,), None),), 0, "1 row missing"),
        ((Pair(None, (1,)), Pair(None, (2,))), 1, "2 rows unexpected; 1 row as expected"),
        ((Pair((1,), (2,), frozenset({0})), Pair((1,), None)), 2, "1 row missing, 1 row differs; 2 rows as expected"),
    ],
)
def test_summary(pairs: tuple[Pair, ...], equal: int, text: str) -> None:
    assert report.summary(Difference(("a",), pairs, equal)) == text


def test_of_many_columns_the_keys_and_those_that_differ_are_shown() -> None:
    wide = {f"c{number}": number for number in range(9)}
    expected, found = rows.of_mappings([{"id": 1, **wide}]), rows.of_mappings([{"id": 1, **wide, "c7": 0}])
    differs = difference(expected, found, keys=["id"])
    assert differs is not None
    assert shown(differs) == [
        "               id   c7",
        "  - expected   1    ›7‹",
        "  + found      1    ›0‹",
    ]


def test_a_few_of_many_rows_are_shown() -> None:
    many = RowSet(("a", "b"), tuple((number, number) for number in range(25)))
    differs = difference(RowSet(("a", "b"), ()), many)
    assert differs is not None
    lines = shown(differs)
    assert len(lines) == 1 + report.SHOWN_ROWS + 1
    assert lines[-1].split() == ["…", "5", "more"]
