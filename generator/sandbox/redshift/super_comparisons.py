"""Comparisons and casts of SUPER values: keys that are equal for equal values, and types that they are cast to.

"Dynamic typing" and "Casting limitations" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.super_values import of
from generator.sandbox.redshift.super_scope import as_super, is_super

_DATES = (
    exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME,
    exp.DType.TIME,
)  # fmt: skip
_KINDS = {
    exp.DType.SMALLINT: "int2", exp.DType.INT: "int4", exp.DType.BIGINT: "int8", exp.DType.FLOAT: "float4",
    exp.DType.DOUBLE: "float8", exp.DType.BOOLEAN: "bool", exp.DType.DATE: "date", exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz", exp.DType.TIMESTAMPNTZ: "timestamp", exp.DType.TIME: "time",
}  # fmt: skip
_TEXTS = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR, exp.DType.NCHAR, exp.DType.NVARCHAR, exp.DType.BPCHAR)


def key(value: exp.Expr) -> exp.Expr:
    """A text that is equal, and ordered, as values are."""
    return call("rs_super_key", value) if is_super(value) else call("rs_super_key_of", value)


def cast(value: exp.Expr, kind: exp.DataType) -> exp.Expr:
    """A SUPER value as one of Redshift's types, NULL where it is none of them."""
    name = kind.this
    if name in _TEXTS:
        return exp.Cast(this=call("rs_super_cast", value, exp.Literal.string("varchar")), to=kind)
    if name == exp.DType.DECIMAL:
        sizes = [int(size.name) for size in kind.expressions] or [18]
        precision, scale = (*sizes, 0)[:2]
        to = exp.DataType.build(f"decimal({precision}, {scale})", dialect="duckdb")
        return _tried(value, f"numeric({precision},{scale})", to)
    if name not in _KINDS:
        raise Unsupported(f"a cast of SUPER to {kind.sql(dialect='redshift')}")
    return _tried(value, _KINDS[name], kind)


def _tried(value: exp.Expr, name: str, kind: exp.DataType) -> exp.Expr:
    return exp.TryCast(this=call("rs_super_cast", value, exp.Literal.string(name)), to=kind)


def is_date(node: exp.Expr) -> bool:
    """Whether it is a date or a time, as far as its type is told."""
    return node.type is not None and node.type.this in _DATES


def _dated(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """Both sides as dates or times where one is one, to which SUPER is cast as it is never cast to SUPER."""
    for side in (left, right):
        if is_date(side) and side.type is not None:
            kind = side.type
            return (cast(left, kind), right) if is_super(left) else (left, cast(right, kind))
    return None


def equal(node: exp.Expr) -> exp.Expr:
    """=, <> and the like, which are false or true of different types."""
    if isinstance(node.expression, exp.Any | exp.All):
        raise Unsupported("ANY, SOME and ALL with SUPER values; use IN")
    sides = _dated(node.this, node.expression) or (key(node.this), key(node.expression))
    return type(node)(this=sides[0], expression=sides[1])


def ordered(node: exp.Expr) -> exp.Expr:
    """<, <=, > and >=, which are NULL of different types."""
    sides = _dated(node.this, node.expression)
    if sides is not None:
        return type(node)(this=sides[0], expression=sides[1])
    return type(node)(this=_compared(node.this, node.expression), expression=exp.Literal.number(0))


def _compared(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return call("rs_super_compare", of(left), of(right))


def between(node: exp.Expr) -> exp.Expr:
    """BETWEEN, as the two comparisons that it is."""
    value, low, high = node.this, node.args["low"], node.args["high"]
    above = ordered(exp.GTE(this=value.copy(), expression=low))
    return exp.paren(exp.and_(above, ordered(exp.LTE(this=value, expression=high)), copy=False))


def is_in(node: exp.Expr) -> exp.Expr:
    """IN a list; a subquery's one column is compared by its key."""
    query = node.args.get("query")
    if query is None:
        return exp.In(this=key(node.this), expressions=[key(item) for item in node.expressions])
    inner = query.this if isinstance(query, exp.Subquery) and not query.alias else query
    label = exp.TableAlias(this=exp.to_identifier("_super"), columns=[exp.to_identifier("_value")])
    value = exp.column("_value", "_super")
    keys = exp.select(key(as_super(value) if is_super(query) else value)).from_(exp.Subquery(this=inner, alias=label))
    return exp.In(this=key(node.this), query=exp.Subquery(this=keys))
