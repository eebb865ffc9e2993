"""Rules for declared tables: column types, keys that name columns, and options of the other engine."""

from __future__ import annotations

from collections.abc import Iterator

from generator import types
from generator.load import Path_
from generator.model import Table
from generator.problems import Problem, did_you_mean
from generator.rules.source import Source

_REDSHIFT_ONLY = ("sort_key", "sort_style", "dist_key", "dist_style")
_ATHENA_ONLY = ("location", "format", "partitioned_by")
_REDSHIFT_COLUMN_ONLY = ("encode", "identity", "default")

# Options of a table's files by the formats that know them.
_FORMAT_OPTIONS = {
    "header": ("csv", "text"),
    "delimiter": ("csv", "text"),
    "quote": ("csv",),
    "escape": ("csv", "text"),
    "null_as": ("text",),
    "compression": ("parquet", "orc"),
}


def check(source: Source) -> Iterator[Problem]:
    """All rules of this module."""
    for table in source.pipeline.tables.values():
        path: Path_ = ("tables", table.name)
        yield from _types(source, table, path)
        yield from _keys(source, table, path)
        yield from _other_engine(source, table, path)
        if table.engine == "athena":
            yield from _athena(source, table, path)
        else:
            yield from _redshift(source, table, path)


def _types(source: Source, table: Table, path: Path_) -> Iterator[Problem]:
    for group, columns in (("columns", table.columns), ("partitioned_by", table.partitioned_by)):
        for column in columns:
            complaint = types.complaint(column.type, table.engine)
            if complaint:
                yield Problem(source.span((*path, group, column.name, "type")), "R319", complaint[0], complaint[1])


def _keys(source: Source, table: Table, path: Path_) -> Iterator[Problem]:
    """Keys name columns of the table."""
    for key, names in (("primary_key", table.primary_key), ("sort_key", table.sort_key)):
        for index, name in enumerate(names):
            yield from _column(source, table, name, (*path, key, index))
    if table.dist_key is not None:
        yield from _column(source, table, table.dist_key, (*path, "dist_key"))
    for name in table.primary_key:
        column = next((column for column in table.columns if column.name == name), None)
        if column and not column.not_null:
            message = f"the key column '{name}' may be empty"
            where = source.span((*path, "columns", name), key=True)
            yield Problem(where, "R316", message, "add not_null: true; a key has a value in each row")


def _column(source: Source, table: Table, name: str, path: Path_) -> Iterator[Problem]:
    if name not in table.column_names:
        message = f"the table {table.name} has no column '{name}'"
        yield Problem(source.span(path), "R311", message, did_you_mean(name, table.column_names))


def _other_engine(source: Source, table: Table, path: Path_) -> Iterator[Problem]:
    """Keys that mean something to the other engine only."""
    body = source.document.data["tables"][table.name]
    other = "redshift" if table.engine == "athena" else "athena"
    for key in _REDSHIFT_ONLY if table.engine == "athena" else _ATHENA_ONLY:
        if key in body:
            message = f"'{key}' is for tables of {other}, and {table.name} is one of {table.engine}"
            advice = "take it out, or add engine: athena" if other == "athena" else "take it out"
            yield Problem(source.span((*path, key), key=True), "R316", message, advice)
    if table.engine == "athena":
        for group in ("columns", "partitioned_by"):
            for column, values in body.get(group, {}).items():
                for key in _REDSHIFT_COLUMN_ONLY:
                    if key in values:
                        message = f"'{key}' is for columns of redshift, and {table.name} is a table of athena"
                        span = source.span((*path, group, column, key), key=True)
                        yield Problem(span, "R316", message, "take it out")


def _redshift(source: Source, table: Table, path: Path_) -> Iterator[Problem]:
    if table.dist_key is not None and table.dist_style not in (None, "key"):
        message = f"dist_key does not go together with dist_style: {table.dist_style}"
        yield Problem(source.span((*path, "dist_style")), "R316", message, "dist_style: key, or no dist_style")
    if table.dist_style == "key" and table.dist_key is None:
        yield Problem(source.span((*path, "dist_style")), "R316", "dist_style: key needs a dist_key")
    for column in table.columns:
        if column.identity is not None and column.default is not None:
            message = f"the column '{column.name}' can't have both identity and default"
            yield Problem(source.span((*path, "columns", column.name, "default"), key=True), "R316", message)


def _athena(source: Source, table: Table, path: Path_) -> Iterator[Problem]:
    for key in ("location", "format"):
        if not getattr(table, key):
            message = f"the key '{key}' is missing in the table {table.name} of athena"
            yield Problem(source.span(path, key=True), "S203", message)
    if table.location and not table.location.endswith("/"):
        message = f"the location of {table.name} must be a folder: it ends with /"
        yield Problem(source.span((*path, "location")), "S205", message, table.location + "/")
    for column in table.partitioned_by:
        if column.name in {plain.name for plain in table.columns}:
            message = f"'{column.name}' is both a column and a partition column of {table.name}"
            where = source.span((*path, "partitioned_by", column.name), key=True)
            yield Problem(where, "R316", message, "leave it in partitioned_by only")
    kind = table.format.get("type")
    for option in table.format:
        if option != "type" and kind is not None and kind not in _FORMAT_OPTIONS[option]:
            message = f"'{option}' does not go together with type: {kind}"
            yield Problem(source.span((*path, "format", option), key=True), "R316", message)
