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
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.query import describe, translated
from generator.sandbox.redshift.session import Outcome, ResultColumn, Session
from generator.sandbox.redshift.translate import parse
from generator.sandbox.redshift.unload_options import Unload, read_unload
from generator.sandbox.sql import TokenReader, quote_name, quote_string

_RESULT = "temp.main._unload"
_SUFFIXES = {"gzip": ".gz", "zstd": ".zst", "bzip2": ".bz2", "": ""}


@dataclass(frozen=True)
class File:
    """A file to write: where, and the rows of the result that go there (SQL)."""

    uri: str
    where: str


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
    session.begin_unload()
    session.sql(f"DROP TABLE IF EXISTS {_RESULT}")
    session.sql(f"CREATE TEMP TABLE _unload AS {translated(session, tree)}")
    files = _files(session, command)
    _clean(session, command, files)
    rows = [_write(session, command, columns, file) for file in files]
    _write_manifest(session, command, columns, files, rows)
    session.sql(f"DROP TABLE {_RESULT}")
    session.loads = replace(session.loads, unloaded=sum(rows))
    return Outcome(affected=sum(rows))


def _check_columns(command: Unload, columns: Sequence[ResultColumn]) -> None:
    names = [column.name for column in columns]
    for name in command.partition_by:
        if name not in names:
            raise RedshiftError(f'column "{name}" of PARTITION BY does not exist in the query')
    if command.partition_by and len(command.partition_by) == len(names) and "INCLUDE" not in command.flags:
        raise RedshiftError("UNLOAD must have a column that is not in PARTITION BY")
    if len(set(names)) != len(names) and (command.partition_by or command.format in ("PARQUET", "JSON")):
        raise RedshiftError("UNLOAD query has two columns of the same name")


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
        return [File(command.destination + name, "true")]
    keys = ", ".join(map(quote_name, command.partition_by))
    rows = session.sql(f"SELECT DISTINCT {keys} FROM {_RESULT} ORDER BY ALL").fetchall()
    folder = command.destination.rstrip("/")
    return [
        File(f"{folder}/{_folder(command.partition_by, row)}/{name}", _matches(command.partition_by, row))
        for row in rows
    ]


def _folder(names: Sequence[str], row: Sequence[object]) -> str:
    texts = ["__HIVE_DEFAULT_PARTITION__" if value is None else str(value) for value in row]
    return "/".join(f"{name}={urllib.parse.quote(text, safe=' ')}" for name, text in zip(names, texts, strict=True))


