"""UNLOAD: the result of a query into files on S3, one file for each partition (the sandbox has one slice)."""

from __future__ import annotations

import bz2
import json
import urllib.parse
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import fsspec
from botocore.exceptions import ClientError
from sqlglot import exp

from generator.sandbox import duck
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.query import describe, translated
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.translate import parse
from generator.sandbox.redshift.unload_options import Unload, read_unload
from generator.sandbox.redshift.unload_text import APART, header, row, shown
from generator.sandbox.sql import TokenReader, quote_name, quote_string

_RESULT = "temp.main._unload"
_SUFFIXES = {"gzip": ".gz", "zstd": ".zst", "bzip2": ".bz2", "": ""}


@dataclass(frozen=True)
class File:
    """A file to write: where, and the rows of the result that go there (SQL)."""

    uri: str
    where: str


@dataclass(frozen=True)
class Written:
    """A file that was written, its rows without a header, and its size in bytes."""

    uri: str
    rows: int
    size: int


def unload(session: Session, reader: TokenReader) -> Outcome:
    """The UNLOAD command; its first word is read. Raises RedshiftError."""
    command = read_unload(reader)
    tree = parse(command.query)
    if not isinstance(tree, exp.Query):
        raise RedshiftError("UNLOAD query must be a SELECT")
    if tree.args.get("limit") is not None:
        raise RedshiftError("Limit clause is not supported in the outer SELECT of UNLOAD")
    columns = describe(session, tree)
    _check_columns(command, columns)
    _check_empty(session, command)
    session.loads = session.loads.with_unload()
    session.sql(f"DROP TABLE IF EXISTS {_RESULT}")
    columns = _distinct(columns)
    names = ", ".join(quote_name(column.name) for column in columns)
    session.sql(f"CREATE TEMP TABLE _unload ({names}) AS {translated(session, tree)}")
    files = _files(session, command)
    _clean(session, command, files)
    written = [part for file in files for part in _write(session, command, columns, file)]
    _write_manifest(session, command, columns, written)
    session.sql(f"DROP TABLE {_RESULT}")
    rows = sum(file.rows for file in written)
    session.loads = replace(session.loads, unloaded=rows)
    return Outcome(affected=rows)


def _check_columns(command: Unload, columns: Sequence[ResultColumn]) -> None:
    names = [column.name for column in columns]
    for name in command.partition_by:
        if name not in names:
            raise RedshiftError(f'column "{name}" of PARTITION BY does not exist in the query')
    if command.partition_by and len(command.partition_by) == len(names) and "INCLUDE" not in command.flags:
        raise RedshiftError("UNLOAD must have a column that is not in PARTITION BY")
    if len(set(names)) != len(names) and (command.partition_by or command.format in ("PARQUET", "JSON")):
        raise RedshiftError("UNLOAD query has two columns of the same name")


def _distinct(columns: Sequence[ResultColumn]) -> tuple[ResultColumn, ...]:
    """The columns, of which several may have one name, under names of their own; `shown` gives the first part."""
    seen: set[str] = set()
    found = []
    for at, column in enumerate(columns):
        found.append(replace(column, name=f"{column.name}{APART}{at}") if column.name in seen else column)
        seen.add(column.name)
    return tuple(found)


def _check_empty(session: Session, command: Unload) -> None:
    try:
        existing = duck.list_keys(session.database.s3_endpoint, command.destination)
    except ClientError as error:
        raise RedshiftError(f"S3ServiceException:{error.response['Error']['Message']}") from error
    if existing and not command.flags & {"ALLOWOVERWRITE", "CLEANPATH"}:
        raise RedshiftError(
            "Specified unload destination on S3 is not empty. Consider using a different bucket / prefix, "
            "manually removing the target files in S3, or using the ALLOWOVERWRITE option."
        )


def _files(session: Session, command: Unload) -> list[File]:
    suffix = ".parquet" if command.format == "PARQUET" else _SUFFIXES[command.compression]
    if command.extension is not None:
        suffix = "." + command.extension.lstrip(".")
    name = ("0000_part_00" if command.parallel else "000") + suffix
    if not command.partition_by:
        is_empty = session.sql(f"SELECT 1 FROM {_RESULT} LIMIT 1").fetchone() is None
        return [] if command.format == "JSON" and is_empty else [File(command.destination + name, "true")]
    keys = ", ".join(map(quote_name, command.partition_by))
    values = session.sql(f"SELECT DISTINCT {keys} FROM {_RESULT} ORDER BY ALL").fetchall()
    folder = command.destination.rstrip("/")
    return [
        File(f"{folder}/{_folder(command.partition_by, each)}/{name}", _matches(command.partition_by, each))
        for each in values
    ]


def _folder(names: Sequence[str], values: Sequence[object]) -> str:
    texts = ["__HIVE_DEFAULT_PARTITION__" if value is None else str(value) for value in values]
    return "/".join(f"{name}={urllib.parse.quote(text, safe=' ')}" for name, text in zip(names, texts, strict=True))


def _matches(names: Sequence[str], values: Sequence[object]) -> str:
    tests = [
        f"{quote_name(name)} IS NOT DISTINCT FROM {'NULL' if value is None else quote_string(str(value))}"
        for name, value in zip(names, values, strict=True)
    ]
    return " AND ".join(tests)


