"""SELECT, INSERT, UPDATE, DELETE and MERGE: translated by sqlglot and the rewrites, run by DuckDB."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift.assign import fit_assignments
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.information import informed
from generator.sandbox.redshift.inline import expanded
from generator.sandbox.redshift.nodes import is_on_compute_nodes
from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.super_queries import resolve
from generator.sandbox.redshift.translate import parse, system_names, to_duckdb
from generator.sandbox.redshift.types import ColumnType, of_duckdb
from generator.sandbox.redshift.typing import mark_types, result_types
from generator.sandbox.sql import TokenReader


def query(session: Session, reader: TokenReader) -> Outcome:
    """A statement that gives rows."""
    tree = informed(session, expanded(session, parse(reader.text)))
    result = session.sql(translated(session, tree))
    kinds = [(name, str(kind)) for name, kind, *_ in result.description or []]
    rows = result.fetchall()
    if is_on_compute_nodes(tree):
        session.loads = session.loads.with_query()
    return Outcome(_columns(session, tree, kinds), rows)


def translated(session: Session, tree: exp.Expr) -> str:
    """The statement in DuckDB's SQL, its types told where they matter."""
    with session.names.unchanged():
        tree = informed(session, expanded(session, tree))
        mark_types(session, tree)
        resolved = resolve(session, tree)
        if resolved is not tree:
            mark_types(session, resolved)
        own = [name for name in system_names(resolved) if session.names.find([name]) is not None]
        return to_duckdb(resolved, own)


def _columns(session: Session, tree: exp.Expr, kinds: Sequence[tuple[str, str]]) -> tuple[ResultColumn, ...]:
    told: list[ColumnType | None] = []
    if any(kind == "VARCHAR" for _, kind in kinds):
        told = result_types(session, tree)
    if len(told) != len(kinds):
        told = [None] * len(kinds)
    return tuple(
        ResultColumn(name, better if better is not None and kind == "VARCHAR" else of_duckdb(kind))
        for (name, kind), better in zip(kinds, told, strict=True)
    )


def delete(session: Session, reader: TokenReader) -> Outcome:
    """DELETE, whose FROM may be left out."""
    return _write(session, parse(reader.text if reader.looking_at("FROM") else f"DELETE FROM {reader.rest()}"))


def write(session: Session, reader: TokenReader) -> Outcome:
    """INSERT, UPDATE or MERGE."""
    return _write(session, parse(reader.text))


def _write(session: Session, tree: exp.Expr) -> Outcome:
    """Run a statement that changes one table, which it locks first."""
    target = tree.this.find(exp.Table) if tree.this else None
    if target is None:
        raise RedshiftError("syntax error: no table to write to")
    relation = session.names.relation([part.name.lower() for part in target.parts])
    if relation.is_view:
        raise RedshiftError(f'cannot change view "{relation.name}"')
    session.lock(relation, rewrites=not isinstance(tree, exp.Insert))
    fit_assignments(tree, relation)
    found = session.sql(translated(session, tree)).fetchone()
    session.loads = session.loads.with_query()
    return Outcome(affected=int(found[0]) if found else 0)


def describe(session: Session, tree: exp.Expr) -> tuple[ResultColumn, ...]:
    """The columns that a query would give, without running it."""
    tree = informed(session, expanded(session, tree))
    rows = session.sql(f"DESCRIBE {translated(session, tree)}").fetchall()
    return _columns(session, tree, [(name, kind) for name, kind, *_ in rows])
