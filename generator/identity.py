"""Columns that Redshift numbers itself. Only COPY with EXPLICIT_IDS takes values for them: INSERT does not. Pure.

Facts from "Data conversion parameters" and "Column mapping options" of COPY, and from CREATE TABLE's IDENTITY, in the
Amazon Redshift Database Developer Guide. An INSERT with a value ends with "cannot set an identity column to a value".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model import Table, Task
from generator.template import Finding

_FLAG = ("format", "explicit_ids")


def check_inserted(task: Task, table: Table, names: Sequence[str]) -> Iterator[Finding]:
    """What is wrong where an INSERT brings the columns ``names`` into the table, perhaps from staged rows."""
    if _explicit(task):
        message = "rows that are checked first are inserted, and INSERT takes no values for identity columns"
        yield Finding(_FLAG, "R316", message, "take it out; or load with redshift.copy without checks")
        return
    for place, name in _numbered(table, names):
        message = f"INSERT takes no values for '{name}', which is an identity column of {table.name}"
        yield Finding(("columns", place), "R316", message, "take it out, and Redshift numbers the rows")


def check_copied(task: Task, table: Table, names: Sequence[str]) -> Iterator[Finding]:
    """What is wrong where COPY brings the columns ``names`` into the table itself."""
    numbered = [*_numbered(table, names)]
    if not _explicit(task):
        for place, name in numbered:
            message = f"COPY takes values for '{name}', an identity column of {table.name}, only with explicit_ids"
            yield Finding(("columns", place), "R316", message, "set explicit_ids: true in format, or take it out here")
    elif not numbered:
        own = [column.name for column in table.columns if column.identity is not None]
        message = "COPY takes explicit_ids only where it loads an identity column"
        yield Finding(_FLAG, "R316", message, f"add {own[0]} to columns" if own else "take it out")


def _explicit(task: Task) -> bool:
    return bool(task.values.get("format", {}).get("explicit_ids"))


def _numbered(table: Table, names: Sequence[str]) -> Iterator[tuple[int, str]]:
    identities = {column.name for column in table.columns if column.identity is not None}
    return ((place, name) for place, name in enumerate(names) if name in identities)
