"""The content of S3 objects from rows, and rows from their content."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from generator import quoting, rows
from generator.objects import Format, compression_of
from generator.rows import LEFT_OUT, RowSet
from generator.testing.values import GivenError


def compressed(data: bytes, key: str) -> bytes:
    """The data as an object of that key holds them; the same each time."""
    compression = compression_of(key)
    if compression == "gz":
        return gzip.compress(data, mtime=0)
    return bz2.compress(data) if compression == "bz2" else data


def decompressed(data: bytes, key: str) -> bytes:
    """The data of an object of that key. Raises GivenError where they are not compressed as the key says."""
    compression = compression_of(key)
    try:
        if compression == "gz":
            return gzip.decompress(data)
        return bz2.decompress(data) if compression == "bz2" else data
    except (OSError, EOFError) as error:
        raise GivenError(f"{key} can't be decompressed: {error}") from None


def written(row_set: RowSet, form: Format, types: Mapping[str, str], null_as: str = "") -> bytes:
    """Rows as the content of an object. Raises GivenError where values do not fit the types."""
    if form == "csv":
        return delimited(row_set, null_as=null_as).encode()
    if form == "json":
        return json_lines(row_set).encode()
    return _parquet(row_set, types)


def delimited(row_set: RowSet, *, delimiter: str = ",", header: bool = True, null_as: str = "", **options: Any) -> str:
    """Rows as lines of text; ``options`` are those of Python's csv writer."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", **options)
    if header:
        writer.writerow(row_set.columns)
    for row in row_set.rows:
        writer.writerow([null_as if value is None or value is LEFT_OUT else as_text(value) for value in row])
    return text.getvalue()


def json_lines(row_set: RowSet) -> str:
    """Rows as a JSON object in each line, without the values that are left out."""
    records = (dict(zip(row_set.columns, row, strict=True)) for row in row_set.rows)
    kept = ({name: value for name, value in record.items() if value is not LEFT_OUT} for record in records)
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept)


def as_text(value: object) -> str:
    """A value of YAML as text files have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, (dict, list)) else str(value)


def _parquet(row_set: RowSet, types: Mapping[str, str]) -> bytes:
    declared = ", ".join(
        f"{quoting.identifier(name)} {types.get(name) or _inferred(row_set, index)}"
        for index, name in enumerate(row_set.columns)
    )
    values = [[None if value is LEFT_OUT else value for value in row] for row in row_set.rows]
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(":memory:") as database:
        path = Path(folder) / "rows.parquet"
        try:
            database.execute(f"CREATE TABLE given ({declared})")
            if values:
                database.executemany(f"INSERT INTO given VALUES ({', '.join('?' * len(row_set.columns))})", values)
            database.execute(f"COPY given TO '{path}' (FORMAT parquet)")
        except duckdb.Error as error:
            raise GivenError(str(error)) from None
        return path.read_bytes()


def _inferred(row_set: RowSet, index: int) -> str:
    """The type of a column from its values."""
    kinds = {type(row[index]) for row in row_set.rows if row[index] is not None and row[index] is not LEFT_OUT}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds == {int}:
        return "BIGINT"
    return "DOUBLE" if kinds and kinds <= {int, float} else "VARCHAR"


def read(data: bytes, form: Format) -> tuple[RowSet, tuple[str, ...]]:
    """The rows of an object's content, with the types of the columns where the format has some."""
    if form == "parquet":
        return _read_parquet(data)
    try:
        text = data.decode()
        if form == "csv":
            return rows.of_csv(text), ()
        found = rows.of_mappings(_records(text))
    except (ValueError, AttributeError, TypeError) as error:
        raise GivenError(f"not {form}: {error}") from None
    return RowSet(found.columns, tuple(tuple(None if v is LEFT_OUT else v for v in row) for row in found.rows)), ()


def _records(text: str) -> Sequence[dict[str, Any]]:
    if text.lstrip().startswith("["):
        listed: list[dict[str, Any]] = json.loads(text)
        return listed
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _read_parquet(data: bytes) -> tuple[RowSet, tuple[str, ...]]:
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file, duckdb.connect(":memory:") as database:
        file.write(data)
        file.flush()
        try:
            result = database.execute(f"SELECT * FROM read_parquet('{file.name}')")
            described = result.description or []
            found = result.fetchall()
        except duckdb.Error as error:
            raise GivenError(f"not parquet: {error}") from None
    plain = tuple(
        tuple(v if isinstance(v, (bool, int, float, str, list, dict)) or v is None else str(v) for v in row)
        for row in found
    )
    return RowSet(tuple(column[0] for column in described), plain), tuple(
        str(column[1]).lower() for column in described
    )
