"""What sqlglot gets wrong from Redshift to DuckDB, construct by construct.

`REWRITES` has an entry for each class of sqlglot's tree that needs one; `SAME` are the functions that sqlglot and
DuckDB get right. Any other function is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import call, literal_text
from generator.sandbox.redshift.functions.calls import DUCKDB
from generator.sandbox.redshift.functions.dates import extract

Rewrite = Callable[[exp.Expr], exp.Expr]

_CHARS = (exp.DType.CHAR, exp.DType.NCHAR)


def _avg(node: exp.Expr) -> exp.Expr:
    """Of integers an integer: with `integer_division` DuckDB's `/` is what Redshift's AVG does."""
    count = exp.Count(this=node.this.copy())
    total = exp.Sum(this=node.this.copy())
    window = node.parent
    if isinstance(window, exp.Window):
        return node
    return exp.paren(exp.Div(this=total, expression=count))


def _sum(node: exp.Expr) -> exp.Expr:
    """Of BIGINT the sum is NUMERIC(38, 0)."""
    kind = node.this.type
    if kind is not None and kind.this == exp.DType.BIGINT and not isinstance(node.parent, exp.Window):
        return exp.cast(node, exp.DataType.build("decimal(38, 0)"))
    return node


def _window(node: exp.Expr) -> exp.Expr:
    if not isinstance(node.this, exp.Avg):
        return node
    parts = []
    for kind in (exp.Sum, exp.Count):
        window = node.copy()
        window.set("this", kind(this=node.this.this.copy()))
        parts.append(window)
    return exp.paren(exp.Div(this=parts[0], expression=parts[1]))


def _cast(node: exp.Expr) -> exp.Expr:
    """Casts to VARCHAR(n) and CHAR(n) cut at n bytes; DECIMAL is DECIMAL(18, 0)."""
    kind = node.args["to"]
    name, sizes = kind.this, kind.expressions
    if name in (exp.DType.CHAR, exp.DType.NCHAR, exp.DType.VARCHAR, exp.DType.NVARCHAR):
        is_char = name in (exp.DType.CHAR, exp.DType.NCHAR)
        text = exp.cast(node.this, "text")
        if sizes and sizes[0].name.lower() == "max":
            return text
        size = sizes[0].this.copy() if sizes else exp.Literal.number(1 if is_char else 256)
        cut = call("rs_left_bytes", text, size)
        return call("rtrim", cut, exp.Literal.string(" ")) if is_char else cut
    if name == exp.DType.DECIMAL and len(sizes) < 2:
        precision = sizes[0].this.name if sizes else "18"
        node.set("to", exp.DataType.build(f"decimal({precision}, 0)", dialect="duckdb"))
    if name in (exp.DType.SUPER, exp.DType.HLLSKETCH, exp.DType.GEOMETRY):
        raise Unsupported(f"a cast to {name.value}")
    return node


def _listagg(node: exp.Expr) -> exp.Expr:
    """LISTAGG joins with nothing where no delimiter is given; its order is that of WITHIN GROUP."""
    order = None
    if isinstance(node.parent, exp.WithinGroup):
        return node
    if isinstance(node, exp.WithinGroup):
        if not isinstance(node.this, exp.GroupConcat):
            return node
        order, node = node.expression, node.this
    this, separator = node.this, node.args.get("separator")
    distinct = isinstance(this, exp.Distinct)
    values = list(this.expressions) if isinstance(this, exp.Distinct) else [this]
    if len(values) == 2:
        separator = values[1]
    value: exp.Expr = exp.cast(values[0], "text")
    value = exp.Distinct(expressions=[value]) if distinct else value
    separator = separator or exp.Literal.string("")
    if order is not None:
        separator = exp.Order(this=separator, expressions=list(order.expressions))
    return call("string_agg", value, separator)


def _within_group(node: exp.Expr) -> exp.Expr:
    return _listagg(node)


def _trunc(node: exp.Expr) -> exp.Expr:
    """TRUNC of a timestamp is its date."""
    kind = node.this.type
    if kind is not None and kind.this in exp.DataType.TEMPORAL_TYPES:
        return exp.cast(node.this, "date")
    return node


def _substring(node: exp.Expr) -> exp.Expr:
    parts = (node.this, node.args.get("start"), node.args.get("length"))
    return call("rs_cut", *(part for part in parts if part is not None))


def _next_day(node: exp.Expr) -> exp.Expr:
    node.set("this", exp.cast(node.this, "date"))
    return node


def _pad(node: exp.Expr) -> exp.Expr:
    node.set("this", exp.cast(node.this, "text"))
    return node


def _like(node: exp.Expr) -> exp.Expr:
    """A backslash is the escape character of LIKE where no other is named."""
    if isinstance(node.parent, exp.Escape):
        return node
    if node.expression.is_string and "\\" not in node.expression.name:
        return node
    copy = node.copy()
    copy.set("this", node.this)
    copy.set("expression", node.expression)
    return exp.Escape(this=copy, expression=exp.Literal.string("\\"))


def _similar(node: exp.Expr) -> exp.Expr:
    """SIMILAR TO's `%` and `_` as a regular expression's, which is what DuckDB's SIMILAR TO takes."""
    pattern = literal_text(node.expression, "a pattern of SIMILAR TO")
    regular = re.sub(r"([.^$\\])", r"\\\1", pattern).replace("%", ".*").replace("_", ".")
    return call("regexp_full_match", node.this, exp.Literal.string(regular))


