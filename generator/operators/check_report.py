"""What the check operators do with results: the table in the log, the samples, and the failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from generator.operators.report import as_table

Result = dict[str, Any]
_SHOWN = 100
_SAMPLE_SECONDS = 120
_LONGEST_PAUSE = 5.0


class ChecksFailed(AirflowFailException):
    """Checks of severity error failed; not tried again, since the data would be the same. Holds all results.

    Its message is one line, as Airflow's UI shows it; ``lines`` are the same with a line for each failed check.
    """

    def __init__(self, subject: str, results: Sequence[Result]) -> None:
        reasons = [_reason(result) for result in results if not result["passed"] and result["severity"] == "error"]
        what = f"{len(reasons)} of {len(results)} checks of {subject} failed"
        super().__init__(f"{what}: {'; '.join(reasons)}")
        self.lines = (what, *reasons)
        self.results = list(results)


def wait(is_done: Callable[[], bool]) -> bool:
    """Ask until it is done, less and less often; False where that takes longer than rows for a log are worth."""
    deadline, pause = time.monotonic() + _SAMPLE_SECONDS, 0.05
    while not is_done():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return True


def to_sample(checks: Sequence[Mapping[str, Any]], results: Sequence[Result]) -> list[int]:
    """The places of the checks that failed and have rows to show."""
    pairs = zip(checks, results, strict=True)
    return [place for place, (check, result) in enumerate(pairs) if not result["passed"] and "sample" in check]


def sample(check: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows as they may be shown: without sensitive columns, and no value too long."""
    hidden = set(check.get("hidden", ()))
    return [{name: _short(value) for name, value in row.items() if name.lower() not in hidden} for row in rows]


def _short(value: Any) -> Any:
    return f"{value[:_SHOWN]}…" if isinstance(value, str) and len(value) > _SHOWN else value


def counts(operator: Any) -> dict[str, int]:
    """What the files say that the operator's checks compare with, by the names that the checks know it by."""
    if not any("count_file" in check for check in operator.checks):
        return {}
    # Few checks have one, and Airflow reads this module each time that it parses a DAG.
    from generator.operators import count_files

    return count_files.counts(operator, operator.checks)


def conclude(operator: Any, context: Any, found: list[Result]) -> dict[str, Any]:
    """What a check operator ends with: its results in the log, on itself, and as the task's result.

    Raises ChecksFailed, with each failed check of severity error in its message; the result is kept all the same.
    """
    operator.check_results = found
    try:
        _log(operator.log, operator.subject, found)
    except ChecksFailed:
        context["ti"].xcom_push(key="return_value", value={"checks": found})
        raise
    return {"checks": found}


def _log(log: Any, subject: str, results: Sequence[Result]) -> None:
    log.info("Checks of %s:\n%s", subject, _overview(results))
    for result in results:
        if result["samples"]:
            header = list(result["samples"][0])
            rows = [[_cell(row.get(name)) for name in header] for row in result["samples"]]
            log.info("Some rows that fail %s:\n%s", result["name"], as_table(header, rows))
    for result in results:
        if not result["passed"] and result["severity"] == "warn":
            log.warning("A check of %s failed: %s", subject, _reason(result))
    if any(not result["passed"] and result["severity"] == "error" for result in results):
        raise ChecksFailed(subject, results)


def _overview(results: Sequence[Result]) -> str:
    rows = [(result["name"], result["expected"], result["found"], _verdict(result)) for result in results]
    return as_table(("check", "expected", "found", "passed"), rows)


def _verdict(result: Result) -> str:
    return "yes" if result["passed"] else "no" if result["severity"] == "error" else "no (warning)"


def _reason(result: Result) -> str:
    why = f" ({result['description']})" if result["description"] else ""
    return f"{result['name']}: {result['found']} found, {result['expected']} expected{why}"


def _cell(value: Any) -> str:
    return "NULL" if value is None else " ".join(str(value).split())
