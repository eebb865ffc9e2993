"""Trino's geospatial types as DuckDB's, and Python functions of them as functions of queries.

A Geometry is DuckDB's GEOMETRY, a SphericalGeography one with a coordinate system (WGS 84), a BingTile a UBIGINT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlglot import exp

from generator.sandbox.athena.calls import call
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.functions.scalars import invalid, unable
from generator.sandbox.athena.templates import template
from generator.sandbox.section import Python
from generator.sandbox.spatial import COLLECTION, NAMES, POINT, Geometry, kind, name, parts, shapely, write

GEOMETRY = "GEOMETRY"
SPHERICAL = "GEOMETRY('OGC:CRS84')"
TILE = "UBIGINT"
_TYPES = {
    "geometry": GEOMETRY, "spherical": SPHERICAL, "tile": TILE, "geometries": "GEOMETRY[]", "tiles": "UBIGINT[]",
    "varchar": "VARCHAR", "binary": "BLOB", "double": "DOUBLE", "integer": "INTEGER", "bigint": "BIGINT",
    "tinyint": "TINYINT", "boolean": "BOOLEAN",
}  # fmt: skip
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "INTEGER_LITERAL")
# What Trino converts by itself; a BIGINT is no INTEGER.
_NUMBERS = {"integer": _INTEGERS, "double": (*_INTEGERS, "BIGINT", "FLOAT", "DOUBLE")}
_JAVA_NAMES = {
    "LineString": "LINE_STRING", "MultiPoint": "MULTI_POINT", "MultiLineString": "MULTI_LINE_STRING",
    "MultiPolygon": "MULTI_POLYGON", "GeometryCollection": "GEOMETRY_COLLECTION",
}  # fmt: skip
_SMALLEST, _LARGEST = 1e-4, 1e17


@dataclass(frozen=True)
class Spatial:
    """A form of a function: the types of its arguments, that of its result, and what gives it.

    Types: geometry, spherical, tile, geometries, tiles, varchar, binary, double, integer, bigint, tinyint, boolean.
    `run` gets shapely's geometries, and None only in lists.
    """

    takes: str
    gives: str
    run: Callable[..., Any]


Table = Mapping[str, tuple[Spatial, ...]]


def python(table: Table) -> dict[str, Python]:
    return {
        f"_{name}_{at}": Python(_called(form), tuple(_TYPES[what] for what in form.takes.split()), _TYPES[form.gives])
        for name, forms in table.items()
        for at, form in enumerate(forms)
    }


def rewrites(table: Table) -> dict[str, Callable[[list[exp.Expr], Callable[[exp.Expr], str]], exp.Expr]]:
    return {name: _rewrite(name, forms) for name, forms in table.items()}


def _rewrite(name: str, forms: tuple[Spatial, ...]) -> Callable[[list[exp.Expr], Callable[[exp.Expr], str]], exp.Expr]:
    def rewrite(arguments: list[exp.Expr], kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
        kinds = [kind_of(argument) for argument in arguments]
        for at, form in enumerate(forms):
            wanted = form.takes.split()
            if len(wanted) == len(kinds) and all(map(_fits, kinds, wanted)):
                values = [
                    template(f"CAST(:x AS {_TYPES[what]})", x=argument)
                    for argument, what in zip(arguments, wanted, strict=True)
                ]
                return call(f"trino__{name}_{at}", *values)
        raise QueryError(
            f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({', '.join(kinds)}) for function {name}"
        )

    return rewrite


def _fits(found: str, wanted: str) -> bool:
    if found == '"NULL"':
        return True
    if wanted in ("double", "integer"):
        return found in _NUMBERS[wanted] or (wanted == "double" and found.startswith("DECIMAL"))
    if wanted == "varchar":
        return found in ("VARCHAR", "STRING_LITERAL")
    return found == _TYPES[wanted] or (wanted in ("geometries", "tiles") and found in ('"NULL"[]', "INTEGER[]"))


def _called(form: Spatial) -> Callable[..., Any]:
    wanted = form.takes.split()

    def run(*arguments: Any) -> Any:
        if None in arguments:
            return None
        values = [_shapes(value, what) for value, what in zip(arguments, wanted, strict=True)]
        try:
            return _value(form.run(*values), form.gives)
        except shapely.errors.GEOSException as error:
            raise unable(f"this geometry: {error}") from error

    return run


def _shapes(value: Any, what: str) -> Any:
    if what in ("geometry", "spherical"):
        return shapely.from_wkb(value)
    if what == "geometries":
        return [None if each is None else shapely.from_wkb(each) for each in value]
    return value


def _value(found: Any, gives: str) -> Any:
    if found is None or gives not in ("geometry", "spherical", "geometries"):
        return found
    if gives == "geometries":
        return [_bytes(each) for each in found]
    return _bytes(found)


def _bytes(shape: Geometry) -> bytes:
    return bytes(shapely.to_wkb(shape, byte_order=1))


def number(value: float) -> str:
    """A coordinate as Trino's WKT has it: the shortest digits that tell it, without an exponent."""
    if value and not _SMALLEST <= abs(value) < _LARGEST:
        raise unable(f"the text of the coordinate {value!r}")
    return f"{Decimal(repr(value)).normalize() + 0:f}"


def text(shape: Geometry) -> str:
    """WKT: shells counterclockwise, holes clockwise."""
    if any(part.is_empty and (kind(part) != POINT or part is not shape) for part in parts(shape)):
        raise unable("the text of an empty linestring or polygon, which Trino has changed")
    return write(shapely.orient_polygons(shape), number, " ")


def java_name(shape: Geometry) -> str:
    """The subtype as errors name it: "LINE_STRING"."""
    return _java(name(shape))


def _java(name: str) -> str:
    return _JAVA_NAMES.get(name, name.upper())


def only(shape: Geometry, function: str, *kinds: int) -> None:
    """Raises where the geometry's subtype is none of those, in Trino's words."""
    if kind(shape) not in kinds:
        words = " or ".join(_java(NAMES[each]) for each in kinds)
        raise invalid(f"{function} only applies to {words}. Input type is: {java_name(shape)}")


def no_collection(*shapes: Geometry) -> None:
    if any(kind(shape) == COLLECTION for shape in shapes):
        raise unable("a geometry collection here")


def forms(*given: tuple[str, str, Callable[..., Any]]) -> tuple[Spatial, ...]:
    return tuple(Spatial(*each) for each in given)


def each(shapes: list[Geometry | None]) -> Iterator[Geometry]:
    return (shape for shape in shapes if shape is not None)
