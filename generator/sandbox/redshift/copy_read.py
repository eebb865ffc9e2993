"""Reads the files of a COPY into a temporary table of text, with the lines that could not be split into fields.

DuckDB reads CSV and delimited text by itself. What it has no options for (ESCAPE, REMOVEQUOTES, fixed widths,
bzip2, other encodings, ACCEPTINVCHARS) is first written anew as CSV in memory.
"""

from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import fsspec

from generator.sandbox import differences, s3
from generator.sandbox.redshift.copy_options import Copy
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column
from generator.sandbox.sql import quote_string

RAW = "temp.main._copy_raw"
VALUES = "temp.main._copy_values"
_QUOTES_NOTE = "A quotation mark without its end goes on into the next line; Redshift rejects the line."
FILES = "temp.main._copy_files"
_REJECTS, _SCANS = "_copy_rejects", "_copy_scans"
_CODECS = {
    "UTF8": "utf-8",
    "UTF16": "utf-16",
    "UTF16LE": "utf-16-le",
    "UTF16BE": "utf-16-be",
    "ISO88591": "latin-1",
}
_REASONS = {
    "MISSING COLUMNS": (1214, "Delimiter not found"),
    "TOO MANY COLUMNS": (1202, "Extra column(s) found"),
    "UNQUOTED VALUE": (1214, "Invalid quote formatting for CSV"),
    "INVALID ENCODING": (1220, "String contains invalid or unsupported UTF8 codepoints"),
    "LINE SIZE OVER MAXIMUM": (1204, "Line exceeds the maximum size of 4 MB"),
}


@dataclass(frozen=True)
class LoadError:
    """A line that can't be loaded. `line` counts from 1, headers included."""

    file: str
    line: int
    column: str
    type: str
    code: int
    reason: str
    raw_line: str
    raw_value: str


def read_files(session: Session, copy: Copy, uris: Sequence[str], columns: Sequence[Column]) -> list[LoadError]:
    """Fill the raw table: the columns' texts, and `_file`; returns the lines that are not such rows."""
    drop_raw(session)
    names = [column.name for column in columns]
    plain = copy.format in ("CSV", "TEXT") and not _is_rewritten(copy)
    if plain and copy.compression == "zstd":  # only DuckDB reads it
        name_files(session, dict(zip(uris, uris, strict=True)))
        return _read_csv(session, copy, list(uris), names)
    contents = [_bytes(copy, uri) for uri in uris]
    passed_over = "IGNOREBLANKLINES" not in copy.flags and any(map(_has_blank_line, contents))
    if plain and not passed_over:
        read = replace(copy, compression="")
    else:
        contents = [_as_csv(_text(copy, uri, data), copy) for uri, data in zip(uris, contents, strict=True)]
        read = replace(copy, format="CSV", delimiter=",", quote='"', compression="", ignore_header=0)
    memory = fsspec.filesystem("memory")
    folder = f"/{uuid.uuid4().hex}"
    try:
        places = {f"memory://{folder}/{number}.csv": uri for number, uri in enumerate(uris)}
        for place, data in zip(places, contents, strict=True):
            memory.pipe_file(place, data)
        name_files(session, places)
        errors = _read_csv(session, read, list(places), names)
        skipped = copy.ignore_header - read.ignore_header
        return [replace(error, file=places[error.file], line=error.line + skipped) for error in errors]
    finally:
        memory.rm(folder, recursive=True)


def name_files(session: Session, places: Mapping[str, str]) -> None:
    """Say which file in S3 is meant by what the raw table calls a file."""
    rows = ", ".join(f"({quote_string(place)}, {quote_string(uri)})" for place, uri in places.items())
    session.sql(f"CREATE TEMP TABLE _copy_files AS SELECT * FROM (VALUES {rows}) AS files (place, uri)")


def drop_raw(session: Session) -> None:
    """Remove the raw table, and what DuckDB keeps of rejected lines."""
    for name in ("_copy_raw", "_copy_values", "_copy_files", _REJECTS, _SCANS):
        session.sql(f"DROP TABLE IF EXISTS temp.main.{name}")


def _is_rewritten(copy: Copy) -> bool:
    return bool(
        copy.flags & {"ESCAPE", "REMOVEQUOTES"}
        or copy.compression == "bzip2"
        or copy.encoding != "UTF8"
        or copy.invalid_characters is not None
    )


def _has_blank_line(data: bytes) -> bool:
    """Whether a line of a file may be blank: COPY has to load it, and DuckDB passes over it."""
    return data.startswith((b"\n", b"\r\n")) or b"\n\n" in data or b"\n\r\n" in data


def _read_csv(session: Session, copy: Copy, uris: list[str], names: Sequence[str]) -> list[LoadError]:
    quote = copy.quote if copy.format == "CSV" else ""
    columns = ", ".join(f"{quote_string(name)}: 'VARCHAR'" for name in names)
    options = {
        "auto_detect": "false",
        "header": "false",
        "skip": str(copy.ignore_header),
        "columns": f"{{{columns}}}",
        "delim": quote_string(copy.separator),
        "quote": quote_string(quote),
        "escape": quote_string(quote),
        "nullstr": quote_string(f"\x01{uuid.uuid4().hex}"),  # NULL AS is for later: here all is text
        "compression": quote_string(copy.compression or "none"),
        "filename": "'_file'",
        "null_padding": str("FILLRECORD" in copy.flags).lower(),
        "store_rejects": "true",
        "rejects_table": quote_string(_REJECTS),
        "rejects_scan": quote_string(_SCANS),
        "rejects_limit": str(max(copy.max_error, 1)),
    }
    files = ", ".join(map(quote_string, uris))
    settings = ", ".join(f"{name} = {value}" for name, value in options.items())
    session.sql(f"CREATE TEMP TABLE _copy_raw AS SELECT * FROM read_csv([{files}], {settings})")
    return _rejected(session)


