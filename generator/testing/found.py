"""What a run has left behind in the sandbox, compared with what a test expects."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from generator import objects, quoting
from generator.model import Engine, Tables
from generator.problems import did_you_mean
from generator.query import QueryError
from generator.rows import RowSet
from generator.scenario import Content, State
from generator.testing import files
from generator.testing.compare import Difference, difference
from generator.testing.place import Place
from generator.testing.values import GivenError, row_set


@dataclass(frozen=True)
class Mismatch:
    """A table or object that is not as expected: rows that differ, or a message where there are none to compare."""

    subject: str
    message: str = ""
    difference: Difference | None = None


def mismatches(expected: State, tables: Tables, place: Place) -> Iterator[Mismatch]:
    """All that is not as expected."""
    for engine in get_args(Engine):
        for name, content in expected.tables(engine).items():
            table = tables.get(name)
            keys = table.primary_key if table is not None else ()
            try:
                wanted = row_set(content, place, engine)
                result = place.ask(engine, f"SELECT * FROM {quoting.table(name)}")
            except (GivenError, QueryError) as error:
                yield Mismatch(f"{engine} {name}", f"can't be read: {error}")
                continue
            found = RowSet(result.columns, result.rows)
            yield from _compared(f"{engine} {name}", content, wanted, found, result.types, keys)
    for key, content in expected.s3.items():
        yield from _object(key, content, place)


def _compared(
    subject: str, content: Content, wanted: RowSet, found: RowSet, types: tuple[str, ...], keys: tuple[str, ...] = ()
) -> Iterator[Mismatch]:
    options: dict[str, Any] = {"tolerance": content.tolerance, "ignore": content.ignore, "keys": keys}
    try:
        differs = difference(wanted, found, types, **options)
    except LookupError as error:
        advice = did_you_mean(error.args[0], found.columns)
        yield Mismatch(subject, f"there is no column '{error.args[0]}' ({advice})")
        return
    if differs is not None:
        yield Mismatch(subject, difference=differs)


def _object(key: str, content: Content, place: Place) -> Iterator[Mismatch]:
    uri = place.uri(key)
    found = sorted(_matching(uri, place))
    if content.kind == "absent":
        if found:
            yield Mismatch(uri, f"is there: {found[0]}" if found[0] != uri else "is there")
        return
    if not found:
        yield Mismatch(uri, _instead(uri, place))
        return
    if content.kind == "exists":
        return
    try:
        wanted = row_set(content, place, "redshift")
        rows, types = _rows_of(found, content, place)
    except GivenError as error:
        yield Mismatch(uri, str(error))
        return
    yield from _compared(uri, content, wanted, rows, types)


def _matching(uri: str, place: Place) -> Iterator[str]:
    """The objects of a key; one that ends with / or holds * stands for several."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    prefix = key.partition("*")[0]
    pattern = f"{key}*" if key.endswith("/") or not key else key
    for page in place.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            if fnmatch.fnmatchcase(entry["Key"], pattern) if "*" in pattern else entry["Key"] == key:
                yield f"s3://{bucket}/{entry['Key']}"


def _instead(uri: str, place: Place) -> str:
    bucket = uri.removeprefix("s3://").partition("/")[0]
    there = sorted(_matching(f"s3://{bucket}/", place))
    return f"is not there; there is {', '.join(there[:5]) or 'nothing'}{' …' if len(there) > 5 else ''}"


def _rows_of(uris: list[str], content: Content, place: Place) -> tuple[RowSet, tuple[str, ...]]:
    """The rows of all objects together; their columns must be the same."""
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[object, ...]] = []
    for uri in uris:
        form = content.format or objects.format_of(uri)
        if form is None:
            raise GivenError("its ending does not tell how its rows are written: give format:")
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        data = place.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        found, types = files.read(files.decompressed(data, uri), form)
        columns = columns or found.columns
        if found.columns != columns:
            raise GivenError(f"{uri} has other columns than {uris[0]}")
        rows += found.rows
    return RowSet(columns, tuple(rows)), types
