"""SUPER's dynamic types: comparisons, the order of values, arithmetic, and casts to Redshift's other types.

"Dynamic typing", "Order by" and "Casting limitations" in the Amazon Redshift Database Developer Guide's pages on
semi-structured data. Casts and arithmetic that make no sense give NULL, comparisons of different types too, but for
equality, which is false.
"""

from __future__ import annotations

import decimal
import math
import re
from collections.abc import Callable
from decimal import Decimal

from generator.sandbox.redshift.super_values import REFUSED, Value, dump, value_of

_EXACT = decimal.Context(prec=80, rounding=decimal.ROUND_HALF_UP)
_LIMITS = {"int2": 2**15, "int4": 2**31, "int8": 2**63}
# Words that VARCHAR::BOOLEAN takes.
_TRUTH = dict.fromkeys(("t", "true", "y", "yes", "1"), True) | dict.fromkeys(("f", "false", "n", "no", "0"), False)
_OFFSET = 5000  # larger than any exponent: makes it a number without a sign


def is_number(value: Value) -> bool:
    return isinstance(value, int | Decimal | float) and not isinstance(value, bool)


def key(text: str | None) -> str | None:
    """A text that is equal for equal values, and ordered as ORDER BY orders them, byte by byte."""
    value = value_of(text)
    return None if value is None else order_key(value)


def order_key(value: Value) -> str:
    """As `key`, of any value: null (only found in arrays and objects), boolean, number, string, array, object."""
    if value is None:
        return "0"
    if isinstance(value, bool):
        return f"1{int(value)}"
    if is_number(value):
        return f"2{_number_key(_decimal(value))}"
    if isinstance(value, str):
        return f"3{value.rstrip(' ')}"
    if isinstance(value, list):
        return f"4{''.join(map(_inner, value))}!"
    return "5" + "".join(_inner(name) + _inner(value[name]) for name in sorted(value)) + "!"


def _inner(value: Value) -> str:
    """A key that ends: strings in hexadecimal digits, all of which come after "!"."""
    return f"3{value.rstrip(' ').encode().hex()}!" if isinstance(value, str) else f"{order_key(value)}!"


def _number_key(number: Decimal) -> str:
    if not number:
        return "1"
    _, digits, exponent = number.as_tuple()
    kept = "".join(map(str, digits)).lstrip("0")
    power = int(exponent) + len(kept) - 1 + _OFFSET
    magnitude = f"{power:05d}{kept.rstrip('0')}"
    if number > 0:
        return f"2{magnitude}"
    return "0" + "".join(str(9 - int(digit)) for digit in magnitude) + "~"


def _decimal(value: Value) -> Decimal:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def compare(left: str | None, right: str | None) -> int | None:
    """-1, 0 or 1, for <, <=, > and >=; NULL where the types differ."""
    first, second = value_of(left), value_of(right)
    if first is None or second is None:
        return None
    one, other = order_key(first), order_key(second)
    if one[0] != other[0]:
        return None
    if one[0] in "45":
        raise ValueError(f"{REFUSED}<, <=, > and >= of SUPER arrays and objects")
    return int(one > other) - int(one < other)


def arithmetic(sign: str, left: str | None, right: str | None) -> str | None:
    """+, -, *, / and % of two numbers, as of Redshift's static types; NULL for other values."""
    first, second = value_of(left), value_of(right)
    if not is_number(first) or not is_number(second):
        return None
    if isinstance(first, float) or isinstance(second, float):
        return dump(_floating(sign, float(first), float(second)))
    if sign in "/%":
        return dump(_divided(sign, first, second))
    result = {"+": _EXACT.add, "-": _EXACT.subtract, "*": _EXACT.multiply}[sign](Decimal(first), Decimal(second))
    if len(result.as_tuple().digits) > 38:
        raise ValueError("Numeric data overflow (result precision)")
    return dump(int(result) if isinstance(first, int) and isinstance(second, int) else result)


def _floating(sign: str, first: float, second: float) -> float:
    if sign == "%":
        raise ValueError(f"{REFUSED}% of SUPER floating point numbers")
    if sign == "/" and not second:
        raise ValueError("Divide by zero")
    result = {"+": first + second, "-": first - second, "*": first * second}.get(sign)
    return first / second if result is None else result


