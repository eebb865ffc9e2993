"""athena.insert: the result of a query into a table or one partition. What an earlier run wrote there is replaced."""

from __future__ import annotations

from collections.abc import Iterator

from generator import quoting, steps, types
from generator.model import Tables, Task
from generator.problems import did_you_mean
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    partition = task.values.get("partition", {})
    selected = [quoting.identifier(name) for name in table.column_names if name not in partition]
    folder = ""
    for column in table.partitioned_by:
        if column.name in partition:
            value = str(partition[column.name])
            constant = f"CAST({quoting.option(value)} AS {types.trino(column.type)})"
            selected.append(f"{constant} AS {quoting.identifier(column.name)}")
            folder += f"{column.name}={value}/"
    statement = (
        f"INSERT INTO {quoting.table(table.name)} ({quoting.identifiers(table.column_names)})\n"
        f"SELECT {', '.join(selected)}\nFROM (\n{steps.query(task)}\n) AS new_rows"
    )
    return (steps.athena(task, statement, operator=steps.ATHENA_INSERT, clean=table.location + folder),)


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    table = table_of(task, tables)
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
