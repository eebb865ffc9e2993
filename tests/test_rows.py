"""Rows of tests, from YAML and from CSV."""

from __future__ import annotations

import pytest

from generator import rows
from generator.rows import LEFT_OUT


def test_columns_come_in_the_order_in_which_they_first_occur() -> None:
    found = rows.of_mappings([{"b": 1}, {"a": None, "b": 2}])
    assert found.columns == ("b", "a")
    assert found.rows == ((1, LEFT_OUT), (2, None))


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [
        ("a,b\n1,2\n", ("a", "b"), [("1", "2")]),
        ("a,b\n,x\n\n1,\n", ("a", "b"), [(None, "x"), ("1", None)]),
        ('a, b\n"1,5", "say ""hi"""\n', ("a", "b"), [("1,5", 'say "hi"')]),
        ("a", ("a",), []),
    ],
)
def test_csv(text: str, columns: tuple[str, ...], expected: list[tuple[object, ...]]) -> None:
    found = rows.of_csv(text)
    assert found.columns == columns
    assert list(found.rows) == expected


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", 1, "the first line must hold the column names"),
        ("a,a\n", 1, "the column 'a' is there twice"),
        ("a,b\n1,2\n1\n", 3, "1 values for 2 columns"),
        ('a\n"1\n', 2, "not CSV: unexpected end of data"),
    ],
)
def test_what_is_no_csv(text: str, line: int, message: str) -> None:
    with pytest.raises(rows.CsvError, match=message) as raised:
        rows.of_csv(text)
    assert raised.value.line == line
