"""Rows that are checked before they reach their table: stage, check, publish in one transaction, drop the stage."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from generator import copy_statement, ddl, quoting, steps
from generator.checks.wanted import Subject
from generator.model import Table, Task
from generator.template import Step


def through(
    task: Task, table: Table, names: Sequence[str], publish: Callable[[str], list[str]], last: str = "publish"
) -> tuple[Step, ...]:
    """The steps. ``publish`` gives the statements that bring all rows of the staging table into the target.

    A failed check leaves the target as it was; the staging table is dropped whatever happened.
    """
    staging = quoting.table(name(task, table))
    drop = f"DROP TABLE IF EXISTS {staging}"
    subject = Subject(table, staging, tuple(names))
    return (
        steps.redshift(task, [drop, ddl.create_staging(staging, table, names), _fill(task, staging, names)], "stage"),
        steps.checks(task, subject, "check", after=("stage",), staged=True),
        steps.redshift(task, publish(staging), last, after=("check",)),
        steps.redshift(task, drop, "drop", after=(last,), teardown=True),
    )


def name(task: Task, table: Table) -> str:
    """A table beside the target whose name holds the task and the run, so that concurrent runs don't meet."""
    schema, plain = table.name.split(".")
    return f"{schema}.{plain[:60]}__{suffix(task)}"


def suffix(task: Task) -> str:
    """What tells the staged rows of a task in one run from all others."""
    slug = re.sub(r"[^a-z0-9_]", "_", task.name.lower())
    return f"{slug[:40]}_{{{{ run_key }}}}"


def _fill(task: Task, staging: str, names: Sequence[str]) -> str:
    if "from" in task.values:
        return copy_statement.statement(task, staging, tuple(names))
    columns = quoting.identifiers(names)
    return f"INSERT INTO {staging} ({columns})\nSELECT {columns}\nFROM (\n{steps.query(task)}\n) AS new_rows"
