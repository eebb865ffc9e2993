"""redshift.upsert: stage, check the staged rows, delete and insert by key in one transaction, drop the stage."""

from __future__ import annotations

from collections.abc import Iterator

from generator import copy_statement, identity, quoting, staged
from generator.checks import rules
from generator.model import Table, Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    names = copy_statement.columns(task, table)
    return staged.through(task, table, names, lambda staging: merge(table, names, staging), last="merge")


def merge(table: Table, names: tuple[str, ...], staging: str) -> list[str]:
    """The statements that replace rows by key with those of a staging table; all or none."""
    target = quoting.table(table.name)
    same_key = "\n  AND ".join(
        f"{target}.{quoting.identifier(key)} = {staging}.{quoting.identifier(key)}" for key in table.primary_key
    )
    columns = quoting.identifiers(names)
    return [
        f"LOCK {target}",
        f"DELETE FROM {target}\nUSING {staging}\nWHERE {same_key}",
        f"INSERT INTO {target} ({columns})\nSELECT {columns}\nFROM {staging}",
    ]


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    table = table_of(task, tables)
    if not table.primary_key:
        message = f"the table {table.name} has no primary_key, by which redshift.upsert finds the rows to replace"
        yield Finding(("table",), "R322", message, f"add primary_key to {table.name} under `tables:`")
    yield from _source(task, table)
    names = copy_statement.columns(task, table)
    for key in table.primary_key:
        if key not in names and key in table.column_names:
            yield Finding(("columns",), "R311", f"the key column '{key}' is not among the loaded columns")
    yield from identity.check_inserted(task, table, names)
    yield from rules.check(task.values.get("checks", ()), table, tables, names)


def _source(task: Task, table: Table) -> Iterator[Finding]:
    if "from" in task.values and "format" in task.values:
        yield from copy_statement.check(task, table)
    elif "from" in task.values and task.sql is None:
        yield Finding((), "S203", "the key 'format' is missing in redshift.upsert", "format: {type: csv, header: true}")
    for key in ("manifest", "max_errors", "source_region"):
        if key in task.values and "from" not in task.values:
            yield Finding((key,), "R316", f"'{key}' is for rows that come from files, with 'from'")


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check)
