"""Runs tests one after another: one sandbox and one Airflow for all, emptied before each test."""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from botocore.exceptions import BotoCoreError, ClientError

from generator import compile as compiler
from generator.environment import Environment
from generator.model import Pipeline
from generator.project import Workspace
from generator.query import QueryError
from generator.run import LocalAirflow, Progress, RunReport, TaskReport
from generator.sandbox import differences
from generator.sandbox.server import Sandbox
from generator.scenario import Failure, Scenario, Suite
from generator.testing import found, given, place
from generator.testing.found import Mismatch
from generator.testing.values import GivenError

Status = Literal["passed", "failed", "error"]

_POLL_SECONDS = 0.02


@dataclass(frozen=True)
class Outcome:
    """A test that is over: failed where the run or its result is not as expected, error where it could not be run.

    ``task`` and ``error`` are the first task of the run that failed, and why. ``differences`` are what AWS might do
    otherwise than the sandbox did.
    """

    suite: Suite
    scenario: Scenario
    status: Status
    seconds: float
    message: str = ""
    task: str = ""
    error: str = ""
    mismatches: tuple[Mismatch, ...] = ()
    differences: tuple[str, ...] = ()


def run(
    workspace: Workspace, chosen: Sequence[tuple[Suite, Scenario]], environment: Environment, verbose: bool = False
) -> Iterator[Outcome]:
    """Run tests in their order; each outcome comes as the test ends.

    Call it once in a process, before anything has imported Airflow. Nothing of the environment is touched: its names
    are those of the sandbox.
    """
    if workspace.project is None:  # then there are no valid pipelines, either
        return
    environment, project = place.for_tests(environment, workspace.project)
    by_name = {pipeline.name: pipeline for pipeline in workspace.pipelines}
    compiled = compiler.files(project, workspace.pipelines, workspace.tables, workspace.root.name)
    place.isolate()
    with Sandbox(region=environment.values["region"]) as sandbox:
        os.environ.update(sandbox.environment)
        with LocalAirflow(environment, verbose=verbose, poll_seconds=_POLL_SECONDS, waits=False) as airflow:
            runner = _Runner(workspace, compiled, environment, sandbox.environment, airflow)
            for number, (suite, scenario) in enumerate(chosen):
                if number:
                    sandbox.reset()
                yield runner.outcome(by_name[suite.pipeline], suite, scenario)


@dataclass(frozen=True)
class _Runner:
    workspace: Workspace
    compiled: Mapping[str, str]
    environment: Environment
    variables: Mapping[str, str]
    airflow: LocalAirflow

    def outcome(self, pipeline: Pipeline, suite: Suite, scenario: Scenario) -> Outcome:
        """One test, in an AWS that is empty."""
        began = time.monotonic()
        where = place.Place(self.environment.values, self.variables, self.workspace.root, suite.path.parent)
        failed: list[TaskReport] = []

        def watch(task: TaskReport) -> None:
            if task.state == "failed":
                failed.append(task)

        def ended(status: Status, message: str = "", mismatches: tuple[Mismatch, ...] = ()) -> Outcome:
            task, error = (failed[0].task_id, failed[0].error) if failed else ("", "")
            seconds = time.monotonic() - began
            return Outcome(suite, scenario, status, seconds, message, task, error, mismatches, tuple(notes))

        notes: list[str] = []
        try:
            given.put(scenario.given, self.workspace.tables, where, scenario.expect)
            with differences.collected() as notes:
                report = self._run(pipeline, scenario, watch)
            complaint = _complaint(scenario.fails, report, failed)
            mismatches = tuple(found.mismatches(scenario.expect, self.workspace.tables, where))
        except (GivenError, QueryError, BotoCoreError, ClientError) as error:
            return ended("error", str(error))
        if complaint or mismatches:
            return ended("failed", complaint, mismatches)
        return ended("passed")

    def _run(self, pipeline: Pipeline, scenario: Scenario, watch: Progress) -> RunReport:
        day = scenario.run_date or pipeline.start_date
        date = datetime.date.fromisoformat(day) if day else None
        return self.airflow.run(pipeline.name, self.compiled, date, scenario.params, watch)


def _complaint(fails: Failure | None, report: RunReport, failed: Sequence[TaskReport]) -> str:
    """What is wrong with how the run ended; empty where it is as expected."""
    if fails is None:
        return "" if report.succeeded else "the run failed"
    if report.succeeded:
        return "the run succeeded, and must fail"
    first = failed[0] if failed else None
    if first is None:
        return "the run failed, but none of its tasks"
    if fails.task is not None and first.task_id != fails.task and not first.task_id.startswith(f"{fails.task}."):
        return f"{first.task_id} failed first, not {fails.task}"
    if fails.message not in first.error:
        return f"the error does not say '{fails.message}'"
    return ""
