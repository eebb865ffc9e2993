"""One start, from an empty AWS to pipelines that have run, and the way back: what is started here ends here."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from generator.environment import VARIABLE, Environment
from generator.project import Workspace
from generator.sandbox import sample
from generator.up import calendar, counts, failures, local_aws, metadata, report, settings, watch
from generator.up.api import Api, Run
from generator.up.processes import Processes
from generator.up.report import Reporter

_LOOK_SECONDS = 1.0


class AlreadyServedError(Exception):
    """Another process serves these pipelines."""


@dataclass(frozen=True)
class Plan:
    """What to serve. ``root`` is the pipelines folder; ``port`` is free, for the UI; ``days`` of sample data."""

    root: Path
    workspace: Workspace
    environment: Environment
    days: int
    port: int
    once: bool

    @property
    def folder(self) -> Path:
        """What is kept from start to start; beside the pipelines, so that it is not searched for pipelines."""
        return self.root.parent / ".pipelines"

    @property
    def home(self) -> Path:
        return self.folder / "airflow"

    @property
    def address(self) -> str:
        return f"http://{settings.LOOPBACK}:{self.port}"

    @property
    def last_day(self) -> date:
        return sample.FIRST_DAY + timedelta(days=self.days - 1)


@dataclass(frozen=True)
class _Cloud:
    """A local AWS that serves: the variables that lead to it, and the rows of its files by key."""

    variables: Mapping[str, str]
    files: Mapping[str, int]


def serve(plan: Plan) -> int:
    """Run the pipelines, show what came of it, and serve until Ctrl-C; returns the exit code.

    Raises AlreadyServedError, metadata.MigrationError, processes.DiedError and watch.NotReadyError.
    """
    timezones = {pipeline.name: pipeline.timezone for pipeline in plan.workspace.pipelines}
    with _lock(plan.folder), contextlib.ExitStack() as stack:
        reporter = stack.enter_context(Reporter(timezones))
        cloud = _deliver(plan, reporter, stack)
        variables = _variables(plan, cloud)
        _prepare_home(plan, variables, reporter)
        processes = stack.enter_context(Processes(plan.home / "logs", variables))
        api = Api(plan.address)
        watch.until_ready(api, timezones, processes.check, reporter)
        reporter.say(f"Airflow is ready at {plan.address}")
        runs = watch.until_finished(api, processes.check, reporter)
        reporter.pause()
        code = _show(plan, reporter, api, runs, cloud)
        if not plan.once:
            _wait(plan, reporter, processes)
        reporter.now("ending Airflow")
    return code


@contextlib.contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """One process at a time: Airflow's home is not for two. The system drops the lock with the process."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyServedError(f"another `pipelines up` serves these pipelines (it locks {file.name})") from None
        yield


def _deliver(plan: Plan, reporter: Reporter, stack: contextlib.ExitStack) -> _Cloud:
    """Start the local AWS, to be stopped by ``stack``, and fill it."""
    reporter.now("starting the local AWS")
    values = plan.environment.values
    sandbox = local_aws.start(values)
    stack.callback(sandbox.stop)
    os.environ.update(sandbox.environment)  # the tables are counted from this process
    files = local_aws.fill(values, sandbox.environment, sample.FIRST_DAY, plan.last_day)
    reporter.say(
        f"a local AWS at {sandbox.endpoint}; {len(files)} files with {sum(files.values()):,} rows in "
        f"s3://{values['bucket']}"
    )
    return _Cloud(sandbox.environment, files)


def _variables(plan: Plan, cloud: _Cloud) -> dict[str, str]:
    """The environment of Airflow's processes."""
    bundle = {
        "name": "pipelines",
        "classpath": "generator.bundle.PipelineBundle",
        "kwargs": {"pipelines_folder": str(plan.root), "refresh_interval": 2},
    }
    aws = {**cloud.variables, VARIABLE: plan.environment.name}
    return settings.variables(plan.home, plan.address, bundle, aws)


def _prepare_home(plan: Plan, variables: dict[str, str], reporter: Reporter) -> None:
    kept = metadata.template(plan.folder)
    if not kept.is_file():
        reporter.now("making Airflow's metadata database, which is kept for later starts")
        metadata.make_template(kept, plan.home, variables)
        reporter.say(f"made Airflow's metadata database, and kept it as {kept.name}")
    metadata.fresh(kept, plan.home)
    config = plan.home / "config"
    config.mkdir()
    (config / calendar.POLICY_FILE).write_text(calendar.policy_text(plan.last_day))


def _show(plan: Plan, reporter: Reporter, api: Api, runs: tuple[Run, ...], cloud: _Cloud) -> int:
    """Print runs, failures and tables; returns the exit code."""
    tasks = {run: api.tasks(run) for run in runs}
    counted = _count(plan, {run.pipeline for run in runs}, cloud)
    for table in (report.runs_table(reporter, tasks), report.counts_table(counted)):
        if table.row_count:
            reporter.results.print(table)
    wrong = [f"{file} is no DAG:\n{trace.strip()}" for file, trace in api.import_errors().items()]
    wrong += failures.describe(api, [task for its_tasks in tasks.values() for task in its_tasks], cloud.variables)
    for text in wrong:
        reporter.results.print(f"{text}\n", markup=False, soft_wrap=True)
    reporter.results.print(f"Airflow's UI: {plan.address}", soft_wrap=True)
    is_wrong = wrong or any(run.state != "success" for run in runs) or any(count.is_wrong for count in counted)
    return 1 if is_wrong else 0


def _count(plan: Plan, has_run: Collection[str], cloud: _Cloud) -> tuple[counts.Count, ...]:
    tables = [table for table in plan.workspace.tables.values() if table.pipeline in has_run]
    source = counts.source_rows(sample.FIRST_DAY, plan.last_day, cloud.files)
    return counts.count(tables, plan.environment.values, source)


def _wait(plan: Plan, reporter: Reporter, processes: Processes) -> None:
    try:
        reporter.say(f"serving until Ctrl-C; save a file under {plan.root}, and Airflow has it a few seconds later")
        while True:
            processes.check()
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        reporter.resume()
