"""Conditional expressions whose values have one type: CASE, COALESCE, NVL, NVL2, DECODE, GREATEST, LEAST, NULLIF.

"Conditional expressions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.functions import patterns
from generator.sandbox.redshift.functions.arithmetic import compared, comparison
from generator.sandbox.redshift.functions.casts import converted


def _unite(node: exp.Expr, values: Iterable[exp.Expr | None]) -> exp.Expr:
    """Text constants among values of another type are read as of that type; floating-point numbers make all so."""
    kind = node.type
    if kind is None or kinds.is_text(kind) or kind.this == exp.DType.NULL:
        return node
    for value in [value for value in values if value is not None]:
        if kinds.is_text_literal(value) or (kinds.is_float(kind) and value.type is not None and value.type != kind):
            value.replace(converted(value.copy(), kind))
    return node


def alternatives(node: exp.Expr) -> exp.Expr:
    """COALESCE (which NVL is), GREATEST and LEAST."""
    return _unite(node, [node.this, *node.expressions])


def either(node: exp.Expr) -> exp.Expr:
    """NVL2."""
    return _unite(node, [node.args.get("true"), node.args.get("false")])


def case(node: exp.Expr) -> exp.Expr:
    """CASE, simple or searched."""
    branches = node.args["ifs"]
    if node.this:
        compared([node.this, *(branch.this for branch in branches)])
    return _unite(node, [*(branch.args.get("true") for branch in branches), node.args.get("default")])


def decode(node: exp.Expr) -> exp.Expr:
    """DECODE, for which NULL is equal to NULL."""
    value, *rest = node.expressions
    default = rest.pop() if len(rest) % 2 else None
    _unite(node, [*rest[1::2], default])
    compared([value, *rest[0::2]])
    return node


def nullif(node: exp.Expr) -> exp.Expr:
    """NULLIF, which compares as `=` does."""
    same = comparison(exp.EQ(this=node.this.copy(), expression=node.expression.copy()))
    made = exp.Case(ifs=[exp.If(this=same, true=exp.null())], default=node.this.copy())
    made.type = node.type
    return made


def like(node: exp.Expr) -> exp.Expr:
    """LIKE and ILIKE of dates, times and numbers are of their text."""
    if kinds.is_number(node.this.type) or kinds.is_moment(node.this.type):
        node.set("this", converted(node.this, kinds.VARCHAR))
    return patterns.like(node)
