"""Trino's mathematical functions (trino.io/docs/current/functions/math.html).

Functions of doubles take any number; round, ceil and their kin give the type that they are given, where a decimal
loses the digits of its fraction.
"""

from __future__ import annotations

import math
import string
from collections.abc import Callable
from statistics import NormalDist

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.functions.scalars import invalid, plain
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import decimal_digits, is_integer
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]
Rewrite = Callable[[list[exp.Expr], KindOf], exp.Expr]
_FLOATING = ("DOUBLE", "FLOAT")
_UNKNOWN = '"NULL"'
_DIGITS = string.digits + string.ascii_lowercase
_RADIX = range(2, 37)
_LARGEST = 2**63
_MOST_DIGITS = 38


def unexpected(name: str, *kinds: str) -> QueryError:
    named = ", ".join(kind.replace("STRING_LITERAL", "varchar").lower().removesuffix("_literal") for kind in kinds)
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({named}) for function {name}")


def _numbers(name: str, arguments: list[exp.Expr], kind_of: KindOf, *counts: int) -> list[str]:
    """The types of arguments that are numbers. Raises QueryError where they are not."""
    kinds = [kind_of(argument) for argument in arguments]
    fine = all(kind in (*_FLOATING, _UNKNOWN) or decimal_digits(kind) is not None for kind in kinds)
    if len(arguments) not in counts or not fine:
        raise unexpected(name, *kinds)
    return kinds


def _doubles(name: str, sql: str, count: int = 1) -> Rewrite:
    """A function of doubles: `:a`, `:b` … in `sql` are its arguments."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        _numbers(name, arguments, kind_of, count)
        names = dict(zip("abcd", arguments, strict=False))
        return template(sql, **{key: template("CAST(:x AS DOUBLE)", x=value) for key, value in names.items()})

    return rewrite


def _whole(name: str) -> Rewrite:
    """ceil and floor."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        (kind,) = _numbers(name, arguments, kind_of, 1)
        if is_integer(kind):
            return template("(:x)", x=arguments[0])
        return template(f"CAST({name}(:x) AS {_without_fraction(kind)})", x=arguments[0])

    return rewrite


def _without_fraction(kind: str, carry: int = 1) -> str:
    """The type of a decimal rounded to a whole number, which may have a digit more."""
    digits = decimal_digits(kind)
    if digits is None:
        return "DOUBLE" if kind == _UNKNOWN else kind
    precision, scale = digits
    return f"DECIMAL({max(1, min(_MOST_DIGITS, precision - scale + min(scale, carry)))}, 0)"


