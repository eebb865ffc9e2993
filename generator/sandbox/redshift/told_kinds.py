"""The type that Redshift gives to an expression, told from those of its parts (`node.type`).

"Computations with numeric values" and the pages of the functions in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.kinds import Kind


def kind_of(node: exp.Expr) -> Kind | None:
    """The type of an expression whose parts have theirs; None where it can't be told."""
    rule = _RULES.get(type(node))
    return rule(node) if rule is not None else None


def _binary(sign: str) -> Callable[[exp.Expr], Kind | None]:
    def rule(node: exp.Expr) -> Kind | None:
        left, right = kinds.beside(node.this, node.expression), kinds.beside(node.expression, node.this)
        if left is None or right is None:
            return None
        if kinds.is_number(left) and kinds.is_number(right):
            return kinds.computed(sign, left, right)
        return _moved(sign, left, right)

    return rule


def _moved(sign: str, left: Kind, right: Kind) -> Kind | None:
    """Sums and differences of dates and times."""
    both = (left.this, right.this)
    if sign == "-" and both == (exp.DType.DATE, exp.DType.DATE):
        return kinds.INTEGER
    if sign == "-" and kinds.is_moment(left) and kinds.is_moment(right):
        return kinds.INTERVAL
    if sign not in "+-":
        return kinds.INTERVAL if exp.DType.INTERVAL in both else None
    moment, step = (left, right) if kinds.is_moment(left) or left.this == exp.DType.TIME else (right, left)
    if step.this == exp.DType.INTERVAL:
        return kinds.TIMESTAMP if moment.this == exp.DType.DATE else moment
    if moment.this == exp.DType.DATE and kinds.is_integer(step):
        return kinds.DATE
    if exp.DType.TIME in both and exp.DType.DATE in both:
        return kinds.TIMESTAMP
    return None


def literal(node: exp.Expr) -> Kind:
    """Of constants: integers by their size, numbers with a point exact, those with an exponent not."""
    text = node.name
    if node.is_string:
        return kinds.VARCHAR
    if re.search(r"[eE]", text):
        return kinds.DOUBLE
    whole, point, fraction = text.partition(".")
    if not point and int(whole) < 2**63:
        return kinds.INTEGER if int(whole) < 2**31 else kinds.BIGINT
    digits = len(whole.lstrip("0")) + len(fraction)
    return kinds.decimal(min(max(digits, 1), 38), min(len(fraction), 37))


def _of_this(node: exp.Expr) -> Kind | None:
    kind: Kind | None = node.this.type if isinstance(node.this, exp.Expr) else None
    return kind


def _cast(node: exp.Expr) -> Kind | None:
    to = node.args["to"]
    if to.this == exp.DType.DECIMAL:
        exact = kinds.size(to)
        return kinds.decimal(*exact) if exact else None
    return kinds.TIMESTAMP if to.this == exp.DType.DATETIME else to


def _case(node: exp.Expr) -> Kind | None:
    return kinds.common([*(branch.args.get("true") for branch in node.args["ifs"]), node.args.get("default")])


def _decode(node: exp.Expr) -> Kind | None:
    rest = node.expressions[1:]
    results = rest[1::2] + (rest[-1:] if len(rest) % 2 else [])
    return kinds.common(results)


def _at_time_zone(node: exp.Expr) -> Kind | None:
    kind = node.this.type
    return kinds.TIMESTAMP if kind is not None and kind.this == exp.DType.TIMESTAMPTZ else kinds.TIMESTAMPTZ


def _extracted(node: exp.Expr) -> Kind | None:
    kind = node.expression.type
    if kind is not None and kind.this == exp.DType.TIMESTAMPTZ:
        return kinds.DOUBLE
    return kinds.BIGINT if node.this.name.lower() == "epoch" else kinds.INTEGER


