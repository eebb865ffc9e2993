"""The stored rows of a query as files in S3: one file for each partition, where AWS may write more."""

import gzip
import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from generator.sandbox.athena.catalog import HIVE_DEFAULT_PARTITION, partition_path
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.families import trino_name
from generator.sandbox.athena.formats import Format
from generator.sandbox.athena.query import Query
from generator.sandbox.athena.results import java_double
from generator.sandbox.athena.types import is_integer
from generator.sandbox.sql import quote_name, quote_string

RESULT = "result_rows"  # the table that holds the rows
_MOST_PARTITIONS = 100  # what one CREATE TABLE AS, INSERT or UNLOAD may write
_PARQUET_CODECS = {
    "GZIP": "gzip", "SNAPPY": "snappy", "ZSTD": "zstd", "LZ4": "lz4_raw", "NONE": "uncompressed",
    "UNCOMPRESSED": "uncompressed",
}  # fmt: skip


@dataclass(frozen=True)
class Target:
    """Where rows go: `keys` are the partition columns, which come last in the rows."""

    location: str
    format: Format
    names: tuple[str, ...]
    keys: tuple[str, ...] = ()
    codec: str = "GZIP"
    delimiter: str = "\x01"


def write(query: Query, target: Target, places: dict[tuple[str, ...], str]) -> list[tuple[tuple[str, ...], str]]:
    """Write a file for each partition; returns the partitions' values and the files' URIs.

    `places` are the folders of partitions that lie elsewhere than in `<location>/<column>=<value>/`.
    Raises QueryError for more than 100 partitions.
    """
    written = []
    for values, condition in _partitions(query, target):
        place = places.get(values, target.location + partition_path(target.keys, values))
        written.append((values, _write_file(query, target, place, condition)))
    return written


def _partitions(query: Query, target: Target) -> list[tuple[tuple[str, ...], str]]:
    """Partition values as Hive writes them, and the condition that picks their rows."""
    if not target.keys:
        (count,) = query.execute(f"SELECT count(*) FROM {RESULT}").fetchone() or (0,)
        return [((), "true")] if count else []
    keys = [quote_name(key) for key in target.keys]
    kinds = query.execute(f"DESCRIBE SELECT {', '.join(keys)} FROM {RESULT}").fetchall()
    for key, kind, *_ in kinds:
        if not (is_integer(kind) or kind in ("VARCHAR", "DATE", "BOOLEAN")):
            raise UnsupportedError(f"the partition column {key} of the type {trino_name(kind)}")
    texts = ", ".join(f"CAST({key} AS VARCHAR)" for key in keys)
    found = query.execute(f"SELECT DISTINCT {texts} FROM {RESULT} ORDER BY ALL").fetchall()
    if len(found) > _MOST_PARTITIONS:
        raise QueryError(
            f"HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of {_MOST_PARTITIONS} open writers for partitions/buckets"
        )
    partitions = []
    for row in found:
        tests = (
            f"CAST({key} AS VARCHAR) IS NOT DISTINCT FROM {'NULL' if value is None else quote_string(value)}"
            for key, value in zip(keys, row, strict=True)
        )
        values = tuple(HIVE_DEFAULT_PARTITION if value in (None, "") else value for value in row)
        partitions.append((values, " AND ".join(tests)))
    return partitions


def _write_file(query: Query, target: Target, place: str, condition: str) -> str:
    chosen = ", ".join(quote_name(name) for name in target.names if name not in target.keys)
    sql = f"SELECT {chosen} FROM {RESULT} WHERE {condition}"
    uri = f"{place}{datetime.now(UTC):%Y%m%d_%H%M%S}_{uuid.uuid4()}"
    if target.format is Format.PARQUET:
        codec = _PARQUET_CODECS.get(target.codec)
        if codec is None:
            raise UnsupportedError(f"Parquet with the compression {target.codec}")
        name = query.memory.new()
        query.execute(f"COPY ({sql}) TO {quote_string(name)} (FORMAT parquet, COMPRESSION {codec})")
        query.objects.write(uri, query.memory.take(name))
        return uri
    names = [name for name in target.names if name not in target.keys]
    lines = [_line(target, names, row) for row in query.execute(sql).fetchall()]
    data = "".join(line + "\n" for line in lines).encode()
    if target.codec not in ("GZIP", "NONE"):
        raise UnsupportedError(f"text with the compression {target.codec}")
    compressed = target.codec == "GZIP"
    uri += ".gz" if compressed else ""
    query.objects.write(uri, gzip.compress(data, mtime=0) if compressed else data)
    return uri


def _line(target: Target, names: Sequence[str], row: Sequence[object]) -> str:
    if target.format is Format.JSON:
        return json.dumps(dict(zip(names, map(_json_value, row), strict=True)), ensure_ascii=False)
    return target.delimiter.join(map(_field, row))


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(_json_value(key)): _json_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_json_value(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise UnsupportedError("NaN and infinite numbers in JSON")
    return value if value is None or isinstance(value, bool | int | float | str) else _field(value)


def _field(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return java_double(value)
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text.rstrip("0") if "." in text else text
    if isinstance(value, int | str | Decimal | date):
        return str(value)
    raise UnsupportedError(f"a {type(value).__name__} in a text file")
