"""Redshift's SQL as DuckDB's: sqlglot's translation, with what it gets wrong set right first."""

from __future__ import annotations

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from generator.sandbox.redshift_errors import RedshiftError


def parse(text: str) -> exp.Expression:
    """One statement of Redshift SQL. Raises RedshiftError where sqlglot can't read it."""
    try:
        return sqlglot.parse_one(text, read="redshift")
    except SqlglotError as error:
        raise RedshiftError(f"syntax error: {str(error).splitlines()[0]}") from error


def to_duckdb(tree: exp.Expression) -> str:
    """The statement in DuckDB's SQL."""
    return tree.sql(dialect="duckdb")


def expression(text: str) -> str:
    """One expression, such as a column's default, in DuckDB's SQL."""
    return to_duckdb(parse(f"SELECT {text}")).removeprefix("SELECT ")
