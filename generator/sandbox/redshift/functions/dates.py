"""Redshift's functions of dates and times, as calls of DuckDB's.

"Date and time functions" in the Amazon Redshift Database Developer Guide. The session's time zone is UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import intervals, zones
from generator.sandbox.redshift.functions.calls import call, literal_text
from generator.sandbox.redshift.functions.casts import converted
from generator.sandbox.redshift.functions.parts import unit as part_of
from generator.sandbox.redshift.functions.super_values import strict
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.redshift.told_kinds import kind_of
from generator.sandbox.section import Python, Section

Arguments = list[exp.Expr]

_ADDERS = {
    "year": ("rs_add_years", 1), "quarter": ("to_months", 3), "month": ("to_months", 1), "week": ("to_days", 7),
    "day": ("to_days", 1), "hour": ("to_hours", 1), "minute": ("to_minutes", 1), "second": ("to_seconds", 1),
    "millisecond": ("to_milliseconds", 1), "microsecond": ("to_microseconds", 1), "decade": ("rs_add_years", 10),
    "century": ("rs_add_years", 100), "millennium": ("rs_add_years", 1000),
}  # fmt: skip
_LONG = {"century": 100, "millennium": 1000}
_OF_TIME = ("hour", "minute", "second", "millisecond", "microsecond")
_NOT_TRUNCATED = ("dow", "doy", "epoch", "timezone", "timezone_hour", "timezone_minute")


def _is_time(node: exp.Expr) -> bool:
    return node.type is not None and node.type.this == exp.DType.TIME


def _added_kind(arguments: Arguments) -> Kind | None:
    return kinds.TIME if _is_time(arguments[2]) else kinds.TIMESTAMP


def _dateadd(arguments: Arguments) -> exp.Expr:
    unit, number, moment = part_of(arguments[0]), arguments[1], arguments[2]
    is_time = _is_time(moment)
    adder, factor = _ADDERS.get(unit, ("", 0))
    if not adder or (is_time and unit not in _OF_TIME):
        raise RedshiftError(f'date part "{arguments[0].name}" is not supported by DATEADD')
    amount: exp.Expr = exp.Cast(
        this=call("trunc", converted(number, kinds.DOUBLE)),
        to=exp.DataType.build("int" if unit != "microsecond" else "bigint"),
    )
    if factor != 1:
        amount = exp.paren(exp.Mul(this=amount, expression=exp.Literal.number(factor)))
    start = moment if is_time else converted(moment, kinds.TIMESTAMP)
    if adder == "rs_add_years":
        return call(adder, start, amount)
    return exp.paren(exp.Add(this=start, expression=call(adder, amount)))


def _datediff(arguments: Arguments) -> exp.Expr:
    unit = part_of(arguments[0])
    if unit in _NOT_TRUNCATED:
        raise RedshiftError(f'date part "{arguments[0].name}" is not supported by DATEDIFF')
    first, second = arguments[1:]
    if _is_time(first) or _is_time(second):
        if unit not in _OF_TIME:
            raise RedshiftError(f'date part "{arguments[0].name}" is not supported by DATEDIFF of times')
        sides = [converted(side, kinds.TIME) for side in (first, second)]
        return call("date_diff", exp.Literal.string(unit), *sides)
    sides = [converted(side, kinds.TIMESTAMP) for side in (first, second)]
    if unit == "week":
        weeks = [call("rs_week", side) for side in sides]
        return exp.paren(exp.Sub(this=weeks[1], expression=weeks[0]))
    return call("date_diff", exp.Literal.string(unit), *sides)


def _date_trunc(arguments: Arguments) -> exp.Expr:
    unit = part_of(arguments[0])
    if unit in _NOT_TRUNCATED:
        raise RedshiftError(f'timestamp units "{arguments[0].name}" not supported')
    moment = converted(arguments[1], kinds.TIMESTAMP)
    if unit in _LONG:
        return call("rs_start_of", moment, exp.Literal.number(_LONG[unit]))
    made = call("date_trunc", exp.Literal.string(unit), moment)
    return exp.Cast(this=made, to=kinds.TIMESTAMP.copy())


def _part(unit: str, moment: exp.Expr) -> exp.Expr:
    """A part of a date, time or interval as a number; milliseconds and microseconds are those of the second."""
    if kinds.is_text_literal(moment) or kinds.is_text(moment.type):
        moment = converted(moment, kinds.TIMESTAMP)
    made = call("date_part", exp.Literal.string(unit), moment)
    if unit in ("millisecond", "microsecond"):
        size = exp.Literal.number(1000 if unit == "millisecond" else 1_000_000)
        return exp.paren(exp.Mod(this=made, expression=size))
    return call("floor", made) if unit == "epoch" else made


def _date_part(arguments: Arguments) -> exp.Expr:
    return exp.Cast(this=_part(part_of(arguments[0]), arguments[1]), to=kinds.DOUBLE.copy())


def extract(node: exp.Expr) -> exp.Expr:
    """EXTRACT gives integers, of TIMESTAMPTZ double precision; the function DATE_PART always the latter."""
    kind = kind_of(node) or kinds.INTEGER
    return exp.Cast(this=_part(part_of(node.this), node.expression), to=kind.copy())


def interval(node: exp.Expr) -> exp.Expr:
    """INTERVAL '…' with or without a qualifier."""
    given, unit = node.this, node.args.get("unit")
    if not isinstance(given, exp.Literal):
        raise Unsupported("an INTERVAL that is no constant")
    word = unit.sql(dialect="redshift").upper() if unit is not None else ""
    if isinstance(unit, exp.IntervalSpan):
        return intervals.expression(given.name, word)
    return intervals.expression(f"{given.name} {word}")


def _interval_literal(arguments: Arguments) -> exp.Expr:
    """INTERVAL '…' as `spelling` writes it."""
    return intervals.expression(literal_text(arguments[0], "an interval"), arguments[1].name)


def at_time_zone(node: exp.Expr) -> exp.Expr:
    """AT TIME ZONE: of TIMESTAMP its moment, of TIMESTAMPTZ what the zone's clock shows then."""
    return _timezone([node.args["zone"], node.this])


