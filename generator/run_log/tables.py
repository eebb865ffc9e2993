"""The tables of the run log, and rows of them as SQL. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence

from generator import quoting

Value = str | int | bool | datetime.date | datetime.datetime | None
Row = Mapping[str, Value]

_NAME, _LONG, _MAX = "VARCHAR(256)", "VARCHAR(4000)", "VARCHAR(65535)"
_TEXT_BYTES = {_NAME: 256, "VARCHAR(64)": 64, "VARCHAR(1024)": 1024, _LONG: 4000, _MAX: 32_000}

# One sort key for all: rows come in the order of it, so that no table ever needs a VACUUM.
_SORT_KEY = "logged_at"
_RUN = {"pipeline": _NAME, "run_id": _NAME, "run_date": "DATE"}

TABLES: dict[str, dict[str, str]] = {
    "runs": {
        **_RUN,
        "run_type": "VARCHAR(64)",
        "state": "VARCHAR(64)",
        "due_at": "TIMESTAMP",
        "started_at": "TIMESTAMP",
        "ended_at": "TIMESTAMP",
        "failed_task": _NAME,
        "first_error": _LONG,
        "git_commit": "VARCHAR(64)",
        "file_hash": "VARCHAR(64)",
        "url": "VARCHAR(1024)",
        "logged_at": "TIMESTAMP",
    },
    "tasks": {
        **_RUN,
        "task": _NAME,
        "template": "VARCHAR(64)",
        "try_number": "INTEGER",
        "state": "VARCHAR(64)",
        "started_at": "TIMESTAMP",
        "ended_at": "TIMESTAMP",
        "rows_written": "BIGINT",
        "bytes_scanned": "BIGINT",
        "statement_ids": _MAX,
        "first_error": _LONG,
        "url": "VARCHAR(1024)",
        "logged_at": "TIMESTAMP",
    },
    "checks": {
        **_RUN,
        "task": _NAME,
        "try_number": "INTEGER",
        "name": _NAME,
        "kind": "VARCHAR(64)",
        "table_name": _NAME,
        "severity": "VARCHAR(64)",
        "passed": "BOOLEAN",
        "found": _LONG,
        "expected": _LONG,
        "failures": "BIGINT",
        "rows_checked": "BIGINT",
        "samples": _MAX,
        "logged_at": "TIMESTAMP",
    },
    "tables": {
        **_RUN,
        "table_name": _NAME,
        "rows": "BIGINT",
        "size_mb": "BIGINT",
        "logged_at": "TIMESTAMP",
    },
}

# Amazon Redshift Data API Reference: a statement has at most 100 KB; this leaves room for its first line.
_STATEMENT_BYTES = 90_000


def create(schema: str) -> list[str]:
    """The statements that make the schema and its tables where they are not there yet."""
    made = [f"CREATE SCHEMA IF NOT EXISTS {quoting.identifier(schema)}"]
    for table, columns in TABLES.items():
        defined = ", ".join(f"{quoting.identifier(name)} {kind}" for name, kind in columns.items())
        made.append(f"CREATE TABLE IF NOT EXISTS {name_of(schema, table)} ({defined}) SORTKEY ({_SORT_KEY})")
    return made


def insert(schema: str, table: str, rows: Sequence[Row]) -> list[str]:
    """The statements that add rows; none where there are none, and several where one would be too long."""
    if not rows:
        return []
    columns = TABLES[table]
    head = f"INSERT INTO {name_of(schema, table)} ({quoting.identifiers(columns)}) VALUES\n"
    lines = [f"({', '.join(constant(row.get(name), kind) for name, kind in columns.items())})" for row in rows]
    return [head + ",\n".join(part) for part in _parts(lines)]


def name_of(schema: str, table: str) -> str:
    return f"{quoting.identifier(schema)}.{quoting.identifier(table)}"


def _parts(lines: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for line in lines:
        length = len(line.encode())
        if part and size + length > _STATEMENT_BYTES:
            yield part
            part, size = [], 0
        part.append(line)
        size += length
    yield part


def constant(value: Value, kind: str) -> str:
    """A value as a constant of Redshift's; a moment in UTC, and a text cut to what its column takes."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime.datetime):
        return f"'{value.astimezone(datetime.UTC).replace(tzinfo=None).isoformat(' ', 'microseconds')}'"
    if isinstance(value, datetime.date):
        return f"'{value.isoformat()}'"
    return quoting.redshift_string(cut(value, _TEXT_BYTES[kind]))


def cut(text: str, size: int) -> str:
    """A text that fits into so many bytes, and holds nothing that Redshift refuses."""
    encoded = text.replace("\0", "").encode("utf-8", errors="replace")
    if len(encoded) <= size:
        return encoded.decode()
    return encoded[: size - len("…".encode())].decode(errors="ignore") + "…"
