"""athena.create_table: an external table as declared."""

from __future__ import annotations

from collections.abc import Iterator

from generator import ddl, quoting, steps
from generator.model import Tables, Task
from generator.template import Finding, Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    create = ddl.create_external_table(table)
    if not task.values.get("repair"):
        return (steps.athena(task, create),)
    repair = f"MSCK REPAIR TABLE {quoting.hive_table(table.name)}"
    return (steps.athena(task, create, "create"), steps.athena(task, repair, "repair", after=("create",)))


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    if task.values.get("repair") and not table_of(task, tables).partitioned_by:
        yield Finding(("repair",), "R316", "'repair' is for tables with partitions", "take it out")


TEMPLATE = Template(expand=expand, engine="athena", check=check, writes=lambda _task, _tables: ())
