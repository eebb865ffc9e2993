"""The UNLOAD command, read word by word: its query, its destination and its options.

"UNLOAD" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True)
class Unload:
    """An UNLOAD command. `delimiter` None is the format's own; `flags` holds options without a value."""

    query: str
    destination: str
    format: str = "TEXT"
    delimiter: str | None = None
    null_as: str = ""
    compression: str = ""
    extension: str | None = None
    partition_by: tuple[str, ...] = ()
    parallel: bool = True
    flags: frozenset[str] = frozenset()

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


Read = Callable[[TokenReader, Unload], Unload]

_FLAGS = ("HEADER", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH", "INCLUDE", "VERBOSE", "MANIFEST")
_COMPRESSIONS = {"GZIP": "gzip", "ZSTD": "zstd", "BZIP2": "bzip2"}
_REFUSED = ("ENCRYPTED", "KMS_KEY_ID", "FIXEDWIDTH", "CREDENTIALS", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")


def read_unload(reader: TokenReader) -> Unload:
    """The command after its first word. Raises RedshiftError or SqlSyntaxError."""
    reader.expect("(")
    query = reader.string()
    reader.expect(")")
    reader.expect("TO")
    unload = Unload(query, reader.string())
    if not unload.destination.lower().startswith("s3://"):
        raise RedshiftError(f"S3 path must start with s3://: {unload.destination}")
    authorized = False
    while not reader.at_end:
        word = reader.next().upper
        authorized = authorized or word == "IAM_ROLE"
        unload = _option(word, reader, unload)
    if not authorized:
        raise RedshiftError("CREDENTIALS argument is required but not provided")
    return _checked(unload)


def _option(word: str, reader: TokenReader, unload: Unload) -> Unload:
    if word in _FLAGS:
        return replace(unload, flags=unload.flags | {word})
    if word in _COMPRESSIONS:
        return replace(unload, compression=_COMPRESSIONS[word])
    if word in ("CSV", "PARQUET", "JSON"):
        reader.accept("AS")
        return replace(unload, format=word)
    if word in _REFUSED:
        raise Unsupported(f"UNLOAD … {word}")
    if word not in OPTIONS:
        raise reader.error(reader.peek(-1))
    reader.accept("AS")
    return OPTIONS[word](reader, unload)


def _checked(unload: Unload) -> Unload:
    if {"ALLOWOVERWRITE", "CLEANPATH"} <= unload.flags:
        raise RedshiftError("CLEANPATH and ALLOWOVERWRITE cannot be specified together")
    if unload.format == "PARQUET" and (unload.compression or unload.delimiter is not None):
        raise RedshiftError("PARQUET format is not compatible with DELIMITER or compression options")
    if unload.format == "PARQUET" and unload.flags & {"HEADER", "ADDQUOTES", "ESCAPE"}:
        raise RedshiftError("PARQUET format is not compatible with HEADER, ADDQUOTES or ESCAPE")
    if unload.format == "JSON" and unload.flags & {"HEADER", "ADDQUOTES", "ESCAPE"}:
        raise RedshiftError("JSON format is not compatible with HEADER, ADDQUOTES or ESCAPE")
    if len(unload.separator) != 1:
        raise RedshiftError("UNLOAD delimiter must be a single character")
    return unload


def _role(reader: TokenReader, unload: Unload) -> Unload:
    if not reader.accept("DEFAULT"):
        role = reader.string()
        if not role.startswith("arn:aws"):
            raise RedshiftError(f"Invalid IAM role ARN: {role}")
    return unload


def _format(reader: TokenReader, unload: Unload) -> Unload:
    return _option(reader.next().upper, reader, unload)


def _text(field: str) -> Read:
    def read(reader: TokenReader, unload: Unload) -> Unload:
        changes: dict[str, str] = {field: reader.string()}
        return replace(unload, **changes)  # type: ignore[arg-type]

    return read


def _parallel(reader: TokenReader, unload: Unload) -> Unload:
    return replace(unload, parallel=reader.accept_any("ON", "TRUE", "OFF", "FALSE") not in ("OFF", "FALSE"))


def _size(reader: TokenReader, unload: Unload) -> Unload:
    """MAXFILESIZE and ROWGROUPSIZE are checked; results in a sandbox do not come near 5 MB files worth splitting."""
    token = reader.next()
    if token.kind != "number":
        raise reader.error(token)
    unit = reader.accept_any("MB", "GB")
    if not 5 <= float(token.text) * (1024 if unit == "GB" else 1) <= 6349:
        raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB")
    return unload


def _row_group(reader: TokenReader, unload: Unload) -> Unload:
    reader.integer()
    reader.accept_any("MB", "GB")
    return unload


def _region(reader: TokenReader, unload: Unload) -> Unload:
    reader.string()
    return unload


def _partition(reader: TokenReader, unload: Unload) -> Unload:
    reader.expect("BY")
    return replace(unload, partition_by=reader.names())


OPTIONS: dict[str, Read] = {
    "IAM_ROLE": _role,
    "FORMAT": _format,
    "DELIMITER": _text("delimiter"),
    "NULL": _text("null_as"),
    "EXTENSION": _text("extension"),
    "PARALLEL": _parallel,
    "MAXFILESIZE": _size,
    "ROWGROUPSIZE": _row_group,
    "REGION": _region,
    "PARTITION": _partition,
}
