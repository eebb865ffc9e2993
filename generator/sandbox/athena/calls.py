"""Calls that translated queries hold: of DuckDB's functions, and of those in `functions` by their own names."""

from __future__ import annotations

from sqlglot import exp

PREFIX = "trino_"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of one of DuckDB's functions, which is not translated again."""
    made = exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])
    made.meta["translated"] = True
    return made


def named(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of one of Trino's functions in `functions`, translated by the types of its arguments later."""
    return exp.Anonymous(this=PREFIX + name, expressions=[argument.copy() for argument in arguments])
