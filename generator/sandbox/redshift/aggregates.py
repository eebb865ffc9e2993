"""Redshift's aggregate functions as DuckDB's: "Aggregate functions" in the Database Developer Guide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import spatial
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.casts import text_of
from generator.sandbox.redshift.nodes import is_on_compute_nodes

Rewrite = Callable[[exp.Expr], exp.Expr]

_SMALL = (exp.DType.SMALLINT, exp.DType.INT)
_DIGITS = 8  # that a value interpolated between decimals has in between
_APPROXIMATE = "rs_approximate_percentile_disc"
# They sort the rows of a group, which Redshift does once for a query.
_SORTED = (exp.GroupConcat, exp.PercentileCont, exp.PercentileDisc, exp.Median)


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError for what Redshift's aggregate functions do not allow."""
    for select in tree.find_all(exp.Select):
        orders = {order for node in _sorting(select) if (order := _sort_order(node))}
        if len(orders) > 1:
            raise RedshiftError("within group ORDER BY clauses for aggregate functions must be the same")
    sorts = any(isinstance(node, _SORTED) or node.name == _APPROXIMATE for node in tree.find_all(exp.Func))
    if sorts and not is_on_compute_nodes(tree):
        raise RedshiftError(
            "One or more of the used functions must be applied on at least one user created tables. "
            "Examples of user table only functions are LISTAGG, MEDIAN, PERCENTILE_CONT, etc"
        )


def _sorting(select: exp.Select) -> Iterator[exp.Expr]:
    """The aggregate functions of a SELECT itself that sort, those over a window left out."""
    for node in select.find_all(*_SORTED):
        around = node.parent if isinstance(node.parent, exp.WithinGroup) else node
        if not isinstance(around.parent, exp.Window) and node.find_ancestor(exp.Select) is select:
            yield around


def _sort_order(node: exp.Expr) -> str:
    """What a function sorts by; empty for a LISTAGG that says nothing."""
    if isinstance(node, exp.Median):
        return exp.Ordered(this=node.this.copy(), nulls_first=False).sql(dialect="redshift").lower()
    if not isinstance(node, exp.WithinGroup):
        return ""
    return ", ".join(each.sql(dialect="redshift").lower() for each in node.expression.expressions)


def _argument(node: exp.Expr) -> tuple[exp.Expr, bool]:
    """What an aggregate function is of, and whether of DISTINCT values."""
    if isinstance(node.this, exp.Distinct):
        return node.this.expressions[0], True
    return node.this, False


def _refuse_intervals(value: exp.Expr) -> None:
    if value.type is not None and value.type.this == exp.DType.INTERVAL:
        raise Unsupported("SUM and AVG of intervals")


def summed(node: exp.Expr) -> exp.Expr:
    """SUM, whose type `windows` sets where it is over a window."""
    _refuse_intervals(node.this)
    return node if isinstance(node.parent, exp.Window) else as_sum(node, kind_of(node))


def as_sum(total: exp.Expr, kind: exp.DType | None) -> exp.Expr:
    """A sum of values of that type: BIGINT of smaller integers, NUMERIC(38, 0) of BIGINT."""
    if kind == exp.DType.BIGINT:
        return exp.cast(total, _decimal(0))
    return exp.cast(total, "bigint") if kind in _SMALL else total


def average(node: exp.Expr) -> exp.Expr:
    """AVG: BIGINT of integers, NUMERIC of the argument's scale of NUMERIC; what is beyond is cut off."""
    if isinstance(node.parent, exp.Window):
        return node
    _refuse_intervals(node.this)
    total, number = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    mean = call("rs_average", total, number)
    return exp.cast(mean, "bigint") if kind_of(node) in (*_SMALL, exp.DType.BIGINT) else mean


def kind_of(node: exp.Expr) -> exp.DType | None:
    """The type of an aggregate function's argument, as far as it is told."""
    kind = _argument(node)[0].type
    return kind.this if kind is not None else None


