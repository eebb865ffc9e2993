"""What a task's failure leaves for the message of its run."""

from __future__ import annotations

from typing import Any

import pytest

from generator.notifications import story
from generator.operators.check_report import ChecksFailed


class Instance:
    """A task instance that keeps what is pushed."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.kept[key] = value


def result(name: str, severity: str = "error", *, passed: bool = False) -> dict[str, Any]:
    told = {"found": "2 of 9 rows", "expected": "none", "description": ""}
    return {"name": name, "severity": severity, "passed": passed, **told}


FAILED = [result("not_null (a)"), result("range (b)", passed=True), result("unique (c)"), result("sql", "warn")]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            ChecksFailed("the staged rows of public.t", FAILED),
            "2 of 4 checks of the staged rows of public.t failed\n"
            "not_null (a): 2 of 9 rows found, none expected\n"
            "unique (c): 2 of 9 rows found, none expected",
        ),
        (ValueError("no such table\n"), "no such table"),
        (ValueError(), "ValueError"),
    ],
)
def test_each_failed_check_has_a_line(error: Exception, text: str) -> None:
    instance = Instance()
    story.keep_error({"exception": error, "task": object(), "ti": instance})
    assert instance.kept[story.ERROR_KEY]["text"] == text
