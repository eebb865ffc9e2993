"""Known values of the hashes: xxHash's and MurmurHash3's published ones, and one of Trino's documentation."""

from __future__ import annotations

import base64

import pytest

from generator.sandbox.athena.functions.hashes import murmur3, xxhash64


@pytest.mark.parametrize(
    ("data", "digest"),
    [
        (b"", "ef46db3751d8e999"),
        (b"a", "d24ec4f1a98c6e5b"),
        (b"abc", "44bc2cf5ad770999"),
        (b"Nobody inspects the spammish repetition", "fbcea83c8a378bf1"),
    ],
)
def test_xxhash64(data: bytes, digest: str) -> None:
    assert xxhash64(data).hex() == digest


def test_murmur3() -> None:
    assert murmur3(base64.b64decode("aaaaaa==")).hex(" ") == "ba 58 55 63 55 69 b4 2f 49 20 37 2c a0 e3 96 ef"
    assert murmur3(b"") == bytes(16)
