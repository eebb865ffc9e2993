"""Redshift's texts and binary forms of geometries: WKT, EWKT, WKB, EWKB, GeoJSON and geohashes.

"Spatial functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import json
import re
from typing import Any

from generator.sandbox.redshift.functions import geohash
from generator.sandbox.redshift.functions.spatial_values import REFUSED, Spatial, Table, both, hexadecimal, only
from generator.sandbox.spatial import (
    COLLECTION,
    POINT,
    POLYGON,
    Geometry,
    kind,
    name,
    read,
    remade,
    rings,
    rows,
    shapely,
    write,
)

_DIGITS = 15
_WGS84 = 4326
_LARGEST = 65535
_SRID = re.compile(r"\s*SRID\s*=\s*(\d+)\s*;", re.IGNORECASE)


def _number(digits: int) -> Any:
    if not 1 <= digits <= 20:
        raise ValueError(f"precision must be between 1 and 20, not {digits}")
    return lambda value: f"{value + 0.0:.{digits}g}"


def _fitting(text: str) -> str:
    if len(text) > _LARGEST:
        raise ValueError(f"result of {len(text)} bytes is longer than VARCHAR({_LARGEST})")
    return text


def as_text(shape: Geometry, digits: int = _DIGITS) -> str:
    return _fitting(write(shape, _number(digits), ""))


def as_ewkt(shape: Geometry, digits: int = _DIGITS) -> str:
    srid = shapely.get_srid(shape)
    return _fitting(f"SRID={srid};" * bool(srid) + as_text(shape, digits))


def as_geojson(shape: Geometry, digits: int = _DIGITS) -> str:
    return _fitting(_geojson(shape, _number(digits)))


def _geojson(shape: Geometry, number: Any) -> str:
    if kind(shape) == COLLECTION:
        inner = ",".join(_geojson(part, number) for part in shape.geoms)
        return f'{{"type":"GeometryCollection","geometries":[{inner}]}}'
    return f'{{"type":"{name(shape)}","coordinates":{_coordinates(shape, number)}}}'


def _coordinates(shape: Geometry, number: Any) -> str:
    if hasattr(shape, "geoms"):
        inner = [_coordinates(part, number) for part in shape.geoms]
    elif kind(shape) == POLYGON:
        inner = [_coordinates(ring, number) for ring in rings(shape)]
    else:
        kept = 3 if shape.has_z else 2
        inner = [f"[{','.join(map(number, row[:kept]))}]" for row in rows(shape)]
        if kind(shape) == POINT:
            return inner[0] if inner else "[]"
    return f"[{','.join(inner)}]"


def _as_binary(shape: Geometry) -> bytes:
    return bytes(shapely.to_wkb(shape, output_dimension=4, byte_order=1, flavor="iso"))


def _as_ewkb(shape: Geometry) -> bytes:
    if shape.has_z or shape.has_m:
        raise ValueError(f"{REFUSED}ST_ASEWKB of a geometry with more than two dimensions")
    return bytes.fromhex(hexadecimal(shape))


def from_text(text: str, srid: int = 0) -> Geometry | None:
    if _SRID.match(text):
        raise ValueError(f"{REFUSED}EWKT where WKT is meant; use ST_GeomFromEWKT")
    return None if srid < 0 else shapely.set_srid(_read(text), srid)


def from_ewkt(text: str, default: int = 0) -> Geometry:
    found = _SRID.match(text)
    shape = _read(text[found.end() :] if found else text)
    return shapely.set_srid(shape, int(found[1]) if found else default)


def _read(text: str) -> Geometry:
    try:
        return read(text)
    except (shapely.errors.GEOSException, NotImplementedError) as error:
        # Redshift may take rings that are not closed and lines of one point; what is no WKT at all, it does not.
        if "IllegalArgument" in str(error):
            raise ValueError(f"{REFUSED}a geometry such as {text[:60]}") from error
        raise ValueError(f"invalid WKT: {text[:60]}") from error


def from_wkb(text: str, srid: int = 0) -> Geometry | None:
    shape = from_ewkb(text)
    if shapely.get_srid(shape):
        raise ValueError(f"{REFUSED}EWKB where WKB is meant; use ST_GeomFromEWKB")
    return None if srid < 0 else shapely.set_srid(shape, srid)


def from_ewkb(text: str, default: int = 0) -> Geometry:
    """A geometry of WKB or EWKB in hexadecimal."""
    try:
        shape = shapely.from_wkb(text)
    except shapely.errors.GEOSException as error:
        raise ValueError(f"invalid WKB: {text[:60]}") from error
    return shapely.set_srid(shape, shapely.get_srid(shape) or default)


def _from_geojson(text: str) -> Geometry:
    """Points without z are at 0 where any has one."""
    try:
        value = json.loads(text)
        shape = shapely.from_geojson(text)
    except (ValueError, shapely.errors.GEOSException) as error:
        raise ValueError(f"invalid GeoJSON: {text[:60]}") from error
    if not isinstance(value, dict) or value.get("type") in ("Feature", "FeatureCollection"):
        raise ValueError(f"{REFUSED}GeoJSON that is no geometry")
    if shape.has_z:
        shape = remade(shape, lambda row: (*row[:2], row[2] if row[2:] and row[2] == row[2] else 0.0), "Z")
    return shapely.set_srid(shape, _WGS84)


def box(xmin: float, ymin: float, xmax: float, ymax: float) -> Geometry:
    """A polygon, clockwise from its lower left corner; a line or a point where it has no area."""
    if (xmin, ymin) == (xmax, ymax):
        return shapely.Point(xmin, ymin)
    if xmin == xmax or ymin == ymax:
        return shapely.LineString([(xmin, ymin), (xmax, ymax)])
    return shapely.Polygon([(xmin, ymin), (xmin, ymax), (xmax, ymax), (xmax, ymin)])


def _geohash(shape: Geometry, length: int = 20) -> str | None:
    only(shape, (POINT,), "point")
    if length < 1:
        raise ValueError(f"{REFUSED}a geohash of {length} characters")
    return None if shape.is_empty else geohash.encode(shape.x, shape.y, length)


def _from_geohash(text: str, length: int | None = None) -> Geometry:
    if not text or (length is not None and length < 1):
        raise ValueError(f"{REFUSED}a geohash of no characters")
    return box(*geohash.decode(text[:length]))


TABLE: Table = {
    "st_asbinary": Spatial("geometry", "varbyte", _as_binary),
    "st_asewkb": Spatial("geometry", "varbyte", _as_ewkb),
    "st_asewkt": (both("geometry", "text", as_ewkt), both("geometry integer", "text", as_ewkt)),
    "st_asgeojson": (both("geometry", "text", as_geojson), both("geometry integer", "text", as_geojson)),
    "st_ashexewkb": both("geometry", "text", lambda shape: _fitting(hexadecimal(shape))),
    "st_ashexwkb": both("geometry", "text", lambda shape: _fitting(_as_binary(shape).hex().upper())),
    "st_astext": (both("geometry", "text", as_text), both("geometry integer", "text", as_text)),
    "st_geogfromtext": Spatial("text", "geography", lambda text: from_ewkt(text, _WGS84)),
    "st_geogfromwkb": Spatial("text", "geography", lambda text: from_ewkb(text, _WGS84)),
    "st_geohash": (Spatial("geometry", "text", _geohash), Spatial("geometry integer", "text", _geohash)),
    "st_geomfromewkb": Spatial("text", "placed", from_ewkb),
    "st_geomfromewkt": Spatial("text", "placed", from_ewkt),
    "st_geomfromgeohash": (Spatial("text", "placed", _from_geohash), Spatial("text integer", "placed", _from_geohash)),
    "st_geomfromgeojson": Spatial("text", "placed", _from_geojson),
    "st_geomfromtext": (Spatial("text", "placed", from_text), Spatial("text integer", "placed", from_text)),
    "st_geomfromwkb": (Spatial("text", "placed", from_wkb), Spatial("text integer", "placed", from_wkb)),
}
