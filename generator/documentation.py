"""The documentation of a DAG in Airflow's UI: what it is for, the tables it touches, and its YAML source."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generator.model import Pipeline, Table, Tables


def dag_documentation(pipeline: Pipeline, tables: Tables) -> str:
    """Markdown with the description, a data dictionary of the tables written and read, and the file's text."""
    written = list(dict.fromkeys(name for task in pipeline.tasks for name in task.writes))
    read = sorted({name for task in pipeline.tasks for name in task.reads} - set(written))
    parts = [pipeline.description] if pipeline.description else []
    for title, names in (("Tables written", written), ("Tables read", read)):
        if names:
            parts.append(f"## {title}")
            parts.extend(_table(name, tables.get(name)) for name in names)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", pipeline.source)), default=0))
    parts.append(f"## Source: {pipeline.file}\n\n{fence}yaml\n{pipeline.source.rstrip()}\n{fence}")
    return "\n\n".join(parts) + "\n"


def _table(name: str, table: Table | None) -> str:
    if table is None:
        return f"### {name}\n\nNot declared in this project."
    head = f"### {name}" + (f"\n\n{table.description}" if table.description else "")
    return head + "\n\n" + "\n".join(_rows(table))


def _rows(table: Table) -> Iterator[str]:
    yield "| column | type | | description |"
    yield "|---|---|---|---|"
    partitions = {column.name for column in table.partitioned_by}
    for column in table.all_columns:
        notes = []
        if column.name in table.primary_key:
            notes.append("key")
        if column.name in partitions:
            notes.append("partition")
        if column.not_null and column.name not in table.primary_key:
            notes.append("not null")
        cells = (column.name, column.type, ", ".join(notes), column.description)
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
