"""athena.insert: the result of a query into a table or one partition. What an earlier run wrote there is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import quoting, staged, steps, types
from generator.checks import rules
from generator.checks.wanted import Subject
from generator.model import Table, Tables, Task
from generator.problems import did_you_mean
from generator.template import Finding, Step, Template, table_of

_WHOLE_NUMBERS = ("tinyint", "smallint", "int", "integer", "bigint")


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    if "checks" in task.values:
        return _checked(task, table)
    folder = "".join(f"{name}={value}/" for name, value in _partition(task, table).items())
    numbers = [column.name for column in table.partitioned_by if folder and column.type.lower() in _WHOLE_NUMBERS]
    more: dict[str, Any] = {"whole_numbers": numbers} if numbers else {}
    statement = _insert(task, table, table.name)
    return (steps.athena(task, statement, operator=steps.ATHENA_INSERT, clean=table.location + folder, **more),)


def _checked(task: Task, table: Table) -> tuple[Step, ...]:
    staging = staged.name(task, table)
    rows: dict[str, Any] = {
        "table": table.name,
        "home": table.location,
        "staging": staging,
        "place": f"{table.location.rstrip('/')}__{staged.suffix(task)}/",
    }
    if partition := _partition(task, table):
        rows["partition"] = partition
    subject = Subject(table, quoting.table(staging), table.column_names)
    stage = steps.athena(task, _insert(task, table, staging), "stage", operator=steps.ATHENA_STAGE, staged=rows)
    return (
        stage,
        steps.checks(task, subject, "check", after=("stage",), staged=True),
        Step("publish", steps.ATHENA_PUBLISH, {"staged": rows}, after=("check",)),
        Step("drop", steps.ATHENA_DROP, {"staged": rows}, after=("publish",), teardown=True),
    )


def _partition(task: Task, table: Table) -> dict[str, str]:
    """The value of each partition column, in the order of the folders."""
    given = task.values.get("partition", {})
    return {column.name: str(given[column.name]) for column in table.partitioned_by if column.name in given}


def _insert(task: Task, table: Table, into: str) -> str:
    partition = _partition(task, table)
    selected = [quoting.identifier(name) for name in table.column_names if name not in partition]
    for column in table.partitioned_by:
        if column.name in partition:
            constant = f"CAST({quoting.option(partition[column.name])} AS {types.trino(column.type)})"
            selected.append(f"{constant} AS {quoting.identifier(column.name)}")
    return (
        f"INSERT INTO {quoting.table(into)} ({quoting.identifiers(table.column_names)})\n"
        f"SELECT {', '.join(selected)}\nFROM (\n{steps.query(task)}\n) AS new_rows"
    )


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    table = table_of(task, tables)
    yield from rules.check(task.values.get("checks", ()), table, tables)
    yield from _check_partition(task, table)


def _check_partition(task: Task, table: Table) -> Iterator[Finding]:
    partition = task.values.get("partition")
    known = [column.name for column in table.partitioned_by]
    if task.values.get("mode", "replace") == "replace":
        if partition is not None:
            message = "'partition' does not go together with mode: replace"
            yield Finding(("partition",), "R316", message, "mode: replace_partition")
        return
    if partition is None:
        yield Finding(("mode",), "R316", "mode: replace_partition needs 'partition'")
        return
    for name in partition:
        if name not in known:
            message = f"the table {table.name} has no partition column '{name}'"
            yield Finding(("partition", name), "R311", message, did_you_mean(name, known))
    # Folders are nested in the order of the partition columns: a value is needed for each one above.
    missing = [name for name in known if name not in partition]
    if missing and set(partition) <= set(known):
        yield Finding(("partition",), "R316", f"'partition' says nothing of {', '.join(missing)}")


TEMPLATE = Template(expand=expand, engine="athena", sql="query", check=check)
