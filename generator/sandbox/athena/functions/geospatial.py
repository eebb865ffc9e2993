"""Trino's geospatial functions (trino.io/docs/current/functions/geospatial.html), as engine version 3 has them.

Functions that Trino has got since, and Z coordinates and SRIDs, are refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.clauses import Call, around
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions import bing_tiles, geometry_measures, geometry_shapes, polylines
from generator.sandbox.athena.functions.geometry_values import GEOMETRY, python, rewrites
from generator.sandbox.athena.templates import template
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]

_TABLE = {**geometry_shapes.TABLE, **geometry_measures.TABLE, **bing_tiles.TABLE, **polylines.TABLE}
_OVERLAY = "{} may give the vertices and parts of its result in another order, and differ in their last digits."
_MADE = {
    "st_buffer": "ST_Buffer", "st_difference": "ST_Difference", "st_intersection": "ST_Intersection",
    "st_symdifference": "ST_SymDifference", "st_union": "ST_Union", "geometry_union": "geometry_union",
    "geometry_union_agg": "geometry_union_agg",
}  # fmt: skip
_INTERPOLATED = ("line_interpolate_point", "line_interpolate_points")


def _nearest(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    pair = _REWRITES["_nearest"](arguments, kind_of)
    return template("CASE WHEN :p IS NOT NULL THEN row(:p[1], :p[2]) END", p=pair)


def _coordinates(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    x, y = (_REWRITES[name](arguments, kind_of) for name in ("_tile_x", "_tile_y"))
    return template("CASE WHEN :x IS NOT NULL THEN {'x': :x, 'y': :y} END", x=x, y=y)


def _aggregate(name: str, function: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        call = Call.read(arguments)
        if len(call.arguments) != 1 or kind_of(call.arguments[0]) != GEOMETRY:
            raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {name}")
        return around(f"trino__{function}_0(:x)", x=call.to("list", call.arguments[0]))

    return rewrite


def is_used(tree: exp.Expr) -> bool:
    """Whether a query calls any of these functions."""
    return any(node.name.lower() in _CALLED for node in tree.find_all(exp.Anonymous))


def check(node: exp.Expr, kind_of: KindOf) -> None:
    """Raise UnsupportedError where geometries are compared, sorted or grouped."""
    found: list[exp.Expr] = []
    compares = isinstance(node, exp.Binary) and isinstance(node, exp.Predicate) and not isinstance(node, exp.Is)
    if compares or isinstance(node, exp.In | exp.Ordered | exp.Max | exp.Min):
        found = [node.this]
    elif isinstance(node, exp.Group | exp.Distinct):
        found = list(node.expressions)
    elif isinstance(node, exp.Select) and node.args.get("distinct"):
        found = [item.unalias() for item in node.expressions if not item.is_star]
    for part in found:
        if not isinstance(part, exp.Literal) and kind_of(part).startswith(GEOMETRY):
            raise UnsupportedError("a comparison of geometries; use ST_Equals")


_REWRITES = rewrites(_TABLE)

SECTION = Section(
    python=python(_TABLE),
    rewrites={
        **{name: rewrite for name, rewrite in _REWRITES.items() if not name.startswith("_")},
        "bing_tile_coordinates": _coordinates,
        "convex_hull_agg": _aggregate("convex_hull_agg", "_hull_of_all"),
        "geometry_nearest_points": _nearest,
        "geometry_union_agg": _aggregate("geometry_union_agg", "_union_of_all"),
    },
    differences={
        **{name: _OVERLAY.format(shown) for name, shown in _MADE.items()},
        **{name: f"{name} may differ from Trino's in the last digits of coordinates." for name in _INTERPOLATED},
        "st_asbinary": "ST_AsBinary gives the least significant byte first, where Trino may give the most.",
        "to_geojson_geometry": "to_geojson_geometry may differ from Trino's in blanks and in the digits of numbers.",
    },
)
_CALLED = frozenset(PREFIX + name for name in SECTION.rewrites)
