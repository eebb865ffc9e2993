"""CREATE FUNCTION of SQL functions; Python functions and stored procedures are refused.

"CREATE FUNCTION" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift import functions, storage
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.numbered import bound
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Function
from generator.sandbox.redshift.translate import parse
from generator.sandbox.redshift.types import ColumnType, read_type
from generator.sandbox.sql import TokenReader

_MOST_ARGUMENTS = 32
_LEFT_OUT = ("from_", "from", "into", "where", "group", "order", "limit")


def create_function(session: Session, reader: TokenReader) -> Outcome:
    return _create(session, reader, replaces=False)


def replace_function(session: Session, reader: TokenReader) -> Outcome:
    return _create(session, reader, replaces=True)


def _create(session: Session, reader: TokenReader, *, replaces: bool) -> Outcome:
    schema, name = session.names.split(reader.dotted_name())
    listed = reader.parenthesized()
    reader.expect("RETURNS")
    returned = reader.peek()
    if reader.accept("ANYELEMENT"):
        raise Unsupported("functions in Python")
    returns = read_type(reader)
    if not reader.accept_any("VOLATILE", "STABLE", "IMMUTABLE"):
        raise reader.error(reader.peek() if not reader.at_end else returned)
    reader.expect("AS")
    body = reader.string()
    reader.expect("LANGUAGE")
    language = reader.name()
    reader.expect_end()
    if language == "plpythonu":
        raise Unsupported("functions in Python")
    if language != "sql":
        raise RedshiftError(f'language "{language}" does not exist')
    function = Function(
        schema or session.names.search_path[0], name, _arguments(listed), returns, _checked(body, listed)
    )
    if name in functions.NAMES:
        raise Unsupported(f"a function named as Redshift's own {name}")
    before = _find(session, function)
    if before is not None and not replaces:
        raise RedshiftError(f'function "{name}" already exists with same argument types')
    session.database.has_inlined = True
    storage.save_function(session.connection, function)
    return Outcome()


def _find(session: Session, function: Function) -> Function | None:
    for each in storage.functions(session.connection):
        if (each.schema, each.name, each.arguments) == (function.schema, function.name, function.arguments):
            return each
    return None


def _arguments(listed: str) -> tuple[ColumnType, ...]:
    reader = TokenReader(listed)
    types: list[ColumnType] = []
    while not reader.at_end:
        if types:
            reader.expect(",")
        types.append(read_type(reader))
    if len(types) > _MOST_ARGUMENTS:
        raise RedshiftError(f"functions cannot have more than {_MOST_ARGUMENTS} arguments")
    return tuple(types)


def _checked(body: str, listed: str) -> str:
    """The body, which must be a SELECT of one expression and no more."""
    marks = [f'("${number}")' for number in range(1, len(_arguments(listed)) + 1)]
    tree = parse(bound(body.strip().rstrip(";"), marks))
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1:
        raise RedshiftError("The body of a SQL function must be a SELECT clause of one expression")
    found = next((part for part in _LEFT_OUT if tree.args.get(part) is not None), None)
    if found is not None:
        raise RedshiftError(f"SQL functions do not support a {found.rstrip('_').upper()} clause")
    return body.strip().rstrip(";")


def drop_function(session: Session, reader: TokenReader) -> Outcome:
    schema, name = session.names.split(reader.dotted_name())
    arguments = _arguments(reader.parenthesized())
    reader.accept_any("CASCADE", "RESTRICT")
    reader.expect_end()
    homes = (schema,) if schema else session.names.search_path
    for each in storage.functions(session.connection):
        if each.name == name and each.schema in homes and each.arguments == arguments:
            storage.forget_function(session.connection, each)
            return Outcome()
    raise RedshiftError(f"function {name}({', '.join(kind.name for kind in arguments)}) does not exist")


def refuse_procedure(_session: Session, _reader: TokenReader) -> Outcome:
    raise Unsupported("stored procedures (PL/pgSQL)")


COMMANDS = [
    (("CREATE", "FUNCTION"), create_function),
    (("CREATE", "OR", "REPLACE", "FUNCTION"), replace_function),
    (("DROP", "FUNCTION"), drop_function),
    *(
        (words, refuse_procedure)
        for words in (
            ("CREATE", "PROCEDURE"),
            ("CREATE", "OR", "REPLACE", "PROCEDURE"),
            ("CREATE", "OR", "REPLACE", "NONATOMIC"),
            ("ALTER", "PROCEDURE"),
            ("DROP", "PROCEDURE"),
            ("SHOW", "PROCEDURE"),
            ("CALL",),
        )
    ),
]
