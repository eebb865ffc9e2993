"""Which rows are equal, and what is shown of those that are not."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import rows
from generator.rows import LEFT_OUT, RowSet
from generator.testing.compare import Pair, difference, is_equal, kind_of

TYPES = [
    ("int4", "number"),
    ("bigint", "number"),
    ("numeric", "number"),
    ("decimal(9,2)", "number"),
    ("float8", "float"),
    ("double", "float"),
    ("bool", "boolean"),
    ("date", "moment"),
    ("timestamptz", "moment"),
    ("timestamp with time zone", "moment"),
    ("bpchar", "padded"),
    ("varchar", "text"),
    ("integer[]", "document"),
    ("super", "document"),
    ("geometry", "unknown"),
]


@pytest.mark.parametrize(("name", "kind"), TYPES)
def test_kinds_of_types(name: str, kind: str) -> None:
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    ("kind", "expected", "found", "equal"),
    [
        ("number", 1, "1.00", True),
        ("number", "2.5", "2.50", True),
        ("number", 1, 2, False),
        ("number", 1, None, False),
        ("number", None, None, True),
        ("number", None, 0, False),
        ("number", "*", None, True),
        ("number", LEFT_OUT, 3, True),
        ("float", 0.3, 0.1 + 0.2, True),
        ("number", "0.3", "0.30000000000000004", False),
        ("float", "many", 1.0, False),
        ("float", "NaN", "NaN", True),
        ("boolean", True, "true", True),
        ("boolean", "f", False, True),
        ("boolean", True, False, False),
        ("moment", "2013-01-02", "2013-01-02 00:00:00.000", True),
        ("moment", "2013-01-02T10:30", "2013-01-02 10:30:00", True),
        ("moment", "2013-01-02 10:30", "2013-01-02 10:31:00", False),
        ("moment", "10:30", "10:30:00", True),
        ("moment", "2013-01-02 10:00:00+02:00", "2013-01-02 08:00:00+00", True),
        ("padded", "UA", "UA   ", True),
        ("padded", " UA", "UA", False),
        ("text", "UA", "UA ", False),
        ("text", 1, "1", True),
        ("text", "01", "1", False),
        ("text", "", None, False),
        ("document", {"a": [1]}, '{"a": [1]}', True),
        ("document", '{"a":1}', '{"a": 1}', True),
        ("document", [1], "[2]", False),
        ("unknown", 1, "1.0", True),
        ("unknown", "01", "1", False),
        ("unknown", True, "true", True),
        ("unknown", {"a": 1}, {"a": 1}, True),
    ],
)
def test_values(kind: Any, expected: object, found: object, equal: bool) -> None:
    assert is_equal(expected, found, kind) is equal


@pytest.mark.parametrize(("found", "equal"), [("2.51", True), ("2.49", True), ("2.52", False), (None, False)])
def test_tolerance(found: object, equal: bool) -> None:
    assert is_equal(2.5, found, "number", Decimal("0.01")) is equal


def table(*items: dict[str, Any]) -> RowSet:
    return rows.of_mappings(items)


def test_equal_in_any_order_and_without_the_other_columns() -> None:
    expected = table({"a": 1, "b": "x"}, {"a": 2, "b": "*"})
    found = table({"c": 0, "a": 2, "b": "y"}, {"c": 0, "a": 1, "b": "x"})
    assert difference(expected, found, ("int4", "int4", "varchar")) is None


def test_rows_of_which_nothing_matters_are_counted() -> None:
    found = table({"a": 1}, {"a": 2})
    assert difference(RowSet(("a",), (("*",), ("*",))), found) is None
    differs = difference(RowSet((), ()), found)
    assert differs is not None
    assert differs.pairs == (Pair(None, (1,)), Pair(None, (2,)))


def test_ignored_columns() -> None:
    assert difference(table({"a": 1, "b": 1}), table({"a": 1, "b": 2}), ignore=["b"]) is None


def test_a_column_that_was_not_found() -> None:
    with pytest.raises(LookupError, match="b"):
        difference(table({"b": 1}), table({"a": 1}))


def test_each_row_counts_once() -> None:
    differs = difference(table({"a": 1}, {"a": 1}), table({"a": 1}, {"a": 2}), ("int4",))
    assert differs is not None
    assert differs.equal == 1
    assert len([pair for pair in differs.pairs if pair.expected == (1,)]) == 1


def test_a_star_leaves_the_row_that_another_needs() -> None:
    expected = table({"a": "*", "b": 1}, {"a": 1, "b": 1}, {"a": 2, "b": "*"})
    found = table({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2, "b": 2})
    for order in itertools.permutations(range(3)):
        mixed = RowSet(expected.columns, tuple(expected.rows[index] for index in order))
        assert difference(mixed, found, ("int4", "int4")) is None


def test_rows_of_the_same_key_are_shown_side_by_side() -> None:
    expected = table({"id": 1, "a": 1, "b": 1, "c": 1}, {"id": 2, "a": 2, "b": 2, "c": 2})
    found = table({"id": 2, "a": 1, "b": 1, "c": 1}, {"id": 3, "a": 2, "b": 2, "c": 2})
    differs = difference(expected, found, ("int4",) * 4, keys=["id"])
    assert differs is not None
    assert differs.pairs == (
        Pair((1, 1, 1, 1), None),
        Pair((2, 2, 2, 2), (2, 1, 1, 1), frozenset({1, 2, 3})),
        Pair(None, (3, 2, 2, 2)),
    )


def test_without_a_key_rows_that_are_half_equal_are_shown_side_by_side() -> None:
    differs = difference(table({"a": 1, "b": 1}), table({"a": 1, "b": 2}), ("int4", "int4"))
    assert differs is not None
    assert differs.pairs == (Pair((1, 1), (1, 2), frozenset({1})),)


CELLS = st.sampled_from([None, 0, 1, "*"])
ROWS = st.lists(st.tuples(CELLS, CELLS), max_size=5)


@given(expected=ROWS, found=st.lists(st.tuples(*[st.sampled_from([None, 0, 1])] * 2), max_size=5))
def test_it_is_equal_where_some_order_of_the_rows_is(expected: list[Any], found: list[Any]) -> None:
    """Against trying all orders."""

    def fits(order: tuple[Any, ...]) -> bool:
        pairs = zip(expected, order, strict=True)
        return all(want in ("*", have) for row, other in pairs for want, have in zip(row, other, strict=True))

    some = len(expected) == len(found) and any(fits(order) for order in itertools.permutations(found))
    columns = ("a", "b")
    differs = difference(RowSet(columns, tuple(expected)), RowSet(columns, tuple(found)), ("int4", "int4"))
    assert (differs is None) is some


def test_many_rows_take_no_square_of_time() -> None:
    many = RowSet(("a",), tuple((number,) for number in range(20_000)))
    assert difference(many, RowSet(("a",), tuple(reversed(many.rows))), ("int4",)) is None
