"""Outcomes of tests as JUnit's XML, which CI servers read."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from generator.testing import report
from generator.testing.session import Outcome


def write(outcomes: Sequence[Outcome], path: Path) -> None:
    """Write the outcomes, a suite for each pipeline. Raises OSError."""
    xml = JUnitXml("pipelines")
    for pipeline, several in groupby(outcomes, lambda outcome: outcome.suite.pipeline):
        suite = TestSuite(pipeline)
        for outcome in several:
            suite.add_testcase(_case(outcome))
        xml.add_testsuite(suite)
    path.parent.mkdir(parents=True, exist_ok=True)
    xml.write(str(path), pretty=True)


def _case(outcome: Outcome) -> TestCase:
    case = TestCase(outcome.scenario.name, classname=outcome.suite.pipeline, time=round(outcome.seconds, 3))
    if outcome.status != "passed":
        kind = Failure if outcome.status == "failed" else Error
        result = kind(first_line(outcome), outcome.status)
        result.text = report.plain(outcome)
        case.result = [result]
    return case


def first_line(outcome: Outcome) -> str:
    """Why a test did not pass, in a line."""
    if outcome.message:
        return outcome.message.splitlines()[0]
    mismatch = outcome.mismatches[0]
    differs = mismatch.difference
    return (
        f"{mismatch.subject} {mismatch.message}"
        if differs is None
        else f"{mismatch.subject}: {report.summary(differs)}"
    )
