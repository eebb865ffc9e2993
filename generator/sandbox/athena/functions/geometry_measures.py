"""Trino's relationship tests and accessors (trino.io/docs/current/functions/geospatial.html)."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from typing import Any

from generator.sandbox.athena.functions.geometry_values import Table, forms, java_name, no_collection, only
from generator.sandbox.athena.functions.scalars import invalid, unable
from generator.sandbox.spatial import (
    COLLECTION,
    LINESTRING,
    MULTILINESTRING,
    MULTIPOLYGON,
    POINT,
    POLYGON,
    Geometry,
    Row,
    along,
    areas,
    kind,
    lines,
    name,
    parts,
    rings,
    rows,
    shapely,
)

_RADIUS = 6371.01  # of the Earth, in km
_TYPE_NAMES = {"GeometryCollection": "GeomCollection"}


def _test(call: str) -> Callable[[Geometry, Geometry], bool]:
    def run(one: Geometry, other: Geometry) -> bool:
        no_collection(one, other)
        return bool(getattr(shapely, call)(one, other))

    return run


def _relate(one: Geometry, other: Geometry, pattern: str) -> bool:
    no_collection(one, other)
    if not re.fullmatch("[TF*012]{9}", pattern):
        raise unable(f"ST_Relate with the pattern {pattern}")
    return bool(shapely.relate_pattern(one, other, pattern))


def great_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """The distance of two points on the Earth, in kilometres, by Vincenty's formula for a sphere."""
    for latitude in (lat1, lat2):
        if not -90 <= latitude <= 90:
            raise invalid("Latitude must be between -90 and 90")
    for longitude in (lon1, lon2):
        if not -180 <= longitude <= 180:
            raise invalid("Longitude must be between -180 and 180")
    up1, up2, turn = math.radians(lat1), math.radians(lat2), math.radians(lon1) - math.radians(lon2)
    across = math.cos(up2) * math.sin(turn)
    ahead = math.cos(up1) * math.sin(up2) - math.sin(up1) * math.cos(up2) * math.cos(turn)
    below = math.sin(up1) * math.sin(up2) + math.cos(up1) * math.cos(up2) * math.cos(turn)
    return math.atan2(math.sqrt(across * across + ahead * ahead), below) * _RADIUS


def _metres(start: Row, end: Row) -> float:
    return great_circle(start[1], start[0], end[1], end[0]) * 1000


def _distance(one: Geometry, other: Geometry) -> float | None:
    return None if one.is_empty or other.is_empty else float(shapely.distance(one, other))


def _sphere_distance(one: Geometry, other: Geometry) -> float | None:
    only(one, "When applied to SphericalGeography inputs, ST_Distance", POINT)
    only(other, "When applied to SphericalGeography inputs, ST_Distance", POINT)
    return None if one.is_empty or other.is_empty else _metres(rows(one)[0], rows(other)[0])


def _length(shape: Geometry) -> float:
    only(shape, "ST_Length", LINESTRING, MULTILINESTRING)
    return math.fsum(line.length for line in lines(shape))


def _sphere_length(shape: Geometry) -> float | None:
    only(shape, "ST_Length", LINESTRING, MULTILINESTRING)
    return None if shape.is_empty else math.fsum(along(line, _metres) for line in lines(shape))


def _sphere_area(shape: Geometry) -> float | None:
    """In square metres, of polygons that are smaller than a half of the sphere."""
    from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]

    if kind(shape) not in (POLYGON, MULTIPOLYGON):
        what = "When applied to SphericalGeography inputs, ST_Area only supports POLYGON or MULTI_POLYGON."
        raise invalid(f"{what} Input type is: {java_name(shape)}")
    if shape.is_empty:
        return None

    def of_ring(ring: Geometry) -> float:
        points = rows(ring)
        if any(one == other for one, other in itertools.pairwise(points)):
            raise invalid("Polygon is not valid: it has two identical consecutive vertices")
        polygon = Geodesic(_RADIUS * 1000, 0).Polygon()
        for longitude, latitude in points[:-1]:
            polygon.AddPoint(latitude, longitude)
        return abs(float(polygon.Compute()[2]))

    return math.fsum(
        (1 if at == 0 else -1) * of_ring(ring) for area in areas(shape) for at, ring in enumerate(rings(area))
    )


def _ordinate(letter: str) -> Callable[[Geometry], float | None]:
    def run(point: Geometry) -> float | None:
        only(point, f"ST_{letter}", POINT)
        return None if point.is_empty else float(getattr(point, letter.lower()))

    return run


def _bound(at: int) -> Callable[[Geometry], float | None]:
    return lambda shape: None if shape.is_empty else float(shape.bounds[at])


