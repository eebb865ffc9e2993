"""Redshift's functions that make geometries of numbers and of other geometries.

"Spatial functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from generator.sandbox.redshift.functions.spatial_forms import box
from generator.sandbox.redshift.functions.spatial_values import REFUSED, Spatial, Table, only, read_value
from generator.sandbox.spatial import (
    COLLECTION,
    LINESTRING,
    MULTILINESTRING,
    MULTIPOINT,
    POINT,
    POLYGON,
    Geometry,
    Row,
    areas,
    collected,
    dimensions,
    kind,
    line,
    parts,
    remade,
    rings,
    rows,
    shapely,
)  # fmt: skip


def _line_of(shape: Geometry) -> list[Row]:
    only(shape, (LINESTRING,), "linestring")
    return rows(shape)


def _fitted(point: Geometry, model: Geometry) -> list[Row]:
    """The point's coordinates (none where it is empty) in the dimensions of another geometry."""
    only(point, (POINT,), "point")
    return rows(_forced(point, dimensions(model)))


def _forced(shape: Geometry, wanted: str) -> Geometry:
    letters = "XY" + dimensions(shape)

    def change(row: Row) -> Row:
        values = dict(zip(letters, row, strict=True))
        return tuple(values.get(letter, 0.0) for letter in "XY" + wanted)

    return remade(shape, change, wanted)


def _add_point(shape: Geometry, point: Geometry, at: int = -1) -> Geometry:
    points, added = _line_of(shape), _fitted(point, shape)
    if not -1 <= at <= len(points):
        raise ValueError(f"index {at} is out of range")
    at = len(points) if at == -1 else at
    return line([*points[:at], *added, *points[at:]], dimensions(shape))


def _set_point(shape: Geometry, at: int, point: Geometry) -> Geometry:
    points, new = _line_of(shape), _fitted(point, shape)
    if not -len(points) <= at < len(points):
        raise ValueError(f"index {at} is out of range")
    if new:
        points[at] = new[0]
    return line(points, dimensions(shape))


def _remove_point(shape: Geometry, at: int) -> Geometry:
    points = _line_of(shape)
    if not 0 <= at < len(points):
        raise ValueError(f"index {at} is out of range")
    return line([*points[:at], *points[at + 1 :]], dimensions(shape))


def _point_n(shape: Geometry, at: int) -> Geometry | None:
    """NULL for what is no linestring, or has no such point; -1 is the last one."""
    points = [*map(list, rows(shape))] if kind(shape) == LINESTRING else []
    if at == 0 or abs(at) > len(points):
        return None
    return _point(*points[at - 1 if at > 0 else at], dimensions=dimensions(shape))


def _point(*values: float, dimensions: str | None = None) -> Geometry:
    known = {2: "", 3: "Z", 4: "ZM"}[len(values)] if dimensions is None else dimensions
    return shapely.from_wkt(f"POINT {known} ({' '.join(map(repr, values))})")


def _boundary(shape: Geometry) -> Geometry:
    if kind(shape) == COLLECTION:
        raise ValueError("geometry collections are not supported here")
    if shape.is_empty:
        return shape
    if kind(shape) in (POINT, MULTIPOINT):
        return shapely.GeometryCollection()
    if dimensions(shape) or kind(shape) == MULTILINESTRING:
        raise ValueError(f"{REFUSED}ST_BOUNDARY of a multilinestring, or of more than two dimensions")
    if kind(shape) == LINESTRING:
        return shapely.boundary(shape)
    drawn = [shapely.LineString(ring) for area in areas(shape) for ring in rings(area)]
    return drawn[0] if kind(shape) == POLYGON and len(drawn) == 1 else shapely.multilinestrings(drawn)


def _buffer(shape: Geometry, distance: float, segments: int = 8) -> Geometry:
    if kind(shape) == COLLECTION:
        raise ValueError("geometry collections are not supported here")
    return shapely.normalize(shapely.buffer(shapely.force_2d(shape), distance, quad_segs=segments))


def _overlay(call: str, without: tuple[int, ...]) -> Spatial:
    def run(one: Geometry, other: Geometry) -> Geometry:
        if {kind(one), kind(other)} & set(without):
            raise ValueError("geometries of these subtypes are not supported here")
        if dimensions(one) or dimensions(other):
            raise ValueError("geometries must have two dimensions")
        if without != (COLLECTION,) and (one.is_empty or other.is_empty):
            raise ValueError(f"{REFUSED}ST_UNION of an empty geometry")
        return shapely.normalize(getattr(shapely, call)(one, other))

    return Spatial("geometry geometry", "geometry", run)