def _rejected(session: Session) -> list[LoadError]:
    rows = session.sql(
        f"""SELECT s.file_path, r.line, min_by(r.column_name, r.column_idx),
            CAST(min_by(r.error_type, r.column_idx) AS VARCHAR), any_value(r.csv_line)
        FROM temp.main.{_REJECTS} r JOIN temp.main.{_SCANS} s USING (scan_id, file_id)
        GROUP BY s.file_id, s.file_path, r.line ORDER BY s.file_id, r.line"""
    ).fetchall()
    return [_rejection(file, line, column or "", kind, (text or "").strip()) for file, line, column, kind, text in rows]


def _rejection(file: str, line: int, column: str, kind: str, text: str) -> LoadError:
    code, reason = _REASONS.get(kind, (1216, kind))
    return LoadError(file, line, column, "", code, reason, text, "")


def text_of(copy: Copy, uri: str) -> str:
    """A whole file as text. Raises RedshiftError where it is not in the encoding that COPY names."""
    return _text(copy, uri, _bytes(copy, uri))


def _text(copy: Copy, uri: str, data: bytes) -> str:
    if copy.invalid_characters is None:
        try:
            return bytes.decode(data, _CODECS[copy.encoding])
        except UnicodeDecodeError as error:
            raise RedshiftError(
                f"String contains invalid or unsupported {copy.encoding} codepoints in {uri}"
            ) from error
    return bytes.decode(data, _CODECS[copy.encoding], errors=_replacing(copy.invalid_characters))


def _replacing(character: str) -> str:
    """The name of the error handler that puts as many of that character as there are invalid bytes."""
    name = f"redshift-copy-{ord(character)}"

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        return character * (error.end - error.start), error.end

    codecs.register_error(name, handle)
    return name


def _bytes(copy: Copy, uri: str) -> bytes:
    """A whole file, decompressed."""
    data = s3.read(uri)
    try:
        return _DECOMPRESS[copy.compression](data)
    except (OSError, ValueError, EOFError) as error:
        raise RedshiftError(f"{uri} is not compressed with {copy.compression}: {error}") from error


def _zstd(_: bytes) -> bytes:
    raise Unsupported("COPY … ZSTD together with ESCAPE, REMOVEQUOTES, ENCODING, ACCEPTINVCHARS or FIXEDWIDTH")


_DECOMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "gzip": gzip.decompress,
    "bzip2": bz2.decompress,
    "zstd": _zstd,
}


def _as_csv(text: str, copy: Copy) -> bytes:
    out = io.StringIO()
    rows: Iterator[Sequence[str]]
    if copy.format == "FIXEDWIDTH":
        rows = _fixed_rows(text, copy)
    elif copy.format == "CSV":
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=copy.separator, quotechar=copy.quote, strict=True)
    else:
        rows = _text_rows(text, copy)
    for _ in range(copy.ignore_header):
        next(rows, None)
    blank: list[list[str]] = [] if "IGNOREBLANKLINES" in copy.flags or copy.format == "FIXEDWIDTH" else [[""]]
    written = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        written.writerows(blank if list(row) in ([], [""]) else [row])
    return out.getvalue().encode()


def _fixed_rows(text: str, copy: Copy) -> Iterator[list[str]]:
    """Rows of fields of fixed width; the specification is "name:width,name:width"."""
    try:
        widths = [int(part.rpartition(":")[2]) for part in copy.argument.split(",")]
    except ValueError as error:
        raise RedshiftError(f"Invalid fixedwidth format specification: {copy.argument}") from error
    for line in text.splitlines():
        fields, begin = [], 0
        for width in widths:
            fields.append(line[begin : begin + width].strip(" "))
            begin += width
        yield fields


def _text_rows(text: str, copy: Copy) -> Iterator[list[str]]:
    """Rows of delimited text: a backslash keeps the next character as it is (ESCAPE), quotes enclose fields."""
    escape = "ESCAPE" in copy.flags
    quotes = "REMOVEQUOTES" in copy.flags
    fields: list[str] = [""]
    position, quote, unended = 0, "", False
    while position < len(text):
        character = text[position]
        position += 1
        if escape and character == "\\" and position < len(text):
            fields[-1] += "\\N" if text[position] == "N" else text[position]
            position += 1
        elif quote:
            if character == quote:
                quote = ""
            else:
                fields[-1] += character
                unended = unended or character == "\n"
        elif quotes and character in "'\"" and not fields[-1]:
            quote = character
        elif character == copy.separator:
            fields.append("")
        elif character == "\n":
            yield [*fields[:-1], fields[-1].rstrip("\r")]
            fields = [""]
        else:
            fields[-1] += character
    if unended:
        differences.report(_QUOTES_NOTE)
    if fields != [""]:
        yield fields
