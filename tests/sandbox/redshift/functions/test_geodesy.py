from __future__ import annotations

from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions import geodesy

_PLACES = st.tuples(st.floats(-60, 60), st.floats(-80, 80))


@given(_PLACES, _PLACES)
def test_distances_are_nearly_those_of_geodesics(one: tuple[float, float], other: tuple[float, float]) -> None:
    exact = Geodesic.WGS84.Inverse(one[1], one[0], other[1], other[0])["s12"]
    assert abs(geodesy.apart(one, other) - exact) <= 1 + exact * 1e-4
