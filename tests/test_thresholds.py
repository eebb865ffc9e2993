"""Thresholds: what is one, which values pass, and the same in SQL."""

from __future__ import annotations

import json
import math

import duckdb
import pytest

from generator import schema, thresholds


@pytest.mark.parametrize(
    ("text", "value", "passes"),
    [
        (">= 0.75", 0.75, True),
        (">= 0.75", 0.7499999999999999, False),
        ("> 0.75", 0.75, False),
        ("<= 12", 12.0, True),
        ("<12", 12.0, False),
        (">= -0.01", -0.01, True),
        (">= -0.01", -0.02, False),
        ("< 1e-3", 0.0009, True),
        (">= 0", None, False),
        ("< 5", math.nan, False),
    ],
)
def test_a_value_passes(text: str, value: float | None, passes: bool) -> None:
    threshold = thresholds.parse(text)
    assert threshold.holds(value) is passes
    given = "CAST(NULL AS FLOAT8)" if value is None or math.isnan(value) else f"CAST({value!r} AS FLOAT8)"
    found = duckdb.connect().execute(f"SELECT {threshold.condition(given)}").fetchone()
    assert found is not None
    assert bool(found[0]) is passes


@pytest.mark.parametrize("text", ["0.75", "=> 0.75", ">= ", ">= 75%", ">= .5", "== 1", ">= 1 OR 1=1", ">= NaN"])
def test_no_threshold(text: str) -> None:
    with pytest.raises(ValueError, match="is no threshold"):
        thresholds.parse(text)


def test_as_it_is_written() -> None:
    assert str(thresholds.parse(">=0.750")) == ">= 0.750"


def test_the_schema_says_the_same() -> None:
    language = json.loads((schema.folder() / "language.json").read_text(encoding="utf-8"))
    assert language["$defs"]["threshold"]["pattern"] == thresholds.PATTERN
