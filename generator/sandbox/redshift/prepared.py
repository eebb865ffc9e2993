"""PREPARE, EXECUTE and DEALLOCATE; DECLARE, FETCH and CLOSE of cursors.

The pages of these commands in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.memory import Cursor, Prepared
from generator.sandbox.redshift.numbered import bound
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.query import query
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.types import ColumnType, read_type
from generator.sandbox.sql import TokenReader, lex

_PREPARED = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")


def prepare(session: Session, reader: TokenReader) -> Outcome:
    """PREPARE keeps a statement for the session; it is checked when it is executed."""
    name = reader.name()
    types = []
    if reader.accept("("):
        types.append(read_type(reader))
        while reader.accept(","):
            types.append(read_type(reader))
        reader.expect(")")
    reader.expect("AS")
    if reader.peek().upper not in _PREPARED:
        raise reader.error()
    if name in session.prepared:
        raise RedshiftError(f'prepared statement "{name}" already exists')
    session.prepared[name] = Prepared(reader.rest(), tuple(types))
    return Outcome()


def executed(session: Session, reader: TokenReader) -> str:
    """The statement that EXECUTE runs, its parameters in their places."""
    name = reader.name()
    found = session.prepared.get(name)
    if found is None:
        raise RedshiftError(f'prepared statement "{name}" does not exist')
    values = _arguments(reader.parenthesized()) if reader.looking_at("(") else []
    reader.expect_end()
    if len(values) != len(found.types):
        raise RedshiftError(
            f'wrong number of parameters for prepared statement "{name}". '
            f"Expected {len(found.types)} parameters but got {len(values)}."
        )
    return bound(found.text, [_typed(value, kind) for value, kind in zip(values, found.types, strict=True)])


def _arguments(text: str) -> list[str]:
    """The expressions of a list, which commas part."""
    parts, depth, begin = [], 0, 0
    for token in lex(text):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.upper, 0)
        if token.upper == "," and depth == 0:
            parts.append(text[begin : token.start])
            begin = token.end
    return [*parts, text[begin:]]


def _typed(value: str, kind: ColumnType) -> str:
    """A parameter as an expression of its type; PREPARE's types have no length, nor a precision."""
    if kind.is_text:
        return f"CAST(({value}) AS VARCHAR(65535))"
    return f"({value})" if kind.name == "numeric" else f"CAST(({value}) AS {kind.declared})"


def deallocate(session: Session, reader: TokenReader) -> Outcome:
    """DEALLOCATE forgets one prepared statement, or all."""
    reader.accept("PREPARE")
    if reader.accept("ALL"):
        session.prepared.clear()
    else:
        name = reader.name()
        if session.prepared.pop(name, None) is None:
            raise RedshiftError(f'prepared statement "{name}" does not exist')
    reader.expect_end()
    return Outcome()


def declare(session: Session, reader: TokenReader) -> Outcome:
    """DECLARE runs the cursor's query; FETCH hands out its rows."""
    name = reader.name()
    reader.expect("CURSOR", "FOR")
    if not session.in_block:
        raise RedshiftError("DECLARE CURSOR may only be used in transaction blocks")
    if session.cursor is not None:
        if session.cursor.name == name:
            raise RedshiftError(f'cursor "{name}" already exists')
        raise RedshiftError("only one cursor at a time can be open per session")
    if reader.peek().upper not in ("SELECT", "WITH", "("):
        raise reader.error()
    session.cursor = Cursor(name, query(session, TokenReader(reader.rest())))
    return Outcome()


def fetch(session: Session, reader: TokenReader) -> Outcome:
    """FETCH gives the next rows; FORWARD 0 the current one again."""
    count: int | None = 1
    if reader.accept("ALL"):
        count = None
    elif reader.accept("FORWARD"):
        everything = reader.accept("ALL")
        count = None if everything else reader.integer() if reader.peek().kind == "number" else 1
    elif reader.accept_any("PRIOR", "FIRST", "LAST", "ABSOLUTE", "RELATIVE", "BACKWARD"):
        raise RedshiftError("cursor can only scan forward")
    else:
        reader.accept("NEXT")
    if not reader.accept("FROM"):
        reader.expect("IN")
    cursor = _cursor(session, reader)
    return Outcome(cursor.result.columns, _taken(cursor, count))


def _taken(cursor: Cursor, count: int | None) -> Sequence[tuple[object, ...]]:
    rows = cursor.result.rows
    if count == 0:
        current = cursor.position - 1
        return rows[current : current + 1] if 0 <= current < len(rows) else []
    begin = cursor.position
    end = len(rows) if count is None else begin + count
    # Running off the end leaves the cursor after the last row.
    cursor.position = len(rows) + 1 if count is None or end > len(rows) else end
    return rows[begin:end]


def _cursor(session: Session, reader: TokenReader) -> Cursor:
    name = reader.name()
    reader.expect_end()
    if session.cursor is None or session.cursor.name != name:
        raise RedshiftError(f'cursor "{name}" does not exist')
    return session.cursor


def close(session: Session, reader: TokenReader) -> Outcome:
    """CLOSE of the open cursor."""
    if reader.looking_at("ALL"):
        raise Unsupported("CLOSE ALL, which Redshift has not")
    _cursor(session, reader)
    session.cursor = None
    return Outcome()


COMMANDS = [
    (("PREPARE",), prepare),
    (("DEALLOCATE",), deallocate),
    (("DECLARE",), declare),
    (("FETCH",), fetch),
    (("CLOSE",), close),
]
