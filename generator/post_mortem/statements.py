"""The queries against the run log, in Redshift's SQL.

The log is append-only, so a run or task that was cleared has several rows: the newest is how it stands. A run without
a row in ``runs`` has tasks only: it is still going on, or its end could not be logged; and so has one of which a task
began after its end: it was cleared. What a template only staged is no row that the run wrote.
Airflow says of a run for a past date that `pipelines run --date` made that it started when it was due, years ago: its
first task tells when it did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from generator.quoting import identifier, literal

GOOD_RUNS = 20  # as many runs make a median

_RUNS = """\
WITH tries AS (
  SELECT run_id, run_date, task, state, started_at, ended_at, rows_written, logged_at,
    ROW_NUMBER() OVER (PARTITION BY run_id, task ORDER BY COALESCE(try_number, 0) DESC, logged_at DESC) AS nth
  FROM {schema}.tasks
  WHERE {ours}
), tried AS (
  SELECT run_id, MAX(run_date) AS run_date, MIN(started_at) AS first_start, MAX(started_at) AS last_start,
    MAX(COALESCE(ended_at, logged_at)) AS heard_at,
    SUM(CASE WHEN nth = 1 AND state = 'success' AND task NOT LIKE '%.stage' THEN rows_written END) AS rows_written,
    SUM(CASE WHEN nth = 1 AND state = 'failed' THEN 1 ELSE 0 END) AS failed_tasks,
    SUM(CASE WHEN nth > 1 THEN 1 ELSE 0 END) AS retries
  FROM tries
  GROUP BY run_id
), ended AS (
  SELECT run_id, run_date, run_type, state, due_at, NULLIF(started_at, due_at) AS started_at, ended_at, failed_task,
    first_error, git_commit, file_hash, url, logged_at,
    ROW_NUMBER() OVER (PARTITION BY run_id ORDER BY logged_at DESC) AS nth
  FROM {schema}.runs
  WHERE {ours}
), all_runs AS (
  SELECT COALESCE(e.run_id, t.run_id) AS run_id, COALESCE(e.run_date, t.run_date) AS run_date, e.run_type,
    CASE WHEN e.state IS NULL OR t.last_start > e.ended_at THEN 'running' ELSE e.state END AS state, e.due_at,
    COALESCE(e.started_at, t.first_start) AS started_at, e.ended_at,
    COALESCE(e.started_at, t.first_start, e.ended_at, t.heard_at, e.logged_at) AS began,
    COALESCE(t.heard_at, e.ended_at, e.logged_at) AS heard_at,
    e.failed_task, e.first_error, e.git_commit, e.file_hash, e.url, t.rows_written,
    COALESCE(t.failed_tasks, 0) AS failed_tasks, COALESCE(t.retries, 0) AS retries
  FROM (SELECT * FROM ended WHERE nth = 1) AS e
  FULL JOIN tried AS t ON e.run_id = t.run_id
)
"""
_COLUMNS = (
    "run_id, run_date, run_type, state, due_at, started_at, ended_at, began, heard_at, failed_task, first_error, "
    "git_commit, file_hash, url, rows_written, failed_tasks, retries"
)
_FAILING = "state = 'failed' OR (state = 'running' AND failed_tasks > 0)"


@dataclass(frozen=True)
class Log:
    """The part of a run log that is about one pipeline."""

    schema: str
    pipeline: str

    @property
    def _schema(self) -> str:
        return identifier(self.schema)

    @property
    def _ours(self) -> str:
        return f"pipeline = {literal(self.pipeline)}"

    @property
    def _runs(self) -> str:
        return _RUNS.format(schema=self._schema, ours=self._ours)

    def choose(self, run_id: str | None, day: date | None) -> str:
        """The runs of that id or day, or all; what failed comes first, then what is newest."""
        wanted = "TRUE"
        if run_id is not None:
            wanted = f"run_id = {literal(run_id)}"
        elif day is not None:
            wanted = f"run_date = '{day}'::date"
        order = f"CASE WHEN {_FAILING} THEN 0 ELSE 1 END, began DESC, run_id"
        limit = 1 if day is None else GOOD_RUNS
        return f"{self._runs}SELECT {_COLUMNS} FROM all_runs WHERE {wanted} ORDER BY {order} LIMIT {limit}"

    def newest(self, count: int) -> str:
        """The newest runs, newest first."""
        return f"{self._runs}SELECT {_COLUMNS} FROM all_runs ORDER BY began DESC, run_id DESC LIMIT {count}"

    def good_before(self, run_id: str, began: datetime) -> str:
        """The last successful runs that began before a run, newest first."""
        return f"{self._runs}SELECT {_COLUMNS} FROM {_good(run_id, began)}"

    def since(self, run_id: str, began: datetime) -> str:
        """How many runs began after a run, by state."""
        where = f"began > {_timestamp(began)} AND run_id <> {literal(run_id)}"
        return f"{self._runs}SELECT state, COUNT(*) AS runs FROM all_runs WHERE {where} GROUP BY state"

    def medians(self, run_id: str, began: datetime) -> str:
        """The median seconds of each task in the last good runs before a run."""
        took = "DATEDIFF(millisecond, t.started_at, t.ended_at)"
        return (
            f"{self._runs}SELECT t.task, MEDIAN({took}) AS median FROM {self._schema}.tasks AS t "
            f"JOIN {_good(run_id, began)} ON t.run_id = good.run_id "
            f"WHERE t.{self._ours} AND t.state = 'success' GROUP BY t.task"
        )

    def tries(self, run_id: str) -> str:
        """All tries of a run's tasks in order."""
        return (
            "SELECT task, template, try_number, state, started_at, ended_at, rows_written, bytes_scanned, "
            f"statement_ids, first_error, url FROM {self._schema}.tasks {self._of(run_id)} "
            "ORDER BY started_at, task, try_number, logged_at"
        )

    def checks(self, run_id: str) -> str:
        """The check results of a run."""
        return (
            "SELECT task, try_number, name, kind, table_name, severity, passed, found, expected, failures, "
            f"rows_checked, samples FROM {self._schema}.checks {self._of(run_id)} ORDER BY logged_at, task, name"
        )

    def sizes(self, run_id: str, began: datetime) -> str:
        """Each table of a run after it, and the last that was logged before the run."""
        own = f"CASE WHEN run_id = {literal(run_id)} THEN 1 ELSE 0 END"
        return (
            'SELECT table_name, own, "rows", size_mb FROM ('
            f'SELECT table_name, {own} AS own, "rows", size_mb, '
            f"ROW_NUMBER() OVER (PARTITION BY table_name, {own} ORDER BY logged_at DESC) AS nth "
            f"FROM {self._schema}.tables WHERE {self._ours} "
            f"AND (run_id = {literal(run_id)} OR logged_at < {_timestamp(began)})) AS sizes "
            "WHERE nth = 1 ORDER BY table_name, own"
        )

    def growth(self, count: int) -> str:
        """The tables' sizes after the newest runs, oldest row first."""
        newest = f"(SELECT run_id FROM all_runs ORDER BY began DESC, run_id DESC LIMIT {count})"
        return (
            f'{self._runs}SELECT s.run_id, s.table_name, s."rows", s.size_mb FROM {self._schema}.tables AS s '
            f"JOIN {newest} AS newest ON s.run_id = newest.run_id "
            f"WHERE s.{self._ours} ORDER BY s.table_name, s.logged_at"
        )

    def pipelines(self) -> str:
        """The pipelines that the log knows."""
        return f"SELECT pipeline FROM {self._schema}.tasks UNION SELECT pipeline FROM {self._schema}.runs"

    def closest_days(self, day: date) -> str:
        """The days closest to a day that have runs."""
        return (
            f"{self._runs}SELECT run_date FROM all_runs WHERE run_date IS NOT NULL GROUP BY run_date "
            f"ORDER BY ABS(DATEDIFF(day, run_date, '{day}'::date)), run_date LIMIT 3"
        )

    def _of(self, run_id: str) -> str:
        return f"WHERE {self._ours} AND run_id = {literal(run_id)}"


def _good(run_id: str, began: datetime) -> str:
    where = f"state = 'success' AND began < {_timestamp(began)} AND run_id <> {literal(run_id)}"
    return f"(SELECT {_COLUMNS} FROM all_runs WHERE {where} ORDER BY began DESC, run_id DESC LIMIT {GOOD_RUNS}) AS good"


def _timestamp(moment: datetime) -> str:
    return f"'{moment:%Y-%m-%d %H:%M:%S.%f}'::timestamp"
