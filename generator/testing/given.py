"""Puts what a test gives into an empty sandbox: tables as they are declared, their rows, and S3 objects."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args
from urllib.parse import urlsplit

import jinja2
from botocore.exceptions import ClientError

from generator import ddl, objects, quoting
from generator.environment import Names
from generator.model import Column, Engine, Table, Tables
from generator.query import QueryError
from generator.rows import LEFT_OUT, RowSet
from generator.sandbox import account
from generator.scenario import Content, State
from generator.testing import files
from generator.testing.place import Place
from generator.testing.values import GivenError, file_bytes, row_set

_ROWS_AT_ONCE = 200
_TEXT_FORMATS = ("csv", "text", "json")
_HIVE_NULL = "\\N"
# Athena's types in DDL, which are Hive's, and in queries, which are Trino's.
_TRINO_TYPES = {"string": "varchar", "int": "integer", "float": "real", "binary": "varbinary"}


def put(given: State, tables: Tables, place: Place, expected: State) -> None:
    """Make what the environment names, then the objects, then the tables. Raises GivenError, which names the table."""
    uris = [place.uri(key) for key in (*given.s3, *expected.s3)]
    account.make(place.values, place.variables, {urlsplit(uri).netloc for uri in uris})
    for engine in get_args(Engine):
        for name, content in given.tables(engine).items():
            with _named(name):
                _table(name, content, tables.get(name), place, engine)
    for key, content in given.s3.items():
        with _named(key):
            _object(key, content, place)


@contextlib.contextmanager
def _named(name: str) -> Iterator[None]:
    """A failure within names the table or object that it was for."""
    try:
        yield
    except (GivenError, QueryError, ClientError) as error:
        raise GivenError(f"{name}: {error}") from None


def _object(key: str, content: Content, place: Place) -> None:
    bucket, _, path = place.uri(key).removeprefix("s3://").partition("/")
    place.s3.put_object(Bucket=bucket, Key=path, Body=_object_bytes(key, content, place))


def _object_bytes(key: str, content: Content, place: Place) -> bytes:
    if content.kind == "file":
        data = file_bytes(content, place)
        same = objects.compression_of(content.value) == objects.compression_of(key)
        return data if same else files.compressed(files.decompressed(data, content.value), key)
    if content.kind in ("text", "csv"):
        return files.compressed(content.value.encode(), key)
    form = content.format or objects.format_of(key)
    if form is None:
        raise GivenError("its ending does not tell how its rows are written: give format:")
    found = row_set(content, place, "redshift")
    return files.compressed(files.written(found, form, content.columns, content.null_as), key)


def _table(name: str, content: Content, declared: Table | None, place: Place, engine: Engine) -> None:
    found = row_set(content, place, engine)
    table = declared or _undeclared(name, content, engine, place)
    if engine == "redshift":
        _redshift(table, found, place)
    else:
        _athena(_rendered(table, place.values), found, place)


def _undeclared(name: str, content: Content, engine: Engine, place: Place) -> Table:
    """A table that no pipeline declares, of the columns that the test gives."""
    columns = tuple(Column(column, kind) for column, kind in content.columns.items())
    if engine == "redshift":
        return Table(name, "", columns)
    location = place.uri(f"given/{name}/")
    return Table(name, "", columns, engine="athena", location=location, format={"type": "parquet"})


def _redshift(table: Table, found: RowSet, place: Place) -> None:
    place.ask("redshift", f"CREATE SCHEMA IF NOT EXISTS {quoting.identifier(table.name.partition('.')[0])}")
    place.ask("redshift", ddl.create_table(table))
    types = {column.name: column.type.lower() for column in table.columns}
    for statement in _inserts(
        quoting.table(table.name), found, lambda name, value: _redshift_value(value, types[name])
    ):
        place.ask("redshift", statement)


def _inserts(target: str, found: RowSet, shown: Callable[[str, object], str]) -> Iterator[str]:
    """INSERT statements; rows that leave out other columns are in other statements."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in found.rows:
        cells = [(name, value) for name, value in zip(found.columns, row, strict=True) if value is not LEFT_OUT]
        values = ", ".join(shown(name, value) for name, value in cells)
        groups.setdefault(tuple(name for name, _ in cells), []).append(f"({values})")
    for names, lines in groups.items():
        if not names:
            raise GivenError("a row has no values; give at least one column")
        for start in range(0, len(lines), _ROWS_AT_ONCE):
            some = ",\n".join(lines[start : start + _ROWS_AT_ONCE])
            yield f"INSERT INTO {target} ({quoting.identifiers(names)}) VALUES\n{some}"


