"""Trino's constructors of geometries and operations on them (trino.io/docs/current/functions/geospatial.html)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from generator.sandbox.athena.functions.geometry_values import Table, each, forms, no_collection, only, text
from generator.sandbox.athena.functions.scalars import invalid, unable
from generator.sandbox.spatial import (
    COLLECTION,
    LINESTRING,
    MULTILINESTRING,
    MULTIPOINT,
    POINT,
    POLYGON,
    Geometry,
    areas,
    closed,
    kind,
    lines,
    name,
    parts,
    read,
    rings,
    rows,
    shapely,
)

_QUARTER = 24  # segments of a quarter of a circle


def _of_text(wkt: str) -> Geometry:
    try:
        shape = read(closed(wkt))
    except (shapely.errors.GEOSException, NotImplementedError, ValueError) as error:
        if "IllegalArgument" in str(error):
            raise unable(f"the geometry {wkt[:60]}") from error
        raise invalid(f"Invalid WKT: {wkt}") from error
    return _flat(shape)


def _of_binary(wkb: bytes) -> Geometry:
    try:
        return _flat(shapely.from_wkb(wkb))
    except shapely.errors.GEOSException as error:
        raise invalid("Invalid WKB") from error


def _flat(shape: Geometry) -> Geometry:
    if shape.has_z or shape.has_m or shapely.get_srid(shape):
        raise unable("a geometry with more than two coordinates, or with an SRID")
    return shape


def _typed(function: str, *kinds: int) -> Callable[[str], Geometry]:
    def run(wkt: str) -> Geometry:
        shape = _of_text(wkt)
        only(shape, function, *kinds)
        return shape

    return run


def _line(points: list[Geometry | None]) -> Geometry:
    found: list[tuple[float, ...]] = []
    for at, point in enumerate(points, 1):
        what = "Invalid input to ST_LineString:"
        if point is None:
            raise invalid(f"{what} null point at index {at}")
        if kind(point) != POINT:
            raise invalid(f"ST_LineString takes only an array of valid points, {name(point)} was passed")
        if point.is_empty:
            raise invalid(f"{what} empty point at index {at}")
        if found and found[-1] == rows(point)[0]:
            raise invalid(f"{what} consecutive duplicate points at index {at}")
        found.append(rows(point)[0])
    return shapely.LineString(found if len(found) > 1 else [])


def _multipoint(points: list[Geometry | None]) -> Geometry | None:
    for at, point in enumerate(points, 1):
        what = "Invalid input to ST_MultiPoint:"
        if point is None:
            raise invalid(f"{what} null at index {at}")
        if kind(point) != POINT:
            raise invalid(f"{what} geometry is not a point: {name(point)} at index {at}")
        if point.is_empty:
            raise invalid(f"{what} empty point at index {at}")
    return shapely.multipoints(points) if points else None


def _point(x: float, y: float) -> Geometry:
    if not (math.isfinite(x) and math.isfinite(y)):
        raise unable("a point that is nowhere")
    return shapely.Point(x, y)


def _spherical(shape: Geometry) -> Geometry:
    for longitude, latitude in rows(shape):
        if not -180 <= longitude <= 180:
            raise invalid("Longitude must be between -180 and 180")
        if not -90 <= latitude <= 90:
            raise invalid("Latitude must be between -90 and 90")
    return shape


def _boundary(shape: Geometry) -> Geometry:
    no_collection(shape)
    if kind(shape) in (POINT, MULTIPOINT) or (kind(shape) == LINESTRING and shape.is_empty):
        return shapely.MultiPoint()
    if kind(shape) in (LINESTRING, MULTILINESTRING):
        ends = [end for line in lines(shape) for end in (shapely.get_point(line, 0), shapely.get_point(line, -1))]
        if len({rows(end)[0] for end in ends}) != len(ends):
            raise unable("the boundary of linestrings that meet")
        return shapely.multipoints(ends)
    counterclockwise = shapely.orient_polygons(shape)
    return shapely.multilinestrings([shapely.LineString(r) for area in areas(counterclockwise) for r in rings(area)])


def _buffer(shape: Geometry, distance: float) -> Geometry | None:
    if math.isnan(distance):
        raise invalid("distance is NaN")
    if distance < 0:
        raise invalid("distance is negative")
    if math.isinf(distance):
        raise unable("ST_Buffer with an infinite distance")
    if shape.is_empty:
        return None
    return shapely.buffer(shape, distance, quad_segs=_QUARTER) if distance else shape


def _overlay(call: str) -> Callable[[Geometry, Geometry], Geometry]:
    def run(one: Geometry, other: Geometry) -> Geometry:
        return getattr(shapely, call)(one, other)

    return run


def _union(shapes: list[Geometry | None]) -> Geometry:
    found = list(each(shapes))
    if not found:
        raise unable("geometry_union of no geometry")
    return shapely.union_all(found)


def _union_of_all(shapes: list[Geometry | None]) -> Geometry | None:
    return shapely.union_all(list(each(shapes))) if any(each(shapes)) else None


def _centroid(shape: Geometry) -> Geometry:
    return shapely.centroid(shape)


def _hull(shape: Geometry) -> Geometry:
    """A ring that begins at its smallest point."""
    if shape.is_empty:
        return shape
    found = shapely.normalize(shapely.convex_hull(shape))
    if kind(found) == LINESTRING and kind(shape) == COLLECTION:
        raise unable("the convex hull of a collection whose points are all on a line")
    return found


def _hull_of_all(shapes: list[Geometry | None]) -> Geometry | None:
    found = [shape for shape in each(shapes) if not shape.is_empty]
    if not found:
        return None
    made = shapely.normalize(shapely.convex_hull(shapely.geometrycollections(found)))
    if kind(made) == LINESTRING and len(found) > 1:
        raise unable("the convex hull of geometries whose points are all on a line")
    return made


def _envelope(shape: Geometry) -> Geometry:
    if shape.is_empty:
        return shapely.Polygon()
    xmin, ymin, xmax, ymax = shape.bounds
    if xmin == xmax or ymin == ymax:
        raise unable("the envelope of a geometry without width or height")
    return shapely.Polygon([(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)])


def _corners(shape: Geometry) -> list[Geometry] | None:
    if shape.is_empty:
        return None
    xmin, ymin, xmax, ymax = shape.bounds
    return [shapely.Point(xmin, ymin), shapely.Point(xmax, ymax)]


def _drawn(shape: Geometry) -> list[Geometry]:
    """A polygon's rings as lines, the shell counterclockwise, its holes clockwise."""
    return [shapely.LineString(ring) for ring in rings(shapely.orient_polygons(shape))]