def _round(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    kind = _numbers("round", arguments, kind_of, 1, 2)[0]
    digits = decimal_digits(kind)
    if len(arguments) == 1:
        return _whole("round")(arguments, kind_of)
    if not is_integer(kind_of(arguments[1])):
        raise unexpected("round", kind, kind_of(arguments[1]))
    if is_integer(kind) or digits is None:
        target = {"INTEGER_LITERAL": "INTEGER", _UNKNOWN: "DOUBLE"}.get(kind, kind)
    else:  # Trino keeps the scale: round(2.567, 2) is 2.570
        target = f"DECIMAL({min(_MOST_DIGITS, digits[0] + 1)}, {digits[1]})"
    return template(f"CAST(round(:x, CAST(:n AS INTEGER)) AS {target})", x=arguments[0], n=arguments[1])


def _truncate(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    kind = _numbers("truncate", arguments, kind_of, 1, 2)[0]
    digits = decimal_digits(kind)
    if len(arguments) == 1:
        return template(f"CAST(trunc(:x) AS {_without_fraction(kind, carry=0)})", x=arguments[0])
    if not is_integer(kind_of(arguments[1])):
        raise unexpected("truncate", kind, kind_of(arguments[1]))
    target = "DOUBLE" if kind == _UNKNOWN else kind if digits is None else f"DECIMAL({digits[0]}, {digits[1]})"
    return template(f"CAST(trunc(:x, CAST(:n AS INTEGER)) AS {target})", x=arguments[0], n=arguments[1])


def _sign(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    (kind,) = _numbers("sign", arguments, kind_of, 1)
    if kind in _FLOATING:
        sql = f"CAST(CASE WHEN isnan(:x) OR :x = 0 THEN :x ELSE sign(:x) END AS {kind})"
        return template(sql, x=arguments[0])
    target = "INTEGER" if kind in ("INTEGER_LITERAL", _UNKNOWN) else kind if is_integer(kind) else "DECIMAL(1, 0)"
    return template(f"CAST(sign(:x) AS {target})", x=arguments[0])


def _mod(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    left, right = _numbers("mod", arguments, kind_of, 2)
    target = remainder(left, right)
    sql = "(:a) % (:b)"
    return template(f"CAST({sql} AS {target})" if target else sql, a=arguments[0], b=arguments[1])


def remainder(left: str, right: str) -> str:
    """The type of the remainder of two decimals, "" where DuckDB's is Trino's."""
    one, other = decimal_digits(left), decimal_digits(right)
    if one is None or other is None or (is_integer(left) and is_integer(right)):
        return ""
    scale = max(one[1], other[1])
    return f"DECIMAL({max(1, min(one[0] - one[1], other[0] - other[1]) + scale)}, {scale})"


def _random(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if not arguments:
        return template("random()")
    kinds = _numbers("random", arguments, kind_of, 1, 2)
    if not all(is_integer(kind) for kind in kinds):
        raise unexpected("random", *kinds)
    kind = kinds[-1].replace("INTEGER_LITERAL", "INTEGER")
    start = arguments[0] if len(arguments) == 2 else exp.Literal.number(0)
    return template(f"CAST(trino__random(:a, :b) AS {kind})", a=start, b=arguments[-1])


def _width_bucket(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) == 2 and kind_of(arguments[1]).endswith("[]"):
        return template("trino__bin(CAST(:x AS DOUBLE), CAST(:b AS DOUBLE[]))", x=arguments[0], b=arguments[1])
    _numbers("width_bucket", arguments, kind_of, 4)
    names = dict(zip("abcd", arguments, strict=True))
    sql = "CAST(:a AS DOUBLE), CAST(:b AS DOUBLE), CAST(:c AS DOUBLE), CAST(:d AS BIGINT)"
    return template(f"trino__bucket({sql})", **names)


def _cbrt(value: float) -> float:
    root = math.cbrt(value)
    # A step of Newton's method, since not every C library's result is the nearest double.
    return root - (root**3 - value) / (3 * root**2) if root and math.isfinite(root) else root


def _bucket(value: float, low: float, high: float, count: int) -> int:
    if count <= 0:
        raise invalid("bucketCount must be greater than 0")
    if math.isnan(value):
        raise invalid("operand must not be NaN")
    if not math.isfinite(low) or not math.isfinite(high):
        raise invalid("bound must be finite")
    if low == high:
        raise invalid("bounds cannot equal each other")
    if low > high:
        value, low, high = -value, -low, -high
    if value < low:
        return 0
    return count + 1 if value >= high else int(count * (value - low) / (high - low) + 1)


def _bin(value: float, bins: list[float]) -> int:
    if not bins:
        raise invalid("Bins cannot be an empty array")
    if math.isnan(value):
        raise invalid("Operand cannot be NaN")
    return sum(1 for edge in bins if edge <= value)


def _from_base(text: str, radix: int) -> int:
    _check_radix(radix)
    body = text[1:] if text[:1] in ("+", "-") else text
    if not body or not set(body.lower()) <= set(_DIGITS[:radix]):
        raise invalid(f"Not a valid base-{radix} number: {text}")
    value = int(text, radix)
    if not -_LARGEST <= value < _LARGEST:
        raise invalid(f"Not a valid base-{radix} number: {text}")
    return value


def _to_base(value: int, radix: int) -> str:
    _check_radix(radix)
    rest, text = abs(value), ""
    while rest or not text:
        rest, digit = divmod(rest, radix)
        text = _DIGITS[digit] + text
    return "-" * (value < 0) + text


def _check_radix(radix: int) -> None:
    if radix not in _RADIX:
        raise invalid("Radix must be between 2 and 36")


def _normal_cdf(mean: float, deviation: float, value: float) -> float:
    if deviation <= 0:
        raise invalid("standardDeviation must be > 0")
    return NormalDist(mean, deviation).cdf(value)


def _inverse_normal_cdf(mean: float, deviation: float, share: float) -> float:
    if not 0 < share < 1:
        raise invalid("p must be 0 > p > 1")
    if deviation <= 0:
        raise invalid("sd must be > 0")
    return NormalDist(mean, deviation).inv_cdf(share)


def _wilson(side: int) -> Callable[[int, int, float], float]:
    def bound(successes: int, trials: int, z: float) -> float:
        if successes < 0:
            raise invalid("number of successes must not be negative")
        if trials <= 0:
            raise invalid("number of trials must be positive")
        if successes > trials:
            raise invalid("number of successes must not be larger than number of trials")
        if z < 0:
            raise invalid("z-score must not be negative")
        share, square = successes / trials, z * z
        spread = z * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
        return (share + square / (2 * trials) + side * spread) / (1 + square / trials)

    return bound


_OF_ONE = (
    "acos", "asin", "atan", "cos", "cosh", "degrees", "exp", "ln", "log10", "radians", "sin", "sinh", "sqrt", "tan",
    "tanh",
)  # fmt: skip
SECTION = Section(
    macros={
        "e()": "exp(CAST(1 AS DOUBLE))",
        "infinity()": "CAST('Infinity' AS DOUBLE)",
        "nan()": "CAST('NaN' AS DOUBLE)",
        "pi()": "pi()",
        "_random(low, high)": """CASE WHEN low >= high
            THEN trino_fail('INVALID_FUNCTION_ARGUMENT: bound must be positive')
            ELSE low + floor(random() * (high - low)) END""",
    },
    python={
        "_cbrt": plain(_cbrt, "DOUBLE", "DOUBLE"),
        "_bucket": plain(_bucket, "DOUBLE DOUBLE DOUBLE BIGINT", "BIGINT"),
        "_bin": plain(_bin, "DOUBLE DOUBLE[]", "BIGINT"),
        "from_base": plain(_from_base, "VARCHAR BIGINT", "BIGINT"),
        "to_base": plain(_to_base, "BIGINT BIGINT", "VARCHAR"),
        "_normal_cdf": plain(_normal_cdf, "DOUBLE DOUBLE DOUBLE", "DOUBLE"),
        "_inverse_normal_cdf": plain(_inverse_normal_cdf, "DOUBLE DOUBLE DOUBLE", "DOUBLE"),
        "wilson_interval_lower": plain(_wilson(-1), "BIGINT BIGINT DOUBLE", "DOUBLE"),
        "wilson_interval_upper": plain(_wilson(1), "BIGINT BIGINT DOUBLE", "DOUBLE"),
    },
    rewrites={
        **{name: _doubles(name, f"{name}(:a)") for name in _OF_ONE},
        "atan2": _doubles("atan2", "atan2(:a, :b)", 2),
        "cbrt": _doubles("cbrt", "trino__cbrt(:a)"),
        "ceil": _whole("ceil"),
        "ceiling": _whole("ceil"),
        "floor": _whole("floor"),
        "inverse_normal_cdf": _doubles("inverse_normal_cdf", "trino__inverse_normal_cdf(:a, :b, :c)", 3),
        "is_finite": _doubles("is_finite", "isfinite(:a)"),
        "is_infinite": _doubles("is_infinite", "isinf(:a)"),
        "is_nan": _doubles("is_nan", "isnan(:a)"),
        "log": _doubles("log", "ln(:b) / ln(:a)", 2),
        "log2": _doubles("log2", "ln(:a) / ln(CAST(2 AS DOUBLE))"),
        "mod": _mod,
        "normal_cdf": _doubles("normal_cdf", "trino__normal_cdf(:a, :b, :c)", 3),
        "pow": _doubles("pow", "pow(:a, :b)", 2),
        "power": _doubles("power", "pow(:a, :b)", 2),
        "rand": _random,
        "random": _random,
        "round": _round,
        "sign": _sign,
        "truncate": _truncate,
        "width_bucket": _width_bucket,
    },
)
