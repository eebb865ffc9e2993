from __future__ import annotations

import pytest

from generator.notifications import message
from generator.notifications.message import Failure, Run

AT = "2026-02-01T04:30:00+00:00"  # the evening of the run's date in the pipeline's timezone
DATED = Run("flights_load", "production", "scheduled__1", "2026-01-31", "http://airflow/runs/1", "task_failure", AT)
BY_HAND = Run("flights_load", "production", "manual__1", "2026-01-31", reason="task_failure")
SINCE = "2026-02-01 08:31:07 UTC"


def test_a_failure_says_what_failed_and_how_to_go_on() -> None:
    failures = [Failure("load.check", "2 of 5 checks failed\n  a: 3\n\n  b: 4", "http://airflow/log"), Failure("tidy")]
    told = message.failed(DATED, failures, SINCE)
    assert told.subject == "flights_load failed: load.check (run of 2026-01-31)"
    assert told.url == "http://airflow/log"
    assert told.text.splitlines() == [
        "flights_load failed in the run of 2026-01-31 (production).",
        "Task: load.check, tidy",
        "Error: 2 of 5 checks failed",
        "    a: 3",
        "    b: 4",
        "Failing since: 2026-02-01 08:31:07 UTC",
        "Log: http://airflow/log",
        "Run again: airflow tasks clear flights_load -s 2026-02-01T04:30:00+00:00 -e 2026-02-01T04:30:00+00:00",
        "       or: pipelines run flights_load --date 2026-01-31",
    ]


@pytest.mark.parametrize(
    ("run", "failures", "line"),
    [
        (DATED, [Failure("load")], "Error: the task ended without a word, as one does whose process is killed"),
        (Run("a", "b", "c", reason="timed_out"), [], "Error: Airflow says timed_out"),
        (BY_HAND, [], "Run again: clear the run in Airflow, or: pipelines run flights_load"),
        (DATED, [Failure(f"t{n}", "x") for n in range(7)], "Task: t0, t1, t2, t3, t4 and 2 more"),
        (DATED, [Failure("load", "x" * 1000)], f"Error: {'x' * 299}…"),
        (Run("a", "b", "manual__1"), [], "a failed in the run manual__1 (b)."),
    ],
    ids=["killed", "timed out", "by hand", "many tasks", "a long error", "no date"],
)
def test_what_is_not_known_is_left_out(run: Run, failures: list[Failure], line: str) -> None:
    assert any(each.startswith(line) for each in message.failed(run, failures, SINCE).lines)


def test_warnings_name_each_check_with_its_numbers() -> None:
    checks = [{"name": f"check {n}", "found": n, "expected": "0"} for n in range(14)]
    told = message.warned(DATED, {"load": checks})
    assert told.subject == "flights_load: 14 warnings (run of 2026-01-31)"
    assert told.lines[1] == "  load: check 0: found 0, expected 0"
    assert told.lines[-2:] == ("  and 2 more", "Run: http://airflow/runs/1")


@pytest.mark.parametrize(("since", "word"), [("", "succeeded"), (SINCE, "recovered")])
def test_a_success_is_a_recovery_after_failures(since: str, word: str) -> None:
    told = message.succeeded(DATED, since)
    assert told.subject == f"flights_load {word} (run of 2026-01-31)"
    assert (SINCE in told.text) is bool(since)
