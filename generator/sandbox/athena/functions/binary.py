"""Trino's binary functions (trino.io/docs/current/functions/binary.html)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
import zlib
from collections.abc import Callable

from generator.sandbox.athena.functions import hashes
from generator.sandbox.athena.functions.scalars import invalid, plain, unable
from generator.sandbox.section import Python, Section

_INT_MAX = 2**31 - 1


def _padding(binary: bytes, size: int, pad: bytes) -> bytes:
    if not 0 <= size <= _INT_MAX:
        raise invalid(f"Target length must be in the range [0..{_INT_MAX}]")
    if not pad:
        raise invalid("Padding bytes must not be empty")
    missing = max(0, size - len(binary))
    return (pad * (missing // len(pad) + 1))[:missing]


def _substr(binary: bytes, start: int, size: int) -> bytes:
    if start == 0 or -start > len(binary) or size <= 0:
        return b""
    begin = start - 1 if start > 0 else len(binary) + start
    return binary[begin : begin + size]


def _from_base64(text: str) -> bytes:
    padded = text if text.endswith("=") else text + "=" * (-len(text) % 4)
    try:
        return base64.b64decode(padded, validate=True)
    except binascii.Error as error:
        raise invalid(f"Input is not valid base64: {error}") from error


def _from_base64url(text: str) -> bytes:
    if "+" in text or "/" in text:
        raise invalid("Illegal base64 character")
    return _from_base64(text.replace("-", "+").replace("_", "/"))


def _from_base32(text: str) -> bytes:
    try:
        return base64.b32decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 8))
    except binascii.Error as error:
        raise invalid(f"Invalid input: {error}") from error


def _from_hex(text: str) -> bytes:
    try:
        if len(text) % 2 or not text.isalnum():
            raise ValueError(text)
        return bytes.fromhex(text)
    except ValueError as error:
        if not text:
            return b""
        raise invalid(f"invalid hex string: {text}") from error


def _number(form: str, size: int) -> Callable[[bytes], int | float]:
    def read(binary: bytes) -> int | float:
        if len(binary) != size:
            raise invalid(f"expected {size}-byte input, but got instead: {len(binary)}")
        found: int | float = struct.unpack(form, binary)[0]
        return found

    return read


def _hmac(algorithm: str) -> Python:
    def run(binary: bytes, key: bytes) -> bytes:
        if not key:
            raise unable("hmac with an empty key")
        return hmac.digest(key, binary, algorithm)

    return plain(run, "BLOB BLOB", "BLOB")


def _hash(algorithm: str) -> Python:
    return plain(lambda binary: hashlib.new(algorithm, binary, usedforsecurity=False).digest(), "BLOB", "BLOB")


_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")

SECTION = Section(
    macros={
        "from_ieee754_32(b)": "CAST(trino__ieee754_32(b) AS FLOAT)",
        "from_ieee754_64(b)": "CAST(trino__ieee754_64(b) AS DOUBLE)",
        "_binary_length(b)": "octet_length(b)",
        "_binary_substr(b, start)": "trino__binary_part(b, start, 9223372036854775807)",
        "_binary_substr(b, start, size)": "trino__binary_part(b, start, size)",
    },
    python={
        "_binary_lpad": plain(lambda b, size, pad: _padding(b, size, pad) + b[:size], "BLOB BIGINT BLOB", "BLOB"),
        "_binary_rpad": plain(lambda b, size, pad: b[:size] + _padding(b, size, pad), "BLOB BIGINT BLOB", "BLOB"),
        "_binary_part": plain(_substr, "BLOB BIGINT BIGINT", "BLOB"),
        "_binary_reverse": plain(lambda b: b[::-1], "BLOB", "BLOB"),
        "from_base64": plain(_from_base64, "VARCHAR", "BLOB"),
        "to_base64": plain(lambda b: base64.b64encode(b).decode(), "BLOB", "VARCHAR"),
        "from_base64url": plain(_from_base64url, "VARCHAR", "BLOB"),
        "to_base64url": plain(lambda b: base64.urlsafe_b64encode(b).decode(), "BLOB", "VARCHAR"),
        "from_base32": plain(_from_base32, "VARCHAR", "BLOB"),
        "to_base32": plain(lambda b: base64.b32encode(b).decode(), "BLOB", "VARCHAR"),
        "from_hex": plain(_from_hex, "VARCHAR", "BLOB"),
        "to_hex": plain(lambda b: b.hex().upper(), "BLOB", "VARCHAR"),
        "from_big_endian_32": plain(_number(">i", 4), "BLOB", "INTEGER"),
        "to_big_endian_32": plain(lambda n: struct.pack(">i", n), "INTEGER", "BLOB"),
        "from_big_endian_64": plain(_number(">q", 8), "BLOB", "BIGINT"),
        "to_big_endian_64": plain(lambda n: struct.pack(">q", n), "BIGINT", "BLOB"),
        "to_ieee754_32": plain(lambda x: struct.pack(">f", x), "FLOAT", "BLOB"),
        # As texts: NaN as a result of Python's would be NULL.
        "_ieee754_32": plain(lambda b: repr(_number(">f", 4)(b)), "BLOB", "VARCHAR"),
        "_ieee754_64": plain(lambda b: repr(_number(">d", 8)(b)), "BLOB", "VARCHAR"),
        "to_ieee754_64": plain(lambda x: struct.pack(">d", x), "DOUBLE", "BLOB"),
        "crc32": plain(zlib.crc32, "BLOB", "BIGINT"),
        "xxhash64": plain(hashes.xxhash64, "BLOB", "BLOB"),
        "murmur3": plain(hashes.murmur3, "BLOB", "BLOB"),
        **{name: _hash(name) for name in _ALGORITHMS},
        **{f"hmac_{name}": _hmac(name) for name in _ALGORITHMS},
    },
)