def _centroid(shape: Geometry) -> Geometry | None:
    return None if shape.is_empty else shapely.centroid(shapely.force_2d(shape))


def _hull(shape: Geometry) -> Geometry:
    return shape if shape.is_empty else shapely.normalize(shapely.convex_hull(shapely.force_2d(shape)))


def _envelope(shape: Geometry) -> Geometry:
    return shape if shape.is_empty else box(*map(float, shape.bounds))


def _make_envelope(xmin: float, ymin: float, xmax: float, ymax: float, srid: int = 0) -> Geometry:
    return _placed(box(xmin, ymin, xmax, ymax), srid)


def _placed(shape: Geometry, srid: int) -> Geometry:
    if srid < 0:
        raise ValueError("SRID cannot be negative")
    return shapely.set_srid(shape, srid)


def _collect(one: Geometry | None, other: Geometry | None) -> Geometry | None:
    if one is None or other is None:
        return other if one is None else one
    return _collected([one, other])


def _collected(shapes: list[Geometry]) -> Geometry:
    if len({dimensions(shape) for shape in shapes}) > 1:
        raise ValueError("geometries of different dimensions")
    return collected(shapes)


def collect(texts: list[str | None] | None) -> Any:
    """The aggregate function ST_Collect: values as texts."""
    shapes = [read_value(text, "st_collect") for text in texts or () if text is not None]
    srids = {int(shapely.get_srid(shape)) for shape in shapes}
    if len(srids) > 1:
        raise ValueError(f"geometries with different SRIDs: {', '.join(map(str, sorted(srids)))}")
    return shapely.set_srid(_collected(shapes), srids.pop()) if shapes else None


def _end(at: int) -> Callable[[Geometry], Geometry | None]:
    return lambda shape: _point_n(shape, at)


def _exterior(shape: Geometry) -> Geometry | None:
    if kind(shape) != POLYGON:
        return None
    return shape if shape.is_empty else shapely.LineString(shape.exterior) if not dimensions(shape) else _ring(shape, 0)


def _interior(shape: Geometry, at: int) -> Geometry | None:
    found = kind(shape) == POLYGON and 1 <= at <= len(shape.interiors)
    return _ring(shape, at) if found else None


def _ring(shape: Geometry, at: int) -> Geometry:
    return line(rows(rings(shape)[at]), dimensions(shape))


def _geometry_n(shape: Geometry, at: int) -> Geometry:
    if not hasattr(shape, "geoms"):
        if at != 1:
            raise ValueError(f"{REFUSED}ST_GEOMETRYN {at} of a single geometry")
        return shape
    if not 1 <= at <= len(shape.geoms):
        raise ValueError(f"index {at} is out of range")
    return shape.geoms[at - 1]


def _line_of_points(shape: Geometry) -> Geometry:
    only(shape, (MULTIPOINT,), "multipoint")
    return line(rows(shape), dimensions(shape))


def _interpolate(shape: Geometry, fraction: float) -> Geometry:
    only(shape, (LINESTRING,), "linestring")
    if not 0 <= fraction <= 1:
        raise ValueError("fraction must be between 0 and 1")
    if dimensions(shape):
        raise ValueError(f"{REFUSED}ST_LINEINTERPOLATEPOINT of more than two dimensions")
    return shapely.Point() if shape.is_empty else shapely.line_interpolate_point(shape, fraction, normalized=True)


def _make_line(one: Geometry, other: Geometry) -> Geometry:
    for shape in (one, other):
        only(shape, (POINT, LINESTRING, MULTIPOINT), "point, linestring or multipoint")
    if dimensions(one) != dimensions(other):
        raise ValueError("geometries of different dimensions")
    return line([*rows(one), *rows(other)], dimensions(one))


def _make_polygon(shell: Geometry, holes: Geometry | None = None) -> Geometry:
    only(shell, (LINESTRING,), "linestring")
    if holes is not None:
        only(holes, (MULTILINESTRING,), "multilinestring")
        if dimensions(holes) != dimensions(shell) and not holes.is_empty:
            raise ValueError("geometries of different dimensions")
    drawn = [shell, *([] if holes is None or shell.is_empty else holes.geoms)]
    drawn = [ring for ring in drawn if not ring.is_empty]
    if not all(ring.is_closed for ring in drawn):
        raise ValueError("linestring is not closed")
    listed = ",".join(f"({','.join(' '.join(map(repr, row)) for row in rows(ring))})" for ring in drawn)
    return shapely.from_wkt(f"POLYGON {dimensions(shell)} " + (f"({listed})" if drawn else "EMPTY"))


