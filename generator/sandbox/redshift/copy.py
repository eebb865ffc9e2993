"""COPY: from files on S3 into a table, in one pass over all rows, with the errors that Redshift reports."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Sequence
from dataclasses import replace

from botocore.exceptions import ClientError

from generator.sandbox import duck
from generator.sandbox.redshift.copy_cast import Field, complaint, field_of
from generator.sandbox.redshift.copy_compress import compress, is_compressed
from generator.sandbox.redshift.copy_json import read_json
from generator.sandbox.redshift.copy_options import Copy, read_copy
from generator.sandbox.redshift.copy_parquet import insert_parquet
from generator.sandbox.redshift.copy_read import FILES, RAW, VALUES, LoadError, drop_raw, read_files
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import SCHEMA, Column, Relation
from generator.sandbox.sql import TokenReader, quote_name

_MOST_ERRORS = 100_000


def copy(session: Session, reader: TokenReader) -> Outcome:
    """The COPY command; its first word is read. Raises RedshiftError."""
    command = read_copy(reader)
    if command.format in ("ORC", "AVRO"):
        raise Unsupported(f"COPY … FORMAT {command.format}: DuckDB reads no {command.format} files here")
    target = session.names.find(command.table)
    if target is None or target.kind != "TABLE":
        raise RedshiftError(f"Cannot COPY into nonexistent table {command.table[-1]}")
    columns = _columns(target, command)
    uris = _files(session, command)
    session.lock(target)
    session.loads = session.loads.with_copy()
    started = _now()
    compressed = is_compressed(session, command, target)
    try:
        rows = (
            insert_parquet(session, command, target, columns, uris)
            if command.format == "PARQUET"
            else _load(session, command, target, columns, uris)
        )
    finally:
        if not session.cancelled:
            _clean(session)
    if compressed:
        compress(session, command, target)
    session.loads = replace(session.loads, copied=rows)
    session.sql(
        f"INSERT INTO {SCHEMA}.loads VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [session.loads.copy_id, session.pid, target.name, command.source, started, _now(), rows, uris],
    )
    return Outcome(affected=rows)


def _now() -> datetime.datetime:
    """The time as the sandbox's clock has it, UTC."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


def _clean(session: Session) -> None:
    with contextlib.suppress(RedshiftError):  # a failed transaction takes its temporary tables with it
        drop_raw(session)


def _columns(target: Relation, command: Copy) -> list[Column]:
    """The columns that the file's fields go to. Raises RedshiftError for unknown or identity ones."""
    explicit = "EXPLICIT_IDS" in command.flags
    names = command.columns or tuple(c.name for c in target.columns if explicit or not _is_generated(c))
    columns = []
    for name in names:
        column = target.column(name)
        if column is None:
            raise RedshiftError(f'column "{name}" of relation "{target.name}" does not exist')
        columns.append(column)
    identity = [column for column in columns if _is_generated(column)]
    if identity and not explicit:
        raise RedshiftError(f"cannot set an identity column to a value: {identity[0].name}")
    if explicit and not any(column.identity is not None for column in columns):
        raise RedshiftError("EXPLICIT_IDS is given, but the column list has no identity column")
    return columns


def _is_generated(column: Column) -> bool:
    """Whether Redshift alone makes the column's values, unless EXPLICIT_IDS says otherwise."""
    return column.identity is not None and column.identity.startswith("always")


def _files(session: Session, command: Copy) -> list[str]:
    """The files of a prefix or a manifest. Raises RedshiftError where there is none."""
    endpoint = session.database.s3_endpoint
    try:
        found = duck.list_keys(endpoint, command.source)
    except ClientError as error:
        raise RedshiftError(f"S3ServiceException:{error.response['Error']['Message']}") from error
    _, prefix = duck.split_uri(command.source)
    if not found:
        raise RedshiftError(f"The specified S3 prefix '{prefix}' does not exist")
    return _manifest(endpoint, command.source) if "MANIFEST" in command.flags else found


def _manifest(endpoint: str, uri: str) -> list[str]:
    bucket, key = duck.split_uri(uri)
    try:
        body = duck.client("s3", endpoint).get_object(Bucket=bucket, Key=key)["Body"].read()
        entries = [(entry["url"], entry.get("mandatory", False)) for entry in json.loads(body)["entries"]]
    except (ClientError, ValueError, KeyError, TypeError) as error:
        raise RedshiftError(f"Problem reading manifest file - {uri} is not a valid manifest") from error
    files = []
    for url, mandatory in entries:
        if url in duck.list_keys(endpoint, url):
            files.append(url)
        elif mandatory:
            raise RedshiftError(f"Problem reading manifest file - mandatory file {url} does not exist")
    return files


