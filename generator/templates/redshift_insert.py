"""redshift.insert: the result of a query into a declared table, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from generator import append, quoting, steps
from generator.model import Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    names = tuple(task.values.get("columns", table.loaded_columns))
    target = quoting.table(table.name)
    rows = f"SELECT {quoting.identifiers(names)}\nFROM (\n{steps.query(task)}\n) AS new_rows"
    mode = task.values.get("mode", "append")
    if mode == "append":
        batch = append.once(task, table, names, rows)
    else:
        where = f"\nWHERE {task.values['where'].strip()}" if mode == "replace_where" else ""
        insert = f"INSERT INTO {target} ({quoting.identifiers(names)})\n{rows}"
        batch = [f"LOCK {target}", f"DELETE FROM {target}{where}", insert]
    return (steps.redshift(task, batch),)


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    yield from append.check_mode(task)


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check, conditions=("where",))
