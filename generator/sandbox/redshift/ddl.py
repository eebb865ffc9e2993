"""Schemas, TRUNCATE and COMMENT, and the commands that make and change tables."""

from __future__ import annotations

from dataclasses import replace

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.alter import alter_table
from generator.sandbox.redshift.create import create_table, create_temporary_table, table_sql
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.removal import dependents, remove
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.sql import TokenReader, quote_name


def create_schema(session: Session, reader: TokenReader) -> Outcome:
    absent_only = reader.accept("IF", "NOT", "EXISTS")
    name = "" if reader.looking_at("AUTHORIZATION") else reader.name()
    if reader.accept("AUTHORIZATION"):
        name = name or reader.peek().text.lower()
        reader.name()
    if reader.accept("QUOTA"):
        _quota(reader)
    if not reader.at_end:
        raise Unsupported("CREATE SCHEMA with elements of the schema")
    if name == "public" or _exists(session, name):
        if not absent_only:
            raise RedshiftError(f'Schema "{name}" already exists')
        return Outcome()
    session.sql(f"CREATE SCHEMA {quote_name(name)}")
    session.follow_path()
    return Outcome()


def _quota(reader: TokenReader) -> None:
    """A limit of disk space, which nothing in a sandbox comes near."""
    if not reader.accept("UNLIMITED"):
        reader.integer()
        reader.accept_any("MB", "GB", "TB")


def _exists(session: Session, name: str) -> bool:
    found = session.sql("SELECT 1 FROM duckdb_schemas() WHERE schema_name = ?", (name,)).fetchone()
    return found is not None


def _existing(session: Session, name: str) -> None:
    if not _exists(session, name):
        raise RedshiftError(f'schema "{name}" does not exist')


def drop_schema(session: Session, reader: TokenReader) -> Outcome:
    absent_too = reader.accept("IF", "EXISTS")
    names = [reader.name()]
    while reader.accept(","):
        names.append(reader.name())
    if reader.accept("DROP", "EXTERNAL", "DATABASE"):
        raise Unsupported("DROP EXTERNAL DATABASE")
    cascade = reader.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    reader.expect_end()
    for name in names:
        _drop_schema(session, name, absent_too=absent_too, cascade=cascade)
    return Outcome()


def _drop_schema(session: Session, name: str, *, absent_too: bool, cascade: bool) -> None:
    if not _exists(session, name) and absent_too:
        return
    _existing(session, name)
    inside = [(name, table) for table in storage.names(session.connection, name)]
    if inside and not cascade:
        raise RedshiftError(f"cannot drop schema {name} because other objects depend on it")
    for place in inside:
        relation = session.names.find(place)
        for each in (*dependents(session, relation), relation) if relation is not None else ():
            if session.names.find((each.schema, each.name)) is not None:
                remove(session, each)
    session.sql(f"DROP SCHEMA {quote_name(name)}")


def alter_schema(session: Session, reader: TokenReader) -> Outcome:
    """ALTER SCHEMA … RENAME TO; owners and quotas are accepted."""
    name = reader.name()
    _existing(session, name)
    if reader.accept("OWNER", "TO"):
        reader.name()
    elif reader.accept("QUOTA"):
        _quota(reader)
    else:
        reader.expect("RENAME", "TO")
        new = reader.name()
        reader.expect_end()
        if _exists(session, new):
            raise RedshiftError(f'Schema "{new}" already exists')
        _rename_schema(session, name, new)
    reader.expect_end()
    return Outcome()


def _rename_schema(session: Session, name: str, new: str) -> None:
    """DuckDB can't rename a schema: its tables are made again in a new one."""
    relations = [storage.load(session.connection, name, table) for table in storage.names(session.connection, name)]
    found = [relation for relation in relations if relation is not None]
    if any(relation.kind == "VIEW" or dependents(session, relation) for relation in found):
        raise Unsupported("ALTER SCHEMA … RENAME of a schema with views, or whose tables views are over")
    session.sql(f"CREATE SCHEMA {quote_name(new)}")
    for relation in found:
        if relation.kind == "LATE VIEW":
            continue
        session.lock_name(name, relation.name)
        moved = replace(relation, schema=new)
        session.sql(table_sql(session.names.place(moved), moved))
        session.sql(f"INSERT INTO {session.names.place(moved)} SELECT * FROM {session.names.place(relation)}")
        session.sql(f"DROP TABLE {session.names.place(relation)}")
    session.sql(f"DROP SCHEMA {quote_name(name)}")
    storage.rename_schema(session.connection, name, new)


def truncate(session: Session, reader: TokenReader) -> Outcome:
    """TRUNCATE empties a table and commits the transaction that it is in."""
    reader.accept("TABLE")
    name = reader.dotted_name()
    reader.expect_end()
    session.lock_first(name)
    relation = session.names.relation(name)
    if relation.kind in ("VIEW", "LATE VIEW"):
        raise RedshiftError(f'"{relation.name}" is not a table')
    if relation.kind == "MATERIALIZED VIEW":
        raise RedshiftError("TRUNCATE of a materialized view is supported for streaming ones only")
    session.lock(relation, rewrites=True)
    session.sql(f"DELETE FROM {session.names.place(relation)}")
    session.commit()
    return Outcome()


def comment(session: Session, reader: TokenReader) -> Outcome:
    """COMMENT ON TABLE, VIEW or COLUMN; those on constraints and databases show nowhere, and are accepted."""
    reader.expect("ON")
    kind = reader.accept_any("TABLE", "VIEW", "COLUMN", "CONSTRAINT", "DATABASE")
    if not kind:
        raise reader.error()
    name = reader.dotted_name()
    if kind == "CONSTRAINT":
        reader.expect("ON")
        _constraint(session.names.relation(reader.dotted_name()), name[-1])
    reader.expect("IS")
    text = None if reader.accept("NULL") else reader.string()
    reader.expect_end()
    if kind in ("TABLE", "VIEW"):
        storage.save(session.connection, replace(session.names.relation(name), remarks=text))
    if kind == "COLUMN":
        relation = session.names.relation(name[:-1])
        column = relation.column(name[-1])
        if column is None:
            raise RedshiftError(f'column "{name[-1]}" of relation "{relation.name}" does not exist')
        storage.save(session.connection, relation.with_column(replace(column, remarks=text)))
    return Outcome()


def _constraint(relation: Relation, name: str) -> None:
    if all(each.name != name for each in relation.constraints):
        raise RedshiftError(f'constraint "{name}" of relation "{relation.name}" does not exist')


COMMANDS = [
    (("CREATE", "SCHEMA"), create_schema),
    (("CREATE", "TABLE"), create_table),
    *((("CREATE", *words), create_temporary_table)
      for words in (("TEMP", "TABLE"), ("TEMPORARY", "TABLE"), ("LOCAL", "TEMP", "TABLE"),
                    ("LOCAL", "TEMPORARY", "TABLE"))),
    (("ALTER", "SCHEMA"), alter_schema),
    (("DROP", "SCHEMA"), drop_schema),
    (("ALTER", "TABLE"), alter_table),
    (("TRUNCATE",), truncate),
    (("COMMENT",), comment),
]  # fmt: skip
