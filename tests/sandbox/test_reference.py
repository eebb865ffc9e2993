"""All examples of tests/sandbox/reference: AWS's functions and constructs, with the results of its documentation."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox import coverage
from tests.sandbox.conftest import Redshift, StatementError
from tests.sandbox.coverage import Entry

Run = Callable[[str], Any]
_REFUSED = "the sandbox can't run this"


def _entries(engine: str) -> list[Any]:
    return [pytest.param(entry, id=f"{entry.section}-{entry.name}") for entry in coverage.entries(engine)]


@pytest.mark.parametrize("entry", _entries("redshift"))
def test_redshift(entry: Entry, redshift: Redshift, folder: str, caplog: pytest.LogCaptureFixture) -> None:
    session = {"SessionId": redshift.describe("select 1", SessionKeepAliveSeconds=600)["SessionId"]}

    def run(sql: str) -> Any:
        return [list(row) for row in redshift.run(sql, **session)]

    _check(entry, run, folder, caplog)


@pytest.mark.parametrize("entry", _entries("athena"))
def test_athena(
    entry: Entry,
    athena: Callable[..., SimpleNamespace],
    folder: str,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    database = "r" + re.sub(r"\W", "_", folder.rstrip("/").rpartition("/")[2])
    athena(f"CREATE DATABASE {database}")

    def run(sql: str) -> Any:
        try:
            result = athena(sql, database)
        except ClientError as error:  # what Athena refuses before it is a query
            raise StatementError(str(error)) from error
        if result.reason:
            raise StatementError(result.reason)
        return result.rows

    _check(entry, run, folder, caplog)


def _check(entry: Entry, run: Run, folder: str, caplog: pytest.LogCaptureFixture) -> None:
    assert entry.cases or entry.refused, "an entry needs examples"
    caplog.set_level(logging.WARNING, "generator.sandbox")
    for sql in entry.setup:
        run(sql.replace("{folder}", folder))
    wrong = [text for case in entry.cases if (text := _wrong(case, run, folder))]
    for sql in entry.refused:
        found = _result(run, sql.replace("{folder}", folder))
        if not isinstance(found, StatementError) or _REFUSED not in str(found):
            wrong.append(f"{sql}\n  should be refused, but gave {found}")
    assert not wrong, "\n".join(wrong)
    logged = "\n".join(record.message for record in caplog.records)
    if entry.difference:
        assert entry.difference in logged
    else:
        assert "known difference" not in logged


def _wrong(case: dict[str, Any], run: Run, folder: str) -> str:
    """What is wrong with a case, or nothing."""
    for sql in case.get("setup", ()):
        run(sql.replace("{folder}", folder))
    found = _result(run, case["sql"].replace("{folder}", folder))
    if "error" in case:
        if isinstance(found, StatementError) and case["error"] in str(found) and _REFUSED not in str(found):
            return ""
        return f"{case['sql']}\n  expected the error {case['error']!r}\n  found    {found!r}"
    expected = case.get("rows", [])
    if isinstance(found, StatementError):
        return f"{case['sql']}\n  expected {expected}\n  found    {found!r}"
    if not case.get("ordered"):
        expected, found = sorted(expected, key=repr), sorted(found, key=repr)
    same = len(found) == len(expected) and all(map(_same, found, expected))
    return "" if same else f"{case['sql']}\n  expected {expected}\n  found    {found}"


def _same(found: list[Any], expected: list[Any]) -> bool:
    """Whether rows are equal; floating point numbers to the 12 digits or so that documentation shows."""
    return len(found) == len(expected) and all(
        left == pytest.approx(right, rel=1e-12) if isinstance(left, float) and isinstance(right, float)
        else type(left) is type(right) and left == right
        for left, right in zip(found, expected, strict=True)
    )  # fmt: skip


def _result(run: Run, sql: str) -> Any:
    try:
        return run(sql)
    except StatementError as error:
        return error
