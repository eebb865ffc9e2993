"""CREATE TABLE and its kin."""

from __future__ import annotations

from generator.sandbox import redshift_storage
from generator.sandbox.redshift_create import create_table
from generator.sandbox.redshift_errors import RedshiftError
from generator.sandbox.redshift_session import Outcome, Session
from generator.sandbox.sql import TokenReader, quote_name


def create_schema(session: Session, reader: TokenReader) -> Outcome:
    absent_only = reader.accept("IF", "NOT", "EXISTS")
    name = reader.name()
    if reader.accept("AUTHORIZATION"):
        reader.name()
    if reader.accept("QUOTA"):
        reader.rest()
    reader.expect_end()
    session.sql(f"CREATE SCHEMA {'IF NOT EXISTS ' if absent_only else ''}{quote_name(name)}")
    return Outcome()


def drop_table(session: Session, reader: TokenReader) -> Outcome:
    return _drop(session, reader, "TABLE")


def drop_view(session: Session, reader: TokenReader) -> Outcome:
    return _drop(session, reader, "VIEW")


def _drop(session: Session, reader: TokenReader, kind: str) -> Outcome:
    absent_too = reader.accept("IF", "EXISTS")
    names = [reader.dotted_name()]
    while reader.accept(","):
        names.append(reader.dotted_name())
    reader.accept_any("CASCADE", "RESTRICT")
    reader.expect_end()
    for name in names:
        found = session.find(name)
        if found is None and absent_too:
            continue
        if found is None:
            raise RedshiftError(f'{kind.capitalize()} "{".".join(name)}" does not exist')
        if found.kind != kind:
            raise RedshiftError(f'"{name[-1]}" is not a {kind.lower()}')
        session.lock(found)
        session.sql(f"DROP {kind} {session.place(found)}")
        redshift_storage.forget(session.connection, found.schema, found.name)
    return Outcome()


COMMANDS = [
    (("CREATE", "SCHEMA"), create_schema),
    (("CREATE", "TABLE"), create_table),
    (("DROP", "TABLE"), drop_table),
    (("DROP", "VIEW"), drop_view),
]