def _matches(names: Sequence[str], row: Sequence[object]) -> str:
    tests = [
        f"{quote_name(name)} IS NOT DISTINCT FROM {'NULL' if value is None else quote_string(str(value))}"
        for name, value in zip(names, row, strict=True)
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


def _write(session: Session, command: Unload, columns: Sequence[ResultColumn], file: File) -> int:
    """Write one file; returns its rows."""
    kept = [column for column in columns if column.name not in command.partition_by or "INCLUDE" in command.flags]
    source = f"SELECT {_values(command, kept)} FROM {_RESULT} WHERE {file.where}"
    if command.compression == "bzip2":
        return _write_bzip2(session, command, source, file, kept)
    return _copy(session, command, source, file.uri, kept, command.compression)


def _values(command: Unload, columns: Sequence[ResultColumn]) -> str:
    if _has_nested_json(command, columns):
        members = " || ',' || ".join(map(_member, columns))
        return f"'{{' || {members} || '}}' AS line"
    if command.format != "TEXT":
        casts = [
            f"{_text_of(column) if command.format == 'CSV' else _typed(column)} AS {quote_name(column.name)}"
            for column in columns
        ]
        return ", ".join(casts)
    separator = quote_string(command.separator)
    fields = [f"coalesce({_field(command, column)}, {quote_string(command.null_as)})" for column in columns]
    return f" || {separator} || ".join(fields) + " AS line"


def _has_nested_json(command: Unload, columns: Sequence[ResultColumn]) -> bool:
    """Whether JSON is written as lines of our own, with SUPER values as they are: DuckDB's would read them anew."""
    return command.format == "JSON" and any(column.type.short == "super" for column in columns)


def _member(column: ResultColumn) -> str:
    value = quote_name(column.name)
    text = value if column.type.short == "super" else f"to_json({value})"
    return f"""{quote_string(f"{json.dumps(column.name)}:")} || coalesce(CAST({text} AS VARCHAR), 'null')"""


def _typed(column: ResultColumn) -> str:
    return f"CAST({quote_name(column.name)} AS {column.type.duckdb})"


def _text_of(column: ResultColumn) -> str:
    name = quote_name(column.name)
    if column.type.short == "super":  # whose null is JSON's, whatever NULL AS says
        return f"coalesce(CAST({name} AS VARCHAR), 'null')"
    return f"CASE WHEN {name} THEN 't' ELSE 'f' END" if column.type.short == "bool" else f"CAST({name} AS VARCHAR)"


def _field(command: Unload, column: ResultColumn) -> str:
    text = _text_of(column)
    if column.type.short == "bool":
        text = f"CASE WHEN {quote_name(column.name)} IS NOT NULL THEN {text} END"
    if "ESCAPE" in command.flags:
        special = f"[\\\\\\n\\r{command.separator}{chr(34) if 'ADDQUOTES' in command.flags else ''}]"
        text = f"regexp_replace({text}, {quote_string(special)}, '\\\\\\0', 'g')"
    return f"""'"' || {text} || '"'""" if "ADDQUOTES" in command.flags else text


def _copy(
    session: Session, command: Unload, source: str, uri: str, columns: Sequence[ResultColumn], compression: str
) -> int:
    if command.format == "PARQUET":
        options = "FORMAT parquet, COMPRESSION snappy"
    elif command.format == "JSON" and not _has_nested_json(command, columns):
        options = "FORMAT json"
    elif command.format == "CSV":
        header = str("HEADER" in command.flags).lower()
        options = f"FORMAT csv, HEADER {header}, DELIMITER {quote_string(command.separator)}"
        options += f", NULLSTR {quote_string(command.null_as)}"
    else:
        if "HEADER" in command.flags:
            header = quote_string(command.separator.join(column.name for column in columns))
            source = f"SELECT {header} AS line UNION ALL {source}"
        options = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\x01'"
    if compression:
        options += f", COMPRESSION {compression}"
    written = session.sql(f"COPY ({source}) TO {quote_string(uri)} ({options})").fetchone()
    rows = int(written[0]) if written else 0
    has_header = command.format == "TEXT" and "HEADER" in command.flags
    return rows - int(has_header)


def _write_bzip2(session: Session, command: Unload, source: str, file: File, columns: Sequence[ResultColumn]) -> int:
    memory = fsspec.filesystem("memory")
    place = f"/{uuid.uuid4().hex}"
    try:
        rows = _copy(session, command, source, f"memory://{place}", columns, "none")
        bucket, key = duck.split_uri(file.uri)
        body = bz2.compress(memory.cat_file(place))
        duck.client("s3", session.database.s3_endpoint).put_object(Bucket=bucket, Key=key, Body=body)
    finally:
        if memory.exists(place):
            memory.rm(place)
    return rows


def _write_manifest(
    session: Session, command: Unload, columns: Sequence[ResultColumn], files: Sequence[File], rows: Sequence[int]
) -> None:
    if "MANIFEST" not in command.flags:
        return
    client = duck.client("s3", session.database.s3_endpoint)
    verbose = "VERBOSE" in command.flags
    entries: list[dict[str, object]] = []
    total = 0
    for file, count in zip(files, rows, strict=True):
        bucket, key = duck.split_uri(file.uri)
        size = int(client.head_object(Bucket=bucket, Key=key)["ContentLength"])
        total += size
        meta = {"content_length": size} | ({"record_count": count} if verbose else {})
        entries.append({"url": file.uri} | ({"meta": meta} if verbose or command.format == "PARQUET" else {}))
    manifest: dict[str, object] = {"entries": entries}
    if verbose:
        manifest |= {
            "schema": {"elements": [{"name": column.name, "type": {"base": column.type.name}} for column in columns]},
            "meta": {"content_length": total, "record_count": sum(rows)},
            "author": {"name": "Amazon Redshift", "version": "1.0.0"},
        }
    bucket, key = duck.split_uri(command.destination + "manifest")
    client.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest).encode())