def _exterior(shape: Geometry) -> Geometry | None:
    only(shape, "ST_ExteriorRing", POLYGON)
    return None if shape.is_empty else _drawn(shape)[0]


def _interiors(shape: Geometry) -> list[Geometry] | None:
    only(shape, "ST_InteriorRings", POLYGON)
    return None if shape.is_empty else _drawn(shape)[1:]


def _interior(shape: Geometry, at: int) -> Geometry | None:
    only(shape, "ST_InteriorRingN", POLYGON)
    return _drawn(shape)[at] if 1 <= at <= len(shape.interiors) else None


def _geometries(shape: Geometry) -> list[Geometry] | None:
    return None if shape.is_empty else list(shape.geoms) if hasattr(shape, "geoms") else [shape]


def _geometry_n(shape: Geometry, at: int) -> Geometry | None:
    found = _geometries(shape) or []
    return found[at - 1] if 1 <= at <= len(found) else None


def _points(shape: Geometry) -> list[Geometry] | None:
    """Of polygons clockwise, their holes counterclockwise."""
    found = [shapely.Point(row) for part in parts(shape) for row in rows(_clockwise(part))]
    return found or None


def _clockwise(part: Geometry) -> Geometry:
    return shapely.orient_polygons(part, exterior_cw=True) if kind(part) == POLYGON else part


def _point_n(function: str, at: int | None = None) -> Callable[..., Geometry | None]:
    def run(line: Geometry, given: int = 0) -> Geometry | None:
        only(line, function, LINESTRING)
        points = rows(line)
        place = given if at is None else at if at > 0 else len(points)
        return shapely.Point(points[place - 1]) if 1 <= place <= len(points) else None

    return run


def _interpolate(line: Geometry, fraction: float) -> Geometry | None:
    only(line, "line_interpolate_point", LINESTRING)
    if not 0 <= fraction <= 1:
        raise invalid("fraction must be between 0 and 1")
    return None if line.is_empty else shapely.line_interpolate_point(line, fraction, normalized=True)


def _interpolate_all(line: Geometry, fraction: float) -> list[Geometry] | None:
    first = _interpolate(line, fraction)
    if first is None:
        return None
    if fraction == 0:
        return [first]
    count = math.floor(1 / fraction)
    return [shapely.line_interpolate_point(line, fraction * step, normalized=True) for step in range(1, count + 1)]


