"""Properties of aggregate and window functions, against Python."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.sandbox.redshift.execute import execute
from generator.sandbox.redshift.session import Database, Session

_INTEGERS = st.lists(st.one_of(st.none(), st.integers(-1000, 1000)), min_size=1, max_size=12)
_PRICES = st.lists(st.one_of(st.none(), st.decimals(-999, 999, places=2)), min_size=1, max_size=12)
_FEW = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    database = Database("http://127.0.0.1:1", "dev")
    opened = database.session()
    execute(opened, "create table n (at int, i int, d numeric(8, 2))")
    yield opened
    opened.close()
    database.close()


def _answers(session: Session, query: str, values: list[Any], column: str) -> list[tuple[Any, ...]]:
    rows = ", ".join(f"({at}, {'null' if value is None else value})" for at, value in enumerate(values))
    execute(session, "delete from n")
    execute(session, f"insert into n (at, {column}) values {rows}")
    return [tuple(row) for row in execute(session, query).rows]


@_FEW
@given(_INTEGERS)
def test_the_average_of_integers_is_cut(session: Session, values: list[int | None]) -> None:
    known = [value for value in values if value is not None]
    expected = math.trunc(Fraction(sum(known), len(known))) if known else None
    assert _answers(session, "select avg(i), sum(i) from n", values, "i") == [(expected, sum(known) if known else None)]


@_FEW
@given(_PRICES)
def test_the_average_of_decimals_keeps_their_scale(session: Session, values: list[Decimal | None]) -> None:
    known = [value for value in values if value is not None]
    exact = sum(known, Decimal(0)) / len(known) if known else None
    expected = exact.quantize(Decimal("0.01"), ROUND_DOWN) if exact is not None else None
    assert _answers(session, "select avg(d) from n", values, "d") == [(expected,)]


@_FEW
@given(_INTEGERS, st.sampled_from(["0", "0.25", "0.5", "0.6", "1"]), st.booleans())
def test_percentiles(session: Session, values: list[int | None], fraction: str, descending: bool) -> None:
    """PERCENTILE_CONT by the formula of its page, PERCENTILE_DISC as the first that the fraction reaches."""
    known = sorted((value for value in values if value is not None), reverse=descending)
    order = "desc" if descending else "asc"
    query = f"""select distinct percentile_cont({fraction}) within group (order by i {order}) over (),
        percentile_disc({fraction}) within group (order by i {order}) over () from n"""
    ((continuous, discrete),) = _answers(session, query, values, "i")
    if not known:
        assert (continuous, discrete) == (None, None)
        return
    row = 1 + Fraction(fraction) * (len(known) - 1)
    low, high = known[math.floor(row) - 1], known[math.ceil(row) - 1]
    assert Fraction(continuous) == (low if low == high else (math.ceil(row) - row) * low + (row % 1) * high)
    assert discrete == known[max(math.ceil(Fraction(fraction) * len(known)), 1) - 1]


@_FEW
@given(_INTEGERS, st.integers(0, 3), st.integers(0, 3))
def test_frames_of_rows(session: Session, values: list[int | None], before: int, after: int) -> None:
    query = f"""select count(i) over (order by at rows between {before} preceding and {after} following),
        avg(i) over (order by at rows {before} preceding) from n order by at"""
    found = _answers(session, query, values, "i")
    for at, (number, mean) in enumerate(found):
        frame = [value for value in values[max(at - before, 0) : at + after + 1] if value is not None]
        known = [value for value in values[max(at - before, 0) : at + 1] if value is not None]
        assert number == len(frame)
        assert mean == (math.trunc(Fraction(sum(known), len(known))) if known else None)


@_FEW
@given(st.lists(st.sampled_from(["a", "b", "b ", "", None]), min_size=1, max_size=8))
def test_listagg(session: Session, values: list[str | None]) -> None:
    execute(session, "drop table if exists words")
    execute(session, "create table words (at int, w varchar(4))")
    rows = ", ".join(f"({at}, {'null' if value is None else repr(value)})" for at, value in enumerate(values))
    execute(session, f"insert into words values {rows}")
    known = [value for value in values if value]
    seen: dict[str, str] = {}
    for value in known:
        seen.setdefault(value.rstrip(), value)
    query = """select listagg(w, ',') within group (order by at),
        listagg(distinct w, ',') within group (order by at) from words"""
    assert execute(session, query).rows == [(",".join(known) or None, ",".join(seen.values()) or None)]