def in_order(node: exp.Expr) -> exp.Expr:
    """WITHIN GROUP (ORDER BY …) of LISTAGG and of the percentile functions."""
    function, order = node.this, list(node.expression.expressions)
    if isinstance(function, exp.GroupConcat):
        return _joined(function, order)
    if function.name == "rs_st_collect":
        return spatial.collect(function, order)
    fraction = function.this if isinstance(function, exp.Func) else None
    if function.name == _APPROXIMATE:
        fraction = function.expressions[0]
    if not isinstance(fraction, exp.Expr) or len(order) != 1:
        raise RedshiftError("syntax error in WITHIN GROUP")
    return _percentile(function, fraction, order[0])


def listagg(node: exp.Expr) -> exp.Expr:
    """LISTAGG without an order."""
    return node if isinstance(node.parent, exp.WithinGroup) else _joined(node, [])


def _joined(node: exp.Expr, order: list[exp.Expr]) -> exp.Expr:
    """LISTAGG of the values, listed in order; `windows` moves OVER to the list."""
    value, distinct = _argument(node)
    delimiter = node.args.get("separator")
    if isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
        delimiter = node.this.expressions[1]
    values = text_of(value.copy())
    if order:
        values = exp.Order(this=values, expressions=order)
    return call("rs_listagg_of", call("list", values), delimiter or exp.null(), exp.Boolean(this=distinct))


def median(node: exp.Expr) -> exp.Expr:
    """MEDIAN is PERCENTILE_CONT(0.5)."""
    return node if isinstance(node.parent, exp.Window) else continuous(node.this, exp.Literal.number("0.5"), 1)


def continuous(value: exp.Expr, fraction: exp.Expr, scale: int) -> exp.Expr:
    """Interpolated between dates it is a date, between integers NUMERIC of that scale.

    DuckDB cuts what it interpolates between decimals: more digits, and a cast that rounds, make up for that.
    """
    kind = value.type.this if value.type is not None else None
    if kind == exp.DType.DATE:
        return exp.cast(call("quantile_cont", value, fraction), "date")
    if kind in exp.DataType.TEMPORAL_TYPES:
        return call("quantile_cont", value, fraction)
    exact, shown = (
        exp.Add(this=value.copy(), expression=exp.cast(exp.Literal.number(0), _decimal(digits, digits + 1)))
        for digits in (_DIGITS, scale)
    )
    interpolated = call("quantile_cont", exact, fraction)
    return call("cast_to_type", interpolated, call("quantile_disc", shown, fraction.copy()))


def _percentile(function: exp.Expr, fraction: exp.Expr, order: exp.Expr) -> exp.Expr:
    if not isinstance(order, exp.Ordered):
        raise RedshiftError("syntax error in WITHIN GROUP")
    try:
        number = Decimal(fraction.name if fraction.is_number else "")
    except InvalidOperation as error:
        raise Unsupported("a percentile that is not a number") from error
    if not 0 <= number <= 1:
        raise RedshiftError("percentile value must be between 0 and 1")
    if order.args.get("desc"):  # DuckDB sorts descending for a negative fraction, which 0 can't be
        number = -number if number else Decimal(1)
    scale = max(1, -int(number.as_tuple().exponent))
    given = exp.Literal.number(str(abs(number)))
    given = exp.Neg(this=given) if number < 0 else given
    if isinstance(function, exp.PercentileCont):
        return continuous(order.this, given, scale)
    return call("quantile_disc", order.this, given)


def _decimal(scale: int, precision: int = 38) -> exp.DataType:
    return exp.DataType.build(f"decimal({precision}, {scale})", dialect="duckdb")


def approximate(node: exp.Expr) -> exp.Expr:
    """The exact count is within the error that APPROXIMATE allows."""
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


REWRITES: dict[type[exp.Expr], Rewrite] = {
    exp.Sum: summed,
    exp.Avg: average,
    exp.GroupConcat: listagg,
    exp.WithinGroup: in_order,
    exp.Median: median,
    exp.ApproxDistinct: approximate,
}
