"""Trino's map functions (trino.io/docs/current/functions/map.html); those that take lambdas are in `lambdas`."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.rows import member
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import element, fields
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]


def _entries(name: str, sql: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    """A function of an array of rows of two fields, whatever their names."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        kind = kind_of(arguments[0]) if len(arguments) == 1 else ""
        if kind == '"NULL"[]':
            return template("CAST(MAP([], []) AS MAP(VARCHAR, VARCHAR))")
        if len(fields(element(kind))) != 2:
            raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {name}")
        key, value = (member(element(kind), place, "e") for place in (0, 1))
        rows = template(f"list_transform(:a, lambda e: {{'key': {key}, 'value': {value}}})", a=arguments[0])
        return template(sql, a=rows)

    return rewrite


SECTION = Section(
    macros={
        "map_entries(m)": "list_transform(map_entries(m), lambda e: row(e.key, e.value))",
        "map_keys(m)": "map_keys(m)",
        "map_values(m)": "map_values(m)",
    },
    rewrites={
        "map_from_entries": _entries("map_from_entries", "map_from_entries(:a)"),
        "multimap_from_entries": _entries(
            "multimap_from_entries",
            "CASE WHEN len(:a) = 0 THEN map_from_entries(list_transform(:a, lambda e: {'key': e.key, "
            "'value': [e.value]})) ELSE trino__multimap_of(:a) END",
        ),
        "features": lambda arguments, _kind_of: _features(arguments),
        "map_concat": lambda arguments, _kind_of: _concat(arguments),
    },
)


def _features(arguments: list[exp.Expr]) -> exp.Expr:
    """The machine learning functions' feature vector: numbers by their places from 0."""
    names = {f"f{index}": argument for index, argument in enumerate(arguments)}
    values = ", ".join(f"CAST(:{name} AS DOUBLE)" for name in names)
    places = ", ".join(f"CAST({index} AS BIGINT)" for index in range(len(names)))
    return template(f"map([{places}], [{values}])", **names)


def _concat(arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) < 2:
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function map_concat")
    names = {f"m{index}": argument for index, argument in enumerate(arguments)}
    placed = [f":{name}" for name in names]
    none = " AND ".join(f"{name} IS NOT NULL" for name in placed)
    return template(f"CASE WHEN {none} THEN map_concat({', '.join(placed)}) END", **names)
