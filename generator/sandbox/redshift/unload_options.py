"""The UNLOAD command, read word by word: its query, its destination and its options.

"UNLOAD" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.s3_command import Options, Read, S3Command, compression, credentials, region, role, text
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True)
class Unload(S3Command):
    """An UNLOAD command.

    `max_size` is that of a file in bytes, `widths` are those of a FIXEDWIDTH's columns in characters.
    """

    query: str
    destination: str
    extension: str | None = None
    partition_by: tuple[str, ...] = ()
    parallel: bool = True
    max_size: int = 6_200_000_000
    widths: tuple[int, ...] = ()


_FLAGS = ("HEADER", "ADDQUOTES", "ESCAPE", "ALLOWOVERWRITE", "CLEANPATH", "INCLUDE", "VERBOSE", "MANIFEST")
_REFUSED = ("ENCRYPTED", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY")


def read_unload(reader: TokenReader) -> Unload:
    """The command after its first word. Raises RedshiftError or SqlSyntaxError."""
    reader.expect("(")
    query = reader.string()
    reader.expect(")")
    reader.expect("TO")
    unload = Unload(query, reader.string())
    if not unload.destination.lower().startswith("s3://"):
        raise RedshiftError(f"S3 path must start with s3://: {unload.destination}")
    return _checked(_OPTIONS.read(reader, unload))


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
    return unload


def _format(reader: TokenReader, unload: Unload) -> Unload:
    reader.accept("AS")
    return _OPTIONS.read_one(reader, unload)


def _plain(name: str) -> Read[Unload]:
    def read(reader: TokenReader, unload: Unload) -> Unload:
        reader.accept("AS")
        return replace(unload, format=name)

    return read


def _parallel(reader: TokenReader, unload: Unload) -> Unload:
    reader.accept("AS")
    return replace(unload, parallel=reader.accept_any("ON", "TRUE", "OFF", "FALSE") not in ("OFF", "FALSE"))


def _size(reader: TokenReader, unload: Unload) -> Unload:
    reader.accept("AS")
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
    reader.accept("AS")
    if not 32 <= _megabytes(reader) <= 128:
        raise RedshiftError("ROWGROUPSIZE must be between 32 MB and 128 MB")
    return unload


def _fixed_width(reader: TokenReader, unload: Unload) -> Unload:
    """FIXEDWIDTH 'label:width,label:width'; the labels mean nothing."""
    reader.accept("AS")
    specification = reader.string()
    try:
        widths = tuple(int(part.rpartition(":")[2]) for part in specification.split(","))
    except ValueError as error:
        raise RedshiftError(f"Invalid fixedwidth format specification: {specification}") from error
    return replace(unload, widths=widths)


def _partition(reader: TokenReader, unload: Unload) -> Unload:
    reader.expect("BY")
    return replace(unload, partition_by=reader.names())


_READERS: dict[str, Read[Unload]] = {
    "IAM_ROLE": role,
    "CREDENTIALS": credentials,
    "REGION": region,
    "FORMAT": _format,
    "CSV": _plain("CSV"),
    "PARQUET": _plain("PARQUET"),
    "JSON": _plain("JSON"),
    "DELIMITER": text("delimiter"),
    "NULL": text("null_as"),
    "EXTENSION": text("extension"),
    "GZIP": compression("gzip"),
    "ZSTD": compression("zstd"),
    "BZIP2": compression("bzip2"),
    "PARALLEL": _parallel,
    "MAXFILESIZE": _size,
    "ROWGROUPSIZE": _row_group,
    "FIXEDWIDTH": _fixed_width,
    "PARTITION": _partition,
}

_OPTIONS = Options("UNLOAD", _FLAGS, _READERS, _REFUSED)
