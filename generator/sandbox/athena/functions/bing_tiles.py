"""Trino's functions of Bing tiles (trino.io/docs/current/functions/geospatial.html#bing-tiles).

The tile system is described in "Bing Maps Tile System" (learn.microsoft.com/bingmaps/articles).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from generator.sandbox.athena.functions.geometry_values import Table, forms
from generator.sandbox.athena.functions.scalars import invalid, unable
from generator.sandbox.spatial import POINT, Geometry, kind, shapely

_PIXELS = 256
_DEEPEST = 23
_LATITUDE, _LONGITUDE = 85.05112878, 180
_MOST = 1_000_000
_IN_ORDER = 10  # from this zoom level on Trino lists the tiles of other geometries than rectangles as it finds them


@dataclass(frozen=True)
class Tile:
    x: int
    y: int
    zoom: int

    @classmethod
    def of(cls, number: int) -> Tile:
        return cls(number >> 32, (number >> 8) & 0xFFFFFF, number & 0xFF)

    @property
    def number(self) -> int:
        return self.x << 32 | self.y << 8 | self.zoom

    @property
    def quadkey(self) -> str:
        places = range(self.zoom - 1, -1, -1)
        return "".join(str((self.x >> place & 1) + 2 * (self.y >> place & 1)) for place in places)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Longitudes and latitudes: west, south, east, north."""
        west, north = _corner(self.x, self.y, self.zoom)
        east, south = _corner(self.x + 1, self.y + 1, self.zoom)
        return west, south, east, north


def _corner(x: int, y: int, zoom: int) -> tuple[float, float]:
    size = _PIXELS << zoom
    longitude = 360 * (x * _PIXELS / size - 0.5)
    height = 0.5 - y * _PIXELS / size
    return longitude, 90 - 360 * math.atan(math.exp(-height * 2 * math.pi)) / math.pi


def _checked_zoom(zoom: int) -> int:
    if zoom <= 0:
        raise invalid("Zoom level must be > 0")
    if zoom > _DEEPEST:
        raise invalid(f"Zoom level must be <= {_DEEPEST}")
    return zoom


def _tile(x: int, y: int, zoom: int) -> int:
    limit = 1 << _checked_zoom(zoom)
    if not (0 <= x < limit and 0 <= y < limit):
        raise invalid(f"XY coordinates for a Bing tile at zoom level {zoom} must be within [0, {limit}) range")
    return Tile(x, y, zoom).number


def _of_quadkey(key: str) -> int:
    if not key:
        raise invalid("QuadKey must not be empty string")
    if len(key) > _DEEPEST:
        raise invalid(f"QuadKey must be {_DEEPEST} characters or less")
    if not re.fullmatch("[0-3]+", key):
        raise invalid(f"Invalid QuadKey digit sequence: {key}")
    x = int("".join(str(int(digit) & 1) for digit in key), 2)
    y = int("".join(str(int(digit) >> 1) for digit in key), 2)
    return Tile(x, y, len(key)).number


def _containing(latitude: float, longitude: float, zoom: int) -> Tile:
    size = _PIXELS << zoom
    sine = math.sin(math.radians(latitude))
    across = (longitude + 180) / 360
    down = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    x, y = (min(max(int(part * size), 0), size - 1) // _PIXELS for part in (across, down))
    return Tile(x, y, zoom)


def _checked_place(latitude: float, longitude: float) -> None:
    if not -_LATITUDE <= latitude <= _LATITUDE:
        raise invalid(f"Latitude must be between -{_LATITUDE} and {_LATITUDE}")
    if not -_LONGITUDE <= longitude <= _LONGITUDE:
        raise invalid(f"Longitude must be between -{_LONGITUDE}.0 and {_LONGITUDE}.0")


def _at(latitude: float, longitude: float, zoom: int) -> int:
    _checked_place(latitude, longitude)
    return _containing(latitude, longitude, _checked_zoom(zoom)).number


def _around(latitude: float, longitude: float, zoom: int) -> list[int]:
    """The tile and its neighbours, column by column."""
    _checked_place(latitude, longitude)
    middle, limit = _containing(latitude, longitude, _checked_zoom(zoom)), 1 << zoom
    columns, lines = ([at for at in (of - 1, of, of + 1) if 0 <= at < limit] for of in (middle.x, middle.y))
    return [Tile(x, y, zoom).number for x in columns for y in lines]


def _within(*_: float) -> list[int]:
    raise unable("bing_tiles_around with a radius, as the order of its tiles is not documented")


def _polygon(number: int) -> Geometry:
    west, south, east, north = Tile.of(number).bounds
    return shapely.Polygon([(west, south), (east, south), (east, north), (west, north)])


def _covering(shape: Geometry, zoom: int) -> list[int]:
    """The tiles that a geometry needs, column by column; a tile has its western and northern edges."""
    _checked_zoom(zoom)
    if shape.is_empty:
        return []
    xmin, ymin, xmax, ymax = map(float, shape.bounds)
    if not (ymin >= -_LATITUDE and ymax <= _LATITUDE):
        raise invalid(f"Latitude span for the geometry must be in [-{_LATITUDE:.2f}, {_LATITUDE:.2f}] range")
    if not (xmin >= -_LONGITUDE and xmax <= _LONGITUDE):
        raise invalid(f"Longitude span for the geometry must be in [-{_LONGITUDE:.2f}, {_LONGITUDE:.2f}] range")
    if kind(shape) == POINT:
        return [_containing(ymin, xmin, zoom).number]
    is_box = bool(shapely.equals(shape, shapely.box(xmin, ymin, xmax, ymax)))
    if hasattr(shape, "geoms") or (not is_box and zoom >= _IN_ORDER):
        raise unable(f"geometry_to_bing_tiles of this geometry at zoom level {zoom}, as the tiles' order is not known")
    first, last = _containing(ymax, xmin, zoom), _containing(ymin, xmax, zoom)
    west, north = _corner(last.x, last.y, zoom)
    right = last.x - (xmax == west and last.x > first.x)
    bottom = last.y - (ymin == north and last.y > first.y)
    if (right - first.x + 1) * (bottom - first.y + 1) > _MOST:
        raise invalid("The number of tiles covering input rectangle exceeds the limit of 1M.")
    found = [Tile(x, y, zoom) for x in range(first.x, right + 1) for y in range(first.y, bottom + 1)]
    return [tile.number for tile in found if is_box or shapely.intersects(shape, shapely.box(*tile.bounds))]


TABLE: Table = {
    "bing_tile": forms(("integer integer integer", "tile", _tile), ("varchar", "tile", _of_quadkey)),
    "bing_tile_at": forms(("double double integer", "tile", _at)),
    "bing_tiles_around": forms(
        ("double double integer", "tiles", _around), ("double double integer double", "tiles", _within)
    ),
    "bing_tile_polygon": forms(("tile", "geometry", _polygon)),
    "bing_tile_quadkey": forms(("tile", "varchar", lambda number: Tile.of(number).quadkey)),
    "bing_tile_zoom_level": forms(("tile", "tinyint", lambda number: Tile.of(number).zoom)),
    "_tile_x": forms(("tile", "integer", lambda number: Tile.of(number).x)),
    "_tile_y": forms(("tile", "integer", lambda number: Tile.of(number).y)),
    "geometry_to_bing_tiles": forms(("geometry integer", "tiles", _covering)),
}
