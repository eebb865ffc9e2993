"""One start, from an empty AWS to pipelines that have run, and the way back: what is started here ends here."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from generator.environment import VARIABLE, Environment
from generator.project import Workspace
from generator.sandbox import sample
from generator.up import calendar, counts, inbox, local_aws, metadata, order, settings, summary, watch
from generator.up.api import Api, Run
from generator.up.inbox import Inbox
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
    def stages(self) -> tuple[frozenset[str], ...]:
        return order.stages(self.workspace.pipelines)

    @property
    def last_day(self) -> date:
        return sample.FIRST_DAY + timedelta(days=self.days - 1)


@dataclass(frozen=True)
class _Cloud:
    """A local AWS that serves: the variables that lead to it, the rows of its files by key, and its mail."""

    variables: Mapping[str, str]
    files: Mapping[str, int]
    inbox: Inbox


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

        def check() -> None:
            processes.check()
            for letter in cloud.inbox.new():
                reporter.told(letter)

        runs = watch.until_finished(api, check, reporter, plan.stages)
        watch.until_told(check, lambda: _has_heard(plan, cloud.inbox, runs))
        reporter.pause()
        code = _show(plan, reporter, api, runs, cloud)
        if not plan.once:
            _wait(plan, reporter, processes, cloud.inbox)
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
    if sandbox.endpoint != values["endpoint_url"]:
        reporter.say(
            f"something else has the port of {values['endpoint_url']}: where you use commands such as `pipelines sql`, "
            f"first export AWS_ENDPOINT_URL={sandbox.endpoint}"
        )
    topics = inbox.topics(plan.workspace.pipelines, plan.environment)
    return _Cloud(sandbox.environment, files, _mail(topics, sandbox.environment, reporter))


def _mail(topics: Iterable[str], variables: Mapping[str, str], reporter: Reporter) -> Inbox:
    """The inbox of all topics that the local AWS can have."""
    made = Inbox(topics, variables)
    for arn in made.missing:
        reporter.say(f"what is told through {arn} gets lost: the local AWS has no topics of that account and region")
    return made


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
    (config / calendar.POLICY_FILE).write_text(calendar.policy_text(plan.last_day, frozenset().union(*plan.stages)))


def _has_heard(plan: Plan, mail: Inbox, runs: Iterable[Run]) -> bool:
    """Whether a notification has arrived for each failed run of the pipelines that send any here."""
    telling = {
        pipeline.name
        for pipeline in plan.workspace.pipelines
        if any("sns" in channel for channel in pipeline.notifications.get("on_failure", ()))
    }
    failed = [run for run in runs if run.state == "failed" and run.pipeline in telling]
    return sum(" failed" in letter.subject for letter in mail.letters) >= len(failed)


def _show(plan: Plan, reporter: Reporter, api: Api, runs: Iterable[Run], cloud: _Cloud) -> int:
    """Print what became of the runs; returns the exit code."""
    tasks = {run: api.tasks(run) for run in runs}
    tables = [table for table in plan.workspace.tables.values() if table.pipeline in {run.pipeline for run in tasks}]
    source = counts.source_rows(sample.FIRST_DAY, plan.last_day, cloud.files)
    counted = counts.count(tables, plan.environment.values, source)
    return summary.show(reporter, api, tasks, counted, cloud.inbox.letters, cloud.variables)


def _wait(plan: Plan, reporter: Reporter, processes: Processes, mail: Inbox) -> None:
    try:
        reporter.say(f"serving until Ctrl-C; save a file under {plan.root}, and Airflow has it a few seconds later")
        while True:
            processes.check()
            for letter in mail.new():
                reporter.told(letter, whole=True)
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        reporter.resume()