def _timezone(arguments: Arguments) -> exp.Expr:
    zone, moment = arguments
    if kinds.is_text_literal(moment):
        moment = converted(moment, kinds.TIMESTAMPTZ)
    kind = moment.type
    if kind is None or not kinds.is_moment(kind):
        raise Unsupported("AT TIME ZONE of what is not known to be a timestamp; cast it")
    if kind.this == exp.DType.TIMESTAMPTZ:
        return call("rs_from_utc", zone, converted(moment, kinds.TIMESTAMP))
    return exp.Cast(
        this=call("rs_to_utc", zone, converted(moment, kinds.TIMESTAMP)), to=kinds.TIMESTAMPTZ.copy()
    )  # fmt: skip


def _zoned_kind(arguments: Arguments) -> Kind | None:
    kind = arguments[1].type
    is_zoned = kinds.is_text_literal(arguments[1]) or (kind is not None and kind.this == exp.DType.TIMESTAMPTZ)
    return kinds.TIMESTAMP if is_zoned else kinds.TIMESTAMPTZ


def _convert_timezone(arguments: Arguments) -> exp.Expr:
    *given, target, moment = arguments
    source = given[0] if given else exp.Literal.string("UTC")
    if len(arguments) > 3:
        raise ValueError("convert_timezone")
    return call("rs_between_zones", source, target, converted(moment, kinds.TIMESTAMP))


def _compared(one: Kind, other: Kind) -> Callable[[Arguments], exp.Expr]:
    """A function that says with -1, 0 or 1 which of two moments is the later one."""
    both = kinds.TIMESTAMPTZ if exp.DType.TIMESTAMPTZ in (one.this, other.this) else kinds.TIMESTAMP
    both = one if one == other else both

    def rewrite(arguments: Arguments) -> exp.Expr:
        first, second = arguments
        read = converted(first, one), converted(second, other)
        return call("rs_sign_of", *(exp.Cast(this=side, to=both.copy()) for side in read))

    return rewrite


def _interval_cmp(arguments: Arguments) -> exp.Expr:
    first, second = (
        intervals.expression(each.unnest().name) if kinds.is_text_literal(each) else each for each in arguments
    )
    return call("rs_sign_of", first, second)


def _on(name: str, *expected: Kind) -> Callable[[Arguments], exp.Expr]:
    """A call of `name` with arguments of those types."""

    def rewrite(arguments: Arguments) -> exp.Expr:
        pairs = zip(arguments, expected, strict=True)
        return call(name, *(converted(argument, kind) for argument, kind in pairs))

    return rewrite


_DATE, _TIMESTAMP, _TIMESTAMPTZ = kinds.DATE, kinds.TIMESTAMP, kinds.TIMESTAMPTZ
_COMPARISONS = {
    "date_cmp": _compared(_DATE, _DATE),
    "date_cmp_timestamp": _compared(_DATE, _TIMESTAMP),
    "date_cmp_timestamptz": _compared(_DATE, _TIMESTAMPTZ),
    "timestamp_cmp": _compared(_TIMESTAMP, _TIMESTAMP),
    "timestamp_cmp_date": _compared(_TIMESTAMP, _DATE),
    "timestamp_cmp_timestamptz": _compared(_TIMESTAMP, _TIMESTAMPTZ),
    "timestamptz_cmp": _compared(_TIMESTAMPTZ, _TIMESTAMPTZ),
    "timestamptz_cmp_date": _compared(_TIMESTAMPTZ, _DATE),
    "timestamptz_cmp_timestamp": _compared(_TIMESTAMPTZ, _TIMESTAMP),
    "interval_cmp": _interval_cmp,
}

