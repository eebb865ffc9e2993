"""redshift.copy: files from S3 into a declared table, with an explicit column list, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from generator import append, copy_statement, ddl, identity, quoting, staged, steps
from generator.checks import rules
from generator.model import Table, Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    names = copy_statement.columns(task, table)
    if "checks" in task.values:
        return staged.through(task, table, names, lambda staging: _publish(task, table, names, staging))
    target = quoting.table(table.name)
    mode = task.values.get("mode", "append")
    if mode == "append":
        # The files are read before the lock, which keeps everyone from the table. What this costs: where the database
        # is SERIALIZABLE, of two runs that append at once one fails, and is tried again.
        new = quoting.identifier(f"{table.name.split('.')[1][:100]}__new")
        batch = [
            ddl.create_staging(new, table, names, temporary=True),
            copy_statement.statement(task, new, names),
            *append.once(task, table, names, f"SELECT {quoting.identifiers(names)}\nFROM {new}"),
        ]
    else:
        where = f"\nWHERE {task.values['where'].strip()}" if mode == "replace_where" else ""
        batch = [
            f"LOCK {target}",
            f"DELETE FROM {target}{where}",
            copy_statement.statement(task, target, names),
        ]
    return (steps.redshift(task, batch),)


def _publish(task: Task, table: Table, names: tuple[str, ...], staging: str) -> list[str]:
    return append.publish(task, table, names, f"SELECT {quoting.identifiers(names)}\nFROM {staging}")


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    table = table_of(task, tables)
    yield from copy_statement.check(task, table)
    yield from append.check_mode(task)
    names = copy_statement.columns(task, table)
    yield from rules.check(task.values.get("checks", ()), table, tables, names)
    check_identity = identity.check_inserted if "checks" in task.values else identity.check_copied
    yield from check_identity(task, table, names)


TEMPLATE = Template(expand=expand, engine="redshift", check=check, conditions=("where",))
