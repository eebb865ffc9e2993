"""COPY … FORMAT PARQUET: columns by position, whose types must be those of the table's columns.

"COPY from columnar data formats" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.sandbox.redshift.copy_options import Copy
from generator.sandbox.redshift.copy_super import parquet_value
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.sql import quote_name, quote_string

# For each Redshift type, the DuckDB types of Parquet columns that Redshift loads into it.
_COMPATIBLE = {
    "int2": ("TINYINT", "SMALLINT", "INTEGER"),
    "int4": ("TINYINT", "SMALLINT", "INTEGER"),
    "int8": ("TINYINT", "SMALLINT", "INTEGER", "BIGINT"),
    "numeric": ("DECIMAL",),
    "float4": ("FLOAT",),
    "float8": ("DOUBLE", "FLOAT"),
    "bool": ("BOOLEAN",),
    "bpchar": ("VARCHAR", "BLOB"),
    "varchar": ("VARCHAR", "BLOB", "JSON"),
    "date": ("DATE",),
    "timestamp": ("TIMESTAMP",),
    "timestamptz": ("TIMESTAMP",),
    "varbyte": ("BLOB",),
}


def insert_parquet(
    session: Session, command: Copy, target: Relation, columns: Sequence[Column], uris: Sequence[str]
) -> int:
    """Load the files; returns the number of rows. Raises RedshiftError where schemas don't match."""
    if not uris:
        return 0
    files = ", ".join(map(quote_string, uris))
    source = f"read_parquet([{files}], hive_partitioning = false)"
    found = session.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()
    if len(found) != len(columns):
        raise RedshiftError(
            "Spectrum Scan Error\n  Detail: Unmatched number of columns between table and file. "
            f"Table columns: {len(columns)}, Data columns: {len(found)}, File name: {uris[0]}"
        )
    values = []
    for column, (name, kind, *_) in zip(columns, found, strict=True):
        if not _fits(column, kind, command):
            raise RedshiftError(
                f"Spectrum Scan Error\n  Detail: File '{uris[0]}' has an incompatible Parquet schema for column "
                f"'{name}'. Column type: {column.type.declared.upper()}, Parquet schema: {kind}"
            )
        values.append(_value(session, source, column, name))
    listed = ", ".join(quote_name(column.name) for column in columns)
    inserted = session.sql(
        f"INSERT INTO {session.names.place(target)} ({listed}) SELECT {', '.join(values)} FROM {source}"
    ).fetchone()
    return int(inserted[0]) if inserted else 0


def _value(session: Session, source: str, column: Column, name: str) -> str:
    value = quote_name(name)
    if column.type.short == "super":
        return parquet_value(session, source, name)
    return f"rtrim({value}, ' ')" if column.type.short == "bpchar" else f"CAST({value} AS {column.type.duckdb})"


def _fits(column: Column, kind: str, command: Copy) -> bool:
    """Whether the file's type goes into the column: not where it only looks like it, as lists of a type do."""
    if column.type.short == "super":
        return "SERIALIZETOJSON" in command.flags
    is_other = "[" in kind or ("(" in kind and not kind.startswith("DECIMAL"))
    return not is_other and any(part in kind for part in _COMPATIBLE[column.type.short])
