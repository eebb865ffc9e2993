"""COPY … FORMAT PARQUET: columns by position, whose types must be those of the table's columns.

"COPY from columnar data formats" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    "super": ("VARCHAR", "JSON", "STRUCT", "MAP", "["),
}


def insert_parquet(session: Session, target: Relation, columns: Sequence[Column], uris: Sequence[str]) -> int:
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
        if not any(part in kind for part in _COMPATIBLE[column.type.short]) or _is_narrower(column, kind):
            raise RedshiftError(
                f"Spectrum Scan Error\n  Detail: File '{uris[0]}' has an incompatible Parquet schema for column "
                f"'{name}'. Column type: {column.type.declared.upper()}, Parquet schema: {kind}"
            )
        value = quote_name(name)
        values.append(
            f"rtrim({value}, ' ')" if column.type.short == "bpchar" else f"CAST({value} AS {column.type.duckdb})"
        )
    listed = ", ".join(quote_name(column.name) for column in columns)
    inserted = session.sql(
        f"INSERT INTO {session.place(target)} ({listed}) SELECT {', '.join(values)} FROM {source}"
    ).fetchone()
    return int(inserted[0]) if inserted else 0


def _is_narrower(column: Column, kind: str) -> bool:
    """Whether the file's type only looks like the column's: lists of a type, and other numbers of digits."""
    if column.type.short == "super":
        return False
    return "[" in kind or ("(" in kind and not kind.startswith("DECIMAL"))
