"""CREATE VIEW, with and without schema binding, and materialized views.

"CREATE VIEW" and "CREATE MATERIALIZED VIEW" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.redshift import storage
from generator.sandbox.redshift.columns import Draft
from generator.sandbox.redshift.create import declared, fill, make, table_attributes
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.information import check_lasting
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.query import describe, translated
from generator.sandbox.redshift.removal import dependents, remove
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.redshift.translate import parse
from generator.sandbox.sql import TokenReader, quote_name

_LATE = ("WITH", "NO", "SCHEMA", "BINDING")
_AUTO_REFRESH = "AUTO REFRESH YES refreshes nothing by itself: the view stays as it is until REFRESH MATERIALIZED VIEW."


def create_view(session: Session, reader: TokenReader) -> Outcome:
    return _create_view(session, reader, replaces=False)


def replace_view(session: Session, reader: TokenReader) -> Outcome:
    return _create_view(session, reader, replaces=True)


def _create_view(session: Session, reader: TokenReader, *, replaces: bool) -> Outcome:
    name = reader.dotted_name()
    schema, view = session.names.split(name)
    schema = schema or session.names.search_path[0]
    labels = reader.names() if reader.looking_at("(") else ()
    reader.expect("AS")
    query, late = _view_query(reader)
    tree = parse(query)
    columns = _late_columns(session, tree) if late else tuple(_columns(session, tree))
    if labels and (columns or not late):
        if len(labels) > len(columns):
            raise RedshiftError("CREATE VIEW specifies more column names than columns")
        columns = (
            tuple(replace(column, name=label) for column, label in zip(columns, labels, strict=False))
            + columns[len(labels) :]
        )
    _check_name(session, schema, view, columns, replaces=replaces, late=late)
    named = f" ({', '.join(map(quote_name, labels))})" if labels else ""
    if late:
        definition = f"SELECT * FROM ({query}) AS {quote_name(view)}{named}" if labels else query
        session.database.has_inlined = True
        storage.save(session.connection, Relation(schema, view, "LATE VIEW", columns, definition=definition))
        return Outcome()
    check_lasting(tree)
    relation = Relation(schema, view, "VIEW", columns, definition=query)
    session.sql(f"CREATE OR REPLACE VIEW {session.names.place(relation)}{named} AS {translated(session, tree)}")
    storage.save(session.connection, relation)
    return Outcome()


def _columns(session: Session, tree: exp.Expr) -> list[Column]:
    return [Column(column.name, column.type) for column in describe(session, tree)]


def _late_columns(session: Session, tree: exp.Expr) -> tuple[Column, ...]:
    """The columns as far as they can be told now; what is not there yet is looked for when the view is queried."""
    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    if any(not table.db and table.name.lower() not in local for table in tree.find_all(exp.Table)):
        raise RedshiftError(
            "All the relation names inside should be qualified when creating views with no schema binding."
        )
    # In a session of its own: what fails there does not end this one's transaction.
    with contextlib.closing(session.database.session()) as outside, contextlib.suppress(RedshiftError):
        return tuple(_columns(outside, tree))
    return ()


def _check_name(
    session: Session, schema: str, view: str, columns: tuple[Column, ...], *, replaces: bool, late: bool
) -> None:
    """A view replaces one that has the same columns; a late-binding view, any view."""
    before = storage.load(session.connection, schema, view)
    if before is None:
        return
    if not replaces or before.kind not in ("VIEW", "LATE VIEW"):
        raise RedshiftError(f'Relation "{view}" already exists')
    if late and before.kind == "VIEW":
        if dependents(session, before):
            raise RedshiftError(f"cannot drop view {view} because other objects depend on it")
        remove(session, before)
    elif not late and before.kind == "VIEW":
        if len(columns) != len(before.columns):
            raise RedshiftError("cannot change number of columns in view")
        for old, new in zip(before.columns, columns, strict=True):
            if old.name != new.name:
                raise RedshiftError(f'cannot change name of view column "{old.name}"')
            if old.type.name != new.type.name:
                raise RedshiftError(f'cannot change data type of view column "{old.name}"')


def _view_query(reader: TokenReader) -> tuple[str, bool]:
    start = reader.peek().start
    while not reader.at_end:
        end = reader.peek().start
        if reader.accept(*_LATE):
            reader.expect_end()
            return reader.text[start:end].strip(), True
        reader.next()
    return reader.text[start:], False


def create_materialized_view(session: Session, reader: TokenReader) -> Outcome:
    """CREATE MATERIALIZED VIEW: a table of the query's result, that REFRESH makes anew."""
    name = reader.dotted_name()
    schema, view = session.names.split(name)
    schema = schema or session.names.search_path[0]
    labels = reader.names() if reader.looking_at("(") else ()
    draft = Draft(name)
    while not reader.looking_at("AS"):
        before = reader.peek()
        table_attributes(reader, draft)
        if reader.accept("AUTO", "REFRESH"):
            _auto_refresh(reader)
        if reader.peek() == before:
            raise reader.error()
    reader.expect("AS")
    query = reader.rest()
    _check_materialized(session, parse(query))
    session.lock_name(schema, view)
    if storage.load(session.connection, schema, view) is not None:
        raise RedshiftError(f'Relation "{view}" already exists')
    draft.dist_style = draft.dist_style or ("KEY" if draft.dist_key else "EVEN")
    relation = replace(
        declared(session, draft, query, labels, schema, view), kind="MATERIALIZED VIEW", definition=query
    )
    make(session, relation)
    fill(session, relation, parse(query))
    return Outcome()


