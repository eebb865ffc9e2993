"""COPY … JSON: each JSON document is a row, its fields found by name or by the paths of a JSONPaths file.

"COPY from JSON format" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Sequence

import duckdb
import fsspec

from generator.sandbox import duck
from generator.sandbox.redshift import copy_super
from generator.sandbox.redshift.copy_options import Copy
from generator.sandbox.redshift.copy_read import LoadError, drop_raw, name_files, text_of
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column
from generator.sandbox.sql import quote_string

_INDEX = re.compile(r"^(.*)\[(\d+)\]$")


def read_json(session: Session, copy: Copy, uris: Sequence[str], columns: Sequence[Column]) -> list[LoadError]:
    """Fill the raw table: the columns' texts, and `_file`; returns what between the documents is not JSON."""
    drop_raw(session)
    values = _values(session, copy, columns)
    if _is_plain(session, copy, uris):
        name_files(session, dict(zip(uris, uris, strict=True)))
        _fill(session, uris, values, columns, copy.compression)
        return []
    memory = fsspec.filesystem("memory")
    folder = f"/{uuid.uuid4().hex}"
    errors: list[LoadError] = []
    try:
        places = {f"memory://{folder}/{number}.json": uri for number, uri in enumerate(uris)}
        for place, uri in places.items():
            documents, wrong = _documents(copy, uri, text_of(copy, uri))
            errors += wrong
            memory.pipe_file(place, "\n".join(documents).encode())
        name_files(session, places)
        _fill(session, list(places), values, columns, "")
    finally:
        memory.rm(folder, recursive=True)
    return errors


def _is_plain(session: Session, copy: Copy, uris: Sequence[str]) -> bool:
    """Whether DuckDB can read the files by itself. It is asked outside of the transaction, which an error would end."""
    if copy.compression == "bzip2" or copy.encoding != "UTF8" or copy.invalid_characters or copy.ignore_header:
        return False
    with session.database.connection() as outside:
        try:
            outside.execute(f"SELECT count(*) FROM {_source(uris, copy.compression)}").fetchone()
        except duckdb.Error:
            return False
    return True


def _source(uris: Sequence[str], compression: str) -> str:
    files = ", ".join(map(quote_string, uris))
    kind = quote_string(compression or "none")
    return f"read_json_objects([{files}], filename = true, compression = {kind}, format = 'unstructured')"


def _fill(
    session: Session, uris: Sequence[str], values: Sequence[str], columns: Sequence[Column], compression: str
) -> None:
    listed = ", ".join(f'{value} AS "{column.name}"' for value, column in zip(values, columns, strict=True))
    session.sql(f"CREATE TEMP TABLE _copy_raw AS SELECT {listed}, filename AS _file FROM {_source(uris, compression)}")


def _documents(copy: Copy, uri: str, text: str) -> tuple[list[str], list[LoadError]]:
    """The objects and arrays of a file, and an error for each text between them that is none."""
    lines = text.split("\n")
    text = "\n".join(["", *lines[copy.ignore_header :]] if copy.ignore_header else lines)
    found, errors = [], []
    for begin, end, is_json in _pieces(text):
        piece = text[begin:end]
        if is_json:
            found.append(piece.replace("\n", " "))
        else:
            line = text.count("\n", 0, end) + max(copy.ignore_header, 1)
            errors.append(LoadError(uri, line, "", "", 1216, "Invalid JSON: not an object or an array", piece, ""))
    return found, errors


def _pieces(text: str) -> Iterator[tuple[int, int, bool]]:
    """Where documents begin and end in a text, and whether they are JSON; what is not lasts to the line's end."""
    decoder = json.JSONDecoder()
    at = 0
    while (start := re.compile(r"\S").search(text, at)) is not None:
        begin = start.start()
        try:
            value, at = decoder.raw_decode(text, begin)
            yield begin, at, isinstance(value, dict | list)
        except ValueError:
            at = text.find("\n", begin)
            at = len(text) if at < 0 else at
            yield begin, at, False


def _values(session: Session, copy: Copy, columns: Sequence[Column]) -> list[str]:
    """SQL for each column's text in a document."""
    argument = copy.argument.lower()
    paths = _json_paths(session, copy.argument) if argument.startswith("s3://") else None
    if paths is not None:
        if len(paths) != len(columns):
            raise RedshiftError(
                f"Number of jsonpaths and the number of columns should match. JSONPath size: {len(paths)}, "
                f"Number of columns in table or column list: {len(columns)}"
            )
        return [_by_path(column, path) for column, path in zip(columns, paths, strict=True)]
    if argument == "noshred":
        return [copy_super.document(columns)]
    if argument not in ("auto", "auto ignorecase") and not argument.startswith("s3://"):
        raise Unsupported(f"COPY … JSON {copy.argument!r}")
    return [_by_name(column, argument == "auto ignorecase") for column in columns]


def _by_path(column: Column, path: str) -> str:
    """An object that is missing is NULL, an element of an array that is missing is an error."""
    if column.type.short == "super":
        return copy_super.by_path(path)
    value = f"json_extract_string(json, {quote_string(path)})"
    within = _INDEX.match(path)
    if within is None:
        return value
    length = f"coalesce(json_array_length(json, {quote_string(within[1])}), 0)"
    wrong = quote_string("Invalid JSONPath format: Not an array or index out of range.")
    return f"CASE WHEN {length} <= {within[2]} THEN error({wrong}) ELSE {value} END"


def _by_name(column: Column, fold: bool) -> str:
    label = column.name.replace("'", "''")
    key = f"list_filter(json_keys(json), lambda k: lower(k) = '{label}')[1]" if fold else f"'{label}'"
    if column.type.short == "super":
        return copy_super.by_key(key)
    return f"""json_extract_string(json, '$."' || {key} || '"')"""


def _json_paths(session: Session, uri: str) -> list[str] | None:
    """The paths of a JSONPaths file, or None where it has another key, as COPY then goes by names."""
    bucket, key = duck.split_uri(uri)
    client = duck.client("s3", session.database.s3_endpoint)
    try:
        found = json.loads(client.get_object(Bucket=bucket, Key=key)["Body"].read())
    except client.exceptions.NoSuchKey as error:
        raise RedshiftError(f"JSONPath file {uri} does not exist") from error
    except ValueError as error:
        raise RedshiftError(f"Invalid JSONPath format: {uri}") from error
    if not isinstance(found, dict):
        raise RedshiftError(f"Invalid JSONPath format: {uri}")
    if "jsonpaths" not in found:
        return None
    paths = found["jsonpaths"]
    if not isinstance(paths, list) or not all(isinstance(path, str) and path for path in paths):
        raise RedshiftError(f"Invalid JSONPath format: {uri}")
    return [re.sub(r"\[['\"](.*?)['\"]\]", r'."\1"', path) for path in paths]
