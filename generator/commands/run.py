"""Run one pipeline now, in this process: all its tasks in order, without retries, in the chosen environment.

It really reads and writes that environment's AWS. The tasks, their states, durations and rows are shown; Airflow's
own database is not touched.

  pipelines run flights_load --date 2013-01-31
  pipelines run carrier_report --param carrier=UA --env production
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from generator.commands import usage

if TYPE_CHECKING:
    from generator.run import RunReport, TaskReport


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the pipeline's name")
    parser.add_argument(
        "--date", type=usage.day, metavar="D", help="the run's date, YYYY-MM-DD (default: a manual run, for today)"
    )
    parser.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="a param of the pipeline; may be repeated"
    )
    parser.add_argument("--verbose", action="store_true", help="show Airflow's log, too")
    usage.add_environment(parser)
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    root = usage.find_root(arguments.pipelines)
    environment = usage.environment(arguments.env, root)
    workspace = usage.load(root)
    pipeline = usage.the_pipeline(workspace, arguments.name)
    if workspace.project is None:
        return usage.report(workspace)
    from generator import compile as compiler

    try:
        from generator.run import run_pipeline
        from generator.run.params import ParamsError
    except ImportError as error:
        raise usage.UsageError(f"{error}\n`run` needs: pip install 'pipeline-generator[airflow]'") from None
    compiled = compiler.files(workspace.project, [pipeline], workspace.tables, root.name)
    sys.stderr.write(f"{pipeline.name} in the environment {environment.name}; starting Airflow …\n")
    try:
        report = run_pipeline(
            pipeline,
            compiled,
            environment,
            date=arguments.date,
            params=_params(arguments.param),
            progress=_progress,
            verbose=arguments.verbose,
        )
    except ParamsError as error:
        raise usage.UsageError(str(error)) from None
    _show(report)
    return 0 if report.succeeded else 1


def _params(given: list[str]) -> dict[str, str]:
    params = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise usage.UsageError(f"--param takes NAME=VALUE, not '{text}'")
        params[name] = value
    return params


def _progress(task: TaskReport) -> None:
    if task.state == "running":
        sys.stderr.write(f"  {task.task_id} …\n")
        return
    rows = "" if task.rows is None else f", {task.rows:,} rows"
    sys.stderr.write(f"  {task.task_id} {task.state} in {task.seconds:.1f} s{rows}\n")
    if task.error:
        sys.stderr.write("".join(f"      {line}\n" for line in task.error.strip().split("\n")))


def _show(report: RunReport) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("task", "state", "seconds", "rows", box=box.SIMPLE_HEAD)
    for column in table.columns[2:]:
        column.justify = "right"
    for task in report.tasks:
        rows = "" if task.rows is None else f"{task.rows:,}"
        table.add_row(task.task_id, task.state, f"{task.seconds:.1f}", rows)
    Console().print(table)
    outcome = "succeeded" if report.succeeded else "failed"
    sys.stderr.write(f"{report.run_id} {outcome} in {report.seconds:.1f} s\n")
