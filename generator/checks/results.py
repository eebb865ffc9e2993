"""What the one row of a checks' SELECT says about each check. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from statistics import median
from typing import Any

Check = Mapping[str, Any]
Row = Mapping[str, Any]
Result = dict[str, Any]

# What a failing row is, by kind.
_FAULTS = {
    "not_null": "without a value",
    "unique": "too many",
    "accepted_values": "with another value",
    "range": "out of range",
    "matches": "that do not match",
    "length": "of another length",
    "references": "without a match",
    "sql": "returned",
}


def results(checks: Sequence[Check], row: Row) -> list[Result]:
    """A result for each check: name, kind, severity, passed, found, expected, failures, rows, samples, description.

    ``row`` holds the SELECT's columns; also, for a check with a history, ``history:NAME`` with the row counts of
    earlier runs or ``no_history:NAME`` with why nobody knows them, and for ``columns`` checks ``differences:NAME``, a
    list of texts.
    """
    return [_result(check, row) for check in checks]


def _result(check: Check, row: Row) -> Result:
    judge = {"row_count": _row_count, "freshness": _freshness, "columns": _columns, "same_count": _same_count}
    passed, found, failures = judge.get(check["kind"], _counted)(check, row)
    rows = _whole(row.get(check.get("rows", "")))
    return {
        "name": check["name"],
        "kind": check["kind"],
        "severity": check["severity"],
        "passed": passed,
        "found": found,
        "expected": check["expected"],
        "failures": failures,
        "rows": rows,
        "samples": [],
        "description": check.get("description", ""),
    }


_Judged = tuple[bool, str, int | None]


def _counted(check: Check, row: Row) -> _Judged:
    failures, rows = _whole(row.get(check["failures"])), _whole(row.get(check["rows"]))
    if failures is None or rows is None:
        return False, "nothing", None
    fault = _FAULTS[check["kind"]]
    found = f"{failures} {fault}" if check["kind"] == "sql" else f"{failures} of {rows} rows {fault}"
    return failures <= _tolerated(check, rows), found, failures


def _same_count(check: Check, row: Row) -> _Judged:
    others, rows = _whole(row.get(check["failures"])), _whole(row.get(check["rows"]))
    if others is None or rows is None:
        return False, "nothing", None
    failures = abs(others - rows)
    return failures <= _tolerated(check, rows), f"{rows} and {others} rows", failures


def _tolerated(check: Check, rows: int) -> Decimal:
    """How many failing rows are allowed: a number, or a share of the rows."""
    limit = str(check.get("max_failures", 0))
    return Decimal(limit.removesuffix("%")) * rows / 100 if limit.endswith("%") else Decimal(limit)


def _row_count(check: Check, row: Row) -> _Judged:
    rows = _whole(row.get(check["rows"]))
    if rows is None:
        return False, "nothing", None
    passed = check.get("min", rows) <= rows <= check.get("max", rows)
    if "within" not in check:
        return passed, str(rows), None
    earlier = row.get(f"history:{check['name']}") or ()
    if not earlier:
        reason = row.get(f"no_history:{check['name']}")
        said = f"nothing to compare with: {reason}" if reason else "no earlier runs to compare with"
        return passed, f"{rows} ({said})", None
    usual = Decimal(str(median(earlier)))
    change = abs(rows - usual)
    share = f"{_signed(rows - usual, usual)} from {_plain(usual)}"
    allowed = Decimal(check["within"].removesuffix("%")) * usual / 100
    return passed and change <= allowed, f"{rows} ({share})", None


def _signed(change: Decimal, usual: Decimal) -> str:
    return f"{100 * change / usual:+.0f}%" if usual else f"{_plain(change)}"


def _plain(value: Decimal) -> str:
    return format(value.quantize(Decimal(1)) if value == value.to_integral_value() else value, "f")


def _freshness(check: Check, row: Row) -> _Judged:
    stale = _whole(row.get(check["stale"]))
    newest = row.get(check.get("newest", ""))
    found = "an older value" if "newest" not in check else "no value" if newest is None else str(newest)
    if stale == 0 and "newest" not in check:
        found = "a newer value"
    return stale == 0, found, None


def _columns(check: Check, row: Row) -> _Judged:
    differences = row.get(f"differences:{check['name']}") or ()
    return not differences, "; ".join(differences) or "the same", len(differences)


def _whole(value: Any) -> int | None:
    """A count, which arrives as a number or as text; None for what is none."""
    if value is None:
        return None
    try:
        return int(Decimal(str(value)))
    except (InvalidOperation, ValueError, OverflowError):
        return None