def _divided(sign: str, first: Value, second: Value) -> int:
    if isinstance(first, Decimal) or isinstance(second, Decimal):
        raise ValueError(f"{REFUSED}division of SUPER decimals; cast them first")
    if not second:
        raise ValueError("Divide by zero")
    quotient = int(abs(first) // abs(second)) * (1 if (first < 0) == (second < 0) else -1)
    return quotient if sign == "/" else int(first) - int(second) * quotient


def total(texts: list[str | None] | None) -> str | None:
    """The sum of the numbers among values, NULL where there is none."""
    result: str | None = None
    for text in texts or ():
        if is_number(value_of(text)):
            result = text if result is None else arithmetic("+", result, text)
    return result


def apply(name: str, text: str | None) -> str | None:
    """ABS, CEIL, FLOOR, ROUND, SIGN and TRUNC: a number of the same dynamic type; NULL of other values."""
    value = value_of(text)
    if not is_number(value):
        return None
    if isinstance(value, float):
        return dump(_FLOATING[name](value))
    result = _DECIMAL[name](Decimal(value))
    return dump(int(result) if isinstance(value, int) or name != "abs" else result)


def _half_away(value: float) -> float:
    return math.copysign(math.floor(abs(value) + 0.5), value)


_FLOATING: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "ceil": lambda value: float(math.ceil(value)),
    "floor": lambda value: float(math.floor(value)),
    "round": _half_away,
    "trunc": lambda value: float(math.trunc(value)),
    "sign": lambda value: float((value > 0) - (value < 0)),
}
_DECIMAL: dict[str, Callable[[Decimal], Decimal]] = {
    "abs": abs,
    "ceil": lambda value: value.to_integral_value(decimal.ROUND_CEILING),
    "floor": lambda value: value.to_integral_value(decimal.ROUND_FLOOR),
    "round": lambda value: value.to_integral_value(decimal.ROUND_HALF_UP),
    "trunc": lambda value: value.to_integral_value(decimal.ROUND_DOWN),
    "sign": lambda value: Decimal((value > 0) - (value < 0)),
}


def cast(text: str | None, kind: str) -> str | None:
    """A scalar as the text of a value of a type ("int4", "numeric(9,2)", "varchar", "date", …), else NULL.

    The text is one that DuckDB's TRY_CAST reads; what it can't read becomes NULL, as Redshift has it.
    """
    value = value_of(text)
    if value is None or isinstance(value, list | dict):
        return None
    if kind == "varchar":
        return value if isinstance(value, str) else plain(value)
    if kind == "bool":
        return _boolean(value)
    if kind in ("date", "timestamp", "timestamptz", "time"):
        return value if isinstance(value, str) else None
    return _numeric(value, kind)


def string(text: str | None) -> str | None:
    """A string; NULL for values of other types: what functions of text take."""
    value = value_of(text)
    return value if isinstance(value, str) else None


def plain(value: Value) -> str:
    """A scalar's text as that of a column: 2.22, not 2.22e+0."""
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, float):
        return str(value)
    text = repr(value)
    return text.removesuffix(".0")


def _boolean(value: Value) -> str | None:
    """Of integers and texts only: the cast of NUMERIC to BOOLEAN is none of Redshift's, so it gives NULL."""
    if isinstance(value, str):
        found = _TRUTH.get(value.strip().lower())
    elif isinstance(value, int):
        found = bool(value)
    else:
        return None
    return None if found is None else str(found).lower()


def _numeric(value: Value, kind: str) -> str | None:
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", value):
            return None
        if kind in _LIMITS and not re.fullmatch(r"\s*[+-]?\d+\s*", value):
            return None  # VARCHAR::INTEGER takes digits only
        value = Decimal(value.strip())
    if isinstance(value, bool):
        return str(int(value)) if kind in _LIMITS else None
    if kind in ("float4", "float8"):
        return repr(float(value))
    if kind in _LIMITS:
        rounded = int(_decimal(value).to_integral_value(decimal.ROUND_HALF_UP, _EXACT))
        return str(rounded) if -_LIMITS[kind] <= rounded < _LIMITS[kind] else None
    precision, scale = map(int, re.findall(r"\d+", kind))
    scaled = _decimal(value).quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    return format(scaled, "f") if abs(scaled) < Decimal(10) ** (precision - scale) else None
