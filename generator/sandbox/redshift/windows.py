"""Redshift's window functions as DuckDB's: "Window functions" in the Database Developer Guide."""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift import aggregates
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import call

_RANKING = (
    exp.CumeDist, exp.DenseRank, exp.Ntile, exp.PercentRank, exp.Rank, exp.RowNumber, exp.Lag, exp.Lead,
)  # fmt: skip
_UNORDERED = (exp.GroupConcat, exp.Median, exp.PercentileCont, exp.PercentileDisc)
_RATIO = "ratio_to_report"


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError for windows that Redshift does not allow, Unsupported for those that are not documented."""
    for select in tree.find_all(exp.Select):
        if select.args.get("windows"):
            raise RedshiftError('syntax error at or near "window"')
    for window in tree.find_all(exp.Window):
        _check_window(window)


def _function(window: exp.Window) -> exp.Expr:
    node: exp.Expr = window.this
    while isinstance(node, exp.IgnoreNulls | exp.RespectNulls | exp.WithinGroup):
        node = node.this
    return node


def _check_window(window: exp.Window) -> None:
    function, order, frame = _function(window), window.args.get("order"), window.args.get("spec")
    name = function.sql_name().lower() if isinstance(function, exp.Func) else ""
    if isinstance(function, exp.Anonymous):
        name = function.name.lower().removeprefix("rs_")
    if window.alias or window.args.get("over") is None:
        raise RedshiftError('syntax error at or near "over"')
    _check_constants(window)
    if isinstance(function.this, exp.Distinct) and not isinstance(function, exp.GroupConcat):
        raise RedshiftError("DISTINCT is not supported within window functions")
    if isinstance(function, _UNORDERED) or name == _RATIO:
        if order or frame:
            raise RedshiftError(f"window function {name} allows PARTITION BY only")
    elif isinstance(function, _RANKING):
        if frame:
            raise RedshiftError(f"window function {name} can't have a frame clause")
        _check_neighbour(function, name, bool(order))
    elif order and not frame:
        raise RedshiftError("Aggregate window functions with an ORDER BY clause require a frame clause")
    if frame:
        _check_frame(frame)


def _check_neighbour(function: exp.Expr, name: str, is_ordered: bool) -> None:
    if isinstance(function, exp.Lag | exp.Lead):
        if function.args.get("default") is not None:
            raise RedshiftError(f"Default parameter not be supported for window function {name}")
        if not is_ordered:
            raise RedshiftError(f"window function {name} requires an ORDER BY clause")


def _check_constants(window: exp.Window) -> None:
    order = window.args.get("order")
    keys = [*window.args.get("partition_by", ()), *(each.this for each in (order.expressions if order else ()))]
    if any(isinstance(key, exp.Literal | exp.Null | exp.Boolean) for key in keys):
        raise RedshiftError("constant expressions are not supported in partition by or order by clauses.")


def _check_frame(frame: exp.Expr) -> None:
    if str(frame.args.get("kind")).upper() != "ROWS" or frame.args.get("exclude"):
        raise Unsupported("a window frame other than ROWS")
    places = [_place(frame.args.get(f"{end}"), frame.args.get(f"{end}_side")) for end in ("start", "end")]
    first, last = places
    if frame.args.get("end") is None:
        last = float("inf") if first == float("inf") else 0
        first = 0 if first == float("inf") else first
    if first > last:
        raise RedshiftError("frame starting row cannot be after its ending row")


def _place(edge: object, side: object) -> float:
    """Where a frame begins or ends, in rows from the current one."""
    if edge is None or str(edge).upper() == "CURRENT ROW":
        return 0
    sign = 1 if str(side).upper() == "FOLLOWING" else -1
    if str(edge).upper() == "UNBOUNDED":
        return sign * float("inf")
    if not isinstance(edge, exp.Literal) or not edge.name.isdigit():
        raise RedshiftError("the offset of a window frame must be a positive constant")
    return sign * int(edge.name)


def rewrite(node: exp.Expr) -> exp.Expr:
    """OVER: it moves to what is the aggregate function in DuckDB's SQL, and frames are written out."""
    _write_frame(node)
    function = node.this
    if isinstance(function, exp.Sum):
        return aggregates.as_sum(node, aggregates.kind_of(function))
    if isinstance(function, exp.Avg):
        return _average(node, function)
    if isinstance(function, exp.Median):
        function = aggregates.continuous(function.this, exp.Literal.number("0.5"), 1)
    if isinstance(function, exp.Cast):  # a date between two
        return exp.cast(_over(node, function.this), function.to)
    if isinstance(function, exp.Anonymous) and function.name == "cast_to_type":
        return call("cast_to_type", *(_over(node, each) for each in function.expressions))
    if isinstance(function, exp.Anonymous) and function.name == "rs_ratio_to_report":
        value = function.expressions[0]
        total = exp.cast(_over(node, exp.Sum(this=value.copy())), "double")
        return exp.paren(exp.Div(this=exp.cast(value, "double"), expression=total))
    if isinstance(function, exp.Anonymous) and function.name == "rs_listagg_of":
        values, *rest = function.expressions
        return call("rs_listagg_of", _over(node, values), *rest)
    node.set("this", function)
    return node


def _average(node: exp.Expr, function: exp.Expr) -> exp.Expr:
    """AVG over a window, of which Redshift gives NUMERIC for BIGINT."""
    value, kind = function.this, aggregates.kind_of(function)
    total, number = (_over(node, made) for made in (exp.Sum(this=value.copy()), exp.Count(this=value.copy())))
    return aggregates.as_sum(call("rs_average", total, number), kind)


def _over(window: exp.Expr, function: exp.Expr) -> exp.Expr:
    made = window.copy()
    made.set("this", function)
    return made


def _write_frame(window: exp.Expr) -> None:
    """ROWS UNBOUNDED FOLLOWING begins at the current row."""
    frame = window.args.get("spec")
    if frame is not None and frame.args.get("end") is None and str(frame.args.get("start_side")).upper() == "FOLLOWING":
        for key, value in {
            "start": "CURRENT ROW",
            "start_side": None,
            "end": "UNBOUNDED",
            "end_side": "FOLLOWING",
        }.items():
            frame.set(key, value)
