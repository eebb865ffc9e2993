"""Redshift's spatial functions: "Spatial functions" in the Amazon Redshift Database Developer Guide.

What is refused depends on what AWS does not say: the coordinate systems of ST_Transform, and how geometries are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import spatial_forms, spatial_measures, spatial_shapes
from generator.sandbox.redshift.functions.calls import DUCKDB, call
from generator.sandbox.redshift.functions.spatial_values import (
    GEOGRAPHY,
    GEOMETRY,
    REFUSED,
    hexadecimal,
    python,
    read_value,
    returns,
    rewrites,
)  # fmt: skip
from generator.sandbox.section import Python, Section
from generator.sandbox.spatial import shapely

_TABLE = {**spatial_forms.TABLE, **spatial_measures.TABLE, **spatial_shapes.TABLE}
_WGS84 = 4326
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
_TYPES = (exp.DType.GEOMETRY, exp.DType.GEOGRAPHY)
_OVERLAY = "{} may give the vertices and parts of its result in another order, and differ in their last digits."
_AREA = "ST_Area of a GEOGRAPHY is exact; Redshift's approximation differs by 0.0001 % or so."
_REFUSED = {
    "st_memsize": "ST_MemSize, since the size of geometries in Redshift is not documented",
    "st_transform": "ST_Transform, since it needs the definitions of all coordinate systems",
    "supportsbbox": "SupportsBBox, since bounding boxes of geometries are not kept",
    "h3_fromlonglat": "H3_FromLongLat",
    "h3_frompoint": "H3_FromPoint",
    "h3_polyfill": "H3_Polyfill",
    "h3_boundary": "H3_Boundary",
    "h3_center": "H3_Center",
    "h3_isvalid": "H3_IsValid",
    "h3_parent": "H3_Parent",
    "h3_resolution": "H3_Resolution",
    "h3_tochildren": "H3_ToChildren",
}


def is_spatial(node: exp.Expr | None) -> bool:
    """Whether the expression is known to be a GEOMETRY or GEOGRAPHY."""
    return node is not None and node.type is not None and node.type.this in _TYPES


def cast(node: exp.Expr) -> exp.Expr | None:
    """A cast to GEOMETRY or GEOGRAPHY, or from them; None for any other."""
    value, kind = node.this, node.args["to"]
    if kind.this not in _TYPES:
        if is_spatial(value):
            raise Unsupported(f"a cast of a {value.type.this.value.lower()} to {kind.sql(dialect='redshift').lower()}")
        return None
    if not is_spatial(value) and not isinstance(value, exp.Null):
        raise Unsupported(f"a cast to {kind.this.value} of what is no GEOMETRY or GEOGRAPHY")
    made = call(f"rs_to_{kind.this.value.lower()}", value)
    made.type = kind
    return made


def _area(arguments: list[exp.Expr]) -> exp.Expr:
    if any(value.type is not None and value.type.this == exp.DType.GEOGRAPHY for value in arguments):
        differences.report(_AREA)
    return _REWRITES["st_area"](arguments)


def collect(function: exp.Expr, order: list[exp.Expr]) -> exp.Expr:
    """ST_Collect as an aggregate, WITHIN GROUP (ORDER BY …)."""
    (value,) = function.expressions
    text = exp.cast(value.copy(), exp.DataType.build("text"))
    made = call("rs_collected", call("list", exp.Order(this=text, expressions=order)))
    made.type = value.type
    return made


def _refused(what: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    def refuse(_: list[exp.Expr]) -> exp.Expr:
        raise Unsupported(what)

    return refuse


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError where a GEOMETRY or GEOGRAPHY stands in ORDER BY, GROUP BY, DISTINCT or a comparison.

    Other functions than spatial ones take none either, but for COUNT, COALESCE, NVL, CASE and ANY_VALUE.
    """
    for node in tree.walk():
        if any(is_spatial(part.unalias()) for part in _ordered(node)):
            raise RedshiftError(f"GEOMETRY and GEOGRAPHY values can't be used in {node.key.upper()}")
        is_called = isinstance(node, exp.Func) and not isinstance(node, _TAKING) and not node.meta.get(DUCKDB)
        if is_called and node.name.lower() not in _CALLED and any(map(is_spatial, node.iter_expressions())):
            name = node.name.lower().removeprefix("rs_") if isinstance(node, exp.Anonymous) else node.key
            raise RedshiftError(f"function {name}(geometry) does not exist")


