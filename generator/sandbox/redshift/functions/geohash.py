"""Geohashes: ST_GeoHash and ST_GeomFromGeoHash (en.wikipedia.org/wiki/Geohash)."""

from __future__ import annotations

_DIGITS = "0123456789bcdefghjkmnpqrstuvwxyz"
_LIMITS = ((-180.0, 180.0), (-90.0, 90.0))


def encode(x: float, y: float, length: int) -> str:
    """The geohash of a longitude and a latitude, with that many characters."""
    ranges, values = [list(limits) for limits in _LIMITS], (x, y)
    made, axis = "", 0
    for _ in range(length):
        digit = 0
        for _ in range(5):
            middle = sum(ranges[axis]) / 2
            above = values[axis] >= middle
            ranges[axis][0 if above else 1] = middle
            digit = digit * 2 + above
            axis = 1 - axis
        made += _DIGITS[digit]
    return made


def decode(text: str) -> tuple[float, float, float, float]:
    """The box of a geohash: xmin, ymin, xmax, ymax. Raises ValueError."""
    ranges, axis = [list(limits) for limits in _LIMITS], 0
    for character in text:
        digit = _DIGITS.find(character)
        if digit < 0:
            raise ValueError(f"invalid geohash: {text}")
        for bit in (16, 8, 4, 2, 1):
            ranges[axis][0 if digit & bit else 1] = sum(ranges[axis]) / 2
            axis = 1 - axis
    (xmin, xmax), (ymin, ymax) = ranges
    return xmin, ymin, xmax, ymax
