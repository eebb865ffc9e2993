"""How S3 objects of tests are written, as their keys' endings tell."""

from __future__ import annotations

from typing import Literal

Format = Literal["csv", "json", "parquet"]

_FORMATS: dict[str, Format] = {"csv": "csv", "json": "json", "jsonl": "json", "parquet": "parquet"}
COMPRESSIONS = ("gz", "bz2")


def compression_of(key: str) -> str | None:
    """gz or bz2, where the key ends so."""
    ending = key.rpartition(".")[2]
    return ending if ending in COMPRESSIONS else None


def format_of(key: str) -> Format | None:
    """What the key's ending says of the format, a compression left aside; None where it says nothing."""
    compression = compression_of(key)
    plain = key.removesuffix(f".{compression}") if compression else key
    return _FORMATS.get(plain.rpartition(".")[2]) if "." in plain else None
