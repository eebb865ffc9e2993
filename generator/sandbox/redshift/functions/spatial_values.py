"""Redshift's GEOMETRY and GEOGRAPHY as DuckDB's values, and Python functions of them as SQL functions.

A value is a struct of one field, named as the type, which holds what Redshift shows of it: EWKB in hexadecimal.
Functions get a struct as its text, since one function may take both types.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python
from generator.sandbox.spatial import Geometry, kind, shapely

REFUSED = "the sandbox can't run this: "
GEOMETRY = "STRUCT(geometry VARCHAR)"
GEOGRAPHY = "STRUCT(geography VARCHAR)"
_KEPT = 256
_IS_GEOMETRY, _IS_GEOGRAPHY = "{'geometry': ", "{'geography': "
_TAKES = {"geometry": "VARCHAR", "double": "DOUBLE", "integer": "BIGINT", "text": "VARCHAR"}
_GIVES = {
    "geometry": GEOMETRY, "placed": GEOMETRY, "geography": GEOGRAPHY, "boolean": "BOOLEAN", "integer": "INTEGER",
    "double": "DOUBLE", "text": "VARCHAR", "varbyte": "BLOB",
}  # fmt: skip
_RETURNS = {"placed": "geometry", "double": "double precision", "text": "varchar", "varbyte": "varbinary"}


@dataclass(frozen=True)
class Spatial:
    """A function over shapely's geometries.

    takes: the types of its arguments: geometry, double, integer, text.
    gives: geometry (with the SRID of the arguments), placed (a geometry with an SRID that `run` gives it),
        geography, boolean, integer, double, text or varbyte.
    geography: what runs where the geometry is a GEOGRAPHY; without it that is an error.
    strict: whether the result is NULL where an argument is; otherwise `run` gets them.
    """

    takes: str
    gives: str
    run: Callable[..., Any]
    geography: Callable[..., Any] | None = None
    strict: bool = True


Table = Mapping[str, tuple[Spatial, ...] | Spatial]


def both(takes: str, gives: str, run: Callable[..., Any]) -> Spatial:
    """A function that does the same of GEOMETRY and GEOGRAPHY."""
    return Spatial(takes, gives, run, run)


def rewrites(table: Table) -> dict[str, Callable[[list[exp.Expr]], exp.Expr]]:
    """What turns calls of the functions into calls of those of `python`; macros would make each start slower."""
    return {name: _rewrite(name, _listed(forms)) for name, forms in table.items()}


def _rewrite(name: str, forms: tuple[Spatial, ...]) -> Callable[[list[exp.Expr]], exp.Expr]:
    kinds = {len(form.takes.split()): form.takes.split() for form in forms}

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        if len(arguments) not in kinds:
            raise ValueError(name)
        pairs = zip(arguments, kinds[len(arguments)], strict=True)
        return call(f"rs_{name}_{len(arguments)}", *(exp.cast(each, _TAKES[what]) for each, what in pairs))

    return rewrite


def python(table: Table) -> dict[str, Python]:
    return {
        f"{name}_{len(form.takes.split())}": Python(
            _called(name, form), tuple(_TAKES[what] for what in form.takes.split()), _GIVES[form.gives]
        )
        for name, form in _forms(table)
    }


def returns(table: Table) -> dict[str, str]:
    return {name: _RETURNS.get(form.gives, form.gives) for name, form in _forms(table)}


def _forms(table: Table) -> Iterator[tuple[str, Spatial]]:
    for name, forms in table.items():
        for form in _listed(forms):
            yield name, form


def _listed(forms: tuple[Spatial, ...] | Spatial) -> tuple[Spatial, ...]:
    return (forms,) if isinstance(forms, Spatial) else forms


def _called(name: str, form: Spatial) -> Callable[..., Any]:
    places = [at for at, what in enumerate(form.takes.split()) if what == "geometry"]

    def run(*arguments: Any) -> Any:
        if form.strict and None in arguments:
            return None
        values, function = list(arguments), form.run
        are_geographies = {values[at].startswith(_IS_GEOGRAPHY) for at in places if values[at] is not None}
        if are_geographies == {True} and form.geography is not None:
            function = form.geography
        elif True in are_geographies:
            raise ValueError(f"function {name} does not exist with a geography here")
        shapes = [read_value(values[at], name) if values[at] is not None else None for at in places]
        for at, shape in zip(places, shapes, strict=True):
            values[at] = shape
        srid = _common_srid([shape for shape in shapes if shape is not None])
        try:
            found = function(*values)
        except shapely.errors.GEOSException as error:
            raise ValueError(f"{REFUSED}{name.upper()} here: {error}") from error
        return _value(found, form.gives, srid)

    return run


def _common_srid(shapes: list[Geometry]) -> int:
    srids = {int(shapely.get_srid(shape)) for shape in shapes}
    if len(srids) > 1:
        raise ValueError(f"geometries with different SRIDs: {', '.join(map(str, sorted(srids)))}")
    return srids.pop() if srids else 0


def _value(found: Any, gives: str, srid: int) -> Any:
    if found is None or _GIVES[gives] not in (GEOMETRY, GEOGRAPHY):
        return found
    placed = shapely.set_srid(found, srid) if gives == "geometry" else found
    return {"geography" if gives == "geography" else "geometry": hexadecimal(placed)}


def hexadecimal(shape: Geometry) -> str:
    """EWKB as Redshift shows it."""
    return str(shapely.to_wkb(shape, hex=True, output_dimension=4, include_srid=shapely.get_srid(shape) > 0,
                              byte_order=1, flavor="extended"))  # fmt: skip


def read_value(text: str, name: str) -> Geometry:
    """The geometry of a value of either type, as text. Raises ValueError where the text is of no such value."""
    for tag in (_IS_GEOMETRY, _IS_GEOGRAPHY):
        if text.startswith(tag):
            return _shape(text[len(tag) : -1])
    raise ValueError(f"function {name} does not exist with arguments of these types")


@functools.lru_cache(_KEPT)
def _shape(text: str) -> Geometry:
    return shapely.from_wkb(text)


def only(shape: Geometry, kinds: tuple[int, ...], what: str) -> None:
    """Raises ValueError where the geometry's subtype is none of those."""
    if kind(shape) not in kinds:
        raise ValueError(f"geometry is not a {what}")
