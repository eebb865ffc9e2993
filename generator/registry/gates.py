"""`promote_if`: which thresholds a trained version passes, for the registry's SQL and as results of checks. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator import thresholds
from generator.registry import metrics
from generator.registry.statements import Gate

Metrics = Mapping[str, float | None]
Result = dict[str, Any]

_DIGITS = 6


def gate(promote_if: Mapping[str, str], found: Metrics) -> Gate:
    """What the registry's SQL needs to know: the thresholds that the version fails, and the comparison to make."""
    own = {name: thresholds.parse(text) for name, text in promote_if.items() if name != metrics.COMPARED}
    values = metrics.known(found)
    faults = tuple(
        f"{name} is {_shown(values.get(name))}, not {threshold}"
        for name, threshold in own.items()
        if not threshold.holds(values.get(name))
    )
    compared = promote_if.get(metrics.COMPARED)
    conditions = ", ".join(f"{name} {text}" for name, text in promote_if.items())
    return Gate(
        faults=faults,
        metric=metrics.compared(promote_if, values),
        compared=thresholds.parse(compared) if compared else None,
        reason=f"promote_if: {conditions}" if conditions else Gate.reason,
    )


def results(
    promote_if: Mapping[str, str], found: Metrics, verdict: Mapping[str, Any], rows: int | None
) -> list[Result]:
    """A result for each condition, as those of checks are; `verdict` is the row of the registry's last statement."""
    values = metrics.known(found)
    listed = [_own(name, text, values.get(name), rows) for name, text in _own_conditions(promote_if)]
    if metrics.COMPARED in promote_if:
        listed.append(_compared(promote_if, values, verdict, rows))
    return listed


def _own_conditions(promote_if: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    yield from ((name, text) for name, text in promote_if.items() if name != metrics.COMPARED)


def _own(name: str, text: str, value: float | None, rows: int | None) -> Result:
    threshold = thresholds.parse(text)
    return _result(name, threshold.holds(value), _shown(value), str(threshold), rows)


def _compared(
    promote_if: Mapping[str, str], values: Mapping[str, float], verdict: Mapping[str, Any], rows: int | None
) -> Result:
    threshold = thresholds.parse(promote_if[metrics.COMPARED])
    metric = metrics.compared(promote_if, values)
    version, before = verdict.get("current_version"), verdict.get("current_value")
    expected = f"{metric} {threshold} better than the current version's"
    if version is None or before is None:
        there_is = "there is no current version" if version is None else f"the current version {version} has none"
        return _result(metrics.COMPARED, True, f"{_shown(values.get(metric))} ({there_is})", expected, rows)
    new = values.get(metric)
    if new is None:
        return _result(metrics.COMPARED, False, "no value", expected, rows)
    change = metrics.improvement(metric, new, float(before))
    found = f"{change:+.{_DIGITS}g} ({_shown(new)}, and {_shown(float(before))} of {version})"
    return _result(metrics.COMPARED, threshold.holds(change), found, expected, rows)


def _result(name: str, passed: bool, found: str, expected: str, rows: int | None) -> Result:
    return {
        "name": name,
        "kind": "gate",
        "severity": "warn",
        "passed": passed,
        "found": found,
        "expected": expected,
        "failures": None,
        "rows": rows,
        "samples": [],
        "description": "",
    }


def _shown(value: float | None) -> str:
    return "no value" if value is None else f"{value:.{_DIGITS}g}"
