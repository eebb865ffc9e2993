"""Redshift's functions of dates and times, as calls of DuckDB's.

"Date and time functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.functions.calls import call, literal_text, timestamp
from generator.sandbox.section import Section

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
_ADDERS = {
    "year": ("to_months", 12), "quarter": ("to_months", 3), "month": ("to_months", 1), "week": ("to_days", 7),
    "day": ("to_days", 1), "hour": ("to_hours", 1), "minute": ("to_minutes", 1), "second": ("to_seconds", 1),
    "millisecond": ("to_milliseconds", 1), "microsecond": ("to_microseconds", 1),
}  # fmt: skip


def _unit(argument: exp.Expr) -> str:
    word = argument.name.lower()
    if word not in _UNIT:
        raise RedshiftError(f'unknown date part "{word}"')
    return _UNIT[word]


def _dateadd(arguments: list[exp.Expr]) -> exp.Expr:
    unit, number, moment = arguments
    adder, factor = _ADDERS.get(_unit(unit), ("", 0))
    if not adder:
        raise RedshiftError(f'date part "{unit.name}" is not supported by DATEADD')
    amount: exp.Expr = exp.cast(call("trunc", exp.cast(number, "double")), "int")
    if factor != 1:
        amount = exp.Mul(this=amount, expression=exp.Literal.number(factor))
    return exp.paren(exp.Add(this=timestamp(moment), expression=call(adder, amount)))


def _datediff(arguments: list[exp.Expr]) -> exp.Expr:
    unit = _unit(arguments[0])
    if unit == "week":
        weeks = [call("rs_week", moment) for moment in arguments[1:]]
        return exp.paren(exp.Sub(this=weeks[1], expression=weeks[0]))
    first, second = (timestamp(moment) for moment in arguments[1:])
    return call("date_diff", exp.Literal.string(unit), first, second)


def _date_trunc(arguments: list[exp.Expr]) -> exp.Expr:
    unit = exp.Literal.string(_UNIT.get(literal_text(arguments[0], "a date part").lower(), arguments[0].name))
    return timestamp(call("date_trunc", unit, timestamp(arguments[1])))


def _date_part(arguments: list[exp.Expr]) -> exp.Expr:
    return exp.cast(call("date_part", exp.Literal.string(_unit(arguments[0])), arguments[1]), "double")


def extract(node: exp.Expr) -> exp.Expr:
    """EXTRACT gives integers; the function DATE_PART gives double precision."""
    unit = _unit(node.this)
    return exp.cast(
        call("date_part", exp.Literal.string(unit), node.expression), "bigint" if unit == "epoch" else "int"
    )


SECTION = Section(
    macros={
        # The last day of a month stays the last day.
        "add_months(d, n)": """CASE WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE))
            THEN CAST(last_day(CAST(d AS DATE) + to_months(CAST(n AS INTEGER))) AS TIMESTAMP)
                + (CAST(d AS TIMESTAMP) - CAST(CAST(d AS DATE) AS TIMESTAMP))
            ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER)) END""",
        "months_between(a, b)": "rs_months_apart(CAST(a AS DATE), CAST(b AS DATE))",
        "last_day(d)": "CAST(last_day(CAST(d AS DATE)) AS DATE)",
        "getdate()": "date_trunc('second', current_localtimestamp())",
        "sysdate()": "current_localtimestamp()",
        "date_part_year(d)": "CAST(year(d) AS INTEGER)",
        "date_cmp(a, b)": "CAST(sign(CAST(a AS DATE) - CAST(b AS DATE)) AS INTEGER)",
    },
    rewrites={
        "dateadd": _dateadd,
        "datediff": _datediff,
        "date_diff": _datediff,
        "date_trunc": _date_trunc,
        "date_part": _date_part,
        "datepart": _date_part,
        "pgdate_part": _date_part,
    },
    returns={
        **dict.fromkeys(("dateadd", "date_trunc", "add_months", "getdate", "sysdate"), "timestamp"),
        "last_day": "date",
    },
)

# What rewrites call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        "months_apart(a, b)": """CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
            + CASE WHEN day(a) = day(b) OR (a = last_day(a) AND b = last_day(b)) THEN 0.0
                ELSE (day(a) - day(b)) / 31.0::DOUBLE END""",
        # The number of a week that begins on Sunday.
        "week(d)": "CAST(floor((CAST(d AS DATE) - DATE '1970-01-04') / 7.0::DOUBLE) AS BIGINT)",
    }
)

# Words that stand for calls without parentheses.
WORDS = {"sysdate": "rs_sysdate()"}