def _redshift_value(value: object, kind: str) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if kind == "super":
        text = value if isinstance(value, str) else json.dumps(value)
        return f"JSON_PARSE({quoting.redshift_string(text)})"
    if isinstance(value, (int, float)):
        return repr(value)
    return quoting.redshift_string(files.as_text(value))


def _rendered(table: Table, values: Mapping[str, Any]) -> Table:
    """The table with the environment's names in its location."""
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)  # noqa: S701 (no HTML)
    try:
        location = environment.from_string(table.location).render(env=Names(values, "environment"))
    except jinja2.TemplateError as error:
        raise GivenError(f"its location {table.location} can't be told: {error}") from None
    return replace(table, location=location)


def _athena(table: Table, found: RowSet, place: Place) -> None:
    schema = table.name.partition(".")[0]
    place.ask("athena", f"CREATE DATABASE IF NOT EXISTS {quoting.hive_identifier(schema)}")
    bucket = urlsplit(table.location).netloc
    if bucket not in {each["Name"] for each in place.s3.list_buckets()["Buckets"]}:
        account.create_bucket(place.s3, bucket)
    place.ask("athena", ddl.create_external_table(table))
    if table.format["type"] in _TEXT_FORMATS:
        _athena_files(table, found, place)
        return
    types = {column.name: column.type.lower() for column in table.all_columns}
    complete = _complete(found, table.column_names)
    for statement in _inserts(
        quoting.table(table.name), complete, lambda name, value: _athena_value(value, types[name])
    ):
        place.ask("athena", statement)


def _complete(found: RowSet, names: Sequence[str]) -> RowSet:
    """The rows with all columns in the table's order; what they leave out is NULL."""
    positions = {name: index for index, name in enumerate(found.columns)}

    def value(row: Sequence[object], name: str) -> object:
        cell = row[positions[name]] if name in positions else None
        return None if cell is LEFT_OUT else cell

    return RowSet(tuple(names), tuple(tuple(value(row, name) for name in names) for row in found.rows))


def _athena_value(value: object, kind: str) -> str:
    if kind.startswith(("array", "map", "struct")):
        raise GivenError(f"rows with values of type {kind} can't be given; give the table's files under s3:")
    if value is None:
        return "NULL"
    return f"CAST({quoting.literal(files.as_text(value))} AS {_TRINO_TYPES.get(kind, kind)})"


def _athena_files(table: Table, found: RowSet, place: Place) -> None:
    """A text file for each partition, in its folder."""
    plain = tuple(column.name for column in table.columns)
    partitions = tuple(column.name for column in table.partitioned_by)
    by_folder: dict[str, list[tuple[object, ...]]] = {}
    for row in _complete(found, table.column_names).rows:
        folder = "".join(f"{n}={files.as_text(v)}/" for n, v in zip(partitions, row[len(plain) :], strict=True))
        by_folder.setdefault(folder, []).append(row[: len(plain)])
    bucket, _, prefix = table.location.removeprefix("s3://").partition("/")
    for folder, rows in by_folder.items():
        text = _file_text(table.format, RowSet(plain, tuple(rows)))
        place.s3.put_object(Bucket=bucket, Key=f"{prefix}{folder}given", Body=text.encode())
    if partitions and by_folder:
        place.ask("athena", f"MSCK REPAIR TABLE {quoting.hive_table(table.name)}")


def _file_text(form: Mapping[str, Any], found: RowSet) -> str:
    header = bool(form.get("header"))
    if form["type"] == "json":
        return files.json_lines(found)
    if form["type"] == "csv":
        quote = form.get("quote", '"')
        return files.delimited(found, delimiter=form.get("delimiter", ","), header=header, quotechar=quote)
    null_as, delimiter = form.get("null_as", _HIVE_NULL), form.get("delimiter", "\x01")
    lines = [found.columns] if header else []
    lines += [tuple(null_as if value is None else files.as_text(value) for value in row) for row in found.rows]
    return "".join(delimiter.join(line) + "\n" for line in lines)
