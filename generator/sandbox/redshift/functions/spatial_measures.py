"""Redshift's measures of geometries, and its questions about one or two of them.

"Spatial functions", "Geometric validity" and "Geometric simplicity" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from generator.sandbox.redshift.functions import geodesy
from generator.sandbox.redshift.functions.spatial_values import REFUSED, Spatial, Table, both, only
from generator.sandbox.spatial import (
    COLLECTION,
    LINESTRING,
    MULTIPOINT,
    POINT,
    POLYGON,
    Geometry,
    along,
    areas,
    dimensions,
    great_circle,
    kind,
    lines,
    name,
    parts,
    rings,
    rows,
    shapely,
)  # fmt: skip


def _flat(*shapes: Geometry) -> None:
    if any(kind(shape) == COLLECTION for shape in shapes):
        raise ValueError("geometry collections are not supported here")


def _test(call: str) -> Spatial:
    """A predicate of shapely's."""

    def run(one: Geometry, other: Geometry) -> bool:
        _flat(one, other)
        return bool(getattr(shapely, call)(one, other))

    return Spatial("geometry geometry", "boolean", run)


def _no_null(call: str) -> Spatial:
    """As `_test`, but NULL is an error, and empty geometries have no interior to share."""

    def run(one: Geometry | None, other: Geometry | None) -> bool:
        if one is None or other is None:
            raise ValueError("geometry cannot be NULL")
        _flat(one, other)
        return not one.is_empty and not other.is_empty and bool(getattr(shapely, call)(one, other))

    return Spatial("geometry geometry", "boolean", run, strict=False)


def _within_distance(one: Geometry, other: Geometry, distance: float) -> bool:
    _flat(one, other)
    if distance < 0:
        raise ValueError("threshold cannot be negative")
    return bool(shapely.dwithin(one, other, distance))


def _distance(one: Geometry, other: Geometry) -> float | None:
    _flat(one, other)
    return None if one.is_empty or other.is_empty else float(shapely.distance(one, other))


def _sphere_distance(one: Geometry, other: Geometry, radius: float = geodesy.RADIUS) -> float | None:
    only(one, (POINT,), "point")
    only(other, (POINT,), "point")
    if radius < 0:
        raise ValueError("radius cannot be negative")
    return None if one.is_empty or other.is_empty else great_circle(rows(one)[0], rows(other)[0], radius)


def _sphere_length(shape: Geometry) -> float:
    return math.fsum(along(line, lambda a, b: great_circle(a, b, geodesy.RADIUS)) for line in lines(shape))


def _length(shape: Geometry) -> float:
    return math.fsum(line.length for line in lines(shape))


def _perimeter(shape: Geometry) -> float:
    return math.fsum(area.length for area in areas(shape))


def _direction(start: Geometry, end: Geometry) -> float | None:
    """The angle from north, clockwise; None where the points are equal."""
    for point in (start, end):
        only(point, (POINT,), "point")
        if point.is_empty:
            raise ValueError("the point is empty")
    if (start.x, start.y) == (end.x, end.y):
        return None
    return math.atan2(end.x - start.x, end.y - start.y) % (2 * math.pi)


def _angle(*points: Geometry) -> float | None:
    """Of three points P1-P2-P3, or between the lines P1-P2 and P3-P4."""
    first, second = ((points[1], points[0]), (points[1], points[2])) if len(points) == 3 else (points[:2], points[2:])
    one, other = _direction(*first), _direction(*second)
    return None if one is None or other is None else (other - one) % (2 * math.pi)


def _ordinate(letter: str) -> Spatial:
    def run(point: Geometry) -> float | None:
        only(point, (POINT,), "point")
        values = _values(point, letter)
        return values[0] if values else None

    return Spatial("geometry", "double", run)


def _extreme(letter: str, choose: Callable[[list[float]], float]) -> Spatial:
    def run(shape: Geometry) -> float | None:
        values = _values(shape, letter)
        return choose(values) if values else None

    return Spatial("geometry", "double", run)


def _values(shape: Geometry, letter: str) -> list[float]:
    """All coordinates of that letter; none where the geometry has no such dimension."""
    letters = "XY" + dimensions(shape)
    return [row[letters.index(letter)] for row in rows(shape)] if letter in letters else []


def _is_closed(shape: Geometry) -> bool:
    if kind(shape) in (POINT, MULTIPOINT):
        return kind(shape) == MULTIPOINT or not shape.is_empty
    if hasattr(shape, "geoms"):
        return bool(shape.geoms) and all(map(_is_closed, shape.geoms))
    return not shape.is_empty and (kind(shape) == POLYGON or bool(shape.is_closed))


def _turns(counterclockwise: bool) -> Callable[[Geometry], bool]:
    """Whether the shells of all polygons turn that way, and their holes the other."""

    def run(shape: Geometry) -> bool:
        return all(
            bool(shapely.is_ccw(ring)) == (counterclockwise == (at == 0))
            for area in areas(shape)
            for at, ring in enumerate(rings(area))
        )

    return run


def _is_ring(shape: Geometry) -> bool:
    only(shape, (LINESTRING,), "linestring")
    return not shape.is_empty and bool(shape.is_closed) and _is_simple(shape)


