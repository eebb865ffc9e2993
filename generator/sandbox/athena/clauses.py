"""Aggregates in calls: their DISTINCT and ORDER BY, and expressions around an aggregate with its FILTER and OVER."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp

from generator.sandbox.athena.templates import filled, marked, template

_AROUND = "around"
_CLAUSES = (exp.Filter, exp.Window, exp.IgnoreNulls, exp.RespectNulls)


@dataclass(frozen=True)
class Call:
    """The arguments of an aggregate function, `distinct` and `order` (the sort items) as they are written."""

    arguments: tuple[exp.Expr, ...]
    distinct: bool = False
    order: tuple[exp.Expr, ...] = ()

    @classmethod
    def read(cls, arguments: list[exp.Expr]) -> Call:
        """A call's arguments as sqlglot gives them: the last one holds the ORDER BY, the first one the DISTINCT."""
        order: tuple[exp.Expr, ...] = ()
        distinct = False
        if arguments and isinstance(arguments[-1], exp.Order):
            last = arguments[-1]
            order, arguments = tuple(last.expressions), [*arguments[:-1], last.this]
        if arguments and isinstance(arguments[0], exp.Distinct):
            distinct, arguments = True, [*arguments[0].expressions, *arguments[1:]]
        return cls(tuple(arguments), distinct, order)

    def to(self, function: str, *arguments: exp.Expr) -> exp.Expr:
        """DuckDB's aggregate `function` of `arguments` with the same DISTINCT and ORDER BY."""
        given = [argument.copy() for argument in arguments]
        if self.distinct:
            given = [exp.Distinct(expressions=given)]
        if self.order:
            ordered = exp.Order(this=given[-1], expressions=[item.copy() for item in self.order])
            given = [*given[:-1], ordered]
        return marked(exp.Anonymous(this=function, expressions=given))


def around(sql: str | exp.Expr, **aggregates: exp.Expr) -> exp.Expr:
    """The value of `sql` (text, or an expression with placeholders) around an aggregate with all of its clauses.

    `:name` stands for an aggregate with the FILTER and OVER that follow the call. What is returned goes in the
    call's place; `wrap` then builds the expression.
    """
    first = next(iter(aggregates.values()))
    first.meta[_AROUND] = (sql, aggregates)
    return first


def wrap(node: exp.Expr) -> None:
    """Build what `around` asked for, where `node` is an aggregate with all of its clauses, which are translated."""
    if isinstance(node.parent, _CLAUSES) and node.arg_key == "this":
        return
    call = node
    while isinstance(call, _CLAUSES):
        call = call.this
    asked = call.meta.pop(_AROUND, None)
    if asked is None:
        return
    sql, aggregates = asked
    values = {}
    for name, aggregate in aggregates.items():
        if call is node:  # no clauses
            values[name] = aggregate
            continue
        if aggregate is not call:
            call.replace(aggregate)
        values[name] = node.copy()
        if aggregate is not call:
            aggregate.replace(call)
    node.replace(template(sql, **values) if isinstance(sql, str) else filled(sql, values))
