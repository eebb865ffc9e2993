"""Row counts of earlier runs, from the run log: what ``row_count: change`` compares with."""

from __future__ import annotations

from generator import quoting
from generator.checks.wanted import Subject, Wanted

SCHEMA = "{{ (env.run_log | default({}, true)).schema | default('pipeline_log') }}"


def query(wanted: Wanted, subject: Subject, runs: int) -> str:
    """The row counts of the last runs before this one, newest first, a row each.

    The log holds each written table's rows after the run. Where a check looks at other rows (those that are staged, or
    some of the table's), what the same check found in earlier runs is the history.
    """
    whole = not subject.where and not wanted.where and subject.source == quoting.table(subject.table.name)
    table, counted = ("tables", '"rows"') if whole else ("checks", "rows_checked")
    same = [f"table_name = {quoting.literal(subject.table.name)}"]
    if not whole:
        same += ["pipeline = {{ dag.dag_id | literal }}", "task = {{ task.task_id | literal }}"]
        same.append(f"name = {quoting.literal(wanted.name)}")
    same.append("NOT (pipeline = {{ dag.dag_id | literal }} AND run_id = {{ run_id | literal }})")
    return (
        f"SELECT MAX({counted}) AS row_count\n"
        f'FROM "{SCHEMA}"."{table}"\n'
        f"WHERE {' AND '.join(same)}\n"
        f"GROUP BY pipeline, run_id\nORDER BY MAX(logged_at) DESC\nLIMIT {runs}"
    )