def _dimension(shape: Geometry) -> int:
    if kind(shape) == COLLECTION and shape.is_empty:
        raise unable("the dimension of an empty geometry collection")
    return int(shapely.get_dimensions(shape))


def _is_closed(shape: Geometry) -> bool:
    only(shape, "ST_IsClosed", LINESTRING, MULTILINESTRING)
    if any(line.is_empty for line in lines(shape)) or shape.is_empty:
        raise unable("ST_IsClosed of an empty linestring")
    return all(bool(line.is_closed) for line in lines(shape))


def _is_ring(shape: Geometry) -> bool:
    only(shape, "ST_IsRing", LINESTRING)
    return bool(shape.is_closed) and bool(shapely.is_simple(shape))


def _is_valid(shape: Geometry) -> bool:
    """What is simple and has no point twice in a row is valid by any definition; what shapely refuses, by none."""
    if not shapely.is_valid(shape):
        return False
    for part in parts(shape):
        points = [row for ring in (rings(part) if kind(part) == POLYGON else [part]) for row in rows(ring)]
        twice = any(one == other for one, other in itertools.pairwise(points))
        if twice or (kind(part) == LINESTRING and not shapely.is_simple(part)):
            raise unable("ST_IsValid of a line that crosses or repeats itself, as Trino's notion of it has changed")
    if len(list(parts(shape))) > 1 and kind(shape) != COLLECTION and not shapely.is_simple(shape):
        raise unable("ST_IsValid of a geometry whose parts meet, as Trino's notion of it has changed")
    return True


def _invalid_reason(shape: Geometry) -> None:
    if not _is_valid(shape):
        raise unable("geometry_invalid_reason of an invalid geometry, as its wording is not documented")


def _count_points(shape: Geometry) -> int:
    """A ring's last point, which is its first one, is not counted."""
    return sum(len(rows(part)) - (len(rings(part)) if kind(part) == POLYGON else 0) for part in parts(shape))


def _count(shape: Geometry) -> int:
    if shape.is_empty:
        return 0
    return len(shape.geoms) if hasattr(shape, "geoms") else 1


def _count_rings(shape: Geometry) -> int:
    only(shape, "ST_NumInteriorRing", POLYGON)
    return len(shape.interiors)


def _locate(line: Geometry, point: Geometry) -> float | None:
    if kind(line) not in (LINESTRING, MULTILINESTRING):
        what = "First argument to line_locate_point must be a LineString or a MultiLineString."
        raise invalid(f"{what} Got: {name(line)}")
    if kind(point) != POINT:
        raise invalid(f"Second argument to line_locate_point must be a Point. Got: {name(point)}")
    return None if line.is_empty or point.is_empty else float(shapely.line_locate_point(line, point, normalized=True))


def _area(shape: Geometry) -> float:
    return float(shapely.area(shape))


_TESTS = ("contains", "crosses", "disjoint", "equals", "intersects", "overlaps", "touches", "within")


def _one(gives: str, run: Callable[[Geometry], Any]) -> Any:
    return forms(("geometry", gives, run))


TABLE: Table = {
    **{f"st_{call}": forms(("geometry geometry", "boolean", _test(call))) for call in _TESTS},
    "st_relate": forms(("geometry geometry varchar", "boolean", _relate)),
    "great_circle_distance": forms(("double double double double", "double", great_circle)),
    "geometry_invalid_reason": _one("varchar", _invalid_reason),
    "line_locate_point": forms(("geometry geometry", "double", _locate)),
    "st_area": forms(("geometry", "double", _area), ("spherical", "double", _sphere_area)),
    "st_coorddim": _one("tinyint", lambda _: 2),
    "st_dimension": _one("tinyint", _dimension),
    "st_distance": forms(
        ("geometry geometry", "double", _distance), ("spherical spherical", "double", _sphere_distance)
    ),
    "st_geometrytype": _one("varchar", lambda shape: f"ST_{_TYPE_NAMES.get(name(shape), name(shape))}"),
    "st_isclosed": _one("boolean", _is_closed),
    "st_isempty": _one("boolean", lambda shape: bool(shape.is_empty)),
    "st_isring": _one("boolean", _is_ring),
    "st_issimple": _one("boolean", lambda shape: bool(shapely.is_simple(shape))),
    "st_isvalid": _one("boolean", _is_valid),
    "st_length": forms(("geometry", "double", _length), ("spherical", "double", _sphere_length)),
    "st_numgeometries": _one("bigint", _count),
    "st_numinteriorring": _one("bigint", _count_rings),
    "st_numpoints": _one("bigint", _count_points),
    "st_x": _one("double", _ordinate("X")),
    "st_y": _one("double", _ordinate("Y")),
    **{f"st_{bound}": _one("double", _bound(at)) for at, bound in enumerate(("xmin", "ymin", "xmax", "ymax"))},
}
