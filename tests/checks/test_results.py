"""What one row of counts says of a check, without an engine."""

from __future__ import annotations

from typing import Any

import pytest

from generator.checks.results import results


def result(check: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    whole = {"name": check["kind"], "severity": "error", "expected": "so", **check}
    return results([whole], row)[0]


NOT_NULL = {"kind": "not_null", "rows": "all", "failures": "bad"}


@pytest.mark.parametrize(
    ("limit", "failures", "rows", "passed"),
    [
        (None, 0, 0, True),
        (None, 1, 9, False),
        (3, 3, 9, True),
        (3, 4, 9, False),
        ("1%", 1, 100, True),
        ("1%", 1, 99, False),
        ("0.5%", 1, 200, True),
        ("0.5%", 1, 199, False),
        ("100%", 9, 9, True),
        ("1%", 0, 0, True),
    ],
)
def test_tolerance(limit: int | str | None, failures: int, rows: int, passed: bool) -> None:
    more = {} if limit is None else {"max_failures": limit}
    assert result({**NOT_NULL, **more}, {"all": rows, "bad": failures})["passed"] is passed


@pytest.mark.parametrize("count", [3, "3", "3.0", 3.0])
def test_counts_come_as_numbers_or_text(count: Any) -> None:
    found = result(NOT_NULL, {"all": "7", "bad": count})
    assert (found["failures"], found["rows"], found["found"]) == (3, 7, "3 of 7 rows without a value")


@pytest.mark.parametrize("count", [None, "NaN", "abc", "Infinity"])
@pytest.mark.parametrize(
    "check",
    [NOT_NULL, {"kind": "same_count", "rows": "all", "failures": "bad"}, {"kind": "row_count", "rows": "bad"}],
)
def test_what_is_no_count_fails(check: dict[str, Any], count: Any) -> None:
    found = result(check, {"all": 7, "bad": count})
    assert (found["passed"], found["found"], found["failures"]) == (False, "nothing", None)


@pytest.mark.parametrize(
    ("rows", "earlier", "passed", "found"),
    [
        (5, [], True, "5 (no earlier runs to compare with)"),
        (5, None, True, "5 (no earlier runs to compare with)"),
        (130, [100, 90, 200], True, "130 (+30% from 100)"),
        (131, [100, 90, 200], False, "131 (+31% from 100)"),
        (70, [100], True, "70 (-30% from 100)"),
        (69, [100], False, "69 (-31% from 100)"),
        (10, [10, 11], True, "10 (-5% from 10.5)"),
        (0, [0, 0], True, "0 (0 from 0)"),
        (1, [0, 0], False, "1 (1 from 0)"),
    ],
)
def test_row_counts_of_earlier_runs(rows: int, earlier: list[int] | None, passed: bool, found: str) -> None:
    check = {"kind": "row_count", "rows": "all", "within": "30%"}
    said = result(check, {"all": rows, "history:row_count": earlier})
    assert (said["passed"], said["found"]) == (passed, found)


def test_why_there_are_no_earlier_runs() -> None:
    check = {"kind": "row_count", "rows": "all", "within": "30%"}
    said = result(check, {"all": 5, "no_history:row_count": "this environment has no Redshift"})
    assert (said["passed"], said["found"]) == (True, "5 (nothing to compare with: this environment has no Redshift)")


def test_a_change_and_bounds_must_both_be_right() -> None:
    check = {"kind": "row_count", "rows": "all", "within": "30%", "min": 101}
    assert not result(check, {"all": 100, "history:row_count": [100]})["passed"]
    assert not result(check, {"all": 100})["passed"]


@pytest.mark.parametrize(
    ("stale", "newest", "passed", "found"),
    [
        (0, "2013-01-31", True, "2013-01-31"),
        ("1", "2013-01-01", False, "2013-01-01"),
        (1, None, False, "no value"),
    ],
)
def test_freshness(stale: Any, newest: str | None, passed: bool, found: str) -> None:
    check = {"kind": "freshness", "rows": "all", "stale": "stale", "newest": "newest"}
    said = result(check, {"all": 1, "stale": stale, "newest": newest})
    assert (said["passed"], said["found"]) == (passed, found)


@pytest.mark.parametrize(("stale", "found"), [(0, "a newer value"), (1, "an older value")])
def test_the_newest_value_of_a_sensitive_column_is_not_told(stale: int, found: str) -> None:
    check = {"kind": "freshness", "rows": "all", "stale": "stale"}
    assert result(check, {"all": 1, "stale": stale})["found"] == found


def test_the_rows_of_two_tables_may_differ_by_so_many() -> None:
    check = {"kind": "same_count", "rows": "own", "failures": "others", "max_failures": 2}
    assert result(check, {"own": 10, "others": 12})["passed"]
    said = result(check, {"own": 10, "others": 13})
    assert (said["passed"], said["found"], said["failures"]) == (False, "10 and 13 rows", 3)


def test_differences_of_columns() -> None:
    said = result({"kind": "columns"}, {"differences:columns": ["a is missing", "b is missing"]})
    assert (said["passed"], said["found"], said["failures"]) == (False, "a is missing; b is missing", 2)
    assert result({"kind": "columns"}, {})["passed"]
