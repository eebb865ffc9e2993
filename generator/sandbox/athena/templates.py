"""Pieces of DuckDB's SQL with a query's expressions put in."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import sqlglot
from sqlglot import exp


def template(sql: str, **arguments: exp.Expr) -> exp.Expr:
    """A piece of DuckDB's SQL with expressions put in for its placeholders (`:name`); marked as translated."""
    return filled(_parsed(sql).copy(), arguments)


def filled(parsed: exp.Expr, arguments: Mapping[str, exp.Expr]) -> exp.Expr:
    """`parsed` with expressions put in for its placeholders."""
    for place in list(parsed.find_all(exp.Placeholder)):
        value = arguments[place.name].copy()
        if place is parsed:
            return value
        place.replace(value)
    return parsed


@functools.lru_cache(maxsize=1024)
def _parsed(sql: str) -> exp.Expr:
    if sql.startswith(":") and sql[1:].isidentifier():
        return exp.Placeholder(this=sql[1:])
    if sql.startswith(":"):
        sql = f"({sql})"
    # sqlglot takes the colon of ":a" for one of DuckDB's aliases ("a: 42"), hence unalias.
    parsed: exp.Expr = sqlglot.parse_one(f"SELECT {sql}", read="duckdb").expressions[0].unalias().pop()
    for node in parsed.walk():
        marked(node)
    return parsed


def marked(node: exp.Expr) -> exp.Expr:
    """`node` itself, needing no more translation."""
    node.meta["translated"] = True
    return node
