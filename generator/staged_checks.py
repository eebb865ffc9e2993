"""The checks of staged rows before they reach their table: one SELECT that counts what is wrong, and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from generator import quoting
from generator.model import Table, Task
from generator.problems import did_you_mean
from generator.template import Finding

Check = dict[str, Any]


def of(task: Task, table: Table, staging: str) -> tuple[str, list[Check]]:
    """The SELECT, which gives one row of counts, and for each count its name and the least and most it may be.

    Keys are present and unique and ``not_null`` columns filled without being asked for; then come the task's checks.
    """
    names, groups = ["row_count"], [table.primary_key]
    not_null = [each.name for each in table.columns if each.not_null and each.identity is None]
    limits: list[Check] = []
    for given in task.values.get("checks", ()):
        if "row_count" in given:
            limits.append({"name": "row_count", "column": "row_count", **given["row_count"]})
        not_null += [name for name in given.get("not_null", ()) if name not in not_null]
        if "unique" in given and tuple(given["unique"]) not in groups:
            groups.append(tuple(given["unique"]))
    counts = ["COUNT(*) AS row_count"]
    for number, column in enumerate(not_null, 1):
        names.append(f"nulls_{number}")
        counts.append(f"COUNT(*) - COUNT({quoting.identifier(column)}) AS nulls_{number}")
        limits.append({"name": f"not_null ({column})", "column": f"nulls_{number}", "max": 0})
    joins = []
    for number, group in enumerate(groups, 1):
        names.append(f"duplicates_{number}")
        joins.append(_duplicates(staging, group, number))
        limits.append({"name": f"unique ({', '.join(group)})", "column": f"duplicates_{number}", "max": 0})
    inner = ",\n    ".join(counts)
    select = f"SELECT {', '.join(names)}\nFROM (\n  SELECT\n    {inner}\n  FROM {staging}\n) AS counts"
    return "\n".join([select, *joins]), limits


def _duplicates(staging: str, group: Sequence[str], number: int) -> str:
    columns = quoting.identifiers(group)
    return (
        f"CROSS JOIN (\n  SELECT COUNT(*) AS duplicates_{number}\n  FROM (\n"
        f"    SELECT {columns}\n    FROM {staging}\n    GROUP BY {columns}\n    HAVING COUNT(*) > 1\n"
        f"  ) AS repeated_{number}\n) AS repeats_{number}"
    )


def check(task: Task, table: Table, loaded: Sequence[str]) -> Iterator[Finding]:
    """Columns that checks name are loaded, limits are not upside down."""
    for index, given in enumerate(task.values.get("checks", ())):
        for kind in ("not_null", "unique"):
            for position, name in enumerate(given.get(kind, ())):
                if name not in loaded:
                    path = ("checks", index, kind, position)
                    if name in table.column_names:
                        message = f"the column '{name}' of {table.name} is not loaded by this task"
                        yield Finding(path, "R311", message, "add it to 'columns', or take it out here")
                    else:
                        message = f"the table {table.name} has no column '{name}'"
                        yield Finding(path, "R311", message, did_you_mean(name, loaded))
        limits = given.get("row_count", {})
        if limits.get("min", 0) > limits.get("max", float("inf")):
            message = f"row_count: min {limits['min']} is greater than max {limits['max']}"
            yield Finding(("checks", index, "row_count"), "R316", message)