def _in_order(node: exp.Expr) -> Kind | None:
    """What a function gives that has WITHIN GROUP (ORDER BY …)."""
    function, first = node.this, node.expression.expressions[0].type
    if isinstance(function, exp.PercentileCont):
        return _interpolated(first, len(function.this.name.partition(".")[2]))
    kind: Kind | None = first if isinstance(function, exp.PercentileDisc) else function.type
    return kind


def _interpolated(kind: Kind | None, digits: int) -> Kind | None:
    return kinds.decimal(38, max(digits, 1)) if kinds.is_integer(kind) else kind


def _always(kind: Kind) -> Callable[[exp.Expr], Kind | None]:
    return lambda _: kind


_RULES: dict[type[exp.Expr], Callable[[exp.Expr], Kind | None]] = {
    exp.Literal: literal,
    exp.Null: _always(kinds.NULL),
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Case: _case,
    exp.DecodeCase: _decode,
    exp.AtTimeZone: _at_time_zone,
    exp.Add: _binary("+"),
    exp.Sub: _binary("-"),
    exp.Mul: _binary("*"),
    exp.Div: _binary("/"),
    exp.Mod: _binary("%"),
    exp.Sum: lambda node: kinds.summed(node.this.type),
    exp.Avg: lambda node: kinds.averaged(node.this.type),
    exp.Round: lambda node: kinds.rounded(node.this, node.args.get("decimals")),
    exp.Trunc: lambda node: kinds.rounded(node.this, node.args.get("decimals")),
    exp.Nvl2: lambda node: kinds.common([node.args.get("true"), node.args.get("false")]),
    exp.If: lambda node: kinds.common([node.args.get("true"), node.args.get("false")]),
    exp.Distinct: lambda node: node.expressions[0].type if len(node.expressions) == 1 else None,
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), lambda node: kinds.common([node.this, *node.expressions])),
    **dict.fromkeys(
        (
            exp.Alias, exp.Paren, exp.Neg, exp.Subquery, exp.Window, exp.IgnoreNulls,
            exp.RespectNulls, exp.Max, exp.Min, exp.AnyValue, exp.Nullif, exp.FirstValue, exp.LastValue,
            exp.NthValue, exp.Lag, exp.Lead, exp.Abs, exp.Order, exp.Ordered,
        ),
        _of_this,
    ),
    **dict.fromkeys((exp.Count, exp.RowNumber, exp.DenseRank, exp.Rank, exp.Ntile), _always(kinds.BIGINT)),
    **dict.fromkeys(
        (exp.Sqrt, exp.Cbrt, exp.Pow, exp.Exp, exp.Ln, exp.Log, exp.Pi, exp.Rand, exp.Stddev, exp.StddevPop,
         exp.StddevSamp, exp.Variance, exp.VariancePop, exp.PercentRank, exp.CumeDist),
        _always(kinds.DOUBLE),
    ),
    **dict.fromkeys(
        (exp.Boolean, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.NullSafeEQ,
         exp.NullSafeNEQ, exp.And, exp.Or, exp.Not, exp.Is, exp.In,
         exp.Like, exp.ILike, exp.Between, exp.Exists, exp.SimilarTo, exp.RegexpLike, exp.LogicalAnd, exp.LogicalOr),
        _always(kinds.BOOLEAN),
    ),
    **dict.fromkeys(
        (exp.DPipe, exp.Concat, exp.Lower, exp.Upper, exp.Initcap, exp.Substring, exp.Trim, exp.Replace, exp.Left,
         exp.Right, exp.Repeat, exp.Reverse, exp.Translate, exp.SplitPart, exp.Pad, exp.Chr),
        _always(kinds.VARCHAR),
    ),
    exp.GroupConcat: _always(kinds.build("varchar(65535)")),
    exp.Median: lambda node: _interpolated(node.this.type, 1),
    exp.WithinGroup: _in_order,
    exp.StrPosition: _always(kinds.INTEGER),
    exp.CurrentDate: _always(kinds.DATE),
    exp.CurrentTimestamp: _always(kinds.TIMESTAMPTZ),
    exp.Interval: _always(kinds.INTERVAL),
    exp.Extract: _extracted,
}  # fmt: skip
