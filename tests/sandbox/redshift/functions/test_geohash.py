from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions import geohash


@given(st.floats(-180, 179.9), st.floats(-90, 89.9), st.integers(1, 10))
def test_a_box_holds_its_point(x: float, y: float, length: int) -> None:
    text = geohash.encode(x, y, length)
    xmin, ymin, xmax, ymax = geohash.decode(text)
    assert xmin <= x < xmax
    assert ymin <= y < ymax
    assert geohash.encode((xmin + xmax) / 2, (ymin + ymax) / 2, length) == text


def test_letters_that_no_geohash_has() -> None:
    with pytest.raises(ValueError, match="invalid geohash"):
        geohash.decode("9a")
