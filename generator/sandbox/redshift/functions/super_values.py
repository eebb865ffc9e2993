"""What navigation, unnesting and dynamic typing of SUPER values call; no functions of Redshift's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift import super_typing, super_values
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python, Section

_TEXT = "VARCHAR"
# A SUPER value of whatever DuckDB type `x` is.
_FROM = "rs_super_from(CAST(x AS VARCHAR), typeof(x))"

INTERNAL = Section(
    macros={"super_of(x)": _FROM, "super_key_of(x)": f"rs_super_key({_FROM})"},
    python={
        "super_from": Python(super_values.from_sql, (_TEXT, _TEXT), "JSON"),
        "super_get": Python(super_values.get, (_TEXT, _TEXT), "JSON"),
        "super_at": Python(super_values.at, (_TEXT, "BIGINT"), "JSON"),
        "super_elements": Python(super_values.elements, (_TEXT,), "STRUCT(k BIGINT, v JSON)[]"),
        "super_attributes": Python(super_values.attributes, (_TEXT,), "STRUCT(k VARCHAR, v JSON)[]"),
        "super_key": Python(super_typing.key, (_TEXT,), _TEXT),
        "super_compare": Python(super_typing.compare, (_TEXT, _TEXT), "INTEGER"),
        "super_arithmetic": Python(super_typing.arithmetic, (_TEXT, _TEXT, _TEXT), "JSON"),
        "super_total": Python(super_typing.total, ("JSON[]",), "JSON"),
        "super_apply": Python(super_typing.apply, (_TEXT, _TEXT), "JSON"),
        "super_cast": Python(super_typing.cast, (_TEXT, _TEXT), _TEXT),
        "super_string": Python(super_typing.string, (_TEXT,), _TEXT),
    },
)


def of(argument: exp.Expr) -> exp.Expr:
    """An argument as a SUPER value, whatever its type."""
    return call("rs_super_of", argument)


def all_of(arguments: list[exp.Expr]) -> exp.Expr:
    """Any number of arguments, none included, as one list of SUPER values."""
    listed = exp.Array(expressions=[of(argument) for argument in arguments])
    return exp.cast(listed, exp.DataType.build("JSON[]", dialect="duckdb"))


def on_super(name: str, count: int, optional: int = 0) -> Callable[[list[exp.Expr]], exp.Expr]:
    """A rewrite that calls `name` with its first `count` arguments as SUPER values, `optional` more as they are."""

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        if not count <= len(arguments) <= count + optional:
            raise ValueError(name)
        return call(name, *map(of, arguments[:count]), *arguments[count:])

    return rewrite


def strict(run: Callable[..., Any]) -> Callable[..., Any]:
    """The function, NULL where any of its arguments is."""

    @functools.wraps(run)  # DuckDB counts the arguments
    def called(*arguments: Any) -> Any:
        return None if any(argument is None for argument in arguments) else run(*arguments)

    return called