def _clean(session: Session, command: Unload, files: Sequence[File]) -> None:
    """CLEANPATH empties the destination; of a partitioned one, only the partitions that are written."""
    if "CLEANPATH" not in command.flags:
        return
    endpoint = session.database.s3_endpoint
    prefixes = {file.uri.rpartition("/")[0] + "/" for file in files} if command.partition_by else {command.destination}
    client = duck.client("s3", endpoint)
    for uri in {uri for prefix in prefixes for uri in duck.list_keys(endpoint, prefix)}:
        bucket, key = duck.split_uri(uri)
        client.delete_object(Bucket=bucket, Key=key)


def _write(session: Session, command: Unload, columns: Sequence[ResultColumn], file: File) -> list[Written]:
    """Write one file, or several where it grows beyond MAXFILESIZE."""
    kept = [column for column in columns if column.name not in command.partition_by or "INCLUDE" in command.flags]
    source = f"SELECT {row(command, kept)} FROM {_RESULT} WHERE {file.where}"
    written = _write_one(session, command, source, file.uri, kept)
    if written.size <= command.max_size:
        return [written]
    count = -(-written.size // command.max_size)
    parts = []
    for number in range(count):
        share = f"SELECT rowid FROM {_RESULT} WHERE {file.where} ORDER BY rowid"
        limit = -(-written.rows // count)
        within = f"rowid IN ({share} LIMIT {limit} OFFSET {number * limit})"
        part = f"SELECT {row(command, kept)} FROM {_RESULT} WHERE {within} ORDER BY rowid"
        parts.append(_write_one(session, command, part, _numbered(command, file.uri, number), kept))
    return parts


def _numbered(command: Unload, uri: str, number: int) -> str:
    """The name of a part: 0000_part_01 or 001 in the place of 0000_part_00 or 000."""
    place, _, name = uri.rpartition("/")
    first = "0000_part_00" if command.parallel else "000"
    at = name.rindex(first)
    digits = f"0000_part_{number:02}" if command.parallel else f"{number:03}"
    return f"{place}/{name[:at]}{digits}{name[at + len(first) :]}"


def _write_one(session: Session, command: Unload, source: str, uri: str, columns: Sequence[ResultColumn]) -> Written:
    client = duck.client("s3", session.database.s3_endpoint)
    bucket, key = duck.split_uri(uri)
    if command.compression == "bzip2":
        rows, body = _bzip2(session, command, source, columns)
        client.put_object(Bucket=bucket, Key=key, Body=body)
    else:
        rows = _copy(session, command, source, uri, columns, command.compression)
    size = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])
    return Written(uri, rows, size)


def _copy(
    session: Session, command: Unload, source: str, uri: str, columns: Sequence[ResultColumn], compression: str
) -> int:
    if command.format == "PARQUET":
        options = "FORMAT parquet, COMPRESSION snappy"
    elif command.format == "CSV":
        named = str("HEADER" in command.flags).lower()
        if named == "true" and any(APART in column.name for column in columns):
            raise Unsupported("UNLOAD … CSV HEADER of columns of one name")
        options = f"FORMAT csv, HEADER {named}, DELIMITER {quote_string(command.separator)}"
        options += f", NULLSTR {quote_string(command.null_as)}"
    else:
        if "HEADER" in command.flags:
            source = f"SELECT {header(command, columns)} AS line UNION ALL {source}"
        options = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'"
    if compression:
        options += f", COMPRESSION {compression}"
    written = session.sql(f"COPY ({source}) TO {quote_string(uri)} ({options})").fetchone()
    rows = int(written[0]) if written else 0
    has_header = command.format == "TEXT" and "HEADER" in command.flags
    return rows - int(has_header)


def _bzip2(session: Session, command: Unload, source: str, columns: Sequence[ResultColumn]) -> tuple[int, bytes]:
    memory = fsspec.filesystem("memory")
    place = f"/{uuid.uuid4().hex}"
    try:
        rows = _copy(session, command, source, f"memory://{place}", columns, "none")
        return rows, bz2.compress(memory.cat_file(place))
    finally:
        if memory.exists(place):
            memory.rm(place)


def _write_manifest(
    session: Session, command: Unload, columns: Sequence[ResultColumn], files: Sequence[Written]
) -> None:
    if "MANIFEST" not in command.flags:
        return
    verbose = "VERBOSE" in command.flags
    headers = int("HEADER" in command.flags)  # which count as rows here
    entries: list[dict[str, object]] = []
    for file in files:
        meta = {"content_length": file.size} | ({"record_count": file.rows + headers} if verbose else {})
        entries.append({"url": file.uri} | ({"meta": meta} if verbose or command.format == "PARQUET" else {}))
    manifest: dict[str, object] = {"entries": entries}
    if verbose:
        total = sum(file.size for file in files)
        manifest |= {
            "schema": {"elements": [{"name": shown(column), "type": _described(column)} for column in columns]},
            "meta": {"content_length": total, "record_count": sum(file.rows + headers for file in files)},
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        }
    bucket, key = duck.split_uri(command.destination + "manifest")
    client = duck.client("s3", session.database.s3_endpoint)
    client.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())


def _described(column: ResultColumn) -> dict[str, object]:
    """A type in a manifest: with its length, or its precision and scale."""
    names = ("precision", "scale") if column.type.name == "numeric" else ("max_length",)
    return {"base": column.type.name} | dict(zip(names, column.type.arguments, strict=False))
