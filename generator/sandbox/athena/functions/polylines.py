"""Encoded polylines: "Encoded Polyline Algorithm Format" (developers.google.com/maps/documentation/utilities)."""

from __future__ import annotations

from generator.sandbox.athena.functions.geometry_values import Table, forms, only
from generator.sandbox.athena.functions.scalars import invalid
from generator.sandbox.spatial import LINESTRING, MULTIPOINT, Geometry, rows, shapely

_SCALE = 100_000
_OFFSET, _BITS = 63, 5


def _encoded(shape: Geometry) -> str:
    only(shape, "to_encoded_polyline", LINESTRING, MULTIPOINT)
    made, before = "", (0, 0)
    for x, y in rows(shape):
        now = (round(y * _SCALE), round(x * _SCALE))
        made += "".join(_chunks(new - old) for new, old in zip(now, before, strict=True))
        before = now
    return made


def _chunks(value: int) -> str:
    left, made = (~(value << 1) if value < 0 else value << 1), ""
    while left >= 1 << _BITS:
        made += chr((left & 31 | 32) + _OFFSET)
        left >>= _BITS
    return made + chr(left + _OFFSET)


def _decoded(text: str) -> Geometry:
    """A line; of less than two points an empty one."""
    numbers, value, shift = [], 0, 0
    for character in text:
        chunk = ord(character) - _OFFSET
        if not 0 <= chunk < 64:
            raise invalid("Input is not a valid encoded polyline")
        value |= (chunk & 31) << shift
        shift += _BITS
        if chunk < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    if shift or len(numbers) % 2:
        raise invalid("Input is not a valid encoded polyline")
    points, y, x = [], 0, 0
    for up, right in zip(numbers[::2], numbers[1::2], strict=True):
        y, x = y + up, x + right
        points.append((x * 1e-5, y * 1e-5))
    return shapely.LineString(points if len(points) > 1 else [])


TABLE: Table = {
    "to_encoded_polyline": forms(("geometry", "varchar", _encoded)),
    "from_encoded_polyline": forms(("varchar", "geometry", _decoded)),
}
