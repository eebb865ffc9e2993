"""Redshift's math functions: "Math functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

import decimal
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.functions.arithmetic import arithmetic
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.casts import converted
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.section import Python, Section

Arguments = list[exp.Expr]
Rewrite = Callable[[Arguments], exp.Expr]

_EXACT = decimal.Context(prec=120, rounding=decimal.ROUND_DOWN)


def to_places(number: str | None, places: int | None, cut: bool) -> str | None:
    """An exact number, rounded (half away from zero) or cut at so many places, left of the point where negative."""
    if number is None or places is None:
        return None
    rounding = decimal.ROUND_DOWN if cut else decimal.ROUND_HALF_UP
    return format(decimal.Decimal(number).quantize(decimal.Decimal(1).scaleb(-places), rounding, _EXACT), "f")


def _rounded(name: str) -> Rewrite:
    """ROUND and TRUNC: of a NUMERIC as many places as asked for; TRUNC of a timestamp is its date."""

    def rewrite(arguments: Arguments) -> exp.Expr:
        value, *digits = arguments
        kind = kinds.rounded(value, digits[0] if digits else None)
        if kinds.is_moment(value.type) and name == "trunc":
            return converted(value, kinds.DATE)
        if not kinds.is_decimal(kind) or kind is None:
            if kinds.is_text(value.type):
                value, kind = converted(value, kinds.DOUBLE), kinds.DOUBLE
            return call(name, value, *(converted(each, kinds.INTEGER) for each in digits))
        places = digits[0] if digits else exp.Literal.number(0)
        text = exp.Cast(this=value, to=exp.DataType.build("text"))
        made = call("rs_to_places", text, converted(places, kinds.INTEGER), exp.Boolean(this=name == "trunc"))
        return converted(made, kind)

    return rewrite


def _rounded_kind(arguments: Arguments) -> Kind | None:
    if kinds.is_text(arguments[0].type):
        return kinds.DOUBLE
    return kinds.rounded(arguments[0], arguments[1] if len(arguments) > 1 else None)


def _same(arguments: Arguments) -> Kind | None:
    """The type of the argument; of text, which is read as a number, double precision."""
    kind: Kind | None = arguments[0].type
    return kinds.DOUBLE if kinds.is_text(kind) else kind


def _whole(arguments: Arguments) -> Kind | None:
    """NUMERIC without decimal places, or the type of the argument."""
    exact = kinds.size(arguments[0].type)
    if exact is None or not kinds.is_decimal(arguments[0].type):
        return _same(arguments)
    return kinds.decimal(max(exact[0] - exact[1], 1) + (exact[1] > 0), 0)


def _sign(arguments: Arguments) -> Kind | None:
    return kinds.decimal(1, 0) if kinds.is_decimal(arguments[0].type) else _same(arguments)


def _keeping(name: str, kind_of: Callable[[Arguments], Kind | None]) -> Rewrite:
    """A function of DuckDB's whose result is converted to the type that Redshift gives."""

    def rewrite(arguments: Arguments) -> exp.Expr:
        (value,) = arguments
        kind = kind_of(arguments)
        value = converted(value, kinds.DOUBLE) if kinds.is_text(value.type) else value
        return call(name, value) if kind is None else converted(call(name, value), kind)

    return rewrite


def _mod(arguments: Arguments) -> exp.Expr:
    one, other = arguments
    node = exp.Mod(this=one, expression=other)
    node.type = _mod_kind(arguments)
    return arithmetic(node)


def _mod_kind(arguments: Arguments) -> Kind | None:
    one, other = (kinds.beside(*pair) for pair in (arguments, arguments[::-1]))
    if one is None or other is None:
        return None
    return kinds.computed("%", one, other) if kinds.is_number(one) and kinds.is_number(other) else None


def _double(name: str, count: int = 1) -> Rewrite:
    def rewrite(arguments: Arguments) -> exp.Expr:
        if len(arguments) != count:
            raise ValueError(name)
        return call(name, *(converted(each, kinds.DOUBLE) for each in arguments))

    return rewrite


def _random(arguments: Arguments) -> exp.Expr:
    if arguments:
        raise RedshiftError("function random has other arguments")
    return call("random")


_DOUBLES = {
    "acos": "rs_arc_cosine", "asin": "rs_arc_sine", "atan": "atan", "cbrt": "rs_cube_root", "cos": "cos",
    "cot": "cot", "degrees": "degrees", "dexp": "rs_e_to_the", "dlog1": "rs_log_e", "dlog10": "rs_log_10",
    "exp": "rs_e_to_the", "ln": "rs_log_e", "log": "rs_log_10", "radians": "radians", "sin": "sin",
    "sqrt": "rs_square_root", "tan": "tan",
}  # fmt: skip

SECTION = Section(
    macros={"pi()": "pi()"},
    rewrites={
        **{name: _double(ours) for name, ours in _DOUBLES.items()},
        **{name: _double(ours, 2) for name, ours in (("atan2", "atan2"), ("power", "rs_to_the"), ("pow", "rs_to_the"))},
        "abs": _keeping("abs", _same),
        "ceil": _keeping("ceil", _whole),
        "ceiling": _keeping("ceil", _whole),
        "floor": _keeping("floor", _whole),
        "sign": _keeping("sign", _sign),
        "mod": _mod,
        "random": _random,
        "round": _rounded("round"),
        "trunc": _rounded("trunc"),
    },
    returns={
        **dict.fromkeys((*_DOUBLES, "atan2", "power", "pow", "pi", "random"), "double precision"),
        **dict.fromkeys(("ceil", "ceiling", "floor"), _whole),
        **dict.fromkeys(("round", "trunc"), _rounded_kind),
        "abs": _same,
        "sign": _sign,
        "mod": _mod_kind,
    },
)

_LOGARITHM = """CASE WHEN a < 0 THEN error('cannot take logarithm of a negative number')
    WHEN a = 0 THEN error('cannot take logarithm of zero') ELSE {name}(a) END"""
_ARC = "CASE WHEN a BETWEEN -1 AND 1 THEN {name}(a) WHEN a IS NOT NULL THEN error('input is out of range') END"

# What rewrites call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        "arc_cosine(a)": _ARC.replace("{name}", "acos"),
        "arc_sine(a)": _ARC.replace("{name}", "asin"),
        "log_e(a)": _LOGARITHM.replace("{name}", "ln"),
        "log_10(a)": _LOGARITHM.replace("{name}", "log10"),
        "square_root(a)": """CASE WHEN a < 0 THEN error('cannot take square root of a negative number')
            ELSE sqrt(a) END""",
        "to_the(a, b)": """CASE WHEN a = 0 AND b < 0 THEN error('zero raised to a negative power is undefined')
            WHEN a < 0 AND b <> trunc(b)
            THEN error('a negative number raised to a non-integer power yields a complex result')
            WHEN isinf(power(a, b)) THEN error('value out of range: overflow')
            ELSE power(a, b) END""",
        "e_to_the(a)": "CASE WHEN isinf(exp(a)) THEN error('value out of range: overflow') ELSE exp(a) END",
        "cube_root(a)": "CASE WHEN round(cbrt(a)) ** 3 = a THEN round(cbrt(a)) ELSE cbrt(a) END",
    },
    python={
        "to_places": Python(to_places, ("VARCHAR", "INTEGER", "BOOLEAN"), "VARCHAR"),
    },
)
