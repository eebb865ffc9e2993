"""FarmHash's Fingerprint64, which farmFingerprint64 gives.

The algorithm is that of the open-source library FarmHash (`farmhashna::Hash64`). All arithmetic is modulo 2**64.
"""

from __future__ import annotations

_MASK = 2**64 - 1
_K0, _K1, _K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F

Pair = tuple[int, int]
State = tuple[int, int, int, Pair, Pair]


def fingerprint64(value: bytes) -> int:
    """The fingerprint of bytes as an unsigned number of 64 bits."""
    size = len(value)
    if size <= 16:
        return _to_16(value)
    if size <= 32:
        return _to_32(value)
    return _to_64(value) if size <= 64 else _longer(value)


def _at(value: bytes, place: int, width: int = 8) -> int:
    return int.from_bytes(value[place : place + width], "little")


def _rotated(number: int, by: int) -> int:
    number &= _MASK
    return (number >> by | number << (64 - by)) & _MASK


def _mixed(number: int) -> int:
    number &= _MASK
    return number ^ number >> 47


def _joined(first: int, second: int, factor: int) -> int:
    inner = _mixed((first ^ second) * factor)
    return _mixed((second ^ inner) * factor) * factor & _MASK


def _to_16(value: bytes) -> int:
    size = len(value)
    factor = _K2 + size * 2
    if size >= 8:
        a, b = _at(value, 0) + _K2 & _MASK, _at(value, size - 8)
        c, d = _rotated(b, 37) * factor + a & _MASK, (_rotated(a, 25) + b) * factor & _MASK
        return _joined(c, d, factor)
    if size >= 4:
        return _joined(size + (_at(value, 0, 4) << 3), _at(value, size - 4, 4), factor)
    if size:
        y, z = value[0] + (value[size >> 1] << 8), size + (value[-1] << 2)
        return _mixed(y * _K2 & _MASK ^ z * _K0 & _MASK) * _K2 & _MASK
    return _K2


def _parts(value: bytes, first: int) -> tuple[int, int, int]:
    """The first number, and the two that values of 17 to 64 bytes are joined from."""
    size = len(value)
    factor = _K2 + size * 2
    a, b = _at(value, 0) * first & _MASK, _at(value, 8)
    c, d = _at(value, size - 8) * factor & _MASK, _at(value, size - 16) * _K2 & _MASK
    return a, _rotated(a + b, 43) + _rotated(c, 30) + d & _MASK, a + _rotated(b + _K2, 18) + c & _MASK


def _to_32(value: bytes) -> int:
    _, y, z = _parts(value, _K1)
    return _joined(y, z, _K2 + len(value) * 2)


def _to_64(value: bytes) -> int:
    size = len(value)
    factor = _K2 + size * 2
    a, y, other = _parts(value, _K2)
    z = _joined(y, other, factor)
    e, f = _at(value, 16) * factor & _MASK, _at(value, 24)
    g, h = (y + _at(value, size - 32)) * factor & _MASK, (z + _at(value, size - 24)) * factor & _MASK
    return _joined(_rotated(e + f, 43) + _rotated(g, 30) + h & _MASK, e + _rotated(f + a, 18) + g & _MASK, factor)


def _weak(value: bytes, place: int, a: int, b: int) -> Pair:
    w, x, y, z = (_at(value, place + 8 * number) for number in range(4))
    a = a + w & _MASK
    b = _rotated(b + a + z, 21)
    c, a = a, a + x + y & _MASK
    return a + z & _MASK, b + _rotated(a, 44) + c & _MASK


def _round(value: bytes, place: int, state: State, factor: int, weight: int) -> State:
    x, y, z, v, w = state
    x = _rotated(x + y + v[0] + _at(value, place + 8), 37) * factor & _MASK
    y = _rotated(y + v[1] + _at(value, place + 48), 42) * factor & _MASK
    x ^= w[1] * weight & _MASK
    y = y + v[0] * weight + _at(value, place + 40) & _MASK
    z = _rotated(z + w[0], 33) * factor & _MASK
    v = _weak(value, place, v[1] * factor & _MASK, x + w[0] & _MASK)
    w = _weak(value, place + 32, z + w[1] & _MASK, y + _at(value, place + 16) & _MASK)
    return z, y, x, v, w


def _longer(value: bytes) -> int:
    size, seed = len(value), 81
    y = seed * _K1 + 113 & _MASK
    z = _mixed(y * _K2 + 113) * _K2 & _MASK
    state = (seed * _K2 + _at(value, 0) & _MASK, y, z, (0, 0), (0, 0))
    for place in range(0, (size - 1) // 64 * 64, 64):
        state = _round(value, place, state, _K1, 1)
    x, y, z, v, w = state
    factor = _K1 + ((z & 0xFF) << 1)
    rest = w[0] + ((size - 1) & 63)
    v = (v[0] + rest & _MASK, v[1])
    w = (rest + v[0] & _MASK, w[1])
    x, y, z, v, w = _round(value, size - 64, (x, y, z, v, w), factor, 9)
    first = _joined(v[0], w[0], factor) + _mixed(y) * _K0 + z & _MASK
    return _joined(first, _joined(v[1], w[1], factor) + x & _MASK, factor)
