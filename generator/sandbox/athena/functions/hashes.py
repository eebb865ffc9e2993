"""The 64-bit xxHash and the 128-bit MurmurHash3 (x64), which Python's standard library lacks.

Written from the algorithms' published descriptions; both take seed 0, as Trino's xxhash64() and murmur3() do.
"""

from __future__ import annotations

import struct

_MASK = 2**64 - 1
_P1, _P2, _P3, _P4, _P5 = (
    0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5,
)  # fmt: skip
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F


def _rotated(value: int, bits: int) -> int:
    value &= _MASK
    return (value << bits | value >> (64 - bits)) & _MASK


def _round(accumulator: int, lane: int) -> int:
    return _rotated(accumulator + lane * _P2, 31) * _P1 & _MASK


def xxhash64(data: bytes) -> bytes:
    """The hash as 8 bytes, big-endian."""
    size, at = len(data), 0
    if size >= 32:
        lanes = [_P1 + _P2 & _MASK, _P2, 0, -_P1 & _MASK]
        while size - at >= 32:
            lanes = [_round(old, lane) for old, lane in zip(lanes, struct.unpack_from("<4Q", data, at), strict=True)]
            at += 32
        result = sum(_rotated(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True)) & _MASK
        for lane in lanes:
            result = ((result ^ _round(0, lane)) * _P1 + _P4) & _MASK
    else:
        result = _P5
    result = result + size & _MASK
    while size - at >= 8:
        result = (_rotated(result ^ _round(0, struct.unpack_from("<Q", data, at)[0]), 27) * _P1 + _P4) & _MASK
        at += 8
    if size - at >= 4:
        result = (_rotated(result ^ struct.unpack_from("<I", data, at)[0] * _P1, 23) * _P2 + _P3) & _MASK
        at += 4
    for byte in data[at:]:
        result = _rotated(result ^ byte * _P5, 11) * _P1 & _MASK
    for shift, factor in ((33, _P2), (29, _P3)):
        result = (result ^ result >> shift) * factor & _MASK
    return (result ^ result >> 32).to_bytes(8, "big")


def _mixed(value: int) -> int:
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        value = (value ^ value >> 33) * factor & _MASK
    return value ^ value >> 33


def murmur3(data: bytes) -> bytes:
    """The hash as 16 bytes: its two halves, each with the least byte first."""
    first = second = 0
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        low, high = struct.unpack_from("<2Q", data, at)
        first ^= _rotated(low * _C1, 31) * _C2 & _MASK
        first = ((_rotated(first, 27) + second) * 5 + 0x52DCE729) & _MASK
        second ^= _rotated(high * _C2, 33) * _C1 & _MASK
        second = ((_rotated(second, 31) + first) * 5 + 0x38495AB5) & _MASK
    tail = data[whole:].ljust(16, b"\0")
    low, high = struct.unpack("<2Q", tail)
    second ^= _rotated(high * _C2, 33) * _C1 & _MASK
    first ^= _rotated(low * _C1, 31) * _C2 & _MASK
    first, second = first ^ len(data), second ^ len(data)
    first = first + second & _MASK
    second = second + first & _MASK
    first, second = _mixed(first), _mixed(second)
    first = first + second & _MASK
    second = second + first & _MASK
    return struct.pack("<2Q", first, second)
