"""Arithmetic with Trino's types of results: numbers, dates, times and intervals; sums and averages.

See "Decimal functions and operators" (trino.io/docs/current/functions/decimal.html) and "Date and time functions
and operators" (trino.io/docs/current/functions/datetime.html).
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.athena.calls import call
from generator.sandbox.athena.clauses import around
from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.families import MOMENTS, UNKNOWN, KindOf, family, mismatch, unexpected
from generator.sandbox.athena.functions.numbers import remainder
from generator.sandbox.athena.templates import marked, template
from generator.sandbox.athena.types import decimal_digits, is_integer
from generator.sandbox.athena.zones import ZONED

_MOMENT_NAMES = {"DATE": "dates", "TIMESTAMP": "timestamps", ZONED: "zoned", "TIME": "times"}


def add(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    sign = "+" if isinstance(node, exp.Add) else "-" if isinstance(node, exp.Sub) else "*"
    if left in UNKNOWN or right in UNKNOWN:
        return None
    if sign == "-" and left != right and {left, right} <= set(MOMENTS):
        kind = ZONED if ZONED in (left, right) else "TIMESTAMP"
        sides = zip((node.this, node.expression), (left, right), strict=True)
        return call(f"trino__minus_{_MOMENT_NAMES[kind]}", *(_as_moment(side, old, kind) for side, old in sides))
    if "INTERVAL" in (left, right) or (sign == "-" and left == right and left in (*MOMENTS, "TIME")):
        return _moment_arithmetic(node, left, right, sign)
    if family(left) != "number" or family(right) != "number":
        raise mismatch(sign, left, right)
    return _with_integer_literals(node, left, right)


def _moment_arithmetic(node: exp.Expr, left: str, right: str, sign: str) -> exp.Expr | None:
    """Sums and differences of times and intervals, and multiples of intervals."""
    first, second = node.this, node.expression
    if right == "INTERVAL" and left != "INTERVAL" and sign == "-":
        return _shifted(left, first, template("-(:i)", i=second), node)
    if sign == "+" and right == "INTERVAL" and left != "INTERVAL":
        return _shifted(left, first, second, node)
    if sign == "+" and left == "INTERVAL" and right != "INTERVAL":
        return _shifted(right, second, first, node)
    if left == right == "INTERVAL" and sign != "*":
        return call("trino__sum_of_intervals", first, second if sign == "+" else template("-(:i)", i=second))
    if sign == "*" and family(left if right == "INTERVAL" else right) == "number":
        return call("trino__interval_times", *((first, second) if left == "INTERVAL" else (second, first)))
    if left == right and left != "INTERVAL":
        return call(f"trino__minus_{_MOMENT_NAMES[left]}", first, second)
    raise mismatch(sign, left, right)


def _as_moment(node: exp.Expr, kind: str, target: str) -> exp.Expr:
    """A date or a time as a timestamp, or as one with time zone: that of the session, UTC."""
    if kind == target:
        return node
    shown = call("trino__as_timestamp", node)
    return shown if target == "TIMESTAMP" else call("trino__zoned", shown, exp.Literal.string("UTC"))


def _shifted(kind: str, moment: exp.Expr, interval: exp.Expr, node: exp.Expr) -> exp.Expr:
    functions = {"DATE": "date", "TIMESTAMP": "timestamp", ZONED: "zoned", "TIME": "time"}
    if kind not in functions:
        raise mismatch("+" if isinstance(node, exp.Add) else "-", kind, "INTERVAL")
    return call(f"trino__{functions[kind]}_plus", moment, interval)


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


def divide(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    if left == "INTERVAL" and family(right) == "number":
        return call("trino__interval_times", node.this, template("1 / CAST(:x AS DOUBLE)", x=node.expression))
    for kind in (left, right):
        if family(kind) != "number" and kind not in UNKNOWN:
            raise mismatch("/", left, right)
    if is_integer(left) and is_integer(right):
        return template("(:a) // (:b)", a=node.this, b=node.expression)
    first, second = decimal_digits(left), decimal_digits(right)
    if first is None or second is None:  # one is floating: so is the result
        target = "FLOAT" if "FLOAT" in (left, right) and "DOUBLE" not in (left, right) else "DOUBLE"
        sql = f"CAST(CAST(:a AS {target}) / CAST(:b AS {target}) AS {target})"
        return template(sql, a=node.this, b=node.expression)
    # Trino: the scale of decimal(p1,s1) / decimal(p2,s2) is the greater of the two.
    scale = max(first[1], second[1])
    precision = min(38, first[0] + second[1] + max(0, second[1] - first[1]))
    quotient = _quotient("a", first[1], "b", second[1], scale)
    return template(f"CAST({quotient} AS DECIMAL({precision}, {scale}))", a=node.this, b=node.expression)


def modulo(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    for kind in (left, right):
        if family(kind) != "number" and kind not in UNKNOWN:
            raise mismatch("%", left, right)
    target = remainder(left, right)
    if target:
        return template(f"CAST((:a) % (:b) AS {target})", a=node.this, b=node.expression)
    return _with_integer_literals(node, left, right)


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


def total(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if family(kind) != "number" and kind not in ("INTERVAL", *UNKNOWN):
        raise unexpected("sum", kind)
    target = "BIGINT" if is_integer(kind) else "FLOAT" if kind == "FLOAT" else ""
    return around(f"CAST(:x AS {target})", x=marked(node.copy())) if target else None


def average(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if kind == "INTERVAL":
        raise UnsupportedError("avg of intervals")
    if family(kind) != "number" and kind not in UNKNOWN:
        raise unexpected("avg", kind)
    if kind == "FLOAT":
        return around("CAST(:x AS FLOAT)", x=marked(node.copy()))
    digits = decimal_digits(kind)
    if is_integer(kind) or digits is None:
        return None
    # Trino's average of decimals is a decimal of the same type, rounded.
    summed, number = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    quotient = _quotient("s", digits[1], "n", 0, digits[1])
    sql = f"CASE WHEN :n > 0 THEN CAST({quotient} AS {kind}) END"
    return around(sql, s=marked(summed), n=marked(number))


def _argument(node: exp.Expr) -> exp.Expr:
    found: exp.Expr = node.this.this if isinstance(node.this, exp.Order) else node.this
    return found.expressions[0] if isinstance(found, exp.Distinct) else found