def _is_simple(shape: Geometry) -> bool:
    """No point of a line or ring may follow itself, besides what shapely looks at."""
    if kind(shape) == COLLECTION:
        return all(map(_is_simple, shape.geoms))
    drawn = [line for part in parts(shape) for line in ([part, *rings(part)] if kind(part) == POLYGON else [part])]
    for line in drawn:
        points = [row[:2] for row in rows(line)] if kind(line) not in (POINT, POLYGON) else []
        if any(one == other for one, other in itertools.pairwise(points)):
            return False
    return bool(shapely.is_simple(shape))


def _is_valid(shape: Geometry) -> bool:
    if not shapely.is_valid(shape):
        return False
    for area in areas(shape):
        turns = [bool(shapely.is_ccw(ring)) for ring in rings(area)]
        if len(set(turns[1:])) > 1 or turns[:1] == turns[1:2]:
            raise ValueError(f"{REFUSED}ST_ISVALID of a polygon with a hole that turns as its shell or not as another")
    return True


def _dimension(shape: Geometry) -> int:
    return max((0 if kind(p) == POINT else 2 if kind(p) == POLYGON else 1 for p in parts(shape)), default=_own(shape))


def _own(shape: Geometry) -> int:
    return {"MultiLineString": 1, "MultiPolygon": 2}.get(name(shape), 0)


def _points(shape: Geometry) -> int:
    return len(rows(shape))


def _count(shape: Geometry) -> int:
    return len(shape.geoms) if hasattr(shape, "geoms") else int(not shape.is_empty)


def _of(kinds: tuple[int, ...], value: Callable[[Geometry], Any]) -> Callable[[Geometry], Any]:
    """NULL for geometries of other subtypes."""
    return lambda shape: value(shape) if kind(shape) in kinds else None


def _type(shape: Geometry) -> str:
    return name(shape).upper() + "M" * (dimensions(shape) == "M")


def _one(gives: str, run: Callable[[Geometry], Any]) -> Spatial:
    return Spatial("geometry", gives, run)


_LENGTH = Spatial("geometry", "double", _length, geodesy.length)
_PERIMETER = Spatial("geometry", "double", _perimeter, geodesy.perimeter)
_SPHERE = Spatial("geometry geometry", "double", _sphere_distance)

TABLE: Table = {
    "geometrytype": _one("text", _type),
    "st_angle": tuple(Spatial(" ".join(["geometry"] * count), "double", _angle) for count in (3, 4)),
    "st_area": Spatial("geometry", "double", lambda shape: float(shapely.area(shape)), geodesy.area),
    "st_azimuth": Spatial("geometry geometry", "double", _direction),
    "st_contains": _test("contains"),
    "st_containsproperly": _test("contains_properly"),
    "st_coveredby": _test("covered_by"),
    "st_covers": _test("covers"),
    "st_crosses": _no_null("crosses"),
    "st_dimension": _one("integer", _dimension),
    "st_disjoint": _test("disjoint"),
    "st_distance": Spatial("geometry geometry", "double", _distance, geodesy.distance),
    "st_distancesphere": (_SPHERE, Spatial("geometry geometry double", "double", _sphere_distance)),
    "st_dwithin": Spatial("geometry geometry double", "boolean", _within_distance),
    "st_equals": _no_null("equals"),
    "st_geometrytype": _one("text", lambda shape: f"ST_{name(shape)}"),
    "st_intersects": _test("intersects"),
    "st_isclosed": _one("boolean", _is_closed),
    "st_iscollection": _one("boolean", lambda shape: hasattr(shape, "geoms")),
    "st_isempty": _one("boolean", lambda shape: bool(shape.is_empty)),
    "st_ispolygonccw": _one("boolean", _turns(True)),
    "st_ispolygoncw": _one("boolean", _turns(False)),
    "st_isring": _one("boolean", _is_ring),
    "st_issimple": _one("boolean", _is_simple),
    "st_isvalid": _one("boolean", _is_valid),
    **dict.fromkeys(("st_length", "st_length2d"), _LENGTH),
    "st_lengthsphere": _one("double", _sphere_length),
    **{f"st_{letter}": _ordinate(letter.upper()) for letter in "xyzm"},
    **{f"st_{letter}max": _extreme(letter.upper(), max) for letter in "xyzm"},
    **{f"st_{letter}min": _extreme(letter.upper(), min) for letter in "xyzm"},
    "st_ndims": _one("integer", lambda shape: 2 + len(dimensions(shape))),
    "st_npoints": both("geometry", "integer", _points),
    "st_nrings": _one("integer", lambda shape: sum(len(rings(area)) for area in areas(shape))),
    "st_numgeometries": _one("integer", _count),
    "st_numinteriorrings": _one("integer", _of((POLYGON,), lambda shape: len(shape.interiors))),
    "st_numpoints": _one("integer", _of((LINESTRING,), _points)),
    **dict.fromkeys(("st_perimeter", "st_perimeter2d"), _PERIMETER),
    "st_srid": _one("integer", lambda shape: int(shapely.get_srid(shape))),
    "st_touches": _test("touches"),
    "st_within": _test("within"),
}
