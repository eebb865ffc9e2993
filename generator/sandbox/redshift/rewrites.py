"""What sqlglot gets wrong from Redshift to DuckDB, construct by construct.

`REWRITES` has an entry for each class of sqlglot's tree that needs one; `SAME` are the functions that sqlglot and
DuckDB get right. Any other function is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift import aggregates, windows
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import arithmetic, binary, casts, conditions, dates, patterns, text
from generator.sandbox.redshift.functions.calls import DUCKDB

Rewrite = Callable[[exp.Expr], exp.Expr]


def _substring(node: exp.Expr) -> exp.Expr:
    parts = (node.this, node.args.get("start"), node.args.get("length"))
    return text.substring([part for part in parts if part is not None])


def _bitwise(node: exp.Expr) -> exp.Expr:
    return binary.operator(node) or node


def _identifier(node: exp.Expr) -> exp.Expr:
    """Names fold to lower case, quoted or not (enable_case_sensitive_identifier is off)."""
    return exp.to_identifier(node.name.lower(), quoted=bool(node.args.get("quoted")))


def _placeholder(_: exp.Expr) -> exp.Expr:
    raise RedshiftError('syntax error at or near ":"')


def _distinct(node: exp.Expr) -> exp.Expr:
    if node.args.get("on") is not None and not node.meta.get(DUCKDB):
        raise Unsupported("DISTINCT ON, which Redshift has not")
    return node


def _refuse(what: str) -> Rewrite:
    def refuse(_: exp.Expr) -> exp.Expr:
        raise Unsupported(what)

    return refuse


def _current_user(_: exp.Expr) -> exp.Expr:
    return exp.Literal.string("awsuser")


REWRITES: dict[type[exp.Expr], Rewrite] = {
    **aggregates.REWRITES,
    exp.Window: windows.rewrite,
    exp.Cast: casts.cast,
    exp.TryCast: casts.try_cast,
    exp.Pow: arithmetic.power,
    exp.Cbrt: arithmetic.cube_root,
    exp.Sqrt: arithmetic.square_root,
    exp.Case: conditions.case,
    exp.DecodeCase: conditions.decode,
    exp.Nullif: conditions.nullif,
    exp.Nvl2: conditions.either,
    **dict.fromkeys((exp.Coalesce, exp.Greatest, exp.Least), conditions.alternatives),
    exp.Extract: dates.extract,
    exp.Interval: dates.interval,
    exp.AtTimeZone: dates.at_time_zone,
    exp.Substring: _substring,
    exp.DPipe: arithmetic.concatenation,
    exp.Escape: patterns.escaped,
    exp.Like: conditions.like,
    exp.ILike: conditions.like,
    exp.RegexpILike: patterns.refused,
    exp.RegexpLike: patterns.found,
    exp.SimilarTo: patterns.similar_to,
    exp.StrPosition: text.position,
    exp.Trim: text.trim,
    **dict.fromkeys((exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot), _bitwise),
    exp.Identifier: _identifier,
    exp.CurrentUser: _current_user,
    exp.Placeholder: _placeholder,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), arithmetic.arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.Between), arithmetic.comparison),
    exp.Distinct: _distinct,
    exp.Bracket: _refuse("navigation into SUPER values"),
    exp.Filter: _refuse("FILTER (WHERE …), which Redshift has not"),
    exp.Into: _refuse("SELECT INTO; use CREATE TABLE AS"),
}

# Constructs that run with a known small difference, in one sentence, which is logged.
DIFFERENCES: dict[type[exp.Expr], str] = {
    exp.ApproxDistinct: "APPROXIMATE COUNT(DISTINCT …) is exact; Redshift's estimate is within 2 %.",
}

SAME = frozenset(
    kind
    for kind in (
        getattr(exp, name, None)
        for name in """Abs And AnyValue Array AtTimeZone Case Cbrt Ceil Coalesce ConvertTimezone Count CumeDist
        CurrentDate CurrentTimestamp Date Degrees DecodeCase DenseRank Exists Exp FirstValue Floor Greatest
        Grouping GroupingId If Lag LastValue Lead Least Ln Log Max Median Min Mod NextDay NthValue Ntile Nullif
        Nvl2 Or ParseJSON PercentRank PercentileCont PercentileDisc Pi Pow Radians Rand Rank Round RowNumber
        Sign Sin Cos Tan Asin Acos Atan Sqrt Stddev StddevPop StddevSamp Sum Trunc Variance VariancePop Xor
        JSONExtractScalar NullSafeEQ NullSafeNEQ Year Cast TryCast ToDays Quarter Month Day Week""".split()
    )
    if kind is not None
)
