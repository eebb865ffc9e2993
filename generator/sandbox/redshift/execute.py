"""Runs one statement of Redshift SQL in a session: finds out what it is, and lets the right module do it."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.redshift import (
    admin,
    administration,
    copy,
    create,
    ddl,
    explain,
    history,
    merge,
    prepared,
    query,
    removal,
    routines,
    settings,
    show,
    unload,
    updates,
    views,
)
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.translate import parse
from generator.sandbox.sql import SqlSyntaxError, TokenReader, lex, split_statements

Handler = Callable[[Session, TokenReader], Outcome]


def _select(session: Session, reader: TokenReader) -> Outcome:
    """SELECT, SELECT INTO, and DML that begins with WITH."""
    words = {token.upper for token in lex(reader.text)}
    if "INTO" in words or words & {"UPDATE", "DELETE"}:
        tree = parse(reader.text)
        if isinstance(tree, exp.Query) and tree.find(exp.Into) is not None:
            return create.select_into(session, tree)
        if isinstance(tree, exp.Update):
            return updates.update(session, reader)
        if isinstance(tree, exp.Insert | exp.Delete):
            return query.write(session, reader)
    return query.query(session, reader)


# The words that a statement begins with, the longer ones first where one begins another. What follows them
# is read by the handler; DML and SELECT go through sqlglot.
COMMANDS: list[tuple[tuple[str, ...], Handler]] = [
    *administration.COMMANDS,
    *ddl.COMMANDS,
    *views.COMMANDS,
    *removal.COMMANDS,
    *routines.COMMANDS,
    *prepared.COMMANDS,
    *settings.COMMANDS,
    *show.COMMANDS,
    *explain.COMMANDS,
    *admin.COMMANDS,
    (("COPY",), copy.copy),
    (("UNLOAD",), unload.unload),
    (("SELECT",), _select),
    (("WITH",), _select),
    (("(",), query.query),
    (("VALUES",), query.query),
    (("INSERT",), query.write),
    (("UPDATE",), updates.update),
    (("DELETE",), query.delete),
    (("MERGE",), merge.merge),
]


def execute(session: Session, text: str) -> Outcome:
    """Run one statement; outside a transaction it is one of its own. Raises RedshiftError.

    A statement that fails within a transaction leaves it aborted: nothing runs until it is rolled back.
    """
    started, before = history.now(), session.loads.query_id
    try:
        outcome = _attempt(session, text)
    except RedshiftError as error:
        session.note(text, started, before, error=str(error))
        raise
    session.note(text, started, before, rows=len(outcome.rows or ()))
    return outcome


def _attempt(session: Session, text: str) -> Outcome:
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
    except RecursionError as error:
        session.aborted = session.in_transaction
        raise RedshiftError("stack depth limit exceeded") from error
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
    if reader.accept("EXECUTE"):
        reader = TokenReader(prepared.executed(session, reader))
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


_BY_FIRST_WORD: dict[str, list[tuple[tuple[str, ...], Handler]]] = {}
for _words, _run in COMMANDS:
    _BY_FIRST_WORD.setdefault(_words[0], []).append((_words, _run))


def _handler(reader: TokenReader) -> Handler:
    for words, handler in _BY_FIRST_WORD.get(reader.peek().upper, ()):
        if reader.accept(*words):
            return handler
    word = reader.peek()
    if word.upper in _KNOWN:
        raise Unsupported(f"{word.upper} {reader.peek(1).text}".strip())
    raise reader.error()


_KNOWN = ("ALTER", "CREATE", "DROP", "REFRESH")
