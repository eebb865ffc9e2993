"""Pieces of which rewrites are made: calls, casts, and literals that a function needs."""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported

DUCKDB = "duckdb"


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of one of DuckDB's functions; users' calls are looked up in `functions`, this one is not."""
    made = exp.Anonymous(this=name, expressions=list(arguments))
    made.meta[DUCKDB] = True
    return made


def literal_text(argument: exp.Expr, what: str) -> str:
    """The text of an argument that must be a literal. Raises Unsupported."""
    if not argument.is_string:
        raise Unsupported(f"{what} that is not a literal")
    return argument.name


def timestamp(argument: exp.Expr) -> exp.Expr:
    return exp.cast(argument, "timestamp")
