"""What `pipelines up` ends with: runs, tables, notifications, and what went wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from generator.up import failures, report
from generator.up.api import Api, Run, TaskRun
from generator.up.counts import Count
from generator.up.inbox import Letter
from generator.up.report import Reporter

_INTENDED = (
    "{name}, run of {day}: stopped as intended. The sample's file for that day holds hours twice and rows without\n"
    'an airport, and none of it is in the table. README.md goes on from here, under "A bad delivery".'
)


def show(
    reporter: Reporter,
    api: Api,
    tasks: Mapping[Run, tuple[TaskRun, ...]],
    counted: Collection[Count],
    letters: Collection[Letter],
    variables: Mapping[str, str],
) -> int:
    """Print it; returns the exit code, 1 where something failed that should not have, or tables differ.

    ``variables`` are those of the local AWS, which is asked about failed queries.
    """
    intended = [run for run in tasks if failures.is_intended(run, reporter.run_day(run), tasks[run])]
    for table in (report.runs_table(reporter, tasks, intended), report.counts_table(counted)):
        if table.row_count:
            reporter.results.print(table)
    if letters:
        _print(reporter, report.letters_text(letters))
    for run in intended:
        _print(reporter, _INTENDED.format(name=run.pipeline, day=reporter.run_day(run)))
    wrong = [f"{file} is no DAG:\n{trace.strip()}" for file, trace in api.import_errors().items()]
    others = [task for run, its_tasks in tasks.items() if run not in intended for task in its_tasks]
    wrong += failures.describe(api, others, variables)
    for text in wrong:
        _print(reporter, text)
    reporter.results.print(f"Airflow's UI: {api.address}", soft_wrap=True)
    has_failed = any(run.state != "success" for run in tasks if run not in intended)
    return 1 if wrong or has_failed or any(count.is_wrong for count in counted) else 0


def _print(reporter: Reporter, text: str) -> None:
    reporter.results.print(f"{text}\n", markup=False, soft_wrap=True)
