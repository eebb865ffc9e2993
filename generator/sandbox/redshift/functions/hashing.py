"""Redshift's hash functions, and CRC32: "Hash functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions.binary import padded
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.fingerprint import fingerprint64
from generator.sandbox.section import Python, Section

_REFUSED = "the sandbox can't run this: "
_FNV_PRIME, _FNV_SEED = 0x100000001B3, 0xCBF29CE484222325
_CASTAGNOLI = 0x82F63B78
_SIZES = {0: "sha256", 224: "sha224", 256: "sha256", 384: "sha384", 512: "sha512"}


def fnv(value: bytes | None, seed: int | None, number: bool) -> int:
    """The FNV-1a hash of 64 bits, signed; `number`: the bytes are a number's, the highest first."""
    if value is None or seed is None:
        raise ValueError(f"{_REFUSED}FNV_HASH of NULL")
    hashed = seed % 2**64
    for byte in reversed(value) if number else value:
        hashed = (hashed ^ byte) * _FNV_PRIME % 2**64
    return _signed(hashed, 64)


def murmur3(value: bytes | None, seed: int | None, number: bool) -> int:
    """The Murmur3 hash of 32 bits, signed, of what Apache Iceberg hashes: of numbers, 8 bytes, the lowest first."""
    if value is None or seed is None:
        raise ValueError(f"{_REFUSED}MURMUR3_32_HASH of NULL")
    if number:
        value = int.from_bytes(value, "big", signed=True).to_bytes(8, "little", signed=True)
    hashed, whole = seed % 2**32, len(value) // 4 * 4
    for at in range(0, whole, 4):
        hashed = _rotated(hashed ^ _scrambled(value[at : at + 4]), 13) * 5 + 0xE6546B64 & 0xFFFFFFFF
    hashed ^= _scrambled(value[whole:])
    hashed ^= len(value)
    hashed = (hashed ^ hashed >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    hashed = (hashed ^ hashed >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return _signed(hashed ^ hashed >> 16, 32)


def _rotated(number: int, by: int) -> int:
    return (number << by | number >> (32 - by)) & 0xFFFFFFFF


def _scrambled(block: bytes) -> int:
    return _rotated(int.from_bytes(block, "little") * 0xCC9E2D51 & 0xFFFFFFFF, 15) * 0x1B873593 & 0xFFFFFFFF


def _signed(number: int, bits: int) -> int:
    return number - (1 << bits) if number >= 1 << (bits - 1) else number


@functools.cache
def _crc_table() -> tuple[int, ...]:
    def entry(value: int) -> int:
        for _ in range(8):
            value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
        return value

    return tuple(map(entry, range(256)))


def crc32(text: str | None) -> str | None:
    """The CRC-32C of a text, as 8 hexadecimal digits."""
    if text is None:
        return None
    table, value = _crc_table(), 0xFFFFFFFF
    for byte in text.encode():
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    return f"{value ^ 0xFFFFFFFF:08x}"


def sha2(text: str | None, bits: int | None) -> str | None:
    """SHA-2 of that many bits, or '' where there is no such size."""
    if text is None or bits is None:
        return None
    return hashlib.new(_SIZES[bits], text.encode()).hexdigest() if bits in _SIZES else ""


def _fingerprint(value: bytes | None) -> int | None:
    return None if value is None else _signed(fingerprint64(value), 64)


def _seeded(name: str, seed: int) -> dict[str, Callable[..., exp.Expr]]:
    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        value, *rest = arguments
        if len(rest) > 1:
            raise ValueError(f"{name} takes one or two arguments")
        return call(f"rs_{name}_run", padded(value), *(rest or [exp.Literal.number(seed)]))

    return {name: rewrite}


def _checksum(_: list[exp.Expr]) -> exp.Expr:
    raise Unsupported("CHECKSUM, whose algorithm is not documented")


_RUN = """CASE WHEN typeof(t) IN ('SMALLINT', 'INTEGER', 'BIGINT', 'VARCHAR', 'BLOB', '"NULL"')
    THEN rs_{name}(rs_to_bytes(t), CAST(seed AS BIGINT), typeof(t) IN ('SMALLINT', 'INTEGER', 'BIGINT'))
    ELSE error('the sandbox can''t run this: {title} of ' || typeof(t)) END"""
_SHA1 = "sha1(rs_text(t))"

SECTION = Section(
    macros={
        "crc32(t)": "rs_crc32c(rs_text(t))",
        "farmfingerprint64(t)": "rs_farm_fingerprint(rs_to_bytes(t))",
        "func_sha1(t)": _SHA1,
        "md5(t)": "md5(rs_text(t))",
        "sha(t)": _SHA1,
        "sha1(t)": _SHA1,
        "sha2(t, bits)": "rs_sha2_of(rs_text(t), CAST(bits AS INTEGER))",
    },
    rewrites={
        "checksum": _checksum,
        **_seeded("fnv_hash", _FNV_SEED - 2**64),
        **_seeded("murmur3_32_hash", 0),
    },
    returns={
        **dict.fromkeys(("checksum", "murmur3_32_hash"), "integer"),
        **dict.fromkeys(("farmfingerprint64", "fnv_hash"), "bigint"),
        **dict.fromkeys(("func_sha1", "md5", "sha", "sha1", "sha2"), "varchar"),
    },
)

INTERNAL = Section(
    macros={
        "fnv_hash_run(t, seed)": _RUN.format(name="fnv", title="FNV_HASH"),
        "murmur3_32_hash_run(t, seed)": _RUN.format(name="murmur3", title="MURMUR3_32_HASH"),
    },
    python={
        "crc32c": Python(crc32, ("VARCHAR",), "VARCHAR"),
        "farm_fingerprint": Python(_fingerprint, ("BLOB",), "BIGINT"),
        "fnv": Python(fnv, ("BLOB", "BIGINT", "BOOLEAN"), "BIGINT"),
        "murmur3": Python(murmur3, ("BLOB", "BIGINT", "BOOLEAN"), "INTEGER"),
        "sha2_of": Python(sha2, ("VARCHAR", "INTEGER"), "VARCHAR"),
    },
)