def _identifier(node: exp.Expr) -> exp.Expr:
    """Names fold to lower case, quoted or not (enable_case_sensitive_identifier is off)."""
    return exp.to_identifier(node.name.lower(), quoted=bool(node.args.get("quoted")))


def _approximate(node: exp.Expr) -> exp.Expr:
    """The exact count is within the error that APPROXIMATE allows."""
    return exp.Count(this=exp.Distinct(expressions=[node.this]))


def _arithmetic(node: exp.Expr) -> exp.Expr:
    """A literal such as '1' (a parameter, say) is a number beside numbers; DuckDB finds that ambiguous."""
    for side in (node.this, node.expression):
        if isinstance(side, exp.Literal) and side.is_string and re.fullmatch(r"[+-]?\d+(\.\d+)?", side.name):
            side.replace(exp.Literal.number(side.name))
    return node


def _comparison(node: exp.Expr) -> exp.Expr:
    """Trailing blanks do not count beside CHAR, whose own are not stored."""
    sides = (node.this, node.expression, *node.args.get("expressions", ()))
    if any(side is not None and side.type is not None and side.type.this in _CHARS for side in sides):
        for side in sides:
            if isinstance(side, exp.Literal) and side.is_string:
                side.replace(exp.Literal.string(side.name.rstrip(" ")))
    return node


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
    exp.Avg: _avg,
    exp.Sum: _sum,
    exp.Window: _window,
    exp.Cast: _cast,
    exp.Extract: extract,
    exp.GroupConcat: _listagg,
    exp.WithinGroup: _within_group,
    exp.Trunc: _trunc,
    exp.Substring: _substring,
    exp.NextDay: _next_day,
    exp.Pad: _pad,
    exp.Like: _like,
    exp.ILike: _like,
    exp.SimilarTo: _similar,
    exp.Identifier: _identifier,
    exp.ApproxDistinct: _approximate,
    exp.CurrentUser: _current_user,
    exp.Placeholder: _placeholder,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), _arithmetic),
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In), _comparison),
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
        for name in """Abs And AnyValue Array Ascii AtTimeZone BitwiseAndAgg BitwiseOrAgg Case Cbrt Ceil Chr Coalesce
        ConvertTimezone Count CountIf CumeDist CurrentDate CurrentTimestamp Date Degrees DecodeCase DenseRank Exists
        Exp FirstValue Floor Greatest If Initcap Lag LastValue Lead Least Left Ln Log LogicalAnd LogicalOr Lower MD5
        Max Median Min Mod NextDay NthValue Ntile Nullif Nvl2 Or Pad ParseJSON PercentRank PercentileCont
        PercentileDisc Pi Pow Quantile Radians Rand Rank RegexpInstr RegexpLike Repeat Replace Reverse Right Round
        RowNumber SHA Sign Sin Cos Tan Asin Acos Atan SplitPart Sqrt Stddev StddevPop StddevSamp StrPosition Sum
        Translate Trim Trunc Upper Variance VariancePop Xor JSONExtractScalar NullSafeEQ NullSafeNEQ Year Cast TryCast
        ToDays Quarter Month Day Week""".split()
    )
    if kind is not None
)
