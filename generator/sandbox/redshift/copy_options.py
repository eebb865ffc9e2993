"""The COPY command, read word by word: its target, its source and its options.

"COPY" and "COPY parameter reference" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True)
class Copy:
    """A COPY command. `delimiter` None is the format's own; `flags` holds options without a value.

    `given` holds the first words of all options, as they must not all be used together.
    """

    table: tuple[str, ...]
    columns: tuple[str, ...] = ()
    source: str = ""
    format: str = "TEXT"
    argument: str = ""
    delimiter: str | None = None
    quote: str = '"'
    compression: str = ""
    null_as: str = "\\N"
    ignore_header: int = 0
    max_error: int = 0
    date_format: str = ""
    time_format: str = ""
    encoding: str = "UTF8"
    invalid_characters: str | None = None
    compression_update: str = ""
    flags: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


Read = Callable[[TokenReader, Copy], Copy]

FLAGS = (
    "MANIFEST", "EMPTYASNULL", "BLANKSASNULL", "REMOVEQUOTES", "ESCAPE", "ACCEPTANYDATE", "TRUNCATECOLUMNS",
    "FILLRECORD", "IGNOREBLANKLINES", "TRIMBLANKS", "ROUNDEC", "EXPLICIT_IDS", "NOLOAD", "IGNOREALLERRORS",
    "SERIALIZETOJSON",
)  # fmt: skip
_REFUSED = ("JOB", "READRATIO", "SSH", "ENCRYPTED", "SHAPEFILE", "LZOP", "MASTER_SYMMETRIC_KEY")
_SECRETS = ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


def read_copy(reader: TokenReader) -> Copy:
    """The command after its first word. Raises RedshiftError or SqlSyntaxError."""
    copy = Copy(reader.dotted_name())
    if reader.looking_at("("):
        copy = replace(copy, columns=reader.names())
    reader.expect("FROM")
    copy = replace(copy, source=reader.string())
    if not copy.source.lower().startswith("s3://"):
        raise Unsupported(f"COPY from {copy.source!r}, which is not on S3")
    authorized = False
    while not reader.at_end:
        word = reader.next().upper
        authorized = authorized or word in ("IAM_ROLE", "CREDENTIALS")
        copy = _option(word, reader, copy)
    if not authorized:
        raise RedshiftError("CREDENTIALS argument is required but not provided")
    return _checked(copy)


def _option(word: str, reader: TokenReader, copy: Copy) -> Copy:
    copy = replace(copy, given=copy.given | {word})
    if word in FLAGS:
        return replace(copy, flags=copy.flags | {word})
    if word in _SECRETS:
        raise Unsupported(f"{word}: keys do not belong in SQL; use IAM_ROLE")
    if word in _REFUSED:
        raise Unsupported(f"COPY … {word}")
    if word not in OPTIONS:
        raise reader.error(reader.peek(-1))
    return OPTIONS[word](reader, copy)


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
    if len(copy.separator) != 1:
        raise RedshiftError("COPY delimiter must be a single character")
    if not 0 <= copy.max_error <= 100000:
        raise RedshiftError("MAXERROR must be between 0 and 100000")
    return copy


def _role(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    if not reader.accept("DEFAULT"):
        role = reader.string()
        if not role.startswith("arn:aws"):
            raise RedshiftError(f"Invalid IAM role ARN: {role}")
    return copy


def _credentials(reader: TokenReader, copy: Copy) -> Copy:
    """CREDENTIALS 'aws_iam_role=…'; keys are refused."""
    reader.accept("AS")
    name, _, role = reader.string().partition("=")
    if name.strip() != "aws_iam_role":
        raise Unsupported("CREDENTIALS: keys do not belong in SQL; use IAM_ROLE")
    if not role.strip().startswith("arn:aws"):
        raise RedshiftError(f"Invalid IAM role ARN: {role}")
    return copy


def _format(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    word = reader.next().upper
    if word not in _FORMATS:
        return _option(word, reader, copy)
    return _FORMATS[word](reader, copy)


def _csv(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    return replace(copy, format="CSV")


def _plain(name: str) -> Read:
    return lambda _, copy: replace(copy, format=name)


def _with_argument(name: str) -> Read:
    def read(reader: TokenReader, copy: Copy) -> Copy:
        reader.accept("AS")
        argument = reader.string() if reader.peek().kind == "string" else "auto"
        return replace(copy, format=name, argument=argument)

    return read


def _text(field: str) -> Read:
    def read(reader: TokenReader, copy: Copy) -> Copy:
        reader.accept("AS")
        changes: dict[str, str] = {field: _string(reader)}
        return replace(copy, **changes)  # type: ignore[arg-type]

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


def _number(field: str) -> Read:
    def read(reader: TokenReader, copy: Copy) -> Copy:
        reader.accept("AS")
        changes: dict[str, int] = {field: reader.integer()}
        return replace(copy, **changes)  # type: ignore[arg-type]

    return read


def _compression(name: str) -> Read:
    return lambda _, copy: replace(copy, compression=name)


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


def _region(reader: TokenReader, copy: Copy) -> Copy:
    reader.accept("AS")
    reader.string()
    return copy


_FORMATS: dict[str, Read] = {
    "CSV": _csv,
    "PARQUET": _plain("PARQUET"),
    "ORC": _plain("ORC"),
    "JSON": _with_argument("JSON"),
    "AVRO": _with_argument("AVRO"),
    "FIXEDWIDTH": _with_argument("FIXEDWIDTH"),
}

OPTIONS: dict[str, Read] = {
    "IAM_ROLE": _role,
    "CREDENTIALS": _credentials,
    "REGION": _region,
    "FORMAT": _format,
    **_FORMATS,
    "DELIMITER": _text("delimiter"),
    "QUOTE": _text("quote"),
    "NULL": _text("null_as"),
    "DATEFORMAT": _text("date_format"),
    "TIMEFORMAT": _text("time_format"),
    "IGNOREHEADER": _number("ignore_header"),
    "MAXERROR": _number("max_error"),
    "GZIP": _compression("gzip"),
    "ZSTD": _compression("zstd"),
    "BZIP2": _compression("bzip2"),
    "ENCODING": _encoding,
    "ACCEPTINVCHARS": _invalid_characters,
    "COMPUPDATE": _compression_update,
    "STATUPDATE": _on_off,
    "COMPROWS": _comprows,
}
