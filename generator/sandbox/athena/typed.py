"""Expressions whose translation depends on the types of their operands: arithmetic, casts, dates, comparisons.

A rule takes the expression and `kind_of`, which tells DuckDB's type of an operand, and returns what runs
instead, or None where DuckDB does the same as Trino. Types that Trino would refuse are refused.
"""

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.clauses import around
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.templates import marked, template
from generator.sandbox.athena.types import decimal_digits, is_integer, result_type

KindOf = Callable[[exp.Expr], str]
Rule = Callable[[exp.Expr, KindOf], exp.Expr | None]

_TEXT = ("VARCHAR", "STRING_LITERAL")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_FLOATING = ("DOUBLE", "FLOAT")
_MOMENTS = ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
_UNKNOWN = ('"NULL"', "NULL")
_DATE_UNITS = ("DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
_UNITS = (*_DATE_UNITS, "HOUR", "MINUTE", "SECOND", "MILLISECOND")


def trino_name(kind: str) -> str:
    """DuckDB's type as Trino's messages name it."""
    literal = {"STRING_LITERAL": "varchar", "INTEGER_LITERAL": "integer", '"NULL"': "unknown"}.get(kind)
    return literal or result_type(kind).name


def _mismatch(operator: str, left: str, right: str) -> QueryError:
    return QueryError(
        f"TYPE_MISMATCH: line 1:1: Cannot apply operator: {trino_name(left)} {operator} {trino_name(right)}"
    )


def _unexpected(function: str, *kinds: str) -> QueryError:
    named = ", ".join(map(trino_name, kinds))
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({named}) for function {function}")


def _family(kind: str) -> str:
    if kind in _FLOATING or decimal_digits(kind):
        return "number"
    return "text" if kind in _TEXT else "moment" if kind in _MOMENTS else kind


def _compare(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    others = [node.expression] if isinstance(node, exp.Binary) else node.expressions
    if isinstance(node, exp.Between):
        others = [node.args["low"], node.args["high"]]
    left = kind_of(node.this)
    for other in others:
        right = kind_of(other)
        if left not in _UNKNOWN and right not in _UNKNOWN and _family(left) != _family(right):
            operators = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
            raise _mismatch(operators.get(node.key, node.key.upper()), left, right)
    return None


def _add(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    sign = "+" if isinstance(node, exp.Add) else "-" if isinstance(node, exp.Sub) else "*"
    if left in _UNKNOWN or right in _UNKNOWN:
        return None
    if left == "DATE" and right == "INTERVAL" and sign in "+-":
        return template(f"CAST(:a {sign} :b AS DATE)", a=node.this, b=node.expression)
    if (left in _MOMENTS and right == "INTERVAL") or (sign != "-" and {left, right} == {"INTERVAL", "TIMESTAMP"}):
        return None
    if sign == "-" and left == right == "TIMESTAMP":
        return None
    if _family(left) != "number" or _family(right) != "number":
        raise _mismatch(sign, left, right)
    return _with_integer_literals(node, left, right)


def _with_integer_literals(node: exp.Expr, left: str, right: str) -> exp.Expr | None:
    """A literal is an integer, whose sum with a tinyint is an integer; DuckDB would keep the tinyint."""
    small = ("TINYINT", "SMALLINT")
    if "INTEGER_LITERAL" not in (left, right) or not {left, right} & set(small):
        return None
    changed = node.copy()
    for side, kind in (("this", left), ("expression", right)):
        if kind == "INTEGER_LITERAL":
            changed.set(side, template("CAST(:x AS INTEGER)", x=node.args[side]))
    return changed


def _divide(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    for kind in (left, right):
        if _family(kind) != "number" and kind not in _UNKNOWN:
            raise _mismatch("/", left, right)
    if is_integer(left) and is_integer(right):
        return template("(:a) // (:b)", a=node.this, b=node.expression)
    first, second = decimal_digits(left), decimal_digits(right)
    if first is None or second is None:  # one is floating: so is the result
        return template("CAST(:a AS DOUBLE) / CAST(:b AS DOUBLE)", a=node.this, b=node.expression)
    # Trino: the scale of decimal(p1,s1) / decimal(p2,s2) is the greater of the two.
    scale = max(first[1], second[1])
    return template(_quotient("a", first[1], "b", second[1], scale), a=node.this, b=node.expression)


def _quotient(left: str, left_scale: int, right: str, right_scale: int, scale: int) -> str:
    """`:left` / `:right` on their digits as whole numbers, since DuckDB divides decimals as doubles."""

    def digits(name: str, places: int) -> str:
        return f"CAST(CAST(:{name} AS DECIMAL(38, {places})) * CAST(1{'0' * places} AS DECIMAL(38, 0)) AS HUGEINT)"

    shift = f"CAST(1{'0' * (scale - left_scale + right_scale)} AS HUGEINT)"
    unit = f"CAST({_unit(scale)} AS DECIMAL({scale + 1}, {scale}))"
    quotient = f"trino_quotient({digits(left, left_scale)} * {shift}, {digits(right, right_scale)})"
    return f"CAST({quotient} AS DECIMAL(38, 0)) * {unit}"


def _unit(scale: int) -> str:
    return "1" if scale == 0 else f"0.{'0' * (scale - 1)}1"


def _sum(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if _family(kind) != "number" and kind not in ("INTERVAL", *_UNKNOWN):
        raise _unexpected("sum", kind)
    target = "BIGINT" if is_integer(kind) else "FLOAT" if kind == "FLOAT" else ""
    return around(f"CAST(:x AS {target})", x=marked(node.copy())) if target else None


def _average(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if kind == "INTERVAL":
        raise UnsupportedError("avg of intervals")
    if _family(kind) != "number" and kind not in _UNKNOWN:
        raise _unexpected("avg", kind)
    if kind == "FLOAT":
        return around("CAST(:x AS FLOAT)", x=marked(node.copy()))
    digits = decimal_digits(kind)
    if is_integer(kind) or digits is None:
        return None
    # Trino's average of decimals is a decimal of the same type, rounded.
    total, number = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    quotient = _quotient("s", digits[1], "n", 0, digits[1])
    sql = f"CASE WHEN :n > 0 THEN CAST({quotient} AS {kind}) END"
    return around(sql, s=marked(total), n=marked(number))


def _argument(node: exp.Expr) -> exp.Expr:
    found: exp.Expr = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
    return found


def _date_trunc(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind, unit = kind_of(node.this), _unit_of(node)
    if kind not in _MOMENTS:
        raise _unexpected("date_trunc", "VARCHAR", kind)
    return template(f"CAST(date_trunc('{unit}', :x) AS {kind})", x=node.this)


def _date_add(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind, unit = kind_of(node.this), _unit_of(node)
    if kind == "DATE" and unit not in _DATE_UNITS:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: '{unit.lower()}' is not a valid DATE field")
    if kind not in _MOMENTS or not is_integer(kind_of(node.expression)):
        raise _unexpected("date_add", "VARCHAR", kind_of(node.expression), kind)
    count = "CAST(:n AS INTEGER) * 3" if unit == "QUARTER" else "CAST(:n AS INTEGER)"
    interval = "MONTH" if unit == "QUARTER" else unit
    return template(f"CAST(:x + ({count}) * INTERVAL 1 {interval} AS {kind})", x=node.this, n=node.expression)


def _date_diff(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    unit = _unit_of(node)
    kinds = kind_of(node.expression), kind_of(node.this)
    if not set(kinds) <= set(_MOMENTS):
        raise _unexpected("date_diff", "VARCHAR", *kinds)
    return template(f"date_sub('{unit}', :first, :last)", first=node.expression, last=node.this)


def _unit_of(node: exp.Expr) -> str:
    unit = node.args.get("unit")
    name = unit.name.upper() if unit is not None else ""
    if name not in _UNITS:
        raise UnsupportedError(f"the unit {name.lower() or '(an expression)'} of {node.key}")
    return name


def _round(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(node.this)
    digits = decimal_digits(kind)
    if is_integer(kind) or kind in _FLOATING:
        return None
    if digits is None:
        raise _unexpected("round", kind)
    if node.args.get("decimals") is None:
        return None
    # Trino keeps the scale: round(2.567, 2) is 2.570.
    target = f"DECIMAL({min(38, digits[0] + 1)}, {digits[1]})"
    return template(f"CAST(round(:x, :n) AS {target})", x=node.this, n=node.args["decimals"])


def _whole(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """ceil and floor of an integer are that integer; DuckDB makes a double of it."""
    kind = kind_of(node.this)
    return template(f"CAST(:x AS {kind})", x=node.this) if kind in _INTEGERS else None


def _text_only(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    kinds = [kind_of(part) for part in parts]
    for part, kind in zip(parts, kinds, strict=True):
        if kind in _UNKNOWN:
            part.replace(template("CAST(:x AS VARCHAR)", x=part))
    if all(kind in (*_TEXT, *_UNKNOWN) for kind in kinds):
        return None
    if not isinstance(node, exp.ConcatWs) and all(kind.endswith("[]") for kind in kinds):
        return None
    named = ", ".join(map(trino_name, kinds))
    raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot concatenate ({named}); cast the values to varchar")


def _bracket(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind, index = kind_of(node.this), node.expressions[0]
    safe = bool(node.args.get("safe"))
    if kind.startswith("MAP("):
        sql = "(:x)[:i]" if safe else "trino_map_subscript(:x, :i)"
    elif kind.endswith("[]"):
        sql = "trino_element_at(:x, :i)" if safe else "trino_subscript(:x, :i)"
    else:
        raise UnsupportedError(f"a subscript on {trino_name(kind)}")
    return template(sql, x=node.this, i=index)


def _unnest(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    if len(node.expressions) != 1:
        raise UnsupportedError("UNNEST of several arrays at once")
    kind = kind_of(node.expressions[0])
    if not kind.endswith("[]") or kind.startswith("STRUCT("):
        raise UnsupportedError(f"UNNEST of {trino_name(kind)} (arrays of plain values work)")
    return None


def _sequence(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    start, end, step = node.args["start"], node.args["end"], node.args.get("step")
    kind = kind_of(start)
    if is_integer(kind):
        if step is None:
            return template("generate_series(:a, :b, CASE WHEN :a <= :b THEN 1 ELSE -1 END)", a=start, b=end)
        return None
    if kind not in ("DATE", "TIMESTAMP"):
        raise UnsupportedError(f"sequence of {trino_name(kind)}")
    if step is None:
        return template(f"CAST(generate_series(:a, :b, INTERVAL 1 DAY) AS {kind}[])", a=start, b=end)
    return template(f"CAST(generate_series(:a, :b, :c) AS {kind}[])", a=start, b=end, c=step)


def _branches(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """CASE, IF, COALESCE and NULLIF: their results are of one kind; DuckDB would make text of all."""
    if isinstance(node, exp.Case):
        results = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        results = [node.args.get("true"), node.args.get("false")]
    else:
        results = [node.this, *node.expressions, node.args.get("expression")]
    kinds = [kind_of(result) for result in results if result is not None]
    known = [kind for kind in kinds if kind not in _UNKNOWN]
    for kind in known[1:]:
        if _family(kind) != _family(known[0]):
            raise QueryError(
                f"TYPE_MISMATCH: line 1:1: All {node.key.upper()} results must be the same type: "
                f"{trino_name(known[0])}, {trino_name(kind)}"
            )
    return None


RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compare),
    exp.Between: _compare,
    exp.In: _compare,
    exp.NullSafeEQ: _compare,
    exp.NullSafeNEQ: _compare,
    exp.Add: _add,
    exp.Sub: _add,
    exp.Mul: _add,
    exp.Div: _divide,
    exp.Sum: _sum,
    exp.Avg: _average,
    exp.DateTrunc: _date_trunc,
    exp.TimestampTrunc: _date_trunc,
    exp.DateAdd: _date_add,
    exp.DateDiff: _date_diff,
    exp.Round: _round,
    exp.Ceil: _whole,
    exp.Floor: _whole,
    exp.DPipe: _text_only,
    exp.Concat: _text_only,
    exp.ConcatWs: _text_only,
    exp.Bracket: _bracket,
    exp.Unnest: _unnest,
    exp.GenerateSeries: _sequence,
    exp.Case: _branches,
    exp.If: _branches,
    exp.Coalesce: _branches,
    exp.Nullif: _branches,
}
