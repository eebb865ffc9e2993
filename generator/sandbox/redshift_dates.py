"""Redshift's functions of dates and times, as calls of DuckDB's.

"Date and time functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift_errors import RedshiftError, Unsupported
from generator.sandbox.redshift_formats import strftime_format, strptime_format

_UNITS = {
    "year": ("y", "yr", "yrs", "years"),
    "quarter": ("qtr", "qtrs", "quarters"),
    "month": ("mon", "mons", "months"),
    "week": ("w", "weeks"),
    "day": ("d", "days"),
    "hour": ("h", "hr", "hrs", "hours"),
    "minute": ("m", "min", "mins", "minutes"),
    "second": ("s", "sec", "secs", "seconds"),
    "millisecond": (
        "ms",
        "msec",
        "msecs",
        "msecond",
        "mseconds",
        "millisec",
        "millisecs",
        "millisecon",
        "milliseconds",
    ),
    "microsecond": (
        "us",
        "usec",
        "usecs",
        "usecond",
        "useconds",
        "microsec",
        "microsecs",
        "microsecon",
        "microseconds",
    ),
    "dow": ("dayofweek", "dw", "weekday"),
    "doy": ("dayofyear", "dy", "yearday"),
    "epoch": (),
    "century": ("c", "cent", "cents", "centuries"),
    "decade": ("dec", "decs", "decades"),
    "millennium": ("mil", "mils", "millennia"),
}
_UNIT = {spelling: unit for unit, others in _UNITS.items() for spelling in (unit, *others)}
ADDERS = {
    "year": ("to_months", 12), "quarter": ("to_months", 3), "month": ("to_months", 1), "week": ("to_days", 7),
    "day": ("to_days", 1), "hour": ("to_hours", 1), "minute": ("to_minutes", 1), "second": ("to_seconds", 1),
    "millisecond": ("to_milliseconds", 1), "microsecond": ("to_microseconds", 1),
}  # fmt: skip


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A call of a DuckDB function; its name must be known to `is_known`."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def _unit(argument: exp.Expr) -> str:
    word = argument.name.lower()
    if word not in _UNIT:
        raise RedshiftError(f'unknown date part "{word}"')
    return _UNIT[word]


def literal_text(argument: exp.Expr, what: str) -> str:
    if not argument.is_string:
        raise Unsupported(f"{what} that is not a literal")
    return argument.name


def _timestamp(argument: exp.Expr) -> exp.Expr:
    return exp.cast(argument, "timestamp")


def _dateadd(arguments: list[exp.Expr]) -> exp.Expr:
    unit, number, moment = arguments
    adder, factor = ADDERS.get(_unit(unit), ("", 0))
    if not adder:
        raise RedshiftError(f'date part "{unit.name}" is not supported by DATEADD')
    amount: exp.Expr = exp.cast(call("trunc", exp.cast(number, "double")), "int")
    if factor != 1:
        amount = exp.Mul(this=amount, expression=exp.Literal.number(factor))
    return exp.paren(exp.Add(this=_timestamp(moment), expression=call(adder, amount)))


def _datediff(arguments: list[exp.Expr]) -> exp.Expr:
    unit = _unit(arguments[0])
    if unit == "week":
        weeks = [call("rs_week", moment) for moment in arguments[1:]]
        return exp.paren(exp.Sub(this=weeks[1], expression=weeks[0]))
    first, second = (_timestamp(moment) for moment in arguments[1:])
    return call("date_diff", exp.Literal.string(unit), first, second)


def _date_trunc(arguments: list[exp.Expr]) -> exp.Expr:
    unit = exp.Literal.string(_UNIT.get(literal_text(arguments[0], "a date part").lower(), arguments[0].name))
    return _timestamp(call("date_trunc", unit, _timestamp(arguments[1])))


def _date_part(arguments: list[exp.Expr]) -> exp.Expr:
    return exp.cast(call("date_part", exp.Literal.string(_unit(arguments[0])), arguments[1]), "double")


def extract(node: exp.Expr) -> exp.Expr:
    """EXTRACT gives integers; the function DATE_PART gives double precision."""
    unit = _unit(node.this)
    return exp.cast(
        call("date_part", exp.Literal.string(unit), node.expression), "bigint" if unit == "epoch" else "int"
    )


def _to_char(arguments: list[exp.Expr]) -> exp.Expr:
    value, pattern = arguments[0], literal_text(arguments[1], "a format of TO_CHAR")
    digits = re.fullmatch(r"FM(9*)(0*)", pattern)
    if digits is not None:
        number = exp.cast(exp.cast(value, "bigint"), "text")
        width = call("greatest", exp.Literal.number(len(digits[2])), call("length", number.copy()))
        return call("lpad", number, exp.cast(width, "int"), exp.Literal.string("0"))
    if re.search(r"[09]", pattern) and not re.search(r"[A-Za-z]", pattern.replace("FM", "")):
        raise Unsupported(f"TO_CHAR of numbers with the format {pattern!r}")
    return call("strftime", _timestamp(value), exp.Literal.string(strftime_format(pattern)))


def _to_date(arguments: list[exp.Expr]) -> exp.Expr:
    pattern = exp.Literal.string(strptime_format(literal_text(arguments[1], "a format of TO_DATE")))
    return exp.cast(call("strptime", exp.cast(arguments[0], "text"), pattern), "date")


def _to_timestamp(arguments: list[exp.Expr]) -> exp.Expr:
    pattern = exp.Literal.string(strptime_format(literal_text(arguments[1], "a format of TO_TIMESTAMP")))
    return exp.cast(call("strptime", exp.cast(arguments[0], "text"), pattern), "timestamptz")


# Functions whose calls are rewritten here; they reach sqlglot as `rs_<name>`.
SPECIAL: dict[str, Callable[[list[exp.Expr]], exp.Expr]] = {
    "dateadd": _dateadd,
    "datediff": _datediff,
    "date_diff": _datediff,
    "date_trunc": _date_trunc,
    "date_part": _date_part,
    "datepart": _date_part,
    "pgdate_part": _date_part,
    "to_char": _to_char,
    "to_date": _to_date,
    "to_timestamp": _to_timestamp,
}