SECTION = Section(
    macros={
        "getdate()": "date_trunc('second', current_localtimestamp())",
        "now()": "now()",
        "sysdate()": "current_localtimestamp()",
        "timeofday()": "strftime(current_localtimestamp(), '%a %b %d %H:%M:%S.%f %Y UTC')",
    },
    rewrites={
        "add_months": _on("rs_months_added", kinds.TIMESTAMP, kinds.INTEGER),
        "convert_timezone": _convert_timezone,
        **dict.fromkeys(("date_add", "dateadd"), _dateadd),
        **dict.fromkeys(("date_diff", "datediff"), _datediff),
        **dict.fromkeys(("date_part", "datepart", "pgdate_part"), _date_part),
        "date_part_year": _on("rs_year_of", kinds.DATE),
        "date_trunc": _date_trunc,
        "interval_literal": _interval_literal,
        "isfinite": lambda arguments: call("isfinite", *arguments),
        "last_day": _on("rs_end_of_month", kinds.DATE),
        "months_between": _on("rs_months_apart", kinds.TIMESTAMP, kinds.TIMESTAMP),
        "next_day": _on("rs_weekday_after", kinds.DATE, kinds.VARCHAR),
        "timezone": _timezone,
        **_COMPARISONS,
    },
    returns={
        **dict.fromkeys(("add_months", "convert_timezone", "date_trunc", "getdate", "sysdate"), "timestamp"),
        **dict.fromkeys(("date_part", "datepart", "pgdate_part", "months_between"), "double precision"),
        **dict.fromkeys(("last_day", "next_day"), "date"),
        **dict.fromkeys(("date_diff", "datediff"), "bigint"),
        **dict.fromkeys(("date_part_year", *_COMPARISONS), "integer"),
        **dict.fromkeys(("date_add", "dateadd"), _added_kind),
        "interval_literal": "interval",
        "isfinite": "boolean",
        "now": "timestamptz",
        "timeofday": "varchar",
        "timezone": _zoned_kind,
    },
)

_SAME_DAY = "(day(a) = day(b) OR (CAST(a AS DATE) = last_day(a) AND CAST(b AS DATE) = last_day(b)))"


def _zoned(run: Callable[..., Any], count: int) -> Python:
    return Python(strict(run), (*("VARCHAR",) * count, "TIMESTAMP"), "TIMESTAMP")


# What rewrites call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        # February 29 of a year that has none is March 1.
        "add_years(m, n)": """CASE WHEN month(m) = 2 AND day(m) = 29 AND day(m + to_years(n)) = 28
            THEN m + to_years(n) + to_days(1) ELSE m + to_years(n) END""",
        # The last day of a month stays the last day.
        "months_added(d, n)": """CASE WHEN CAST(d AS DATE) = last_day(d)
            THEN CAST(last_day(d + to_months(n)) AS TIMESTAMP) + (d - CAST(CAST(d AS DATE) AS TIMESTAMP))
            ELSE d + to_months(n) END""",
        "months_apart(a, b)": f"""CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
            + CASE WHEN {_SAME_DAY} THEN 0.0::DOUBLE
                ELSE (day(a) - day(b) + (epoch(a - date_trunc('day', a)) - epoch(b - date_trunc('day', b)))
                    / 86400.0::DOUBLE) / 31.0::DOUBLE END""",
        # The 21st century and the third millennium began in 2001.
        "start_of(m, years)": "make_timestamp((year(m) - 1) // years * years + 1, 1, 1, 0, 0, 0)",
        "end_of_month(d)": "CAST(last_day(d) AS DATE)",
        "year_of(d)": "CAST(year(d) AS INTEGER)",
        # The number of a week that begins on Sunday.
        "week(d)": "CAST(floor((CAST(d AS DATE) - DATE '1970-01-04') / 7.0::DOUBLE) AS BIGINT)",
        "sign_of(a, b)": "CAST(CASE WHEN a = b THEN 0 WHEN a < b THEN -1 WHEN a > b THEN 1 END AS INTEGER)",
        "weekday_after(d, name)": """d + CAST((list_position(['su', 'm', 'tu', 'w', 'th', 'f', 'sa'],
            CASE WHEN regexp_full_match(lower(name), 'su(n(day)?)?|m(o(n(day)?)?)?|tu(e(s(day)?)?)?|w(e(d(nesday)?)?)?'
                || '|th(u(r?s(day)?)?)?|f(r(i(day)?)?)?|sa(t(urday)?)?')
            THEN regexp_extract(lower(name), '^(su|m|tu|w|th|f|sa)')
            ELSE error('Not a valid value for the day of the week: ' || name) END)
            + 12 - dayofweek(d)) % 7 + 1 AS INTEGER)""",
        "interval_text(i)": intervals.TEXT,
    },
    python={
        "to_utc": _zoned(zones.to_utc, 1),
        "from_utc": _zoned(zones.from_utc, 1),
        "between_zones": _zoned(zones.convert, 2),
        "seconds_text": Python(intervals.seconds_text, ("BIGINT",), "VARCHAR"),
    },
)

# Words that stand for calls without parentheses.
WORDS = {"sysdate": "rs_sysdate()"}
