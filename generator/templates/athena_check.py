"""athena.check: the rows of a declared table in Athena, against what must be true of them."""

from __future__ import annotations

from collections.abc import Iterator

from generator import quoting, steps
from generator.checks import rules
from generator.checks.wanted import Subject
from generator.model import Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    where = task.values.get("where", "").strip()
    return (steps.checks(task, Subject(table, quoting.table(table.name), table.column_names, where)),)


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    yield from rules.check(task.values["checks"], table_of(task, tables), tables)


def writes(_task: Task, _tables: Tables) -> tuple[str, ...]:
    return ()


TEMPLATE = Template(expand=expand, engine="athena", check=check, writes=writes, conditions=("where",))
