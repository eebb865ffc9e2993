"""redshift.create_table: the table as declared, new columns added, any other difference refused."""

from __future__ import annotations

from typing import Any

from generator import ddl, steps
from generator.model import Column, Tables, Task
from generator.template import Step, Template, table_of


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    arguments: dict[str, Any] = {
        "table": table.name,
        "columns": [_column(each) for each in table.columns],
        "create": [ddl.create_table(table)],
        "comments": ddl.comments(table),
    }
    return (steps.redshift(task, None, operator=steps.REDSHIFT_TABLE, **arguments),)


def _column(column: Column) -> dict[str, Any]:
    """What the operator compares with the table in the warehouse, and what it adds where the column is missing."""
    return {
        "name": column.name,
        "type": column.type,
        "not_null": column.not_null,
        "identity": column.identity is not None,
        "definition": ddl.column(column),
    }


TEMPLATE = Template(expand=expand, engine="redshift", writes=lambda _task, _tables: ())
