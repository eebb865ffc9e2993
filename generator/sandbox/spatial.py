"""Geometries for both engines: shapely, imported by the first spatial function that runs, and what they share of it."""

from __future__ import annotations

import importlib
import itertools
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

# shapely's own types would import it.
Geometry = Any
Row = tuple[float, ...]

POINT, LINESTRING, LINEARRING, POLYGON, MULTIPOINT, MULTILINESTRING, MULTIPOLYGON, COLLECTION = range(8)
# As OGC spells them.
NAMES = {
    POINT: "Point",
    LINESTRING: "LineString",
    LINEARRING: "LineString",
    POLYGON: "Polygon",
    MULTIPOINT: "MultiPoint",
    MULTILINESTRING: "MultiLineString",
    MULTIPOLYGON: "MultiPolygon",
    COLLECTION: "GeometryCollection",
}
_POINTS = re.compile(r"MULTIPOINT\s*(?:ZM|Z|M)?\s*\((?:[^A-Za-z()]|EMPTY|\([^()]*\))*\)", re.IGNORECASE)
_AREAS = re.compile(r"POLYGON[^A-Za-z]*", re.IGNORECASE)


class _Late:
    """A module that is imported when something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        found = getattr(importlib.import_module(self._name), name)
        setattr(self, name, found)
        return found


shapely: Any = _Late("shapely")


def name(shape: Geometry) -> str:
    """The subtype as OGC spells it: "LineString"."""
    return NAMES[kind(shape)]


def kind(shape: Geometry) -> int:
    """The subtype's number, one of the constants above."""
    return int(shapely.get_type_id(shape))


def read(text: str) -> Geometry:
    """A geometry of its WKT; points of a MULTIPOINT may stand without parentheses, beside EMPTY too.

    Raises shapely.errors.GEOSException where it is none.
    """
    if "empty" in text.lower():
        text = _POINTS.sub(lambda found: _wrapped(found[0]), text)
    found = shapely.from_wkt(text)
    if any(kind(part) == LINEARRING for part in parts(found)):
        raise ValueError("unknown type LINEARRING")
    return found


def _wrapped(text: str) -> str:
    head, _, body = text.partition("(")
    points = [point.strip() for point in body[:-1].split(",")]
    return f"{head}({','.join(p if p[:1] == '(' or p.upper() == 'EMPTY' else f'({p})' for p in points)})"


def closed(text: str) -> str:
    """WKT in which the rings of all polygons end where they begin."""
    return _AREAS.sub(lambda found: re.sub(r"\(([^()]+)\)", _closed_ring, found[0]), text)


def _closed_ring(found: re.Match[str]) -> str:
    points = [point.strip() for point in found[1].split(",")]
    return f"({', '.join(points if points[0] == points[-1] else [*points, points[0]])})"


def write(shape: Geometry, number: Callable[[float], str], space: str) -> str:
    """WKT, with `number`'s text of each coordinate, and `space` after names and commas: "POINT(1 2)"."""
    label = name(shape).upper()
    dimensions = "Z" * bool(shape.has_z) + "M" * bool(shape.has_m)
    gap = " " if dimensions else space
    label += f" {dimensions}" if dimensions else ""
    body = _body(shape, number, space)
    return f"{label} EMPTY" if body == "EMPTY" else f"{label}{gap}{body}"


def _body(shape: Geometry, number: Callable[[float], str], space: str) -> str:
    if kind(shape) == COLLECTION:
        inner = [write(part, number, space) for part in shape.geoms]
    elif hasattr(shape, "geoms"):
        inner = [_body(part, number, space) for part in shape.geoms]
    elif kind(shape) == POLYGON:
        inner = [_body(ring, number, space) for ring in rings(shape)]
    else:
        inner = [" ".join(map(number, row)) for row in rows(shape)]
    return f"({f',{space}'.join(inner)})" if inner else "EMPTY"


def remade(shape: Geometry, change: Callable[[Row], Row], dimensions: str) -> Geometry:
    """The geometry with other coordinates: `change` gives as many as `dimensions` ("", "Z", "M" or "ZM") has.

    Raises shapely.errors.GEOSException where these make no geometry of that subtype.
    """
    text = _remade(shape, change, dimensions)
    return shapely.set_srid(shapely.from_wkt(text), shapely.get_srid(shape))


def _remade(shape: Geometry, change: Callable[[Row], Row], dimensions: str) -> str:
    def body(part: Geometry) -> str:
        if kind(part) == COLLECTION:
            inner = [_remade(each, change, dimensions) for each in part.geoms]
        elif hasattr(part, "geoms"):
            inner = [body(each) for each in part.geoms]
        elif kind(part) == POLYGON:
            inner = [body(ring) for ring in rings(part)]
        else:
            inner = [" ".join(map(repr, change(row))) for row in rows(part)]
        return f"({','.join(inner)})" if inner else "EMPTY"

    return f"{name(shape).upper()} {dimensions} {body(shape)}"


def line(points: list[Row], dimensions: str) -> Geometry:
    """A linestring of points that have x, y and what `dimensions` ("", "Z", "M" or "ZM") says."""
    listed = ",".join(" ".join(map(repr, point)) for point in points)
    return shapely.from_wkt(f"LINESTRING {dimensions} " + (f"({listed})" if points else "EMPTY"))


def dimensions(shape: Geometry) -> str:
    """What a geometry has besides x and y: "", "Z", "M" or "ZM"."""
    return "Z" * bool(shape.has_z) + "M" * bool(shape.has_m)


def rows(shape: Geometry) -> list[Row]:
    """The coordinates of all points of a geometry: x, y, and z and m where it has them."""
    has_z, has_m = bool(shape.has_z), bool(shape.has_m)
    found = shapely.get_coordinates(shape, include_z=has_z, include_m=has_m)
    return [tuple(map(float, row)) for row in found]


def rings(polygon: Geometry) -> list[Geometry]:
    return [] if polygon.is_empty else [polygon.exterior, *polygon.interiors]


def parts(shape: Geometry) -> Iterator[Geometry]:
    """Points, linestrings and polygons of a geometry, whatever it is made of."""
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from parts(part)
    else:
        yield shape


def lines(shape: Geometry) -> list[Geometry]:
    return [part for part in parts(shape) if kind(part) in (LINESTRING, LINEARRING)]


def areas(shape: Geometry) -> list[Geometry]:
    return [part for part in parts(shape) if kind(part) == POLYGON]


def collected(shapes: list[Geometry]) -> Geometry:
    """Points, linestrings or polygons as a multi-geometry of theirs, any others as a collection."""
    made = {POINT: shapely.multipoints, LINESTRING: shapely.multilinestrings, POLYGON: shapely.multipolygons}
    kinds = {kind(shape) for shape in shapes}
    make = made.get(kinds.pop()) if len(kinds) == 1 else None
    return (make or shapely.geometrycollections)(shapes)


def great_circle(start: Row, end: Row, radius: float) -> float:
    """The distance of two points (degrees of longitude and latitude) on a sphere, by the haversine formula."""
    (lon1, lat1), (lon2, lat2) = (tuple(map(math.radians, point[:2])) for point in (start, end))
    inner = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * radius * math.asin(math.sqrt(min(inner, 1.0)))


def along(shape: Geometry, distance: Callable[[Row, Row], float]) -> float:
    """The length of a line or ring by a distance of neighbouring points."""
    points = rows(shape)
    return math.fsum(distance(start, end) for start, end in itertools.pairwise(points))
