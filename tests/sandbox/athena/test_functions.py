"""Trino's functions against the same in Python, for values that Hypothesis makes up."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.sandbox.athena.engine import Engine, Task
from generator.sandbox.athena.parse import parse
from generator.sandbox.server import Sandbox

Value = Callable[[str], str | None]
ITEMS = st.lists(st.integers(-3, 3) | st.none(), min_size=1, max_size=6)
NUMBERS = st.lists(st.integers(-9, 9), min_size=1, max_size=6)
LONG = st.integers(-(2**63), 2**63 - 1)
quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def value(sandbox: Sandbox) -> Iterator[Value]:
    """The text of an expression's value."""
    engine = Engine(sandbox.endpoint)

    def run(expression: str) -> str | None:
        sql = f"SELECT {expression}"
        outcome = engine.run(Task(parse(sql), sql, "default", (), ""), engine.cursor(), lambda: False)
        return outcome.rows[0][0]

    yield run
    engine.close()


def array(items: list[int | None] | list[int]) -> str:
    return f"ARRAY[{', '.join('NULL' if item is None else str(item) for item in items)}]"


def shown(found: object) -> str:
    if isinstance(found, list | tuple):
        return f"[{', '.join(map(shown, found))}]"
    if isinstance(found, dict):
        return "{" + ", ".join(f"{key}={shown(item)}" for key, item in found.items()) + "}"
    return "null" if found is None else str(found)


@quick
@given(items=ITEMS)
def test_array_distinct(value: Value, items: list[int | None]) -> None:
    assert value(f"array_distinct({array(items)})") == shown(list(dict.fromkeys(items)))


@quick
@given(items=ITEMS)
def test_array_sort(value: Value, items: list[int | None]) -> None:
    expected = sorted(items, key=lambda item: (item is None, item or 0))
    assert value(f"array_sort({array(items)})") == shown(expected)


@quick
@given(items=NUMBERS)
def test_array_sort_by_a_comparison_is_stable(value: Value, items: list[int]) -> None:
    comparison = "(x, y) -> IF(abs(x) < abs(y), 1, IF(abs(x) = abs(y), 0, -1))"
    assert value(f"array_sort({array(items)}, {comparison})") == shown(sorted(items, key=lambda item: -abs(item)))


@quick
@given(items=NUMBERS, start=st.integers(-7, 7).filter(bool), size=st.integers(0, 7))
def test_slice(value: Value, items: list[int], start: int, size: int) -> None:
    begin = start - 1 if start > 0 else len(items) + start
    expected = items[begin : begin + size] if begin >= 0 else []
    assert value(f"slice({array(items)}, {start}, {size})") == shown(expected)


@quick
@given(items=NUMBERS, size=st.integers(1, 4))
def test_combinations(value: Value, items: list[int], size: int) -> None:
    expected = list(itertools.combinations(items, size))
    assert value(f"combinations({array(items)}, {size})") == shown(expected)


@quick
@given(items=NUMBERS, size=st.integers(1, 7))
def test_ngrams(value: Value, items: list[int], size: int) -> None:
    expected = [items[place : place + size] for place in range(max(1, len(items) - size + 1))]
    assert value(f"ngrams({array(items)}, {size})") == shown(expected)


@quick
@given(items=NUMBERS)
def test_reduce(value: Value, items: list[int]) -> None:
    assert value(f"reduce({array(items)}, 0, (s, x) -> s * 2 + x, s -> -s)") == str(
        -sum(item << place for place, item in enumerate(reversed(items)))
    )


@quick
@given(items=NUMBERS)
def test_histogram(value: Value, items: list[int]) -> None:
    counts = {item: items.count(item) for item in items}
    assert value(f"array_histogram({array(items)})") == shown(counts)


@quick
@given(number=LONG, radix=st.integers(2, 36))
def test_bases(value: Value, number: int, radix: int) -> None:
    assert value(f"from_base(to_base({number}, {radix}), {radix})") == str(number)


@quick
@given(number=LONG, shift=st.integers(0, 70))
def test_shifts(value: Value, number: int, shift: int) -> None:
    logical = (number % 2**64) >> shift
    signed = logical - 2**64 if logical >= 2**63 else logical
    assert value(f"bitwise_right_shift(BIGINT '{number}', {shift})") == str(signed)
    assert value(f"bitwise_right_shift_arithmetic(BIGINT '{number}', {shift})") == str(number >> shift)


@quick
@given(left=st.decimals(-99, 99, places=2), right=st.decimals(-9, 9, places=3).filter(bool))
def test_decimals(value: Value, left: Decimal, right: Decimal) -> None:
    quotient = (left / right).quantize(Decimal("0.001"), ROUND_HALF_UP)
    assert Decimal(value(f"DECIMAL '{left:f}' / DECIMAL '{right:f}'") or "NaN") == quotient
    assert Decimal(value(f"DECIMAL '{left:f}' * DECIMAL '{right:f}'") or "NaN") == left * right