def _simplify(shape: Geometry, tolerance: float) -> Geometry:
    if math.isnan(tolerance) or tolerance < 0:
        raise invalid("distanceTolerance is negative" if tolerance < 0 else "distanceTolerance is NaN")
    return shapely.simplify(_clockwise(shape), tolerance, preserve_topology=True) if tolerance else shape


def _nearest(one: Geometry, other: Geometry) -> list[Geometry] | None:
    if one.is_empty or other.is_empty:
        return None
    return [shapely.Point(row) for row in rows(shapely.shortest_line(one, other))]


def _of_geojson(given: str) -> Geometry:
    try:
        value: Any = json.loads(given)
    except ValueError as error:
        raise invalid(f"Invalid GeoJSON: {error}") from error
    if not isinstance(value, dict) or "type" not in value:
        raise invalid("Invalid GeoJSON: Could not parse Geometry from Json string.  No 'type' property found.")
    if value["type"] in ("Feature", "FeatureCollection"):
        raise unable(f"GeoJSON of a {value['type']}")
    try:
        return _spherical(_flat(shapely.from_geojson(given)))
    except shapely.errors.GEOSException as error:
        raise unable(f"this GeoJSON: {error}") from error


def _geojson(shape: Geometry) -> str:
    return str(shapely.to_geojson(shapely.orient_polygons(shape)))


_PAIR = "geometry geometry"

TABLE: Table = {
    "st_asbinary": forms(("geometry", "binary", lambda s: bytes(shapely.to_wkb(shapely.orient_polygons(s))))),
    "st_astext": forms(("geometry", "varchar", text)),
    "st_geometryfromtext": forms(("varchar", "geometry", _of_text)),
    "st_geomfrombinary": forms(("binary", "geometry", _of_binary)),
    "st_linefromtext": forms(("varchar", "geometry", _typed("ST_LineFromText", LINESTRING))),
    "st_linestring": forms(("geometries", "geometry", _line)),
    "st_multipoint": forms(("geometries", "geometry", _multipoint)),
    "st_point": forms(("double double", "geometry", _point)),
    "st_polygon": forms(("varchar", "geometry", _typed("ST_Polygon", POLYGON))),
    "to_spherical_geography": forms(("geometry", "spherical", _spherical)),
    "to_geometry": forms(("spherical", "geometry", lambda shape: shape)),
    "_nearest": forms((_PAIR, "geometries", _nearest)),
    "geometry_union": forms(("geometries", "geometry", _union)),
    "st_boundary": forms(("geometry", "geometry", _boundary)),
    "st_buffer": forms(("geometry double", "geometry", _buffer)),
    "st_difference": forms((_PAIR, "geometry", _overlay("difference"))),
    "st_envelope": forms(("geometry", "geometry", _envelope)),
    "st_envelopeaspts": forms(("geometry", "geometries", _corners)),
    "st_exteriorring": forms(("geometry", "geometry", _exterior)),
    "st_intersection": forms((_PAIR, "geometry", _overlay("intersection"))),
    "st_symdifference": forms((_PAIR, "geometry", _overlay("symmetric_difference"))),
    "st_union": forms((_PAIR, "geometry", _overlay("union"))),
    "st_centroid": forms(("geometry", "geometry", _centroid)),
    "st_convexhull": forms(("geometry", "geometry", _hull)),
    "st_geometries": forms(("geometry", "geometries", _geometries)),
    "st_geometryn": forms(("geometry integer", "geometry", _geometry_n)),
    "st_interiorringn": forms(("geometry integer", "geometry", _interior)),
    "st_interiorrings": forms(("geometry", "geometries", _interiors)),
    "st_points": forms(("geometry", "geometries", _points)),
    "st_pointn": forms(("geometry integer", "geometry", _point_n("ST_PointN"))),
    "st_startpoint": forms(("geometry", "geometry", _point_n("ST_StartPoint", 1))),
    "st_endpoint": forms(("geometry", "geometry", _point_n("ST_EndPoint", -1))),
    "simplify_geometry": forms(("geometry double", "geometry", _simplify)),
    "line_interpolate_point": forms(("geometry double", "geometry", _interpolate)),
    "line_interpolate_points": forms(("geometry double", "geometries", _interpolate_all)),
    "from_geojson_geometry": forms(("varchar", "spherical", _of_geojson)),
    "to_geojson_geometry": forms(("spherical", "varchar", _geojson), ("geometry", "varchar", _geojson)),
    "_hull_of_all": forms(("geometries", "geometry", _hull_of_all)),
    "_union_of_all": forms(("geometries", "geometry", _union_of_all)),
}