def _auto_refresh(reader: TokenReader) -> None:
    word = reader.accept_any("YES", "NO")
    if not word:
        raise reader.error()
    if word == "YES":
        differences.report(_AUTO_REFRESH)


def _check_materialized(session: Session, tree: exp.Expr) -> None:
    """What a materialized view can't be made of."""
    for part, what in (("order", "ORDER BY"), ("limit", "LIMIT"), ("offset", "OFFSET")):
        if tree.args.get(part) is not None:
            raise RedshiftError(f"{what} is not supported in the definition of a materialized view")
    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        relation = (
            None if table.name.lower() in local else session.names.find([part.name.lower() for part in table.parts])
        )
        if relation is not None and (relation.temporary or relation.kind in ("VIEW", "LATE VIEW")):
            what = "temporary tables" if relation.temporary else "views"
            raise RedshiftError(f"Materialized views can't be defined on {what}: {relation.name}")


def refresh(session: Session, reader: TokenReader) -> Outcome:
    """REFRESH MATERIALIZED VIEW runs its query anew, which gives what an incremental refresh gives."""
    name = reader.dotted_name()
    if not reader.accept("CASCADE"):
        reader.accept("RESTRICT")
    reader.expect_end()
    session.lock_first(name)
    relation = _materialized(session, name)
    session.lock(relation, rewrites=True)
    session.sql(f"DELETE FROM {session.names.place(relation)}")
    fill(session, relation, parse(relation.definition or ""))
    return Outcome()


def _materialized(session: Session, name: tuple[str, ...]) -> Relation:
    relation = session.names.find(name)
    if relation is None or relation.kind != "MATERIALIZED VIEW":
        raise RedshiftError(f'materialized view "{".".join(name)}" does not exist')
    return relation


def alter_materialized_view(session: Session, reader: TokenReader) -> Outcome:
    """ALTER MATERIALIZED VIEW … AUTO REFRESH."""
    _materialized(session, reader.dotted_name())
    reader.expect("AUTO", "REFRESH")
    _auto_refresh(reader)
    reader.expect_end()
    return Outcome()


COMMANDS = [
    (("CREATE", "VIEW"), create_view),
    (("CREATE", "OR", "REPLACE", "VIEW"), replace_view),
    (("CREATE", "MATERIALIZED", "VIEW"), create_materialized_view),
    (("ALTER", "MATERIALIZED", "VIEW"), alter_materialized_view),
    (("REFRESH", "MATERIALIZED", "VIEW"), refresh),
]