def _load(session: Session, command: Copy, target: Relation, columns: Sequence[Column], uris: Sequence[str]) -> int:
    if not uris:
        return 0
    names = [column.name for column in columns]
    read = read_json if command.format == "JSON" else read_files
    errors = read(session, command, uris, columns)
    fields = [field_of(column, number, command) for number, column in enumerate(columns)]
    _convert(session, fields)
    errors += _bad_fields(session, command, fields, errors)
    if errors:
        _record(session, target, errors)
        if len(errors) >= max(command.max_error, 1) and "IGNOREALLERRORS" not in command.flags:
            raise _failure(target, errors[0])
    if "NOLOAD" in command.flags:
        return 0
    listed = ", ".join(map(quote_name, names))
    values = ", ".join(field.value_name for field in fields)
    place = session.names.place(target)
    found = session.sql(f"INSERT INTO {place} ({listed}) SELECT {values} FROM {VALUES} WHERE bad IS NULL").fetchone()
    return int(found[0]) if found else 0


def _convert(session: Session, fields: Sequence[Field]) -> None:
    """Fill the table of values: each text is converted once, and `bad` is the number of the first that can't be."""
    texts = ", ".join(f"{field.text} AS {field.text_name}" for field in fields)
    values = ", ".join(f"{field.value} AS {field.value_name}" for field in fields)
    names = ", ".join(field.value_name for field in fields)
    first = " ".join(f"WHEN {field.bad} THEN {number}" for number, field in enumerate(fields))
    session.sql(
        f"""CREATE TEMP TABLE {VALUES.rpartition(".")[2]} AS SELECT place, {names}, CASE {first} END AS bad
        FROM (SELECT *, {values} FROM (SELECT rowid AS place, {texts} FROM {RAW}))"""
    )


def _bad_fields(
    session: Session, command: Copy, fields: Sequence[Field], rejected: Sequence[LoadError]
) -> list[LoadError]:
    """The rows with a field that does not convert; of each row the first such field."""
    # Most loads have none, and where in its file a row stood takes longer to tell than to load it.
    if session.sql(f"SELECT 1 FROM {VALUES} WHERE bad IS NOT NULL LIMIT 1").fetchone() is None:
        return []
    names = ", ".join(quote_name(field.column.name) for field in fields)
    texts = ", ".join(f"CAST({field.text} AS VARCHAR)" for field in fields)
    rows = session.sql(
        f"""SELECT uri, r.rowid - (SELECT min(rowid) FROM {RAW} f WHERE f._file = r._file), bad, [{texts}], [{names}]
        FROM {VALUES} v JOIN {RAW} r ON r.rowid = v.place JOIN {FILES} f ON f.place = r._file WHERE bad IS NOT NULL
        ORDER BY v.place LIMIT {max(command.max_error, 1) + _MOST_ERRORS}"""
    ).fetchall()
    return [_bad_field(command, fields, rejected, *row) for row in rows]


def _bad_field(
    command: Copy,
    fields: Sequence[Field],
    rejected: Sequence[LoadError],
    file: str,
    at: int,
    index: int,
    texts: list[str | None],
    raw: list[str | None],
) -> LoadError:
    column = fields[index].column
    found = complaint(column, texts[index], command)
    line = at + 1 + command.ignore_header
    for error in rejected:
        line += error.file == file and error.line <= line
    text = command.separator.join(value or "" for value in raw)
    kind = column.type.name.partition(" without")[0]
    return LoadError(file, line, column.name, kind, found.code, found.reason, text[:1024], (raw[index] or "")[:1024])


def _failure(target: Relation, error: LoadError) -> RedshiftError:
    column = f", column {error.column}" if error.column else ""
    value = f", value '{error.raw_value}'" if error.raw_value else ""
    return RedshiftError(
        f"Load into table '{target.name}' failed.  Check 'sys_load_error_detail' system table for details.\n"
        f"  Detail: {error.file}, line {error.line}{column}{value}: {error.reason} (code {error.code})"
    )


def _record(session: Session, target: Relation, errors: Sequence[LoadError]) -> None:
    """Keep the errors for the system tables, whatever becomes of the transaction."""
    with session.database.connection() as connection:
        connection.executemany(
            f"""INSERT INTO {SCHEMA}.load_errors VALUES
            (100, ?, (SELECT max(table_id) FROM {SCHEMA}.tables WHERE schema_name = ? AND table_name = ?),
            current_localtimestamp(), ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [
                (session.loads.copy_id, target.schema, target.name, target.name, error.file, error.line, error.column,
                 error.type, error.code, error.reason, error.raw_line, error.raw_value)
                for error in errors[:_MOST_ERRORS]
            ],
        )  # fmt: skip