def _multi(shape: Geometry) -> Geometry:
    if hasattr(shape, "geoms"):
        return shape
    empty = {POINT: shapely.MultiPoint, LINESTRING: shapely.MultiLineString, POLYGON: shapely.MultiPolygon}
    return empty[kind(shape)]() if shape.is_empty else collected([shape])


def _points(shape: Geometry) -> Geometry:
    listed = ",".join(f"({' '.join(map(repr, row))})" for row in rows(shape))
    return shapely.from_wkt(f"MULTIPOINT {dimensions(shape)} ({listed})" if listed else "MULTIPOINT EMPTY")


def _simplify(shape: Geometry, tolerance: float) -> Geometry:
    made = shapely.simplify(shape, tolerance, preserve_topology=False)
    if len(list(parts(made))) != len(list(parts(shape))) or (made.is_empty and not shape.is_empty):
        raise ValueError(f"{REFUSED}ST_SIMPLIFY that leaves nothing of a part")
    return made


def _reversed(shape: Geometry) -> Geometry:
    return shapely.reverse(shape)


def _one(run: Callable[..., Any]) -> Spatial:
    return Spatial("geometry", "geometry", run)


def _force(wanted: str) -> Spatial:
    return _one(lambda shape: _forced(shape, wanted))


_NUMBERS = ("double double", "double double double", "double double double double")
_LINEAR = (COLLECTION, LINESTRING, MULTILINESTRING)

TABLE: Table = {
    # What a geometry stores of its bounding box changes no result.
    "addbbox": _one(lambda shape: shape),
    "dropbbox": _one(lambda shape: shape),
    "st_addpoint": (
        Spatial("geometry geometry", "geometry", _add_point),
        Spatial("geometry geometry integer", "geometry", _add_point),
    ),
    "st_boundary": _one(_boundary),
    "st_buffer": (
        Spatial("geometry double", "geometry", _buffer),
        Spatial("geometry double integer", "geometry", _buffer),
    ),
    "st_centroid": _one(_centroid),
    "st_collect": Spatial("geometry geometry", "geometry", _collect, strict=False),
    "st_convexhull": _one(_hull),
    "st_endpoint": _one(_end(-1)),
    "st_envelope": _one(_envelope),
    "st_exteriorring": _one(_exterior),
    "st_force2d": _force(""),
    **dict.fromkeys(("st_force3d", "st_force3dz"), _force("Z")),
    "st_force3dm": _force("M"),
    "st_force4d": _force("ZM"),
    "st_geometryn": Spatial("geometry integer", "geometry", _geometry_n),
    "st_interiorringn": Spatial("geometry integer", "geometry", _interior),
    "st_intersection": _overlay("intersection", (COLLECTION,)),
    "st_linefrommultipoint": _one(_line_of_points),
    "st_lineinterpolatepoint": Spatial("geometry double", "geometry", _interpolate),
    "st_makeenvelope": (
        Spatial(_NUMBERS[2], "placed", _make_envelope),
        Spatial(f"{_NUMBERS[2]} integer", "placed", _make_envelope),
    ),
    "st_makeline": Spatial("geometry geometry", "geometry", _make_line),
    "st_makepoint": tuple(Spatial(numbers, "placed", _point) for numbers in _NUMBERS),
    "st_makepolygon": (_one(_make_polygon), Spatial("geometry geometry", "geometry", _make_polygon)),
    "st_multi": _one(_multi),
    "st_point": Spatial("double double", "placed", _point),
    "st_pointn": Spatial("geometry integer", "geometry", _point_n),
    "st_points": _one(_points),
    "st_polygon": Spatial("geometry integer", "placed", lambda shape, srid: _placed(_make_polygon(shape), srid)),
    "st_removepoint": Spatial("geometry integer", "geometry", _remove_point),
    "st_reverse": _one(_reversed),
    "st_setpoint": Spatial("geometry integer geometry", "geometry", _set_point),
    "st_setsrid": Spatial("geometry integer", "placed", _placed),
    "st_simplify": Spatial("geometry double", "geometry", _simplify),
    "st_startpoint": _one(_end(1)),
    "st_union": _overlay("union", _LINEAR),
}
