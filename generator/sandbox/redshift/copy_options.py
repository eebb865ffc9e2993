"""The COPY command, read word by word: its target, its source and its options.

"COPY" and "COPY parameter reference" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.s3_command import Options, Read, S3Command, compression, credentials, region, role, text
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True)
class Copy(S3Command):
    """A COPY command."""

    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    source: str = ""
    argument: str = ""
    quote: str = '"'
    null_as: str = field(default="\\N", kw_only=True)
    ignore_header: int = 0
    max_error: int = 0
    date_format: str = ""
    time_format: str = ""
    encoding: str = "UTF8"
    invalid_characters: str | None = None
    compression_update: str = ""


_FLAGS = (
    "MANIFEST", "EMPTYASNULL", "BLANKSASNULL", "REMOVEQUOTES", "ESCAPE", "ACCEPTANYDATE", "TRUNCATECOLUMNS",
    "FILLRECORD", "IGNOREBLANKLINES", "TRIMBLANKS", "ROUNDEC", "EXPLICIT_IDS", "NOLOAD", "IGNOREALLERRORS",
    "SERIALIZETOJSON",
)  # fmt: skip
_REFUSED = ("JOB", "READRATIO", "SSH", "ENCRYPTED", "SHAPEFILE", "LZOP", "MASTER_SYMMETRIC_KEY")


def read_copy(reader: TokenReader) -> Copy:
    """The command after its first word. Raises RedshiftError or SqlSyntaxError."""
    copy = Copy(reader.dotted_name())
    if reader.looking_at("("):
        copy = replace(copy, columns=reader.names())
    reader.expect("FROM")
    copy = replace(copy, source=reader.string())
    if not copy.source.lower().startswith("s3://"):
        raise Unsupported(f"COPY from {copy.source!r}, which is not on S3")
    return _checked(_OPTIONS.read(reader, copy))


# Options that a format can't be used with.
_INCOMPATIBLE = {
    "CSV": ("ESCAPE", "REMOVEQUOTES"),
    "FIXEDWIDTH": ("DELIMITER", "ESCAPE"),
    "JSON": ("DELIMITER", "ESCAPE", "FILLRECORD", "IGNOREBLANKLINES", "NULL", "REMOVEQUOTES"),
}


def _checked(copy: Copy) -> Copy:
    for option in _INCOMPATIBLE.get(copy.format, ()):
        if option in copy.given:
            raise RedshiftError(f"{copy.format} is not compatible with {option}")
    if "QUOTE" in copy.given and copy.format != "CSV":
        raise RedshiftError("QUOTE is only supported for CSV")
    if {"MAXERROR", "IGNOREALLERRORS"} <= copy.given:
        raise RedshiftError("MAXERROR and IGNOREALLERRORS cannot be specified together")
    if copy.format in ("PARQUET", "ORC"):
        allowed = {"MANIFEST", "FILLRECORD", "EXPLICIT_IDS", "SERIALIZETOJSON"}
        for flag in sorted(copy.flags - allowed):
            raise RedshiftError(f"{flag} argument is not supported for {copy.format} based COPY")
    elif "SERIALIZETOJSON" in copy.flags:
        raise RedshiftError("SERIALIZETOJSON is only supported for Parquet and ORC based COPY")
    if not 0 <= copy.max_error <= 100000:
        raise RedshiftError("MAXERROR must be between 0 and 100000")
    return copy


def _format(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    return _OPTIONS.read_one(reader, copy)


def _csv(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    return replace(copy, format="CSV")


def _plain(name: str) -> Read[Copy]:
    return lambda _, copy: replace(copy, format=name)


def _with_argument(name: str) -> Read[Copy]:
    def read(reader: TokenReader, copy: Copy) -> Copy:
        reader.accept("AS")
        argument = reader.string() if reader.peek().kind == "string" else "auto"
        return replace(copy, format=name, argument=argument)

    return read


def _string(reader: TokenReader) -> str:
    """A string as COPY takes it: `\\N` stays, other escapes and octal numbers (`\\001`) are characters."""
    token = reader.next()
    if token.kind != "string" or token.text.startswith("$"):
        raise reader.error(token)
    body = token.text[1:-1].replace("''", "'")
    if body in ("\\N", "\\\\N"):
        return "\\N"
    return re.sub(r"\\([0-7]{1,3}|.)", lambda match: _character(match[1]), body, flags=re.DOTALL)


def _character(escaped: str) -> str:
    if escaped[0] in "01234567":
        return chr(int(escaped, 8))
    return {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}.get(escaped, escaped)


def _number(field: str) -> Read[Copy]:
    def read(reader: TokenReader, copy: Copy) -> Copy:
        reader.accept("AS")
        changes: dict[str, int] = {field: reader.integer()}
        return replace(copy, **changes)  # type: ignore[arg-type]

    return read


def _encoding(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    token = reader.next()
    name = token.text.strip("'").upper().replace("-", "")
    if name not in ("UTF8", "UTF16", "UTF16LE", "UTF16BE", "ISO88591"):
        raise RedshiftError(f"invalid ENCODING: {token.text}")
    return replace(copy, encoding=name)


def _invalid_characters(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    character = reader.string() if reader.peek().kind == "string" else "?"
    return replace(copy, invalid_characters=character)


def _on_off(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept_any("ON", "OFF", "TRUE", "FALSE")
    return copy


def _compression_update(reader: TokenReader, copy: Copy) -> Copy:
    word = reader.accept_any("PRESET", "ON", "TRUE", "OFF", "FALSE") or "ON"
    return replace(copy, compression_update={"TRUE": "ON", "FALSE": "OFF"}.get(word, word))


def _comprows(reader: TokenReader, copy: Copy) -> Copy:
    reader.integer()
    return copy


_READERS: dict[str, Read[Copy]] = {
    "IAM_ROLE": role,
    "CREDENTIALS": credentials,
    "REGION": region,
    "FORMAT": _format,
    "CSV": _csv,
    "PARQUET": _plain("PARQUET"),
    "ORC": _plain("ORC"),
    "JSON": _with_argument("JSON"),
    "AVRO": _with_argument("AVRO"),
    "FIXEDWIDTH": _with_argument("FIXEDWIDTH"),
    "DELIMITER": text("delimiter", _string),
    "QUOTE": text("quote", _string),
    "NULL": text("null_as", _string),
    "DATEFORMAT": text("date_format", _string),
    "TIMEFORMAT": text("time_format", _string),
    "IGNOREHEADER": _number("ignore_header"),
    "MAXERROR": _number("max_error"),
    "GZIP": compression("gzip"),
    "ZSTD": compression("zstd"),
    "BZIP2": compression("bzip2"),
    "ENCODING": _encoding,
    "ACCEPTINVCHARS": _invalid_characters,
    "COMPUPDATE": _compression_update,
    "STATUPDATE": _on_off,
    "COMPROWS": _comprows,
}

_OPTIONS = Options("COPY", _FLAGS, _READERS, _REFUSED)
