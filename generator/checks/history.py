"""Row counts of earlier runs, from the run log: what ``row_count: change`` compares with."""

from __future__ import annotations

from generator import quoting
from generator.checks.wanted import Subject, Wanted

DATABASE = "{{ (env.redshift | default({}, true)).database | default('') }}"
SCHEMA = "{{ (env.run_log | default({}, true)).schema | default('pipeline_log') }}"


def query(wanted: Wanted, subject: Subject, runs: int) -> str:
    """The row counts of the last runs before this one, newest first, a row each.

    The log holds the rows of each table of Redshift that a run wrote. Where a check looks at other rows (those of
    Athena, those that are staged, or some of a table's), what the same check found in earlier runs is the history.
    """
    chosen = subject.where or wanted.where or subject.source != quoting.table(subject.table.name)
    whole = subject.engine == "redshift" and not chosen
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
