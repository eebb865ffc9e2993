"""redshift.insert: the result of a query into a declared table, in one transaction; checks come before that."""

from __future__ import annotations

from collections.abc import Iterator

from generator import append, identity, quoting, staged, steps
from generator.checks import rules
from generator.model import Table, Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    names = tuple(task.values.get("columns", table.loaded_columns))
    if "checks" in task.values:
        return staged.through(task, table, names, lambda staging: _publish(task, table, names, staging))
    return (steps.redshift(task, _publish(task, table, names, f"(\n{steps.query(task)}\n) AS new_rows")),)


def _publish(task: Task, table: Table, names: tuple[str, ...], source: str) -> list[str]:
    rows = f"SELECT {quoting.identifiers(names)}\nFROM {source}"
    return append.publish(task, table, names, rows)


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    yield from append.check_mode(task)
    table = table_of(task, tables)
    names = tuple(task.values.get("columns", table.loaded_columns))
    yield from identity.check_inserted(task, table, names)
    yield from rules.check(task.values.get("checks", ()), table, tables, names)


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check, conditions=("where",))
