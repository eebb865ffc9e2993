"""Values as text: Java's and Trino's forms."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from generator.sandbox.athena import zones
from generator.sandbox.athena.results import Outcome, ResultColumn, java_double, render
from generator.sandbox.athena.types import ResultType


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (-2.5, "-2.5"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (123456789.125, "1.23456789125E8"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_doubles_are_java_s(value: float, text: str) -> None:
    assert java_double(value) == text


def test_single_precision_needs_fewer_digits() -> None:
    assert java_double(0.10000000149011612, single=True) == "0.1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (12, "12"),
        (Decimal("1.50"), "1.50"),
        (Decimal("0E-8"), "0.00000000"),
        (date(2013, 1, 2), "2013-01-02"),
        (datetime(2013, 1, 2, 3, 4, 5), "2013-01-02 03:04:05.000"),
        (datetime(2013, 1, 2, 3, 4, 5, 678900), "2013-01-02 03:04:05.679"),
        (time(3, 4, 5), "03:04:05.000"),
        ({zones.INSTANT: datetime(2013, 1, 2), zones.ZONE: "+05:30"}, "2013-01-02 05:30:00.000 +05:30"),
        (b"hi", "68 69"),
        ([1, None, 2], "[1, null, 2]"),
        ({"a": 1, "b": None}, "{a=1, b=null}"),
    ],
)
def test_values(value: object, text: str) -> None:
    assert render(value) == text


def test_result_files() -> None:
    varchar = ResultType("varchar", 0, 0)
    outcome = Outcome((ResultColumn("a", varchar), ResultColumn("b", varchar)), (('say "hi"', None), ("", "x")))
    assert outcome.csv() == b'"a","b"\n"say ""hi""",\n"","x"\n'
    assert outcome.text() == b'say "hi"\t\n\tx\n'
