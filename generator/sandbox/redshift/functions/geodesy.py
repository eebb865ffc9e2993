"""Measures of Redshift's GEOGRAPHY, on the spheroid of WGS 84 (SRID 4326).

The examples of "ST_Distance", "ST_Length" and "ST_Perimeter" in the Amazon Redshift Database Developer Guide are
those of Andoyer's formula, not of the exact geodesic.
"""

from __future__ import annotations

import math

from generator.sandbox.spatial import POINT, Geometry, Row, along, areas, kind, lines, rings, rows, shapely

_EQUATOR = 6378137.0
_FLATTENING = 1 / 298.257223563
_WGS84 = 4326
# A sphere of the same mean radius, of ST_DistanceSphere and ST_LengthSphere.
RADIUS = _EQUATOR * (1 - _FLATTENING / 3)


def apart(start: Row, end: Row) -> float:
    """The distance of two points (degrees of longitude and latitude) in metres, by Andoyer's formula."""
    lon1, lat1, lon2, lat2 = map(math.radians, (*start[:2], *end[:2]))
    cosine = math.sin(lat1) * math.sin(lat2) + math.cos(lat1) * math.cos(lat2) * math.cos(lon2 - lon1)
    cosine = min(max(cosine, -1.0), 1.0)
    angle = math.acos(cosine)
    minus, plus = (math.sin(lat1) - math.sin(lat2)) ** 2, (math.sin(lat1) + math.sin(lat2)) ** 2
    near = minus * (angle + 3 * math.sin(angle)) / (1 - cosine) if cosine < 1 else 0.0
    far = plus * (angle - 3 * math.sin(angle)) / (1 + cosine) if cosine > -1 else 0.0
    return _EQUATOR * (angle - _FLATTENING / 4 * (near + far))


def distance(one: Geometry, other: Geometry) -> float | None:
    """ST_Distance of two points."""
    _on_wgs84(one)
    if kind(one) != POINT or kind(other) != POINT:
        raise ValueError("ST_Distance of geographies is that of points")
    if one.is_empty or other.is_empty:
        return None
    return apart(rows(one)[0], rows(other)[0])


def length(shape: Geometry) -> float:
    _on_wgs84(shape)
    return math.fsum(along(line, apart) for line in lines(shape))


def perimeter(shape: Geometry) -> float:
    _on_wgs84(shape)
    return math.fsum(along(ring, apart) for area in areas(shape) for ring in rings(area))


def area(shape: Geometry) -> float:
    """In square metres, by the exact geodesic."""
    from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]

    _on_wgs84(shape)

    def of_ring(ring: Geometry) -> float:
        polygon = Geodesic.WGS84.Polygon()
        for lon, lat, *_ in rows(ring)[:-1]:
            if abs(lat) > 90:
                raise ValueError("the sandbox can't run this: the area of a geography beyond the poles")
            polygon.AddPoint(lat, lon)
        return abs(float(polygon.Compute()[2]))

    signed = [(1 if at == 0 else -1) * of_ring(ring) for each in areas(shape) for at, ring in enumerate(rings(each))]
    return math.fsum(signed)


def _on_wgs84(shape: Geometry) -> None:
    if shapely.get_srid(shape) != _WGS84:
        raise ValueError("the sandbox can't run this: measures of a geography whose SRID is not 4326")
