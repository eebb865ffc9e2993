"""Row values: their fields by place and by name, and all of them as columns.

See "ROW" in Trino's data types (trino.io/docs/current/language/types.html) and "Select expressions" of SELECT.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import fields
from generator.sandbox.sql import quote_string

KindOf = Callable[[exp.Expr], str]


def member(kind: str, place: int, row: str) -> str:
    """DuckDB's SQL for the field at `place` (from 0) of a row of type `kind`, the row being the SQL `row`."""
    name = fields(kind)[place][0]
    return f"struct_extract({row}, {quote_string(name)})" if name else f"({row})[{place + 1}]"


def subscript(kind: str, row: exp.Expr, index: exp.Expr) -> exp.Expr:
    """`row[index]`. Raises QueryError where the row has no such field."""
    count = len(fields(kind))
    if not isinstance(index, exp.Literal) or index.is_string or not 0 < int(index.name) <= count:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: line 1:1: ROW index out of bounds: {index.sql('trino')}")
    return template(member(kind, int(index.name) - 1, ":x"), x=row)


def expand(node: exp.Expr, kind_of: KindOf) -> bool:
    """Let the fields of `row.*` be columns of the SELECT around it, named as they are or as AS (…) says.

    Returns whether `node` was such an expression, which is gone then.
    """
    if not isinstance(node, exp.Dot) or not isinstance(node.expression, exp.Star):
        return False
    names = node.parent.expressions if isinstance(node.parent, exp.Aliases) else []
    chosen = node.parent if names else node
    select = chosen.parent if chosen is not None else None
    kind = kind_of(node.this)
    members = fields(kind)
    if not isinstance(select, exp.Select) or not members:
        raise QueryError("TYPE_MISMATCH: line 1:1: Cannot expand an expression that is no row")
    columns: list[exp.Expr] = []
    for place, (name, _) in enumerate(members):
        value = template(member(kind, place, ":x"), x=node.this)
        alias = names[place].name if place < len(names) else name
        columns.append(exp.alias_(value, alias, quoted=True) if alias else value)
    where = next(index for index, each in enumerate(select.expressions) if each is chosen)
    select.set("expressions", [*select.expressions[:where], *columns, *select.expressions[where + 1 :]])
    return True
