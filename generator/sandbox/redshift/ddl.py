"""CREATE, DROP and TRUNCATE of schemas, tables and views, and COMMENT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import sqlglot
from sqlglot import exp

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.alter import alter_table
from generator.sandbox.redshift.create import create_table, create_temporary_table
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.query import describe
from generator.sandbox.redshift.session import Outcome, ResultColumn, Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.redshift.translate import parse, to_duckdb
from generator.sandbox.sql import TokenReader, quote_name

LATE = ("WITH", "NO", "SCHEMA", "BINDING")


def create_schema(session: Session, reader: TokenReader) -> Outcome:
    absent_only = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    if reader.accept("AUTHORIZATION"):
        reader.name()
    if reader.accept("QUOTA"):
        reader.rest()
    reader.expect_end()
    exists = session.sql("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", (name,)).fetchone()
    if exists and not absent_only:
        raise RedshiftError(f'Schema "{name}" already exists')
    if not exists:
        session.sql(f"CREATE SCHEMA {quote_name(name)}")
    return Outcome()


def drop_schema(session: Session, reader: TokenReader) -> Outcome:
    absent_too = reader.accept("IF", "EXISTS")
    name = reader.name()
    cascade = reader.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    reader.expect_end()
    exists = session.sql("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", (name,)).fetchone()
    if not exists:
        if absent_too:
            return Outcome()
        raise RedshiftError(f'schema "{name}" does not exist')
    inside = storage.names(session.connection, name)
    if inside and not cascade:
        raise RedshiftError(f"cannot drop schema {name} because other objects depend on it")
    for kind in ("VIEW", "TABLE"):
        for table in inside:
            relation = session.find((name, table))
            if relation is not None and relation.is_view == (kind == "VIEW"):
                _remove(session, relation)
    session.sql(f"DROP SCHEMA {quote_name(name)}")
    return Outcome()


def create_view(session: Session, reader: TokenReader) -> Outcome:
    return _create_view(session, reader, replaces=False)


def replace_view(session: Session, reader: TokenReader) -> Outcome:
    return _create_view(session, reader, replaces=True)


def _create_view(session: Session, reader: TokenReader, *, replaces: bool) -> Outcome:
    name = reader.dotted_name()
    schema, view = session.split(name)
    schema = schema or session.search_path[0]
    labels = reader.names() if reader.looking_at("(") else ()
    reader.expect("AS")
    query, late = _view_query(reader)
    tree = parse(query)
    found = _described(session, tree, late)
    columns = tuple(
        Column(label, column.type) for label, column in zip(labels or [c.name for c in found], found, strict=True)
    )
    before = storage.load(session.connection, schema, view)
    if before is not None:
        if not replaces or not before.is_view:
            raise RedshiftError(f'Relation "{view}" already exists')
        _remove(session, before)
    relation = Relation(schema, view, "LATE VIEW" if late else "VIEW", columns, definition=query)
    named = f" ({', '.join(map(quote_name, labels))})" if labels else ""
    session.sql(f"CREATE VIEW {session.place(relation)}{named} AS {to_duckdb(tree)}")
    storage.save(session.connection, relation)
    return Outcome()


def _view_query(reader: TokenReader) -> tuple[str, bool]:
    start = reader.peek().start
    while not reader.at_end:
        end = reader.peek().start
        if reader.accept(*LATE):
            reader.expect_end()
            return reader.text[start:end].strip(), True
        reader.next()
    return reader.text[start:], False


def _described(session: Session, tree: exp.Expr, late: bool) -> tuple[ResultColumn, ...]:
    try:
        return describe(session, tree)
    except RedshiftError as error:
        if late:
            raise Unsupported(f"a view without schema binding over what is not there yet: {error}") from error
        raise


def _drop(kind: str) -> Callable[[Session, TokenReader], Outcome]:
    def drop(session: Session, reader: TokenReader) -> Outcome:
        absent_too = reader.accept("IF", "EXISTS")
        names = [reader.dotted_name()]
        while reader.accept(","):
            names.append(reader.dotted_name())
        cascade = reader.accept_any("CASCADE", "RESTRICT") == "CASCADE"
        reader.expect_end()
        for name in names:
            _drop_one(session, kind, name, absent_too=absent_too, cascade=cascade)
        return Outcome()

    return drop


def _drop_one(session: Session, kind: str, name: tuple[str, ...], *, absent_too: bool, cascade: bool) -> None:
    session.lock_first(name)
    found = session.find(name)
    if found is None and absent_too:
        return
    if found is None:
        raise RedshiftError(f'{kind.capitalize()} "{".".join(name)}" does not exist')
    if found.is_view != (kind == "VIEW"):
        raise RedshiftError(f'"{name[-1]}" is not a {kind.lower()}')
    for view in _dependents(session, found):
        if not cascade:
            raise RedshiftError(f"cannot drop {kind.lower()} {found.name} because other objects depend on it")
        _remove(session, view)
    _remove(session, found)


def _remove(session: Session, relation: Relation) -> None:
    session.sql(f"DROP {'VIEW' if relation.is_view else 'TABLE'} {session.place(relation)}")
    storage.forget(session.connection, relation.schema, relation.name)


def _dependents(session: Session, relation: Relation) -> list[Relation]:
    """Views over the relation, and views over those, the outermost first; late-binding views don't count."""
    found: list[Relation] = []
    for view in storage.views(session.connection):
        tables = sqlglot.parse_one(view.definition or "", read="redshift").find_all(exp.Table)
        if any(table.name == relation.name and table.db in ("", relation.schema) for table in tables):
            found = [*_dependents(session, view), view, *found]
    return list(dict.fromkeys(found))


