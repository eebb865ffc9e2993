"""SUPER values against Python's own: what is written reads the same, and keys order as values do."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.super_typing import arithmetic, cast, compare, key, order_key
from generator.sandbox.redshift.super_values import InvalidJsonError, dump, from_sql, get, load, parse

INTEGERS = st.integers(-(10**37), 10**37)
DECIMALS = st.decimals(min_value=-(10**12), max_value=10**12, places=4)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = INTEGERS | DECIMALS | FLOATS
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)


def _kinds(value: Any) -> Any:
    """A value with the type of each of its parts, as 1, 1.0 and True are equal in Python."""
    if isinstance(value, list):
        return [_kinds(each) for each in value]
    if isinstance(value, dict):
        return [(name, _kinds(each)) for name, each in value.items()]
    return type(value), value


@given(VALUES.filter(lambda value: value is not None))
def test_what_is_written_reads_the_same(value: Any) -> None:
    text = dump(value)
    assert text is not None
    assert _kinds(load(text)) == _kinds(value)
    assert _kinds(parse(text)) == _kinds(value)


@given(NUMBERS, NUMBERS)
def test_keys_of_numbers_are_in_the_order_of_numbers(left: Any, right: Any) -> None:
    # A floating point number is compared by the decimal that it is written as.
    one, other = (Decimal(repr(each)) if isinstance(each, float) else Decimal(each) for each in (left, right))
    assert (order_key(left) < order_key(right)) == (one < other)
    assert (order_key(left) == order_key(right)) == (one == other)


@given(st.lists(NUMBERS | TEXTS, max_size=4), st.lists(NUMBERS | TEXTS, max_size=4))
def test_arrays_are_ordered_by_their_elements(left: list[Any], right: list[Any]) -> None:
    assert (order_key(left) < order_key(right)) == ([*map(_rank, left)] < [*map(_rank, right)])


def _rank(value: Any) -> tuple[int, Any]:
    if isinstance(value, str):
        return 1, value.rstrip(" ").encode()
    return 0, Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


@given(st.dictionaries(TEXTS, SCALARS, max_size=4))
def test_objects_are_equal_in_any_order(value: dict[str, Any]) -> None:
    assert order_key(value) == order_key(dict(reversed(value.items())))


def test_types_are_in_redshift_s_order() -> None:
    values: list[Any] = [False, True, -2.5, 1, "AWS", "Amazon", [], [1, "abc", None], {}, {"a": 1}]
    assert sorted(values, key=order_key) == values


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        (2.0, "DOUBLE", "2e+0"),
        (2.22, "DOUBLE", "2.22e+0"),
        (-0.00015, "FLOAT", "-1.5e-4"),
        (0.0, "DOUBLE", "0e+0"),
        ("1.50", "DECIMAL(9,2)", "1.50"),
        ('ä"', "VARCHAR", '"ä\\""'),
        ("true", "BOOLEAN", "true"),
        ("[1]", "JSON", "[1]"),
    ],
)
def test_values_of_other_types_become_super(text: Any, kind: str, expected: str) -> None:
    assert from_sql(str(text), kind) == expected


@pytest.mark.parametrize("text", ["", "a", "[1,]", "NaN", "[Infinity]", '{"a":1,"a":1}', "1e999", '"\\ud800"', "01"])
def test_what_is_no_json(text: str) -> None:
    with pytest.raises(InvalidJsonError):
        parse(text)


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_floating_point_numbers_survive_a_cast(value: float) -> None:
    found = cast(dump(value), "float8")
    assert found is not None
    assert math.isclose(float(found), value)


@given(st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_integers_are_reckoned_with_as_such(left: int, right: int) -> None:
    for sign, expected in (("+", left + right), ("-", left - right), ("*", left * right)):
        if len(str(abs(expected))) <= 38:
            assert arithmetic(sign, str(left), str(right)) == str(expected)
    if right:
        assert arithmetic("/", str(left), str(right)) == str(int(Decimal(left) / Decimal(right)))


def test_lax_navigation() -> None:
    value = '{"a":[{"b":1},null]}'
    assert get(value, '["a",0,"b"]') == "1"
    assert [get(value, path) for path in ('["b"]', '["a",2]', '["a",1]', '["a",0,"b","c"]', "[0]")] == [None] * 5


def test_different_types_are_not_compared() -> None:
    assert (compare("1", '"1"'), compare("1", "1.0"), compare('"a"', '"b"'), key(None)) == (None, 0, -1, None)
