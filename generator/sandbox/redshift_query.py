"""SELECT, INSERT, UPDATE, DELETE and MERGE: translated by sqlglot and the rewrites, run by DuckDB."""

from __future__ import annotations

import duckdb
from sqlglot import exp

from generator.sandbox.redshift_session import Outcome, ResultColumn, Session
from generator.sandbox.redshift_translate import parse, to_duckdb
from generator.sandbox.redshift_types import of_duckdb
from generator.sandbox.sql import TokenReader


def query(session: Session, reader: TokenReader) -> Outcome:
    """A statement that gives rows."""
    tree = parse(reader.text)
    return outcome_of(session.sql(to_duckdb(tree)))


def write(session: Session, reader: TokenReader) -> Outcome:
    """A statement that changes one table, which it locks first."""
    tree = parse(reader.text)
    target = tree.this.find(exp.Table) if tree.this else None
    if target is not None:
        session.lock(session.relation([part.name for part in target.parts]))
    found = session.sql(to_duckdb(tree)).fetchone()
    return Outcome(affected=int(found[0]) if found else 0)


def outcome_of(result: duckdb.DuckDBPyConnection) -> Outcome:
    """All rows of a DuckDB result."""
    columns = tuple(ResultColumn(name, of_duckdb(str(kind))) for name, kind, *_ in result.description or [])
    return Outcome(columns, result.fetchall())


def describe(session: Session, tree: exp.Expression) -> tuple[ResultColumn, ...]:
    """The columns that a query would give, without running it."""
    rows = session.sql(f"DESCRIBE {to_duckdb(tree)}").fetchall()
    return tuple(ResultColumn(name, of_duckdb(kind)) for name, kind, *_ in rows)