def truncate(session: Session, reader: TokenReader) -> Outcome:
    """TRUNCATE empties a table and commits the transaction that it is in."""
    reader.accept("TABLE")
    name = reader.dotted_name()
    reader.expect_end()
    session.lock_first(name)
    relation = session.relation(name)
    session.lock(relation, rewrites=True)
    session.sql(f"DELETE FROM {session.place(relation)}")
    session.commit()
    return Outcome()


def comment(session: Session, reader: TokenReader) -> Outcome:
    """COMMENT ON TABLE, VIEW or COLUMN; others (schemas, databases) are accepted."""
    reader.expect("ON")
    kind = reader.next().upper
    name = reader.dotted_name()
    reader.expect("IS")
    text = None if reader.accept("NULL") else reader.string()
    reader.expect_end()
    if kind in ("TABLE", "VIEW"):
        storage.save(session.connection, replace(session.relation(name), remarks=text))
    if kind == "COLUMN":
        relation = session.relation(name[:-1])
        column = relation.column(name[-1])
        if column is None:
            raise RedshiftError(f'column "{name[-1]}" of relation "{relation.name}" does not exist')
        storage.save(session.connection, relation.with_column(replace(column, remarks=text)))
    return Outcome()


COMMANDS = [
    (("CREATE", "SCHEMA"), create_schema),
    (("CREATE", "TABLE"), create_table),
    *((("CREATE", *words), create_temporary_table)
      for words in (("TEMP", "TABLE"), ("TEMPORARY", "TABLE"), ("LOCAL", "TEMP", "TABLE"),
                    ("LOCAL", "TEMPORARY", "TABLE"))),
    (("CREATE", "VIEW"), create_view),
    (("CREATE", "OR", "REPLACE", "VIEW"), replace_view),
    (("DROP", "SCHEMA"), drop_schema),
    (("DROP", "TABLE"), _drop("TABLE")),
    (("DROP", "VIEW"), _drop("VIEW")),
    (("ALTER", "TABLE"), alter_table),
    (("TRUNCATE",), truncate),
    (("COMMENT",), comment),
]  # fmt: skip
