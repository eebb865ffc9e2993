"""Runs one statement of Redshift SQL in a session: finds out what it is, and lets the right module do it."""

from __future__ import annotations

from collections.abc import Callable

import duckdb

from generator.sandbox import differences
from generator.sandbox.redshift import admin, copy, ddl, query, unload
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Outcome, Session
from generator.sandbox.sql import SqlSyntaxError, TokenReader, split_statements

Handler = Callable[[Session, TokenReader], Outcome]

# The words that a statement begins with, the longer ones first where one begins another. What follows them
# is read by the handler; DML and SELECT go through sqlglot.
COMMANDS: list[tuple[tuple[str, ...], Handler]] = [
    *ddl.COMMANDS,
    *admin.COMMANDS,
    (("COPY",), copy.copy),
    (("UNLOAD",), unload.unload),
    (("SELECT",), query.query),
    (("WITH",), query.query),
    (("(",), query.query),
    (("VALUES",), query.query),
    (("INSERT",), query.write),
    (("UPDATE",), query.write),
    (("DELETE",), query.delete),
    (("MERGE",), query.write),
]


def execute(session: Session, text: str) -> Outcome:
    """Run one statement; outside a transaction it is one of its own. Raises RedshiftError.

    A statement that fails within a transaction leaves it aborted: nothing runs until it is rolled back.
    """
    try:
        statements = split_statements(text)
        if len(statements) != 1:
            raise RedshiftError(
                "cannot insert multiple commands into a prepared statement" if statements else "empty query"
            )
        with differences.statement(text):
            return _execute(session, statements[0])
    except SqlSyntaxError as error:
        session.aborted = session.in_transaction
        raise RedshiftError(str(error)) from error
    except duckdb.Error as error:
        session.aborted = session.in_transaction
        raise session.error(error) from error
    except RedshiftError:
        session.aborted = session.in_transaction
        raise


def _execute(session: Session, text: str) -> Outcome:
    reader = TokenReader(text)
    unwrapped = next((handler for words, handler in admin.UNWRAPPED if reader.accept(*words)), None)
    if session.aborted and unwrapped not in (admin.commit, admin.rollback):
        raise RedshiftError("current transaction is aborted, commands ignored until end of transaction block")
    if unwrapped is not None:
        return unwrapped(session, reader)
    handler = _handler(reader)
    own = not session.in_transaction
    session.begin()
    try:
        session.take_snapshot()
        outcome = handler(session, reader)
    except BaseException:
        if own:
            session.rollback()
        raise
    if own:
        session.commit()
    return outcome


def _handler(reader: TokenReader) -> Handler:
    for words, handler in COMMANDS:
        if reader.accept(*words):
            return handler
    word = reader.peek()
    if word.upper in _KNOWN:
        raise Unsupported(f"{word.upper} {reader.peek(1).text}".strip())
    raise reader.error()


_KNOWN = (
    "ALTER", "CALL", "CREATE", "DEALLOCATE", "DECLARE", "DROP", "EXECUTE", "FETCH", "PREPARE", "REFRESH", "SHOW",
)  # fmt: skip
