from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.athena.functions.bing_tiles import TABLE, Tile
from generator.sandbox.athena.functions.polylines import TABLE as POLYLINES
from generator.sandbox.spatial import rows, shapely

_FIRST, _OF_KEY = (form.run for form in TABLE["bing_tile"])
_AT = TABLE["bing_tile_at"][0].run


@given(st.floats(-85, 85), st.floats(-180, 179.99), st.integers(1, 23))
def test_a_tile_holds_its_point(latitude: float, longitude: float, zoom: int) -> None:
    tile = Tile.of(_AT(latitude, longitude, zoom))
    west, south, east, north = tile.bounds
    assert west <= longitude + 1e-9
    assert longitude <= east + 1e-9
    assert south <= latitude + 1e-9
    assert latitude <= north + 1e-9


@given(st.text("0123", min_size=1, max_size=23))
def test_quadkeys(key: str) -> None:
    tile = Tile.of(_OF_KEY(key))
    assert tile.quadkey == key
    assert _FIRST(tile.x, tile.y, tile.zoom) == tile.number


@given(st.lists(st.tuples(st.integers(-18_000_000, 18_000_000), st.integers(-9_000_000, 9_000_000)), min_size=2))
def test_polylines(points: list[tuple[int, int]]) -> None:
    """Five digits after the point are kept."""
    encode, decode = POLYLINES["to_encoded_polyline"][0].run, POLYLINES["from_encoded_polyline"][0].run
    line = shapely.LineString([(x / 100_000, y / 100_000) for x, y in points])
    assert [(round(x * 100_000), round(y * 100_000)) for x, y in rows(decode(encode(line)))] == points
