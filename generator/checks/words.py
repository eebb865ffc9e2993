"""What a check expects, in the words of logs, messages and alerts."""

from __future__ import annotations

from typing import Any

from generator.checks.wanted import Wanted

_SHOWN = 60


def expected(wanted: Wanted, newest: str = "") -> str:
    """What must be true: "values from 0 to 9 (all but 1%)". ``newest`` is what freshness is measured from."""
    said = _expected(wanted, newest)
    tolerated = wanted.options.get("max_failures")
    return f"{said} (all but {tolerated})" if tolerated else said


def _expected(wanted: Wanted, newest: str) -> str:
    value = wanted.value
    if wanted.kind == "row_count":
        return " and ".join(_counts(value))
    if wanted.kind == "accepted_values":
        return _short(f"one of {', '.join(map(str, value['values']))}")
    if wanted.kind in ("range", "length"):
        unit = " characters" if wanted.kind == "length" else ""
        return _between(value) + unit
    if wanted.kind == "matches":
        return _short(f"text that matches {value['pattern']}")
    if wanted.kind == "references":
        return f"a row in {value['table']} for each value"
    if wanted.kind == "freshness":
        return f"a value at most {value['within']} before {newest}"
    if wanted.kind == "same_count":
        return f"as many rows as {value['table']}" if "table" in value else f"as many rows as {value['from']} says"
    plain = {"not_null": "a value in each row", "unique": "no value twice", "sql": "no rows"}
    extra = " or more" if value == "at_least" else ""
    return plain.get(wanted.kind, f"the declared columns{extra}")


def _counts(value: dict[str, Any]) -> list[str]:
    said = [_between(value)] if value.keys() & {"min", "max"} else []
    if change := value.get("change"):
        said.append(f"within {change['within']} of the median of {change['of']}")
    return said


def _between(value: dict[str, Any]) -> str:
    least, greatest = value.get("min"), value.get("max")
    if least is None:
        return f"at most {greatest}"
    if greatest is None:
        return f"at least {least}"
    return f"exactly {least}" if least == greatest else f"{least} to {greatest}"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