def _ordered(node: exp.Expr) -> list[exp.Expr]:
    """What a part of a query compares, sorts or groups."""
    if isinstance(node, exp.Ordered):
        return [node.this]
    if isinstance(node, exp.Group | exp.Distinct):
        return list(node.expressions)
    if isinstance(node, exp.SetOperation | exp.Select):
        return list(node.selects) if node.args.get("distinct") else []
    if not isinstance(node, exp.Binary) or isinstance(node, exp.Is) or isinstance(node.parent, exp.Update):
        return []
    return [each for each in (node.this, node.expression) if isinstance(each, exp.Expr)]


def _to_geography(text: str | None) -> Any:
    if text is None:
        return None
    shape = read_value(text, "geography")
    srid = int(shapely.get_srid(shape)) or _WGS84
    return {"geography": hexadecimal(shapely.set_srid(shape, srid))}


def _to_geometry(text: str | None) -> Any:
    return None if text is None else {"geometry": hexadecimal(read_value(text, "geometry"))}


def _loader(kind: str) -> Callable[[str | None], Any]:
    """What COPY reads: WKB, EWKB, WKT or EWKT; NULL for any other text."""
    default = _WGS84 if kind == "geography" else 0

    def load(text: str | None) -> Any:
        if text is None:
            return None
        read = spatial_forms.from_ewkb if _HEXADECIMAL.fullmatch(text) else spatial_forms.from_ewkt
        try:
            return {kind: hexadecimal(read(text, default))}
        except ValueError as error:
            if str(error).startswith(REFUSED):
                raise
            return None

    return load


def _collect(texts: list[str | None] | None) -> Any:
    found = spatial_shapes.collect(texts)
    return None if found is None else {"geometry": hexadecimal(found)}


_REWRITES = rewrites(_TABLE)
_CALLED = frozenset(f"rs_{name}" for name in (*_TABLE, *_REFUSED))
_TAKING = (exp.Count, exp.Coalesce, exp.Case, exp.If, exp.Nvl2, exp.DecodeCase, exp.Cast, exp.AnyValue, exp.And, exp.Or)

SECTION = Section(
    macros={
        "st_collect(a)": "rs_collected(list(CAST(a AS VARCHAR)))",
        "st_collect(a, b)": "rs_st_collect_2(CAST(a AS VARCHAR), CAST(b AS VARCHAR))",
    },
    rewrites={
        **{name: rewrite for name, rewrite in _REWRITES.items() if name != "st_collect"},
        "st_area": _area,
        **{name: _refused(what) for name, what in _REFUSED.items()},
    },
    returns=returns(_TABLE),
    differences={
        f"st_{name}": _OVERLAY.format(f"ST_{name.capitalize()}") for name in ("buffer", "intersection", "union")
    },
)
# What macros and casts call.
INTERNAL = Section(
    macros={
        "to_geography(a)": "rs_as_geography(CAST(a AS VARCHAR))",
        "to_geometry(a)": "rs_as_geometry(CAST(a AS VARCHAR))",
    },
    python={
        **python(_TABLE),
        "collected": Python(_collect, ("VARCHAR[]",), GEOMETRY),
        "load_geography": Python(_loader("geography"), ("VARCHAR",), GEOGRAPHY),
        "load_geometry": Python(_loader("geometry"), ("VARCHAR",), GEOMETRY),
        "as_geography": Python(_to_geography, ("VARCHAR",), GEOGRAPHY),
        "as_geometry": Python(_to_geometry, ("VARCHAR",), GEOMETRY),
    },
)
