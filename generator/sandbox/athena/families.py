"""Families of types: which values Trino compares and combines, and what it says of those that it does not."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.types import decimal_digits, element, fields, map_kinds, result_type
from generator.sandbox.athena.zones import ZONED

KindOf = Callable[[exp.Expr], str]
Rule = Callable[[exp.Expr, KindOf], exp.Expr | None]

TEXT = ("VARCHAR", "STRING_LITERAL")
FLOATING = ("DOUBLE", "FLOAT")
MOMENTS = ("DATE", "TIMESTAMP", ZONED)
UNKNOWN = ('"NULL"', "NULL")


def trino_name(kind: str) -> str:
    """DuckDB's type as Trino's messages name it."""
    literal = {"STRING_LITERAL": "varchar", "INTEGER_LITERAL": "integer", '"NULL"': "unknown"}.get(kind)
    return literal or result_type(kind).name


def mismatch(operator: str, left: str, right: str) -> QueryError:
    return QueryError(
        f"TYPE_MISMATCH: line 1:1: Cannot apply operator: {trino_name(left)} {operator} {trino_name(right)}"
    )


def unexpected(function: str, *kinds: str) -> QueryError:
    named = ", ".join(map(trino_name, kinds))
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({named}) for function {function}")


def family(kind: str) -> str:
    """What a type can be compared with: types of one family."""
    if kind in FLOATING or decimal_digits(kind):
        return "number"
    if element(kind):
        return f"array({family(element(kind))})"
    pair, members = map_kinds(kind), fields(kind)
    if pair is not None:
        return f"map({family(pair[0])}, {family(pair[1])})"
    if members:
        return f"row({', '.join(family(member) for _, member in members)})"
    return "text" if kind in TEXT else "moment" if kind in MOMENTS else kind


def alike(one: str, other: str) -> bool:
    """Whether values of two types can be compared; a NULL can be compared with all."""
    return '"NULL"' in one or '"NULL"' in other or "NULL" in (one, other) or family(one) == family(other)
