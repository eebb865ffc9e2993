from __future__ import annotations

import subprocess
import sys

import pytest

from generator.sandbox import spatial


def test_shapely_is_imported_when_needed() -> None:
    """A sandbox without spatial functions does not wait for it."""
    code = """
import sys
import duckdb
import generator.sandbox.athena.engine
from generator.sandbox.redshift import functions
functions.create(duckdb.connect(), "dev")
sys.exit("shapely" in sys.modules or "geographiclib" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("point(1 2)", "POINT(1 2)"),
        ("MULTIPOINT(1 2,EMPTY)", "MULTIPOINT((1 2),EMPTY)"),
        ("MULTIPOINT Z ((1 2 3), empty)", "MULTIPOINT Z ((1 2 3),EMPTY)"),
        (
            "GEOMETRYCOLLECTION(MULTIPOINT(1 2,EMPTY),POINT EMPTY)",
            "GEOMETRYCOLLECTION(MULTIPOINT((1 2),EMPTY),POINT EMPTY)",
        ),
        ("LINESTRING ZM (0 1 2 3, 4 5 6 7)", "LINESTRING ZM (0 1 2 3,4 5 6 7)"),
        ("POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0))", "POLYGON((0 0,1 0,1 1,0 0),(0 0,1 0,1 1,0 0))"),
        ("MULTIPOLYGON EMPTY", "MULTIPOLYGON EMPTY"),
    ],
)
def test_well_known_text(text: str, shown: str) -> None:
    assert spatial.write(spatial.read(text), "{:g}".format, "") == shown


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("POLYGON ((0 0, 1 0, 1 1))", "POLYGON ((0 0, 1 0, 1 1, 0 0))"),
        ("POLYGON ((0 0, 1 0, 0 0))", "POLYGON ((0 0, 1 0, 0 0))"),
        ("MULTIPOLYGON (((0 0, 1 0, 1 1)), ((5 5, 6 5)))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 5 5)))"),
        (
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1)), LINESTRING (0 0, 1 1))",
            "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 0)), LINESTRING (0 0, 1 1))",
        ),
        ("LINESTRING (0 0, 1 1)", "LINESTRING (0 0, 1 1)"),
    ],
)
def test_rings_are_closed(text: str, closed: str) -> None:
    assert spatial.closed(text) == closed
