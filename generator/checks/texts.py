"""The SQL in checks: conditions, and queries whose rows are the failures."""

from __future__ import annotations

from collections.abc import Iterator

from generator.checks.wanted import ROWS, kind_of
from generator.model import Task

_Path = tuple[str | int, ...]


def is_sql(path: _Path) -> bool:
    """Whether a value of a task at ``path`` is SQL of a check."""
    return path[0] == "checks" and path[-1] in ("where", "sql")


def conditions(task: Task) -> Iterator[tuple[_Path, str, str]]:
    """Each condition: its path, its text, and the table whose rows it chooses."""
    for index, given in enumerate(task.values.get("checks", ())):
        if "where" in given:
            yield ("checks", index, "where"), given["where"], task.table
        other = given.get("same_count", {})
        if "where" in other and "table" in other:
            yield ("checks", index, "same_count", "where"), other["where"], other["table"]


def queries(task: Task) -> Iterator[tuple[_Path, str]]:
    """Each query: its path and its text."""
    for index, given in enumerate(task.values.get("checks", ())):
        if kind_of(given) == "sql":
            yield ("checks", index, "sql"), given["sql"]


def other_tables(task: Task) -> Iterator[str]:
    """The tables that checks compare with."""
    for given in task.values.get("checks", ()):
        for kind in ("references", "same_count"):
            if kind in given:
                yield from [given[kind]["table"]] if "table" in given[kind] else []


def in_sight(query: str, table: str) -> tuple[str, int]:
    """A query with the rows under check in sight, for looking up its columns, and how much was put before it."""
    before = f"WITH {ROWS} AS (SELECT * FROM {table}) SELECT * FROM (\n"
    return f"{before}{query}\n) AS failing", len(before)
