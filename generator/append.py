"""Appending rows once per run: a retried or cleared task, or a backfill, must not add its rows a second time.

Rows carry no mark of the run that added them, so a small table beside the target notes which runs have appended; note
and rows are written in one transaction. To load a run's rows again on purpose, delete its note, or use another mode.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator import quoting
from generator.model import Table, Task
from generator.template import Finding


def once(task: Task, table: Table, columns: Sequence[str], rows: str) -> list[str]:
    """Statements that insert ``rows``, a SELECT of ``columns`` without WHERE, unless this run has done so before."""
    schema, name = table.name.split(".")
    target = quoting.table(table.name)
    notes = quoting.table(f"{schema}.{name[:100]}__appends")
    run = "{{ dag.dag_id | literal }}", quoting.literal(task.name), "{{ run_id | literal }}"
    known = f"SELECT 1 FROM {notes} WHERE pipeline = {run[0]} AND task = {run[1]} AND run_id = {run[2]}"
    # Redshift fixes what a transaction sees at its first CREATE, INSERT or SELECT, not at LOCK ("Isolation levels" in
    # the Database Developer Guide). So the lock comes first: who waits for it sees the notes of whom it waited for.
    # Otherwise rows are added twice, or with SERIALIZABLE one of the two fails. The notes need no lock of their own.
    return [
        f"LOCK {target}",
        f"CREATE TABLE IF NOT EXISTS {notes} (\n"
        "  pipeline VARCHAR(250) NOT NULL,\n"
        "  task VARCHAR(250) NOT NULL,\n"
        "  run_id VARCHAR(250) NOT NULL,\n"
        "  appended_at TIMESTAMP NOT NULL\n)",
        f"INSERT INTO {target} ({quoting.identifiers(columns)})\n{rows}\nWHERE NOT EXISTS (\n  {known}\n)",
        f"INSERT INTO {notes} (pipeline, task, run_id, appended_at)\n"
        f"SELECT {run[0]}, {run[1]}, {run[2]}, GETDATE()\nWHERE NOT EXISTS (\n  {known}\n)",
    ]


def publish(task: Task, table: Table, columns: Sequence[str], rows: str) -> list[str]:
    """Statements that bring ``rows``, a SELECT of ``columns`` without WHERE, into the table as ``mode`` says."""
    mode = task.values.get("mode", "append")
    if mode == "append":
        return once(task, table, columns, rows)
    target = quoting.table(table.name)
    where = f"\nWHERE {task.values['where'].strip()}" if mode == "replace_where" else ""
    insert = f"INSERT INTO {target} ({quoting.identifiers(columns)})\n{rows}"
    return [f"LOCK {target}", f"DELETE FROM {target}{where}", insert]


def check_mode(task: Task) -> Iterator[Finding]:
    """``where`` belongs to ``mode: replace_where``."""
    mode = task.values.get("mode", "append")
    if mode == "replace_where" and "where" not in task.values:
        yield Finding(("mode",), "R316", "mode: replace_where needs 'where'", "where: flight_date = '{{ run_date }}'")
    if mode != "replace_where" and "where" in task.values:
        yield Finding(("where",), "R316", f"'where' does not go together with mode: {mode}", "mode: replace_where")
