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
    """An UNLOAD command. `delimiter` None is the format's own; `flags` holds options without a value.

    `max_size` is that of a file in bytes, `widths` are those of a FIXEDWIDTH's columns in characters, `given` the
    first words of all options.
    """

    query: str
    destination: str
    format: str = "TEXT"
    delimiter: str | None = None
    null_as: str = ""
    compression: str = ""
    extension: str | None = None
    partition_by: tuple[str, ...] = ()
    parallel: bool = True
    max_size: int = 6_200_000_000
    widths: tuple[int, ...] = ()
    flags: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


Read = Callable[[TokenReader, Unload], Unload]

_FLAGS = ("HEADER", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH", "INCLUDE", "VERBOSE", "MANIFEST")
_COMPRESSIONS = {"GZIP": "gzip", "ZSTD": "zstd", "BZIP2": "bzip2"}
_REFUSED = ("ENCRYPTED", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")


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
        authorized = authorized or word in ("IAM_ROLE", "CREDENTIALS")
        unload = _option(word, reader, unload)
    if not authorized:
        raise RedshiftError("CREDENTIALS argument is required but not provided")
    return _checked(unload)


def _option(word: str, reader: TokenReader, unload: Unload) -> Unload:
    unload = replace(unload, given=unload.given | {word})
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


# Options that a format can't be used with.
_INCOMPATIBLE = {
    "FIXEDWIDTH": ("DELIMITER", "HEADER", "ADDQUOTES", "ESCAPE"),
    "CSV": ("FIXEDWIDTH", "ADDQUOTES"),
    "PARQUET": ("DELIMITER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL", "HEADER", "GZIP", "BZIP2", "ZSTD"),
    "JSON": ("DELIMITER", "HEADER", "FIXEDWIDTH", "ADDQUOTES", "ESCAPE", "NULL"),
}


def _checked(unload: Unload) -> Unload:
    if {"ALLOWOVERWRITE", "CLEANPATH"} <= unload.flags:
        raise RedshiftError("CLEANPATH and ALLOWOVERWRITE cannot be specified together")
    for kind in (unload.format, *(("FIXEDWIDTH",) if unload.widths else ())):
        found = unload.given & set(_INCOMPATIBLE.get(kind, ()))
        if found:
            raise RedshiftError(f"{kind} format is not compatible with {', '.join(sorted(found))}")
    for flag, other in (("VERBOSE", "MANIFEST"), ("INCLUDE", "PARTITION")):
        if flag in unload.given and other not in unload.given:
            raise RedshiftError(f"{flag} can be specified with {other} only")
    if "ROWGROUPSIZE" in unload.given and unload.format != "PARQUET":
        raise RedshiftError("ROWGROUPSIZE is supported for PARQUET only")
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
    size = _megabytes(reader)
    if not 5 <= size <= 6349:
        raise RedshiftError("MAXFILESIZE must be between 5 MB and 6.2 GB")
    return replace(unload, max_size=int(size * 1024 * 1024))


def _megabytes(reader: TokenReader) -> float:
    token = reader.next()
    if token.kind != "number":
        raise reader.error(token)
    return float(token.text) * (1024 if reader.accept_any("MB", "GB") == "GB" else 1)


def _row_group(reader: TokenReader, unload: Unload) -> Unload:
    if not 32 <= _megabytes(reader) <= 128:
        raise RedshiftError("ROWGROUPSIZE must be between 32 MB and 128 MB")
    return unload


def _fixed_width(reader: TokenReader, unload: Unload) -> Unload:
    """FIXEDWIDTH 'label:width,label:width'; the labels mean nothing."""
    specification = reader.string()
    try:
        widths = tuple(int(part.rpartition(":")[2]) for part in specification.split(","))
    except ValueError as error:
        raise RedshiftError(f"Invalid fixedwidth format specification: {specification}") from error
    return replace(unload, widths=widths)


def _credentials(reader: TokenReader, unload: Unload) -> Unload:
    """CREDENTIALS 'aws_iam_role=…'; keys are refused."""
    name, _, role = reader.string().partition("=")
    if name.strip() != "aws_iam_role":
        raise Unsupported("CREDENTIALS: keys do not belong in SQL; use IAM_ROLE")
    if not role.strip().startswith("arn:aws"):
        raise RedshiftError(f"Invalid IAM role ARN: {role}")
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
    "FIXEDWIDTH": _fixed_width,
    "CREDENTIALS": _credentials,
    "REGION": _region,
    "PARTITION": _partition,
}
