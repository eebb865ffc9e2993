"""Interval literals, with and without a qualifier, and the text of intervals.

"Interval data types and literals" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from decimal import Decimal

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.parts import UNIT

# Months, days and microseconds of a unit.
_SIZES: dict[str, tuple[int, int, int]] = {
    "millennium": (12000, 0, 0), "century": (1200, 0, 0), "decade": (120, 0, 0), "year": (12, 0, 0),
    "quarter": (3, 0, 0), "month": (1, 0, 0), "week": (0, 7, 0), "day": (0, 1, 0), "hour": (0, 0, 3_600_000_000),
    "minute": (0, 0, 60_000_000), "second": (0, 0, 1_000_000), "millisecond": (0, 0, 1000), "microsecond": (0, 0, 1),
}  # fmt: skip
_DAY = 86_400_000_000
_PART = re.compile(r"\s*,?\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))\s*(?P<unit>[A-Za-z]+)?")
_CLOCK = re.compile(r"\s*(?P<sign>[+-]?)(?P<hours>\d+):(?P<minutes>\d{1,2})(?::(?P<seconds>\d{1,2}(?:\.\d+)?))?")
_YEARS = re.compile(r"\s*([+-]?)(\d+)-(\d+)")
_GRAIN = {"HOUR": 3_600_000_000, "MINUTE": 60_000_000, "SECOND": 1}


def expression(text: str, qualifier: str = "") -> exp.Expr:
    """DuckDB's expression of INTERVAL 'text' with a qualifier such as "YEAR TO MONTH". Raises RedshiftError."""
    months, days, micros = parse(text, qualifier)
    parts = [
        call(name, exp.Literal.number(number) if number >= 0 else exp.Neg(this=exp.Literal.number(-number)))
        for name, number in (("to_months", months), ("to_days", days), ("to_microseconds", micros))
        if number
    ] or [call("to_days", exp.Literal.number(0))]
    made = parts[0]
    for part in parts[1:]:
        made = exp.Add(this=made, expression=part)
    made = exp.paren(made, copy=False) if len(parts) > 1 else made
    made.type = exp.DataType.build("interval")
    return made


def parse(text: str, qualifier: str = "") -> tuple[int, int, int]:
    """Months, days and microseconds of an interval's text. Raises RedshiftError."""
    last = qualifier.rpartition(" ")[2]
    months, days, micros = _sum(text, UNIT.get(last.lower(), "second") if last else "second")
    if not qualifier:
        return months, days, micros
    if last in ("YEAR", "MONTH"):
        return (months - months % 12 if last == "YEAR" and months >= 0 else months), 0, 0
    if last == "DAY":
        return 0, days + int(micros / _DAY), 0
    whole = abs(micros) // _GRAIN[last] * _GRAIN[last]
    return 0, days, whole if micros >= 0 else -whole


def _sum(text: str, default: str) -> tuple[int, int, int]:
    total = [Decimal(0), Decimal(0), Decimal(0)]
    rest = text
    while rest.strip(" ,"):
        if clock := _CLOCK.match(rest):
            micros = int(clock["hours"]) * 3_600_000_000 + int(clock["minutes"]) * 60_000_000
            seconds = Decimal(clock["seconds"] or 0) * 1_000_000
            total[2] += (micros + seconds) * (-1 if clock["sign"] == "-" else 1)
            rest = rest[clock.end() :]
        elif years := _YEARS.match(rest):
            total[0] += (int(years[2]) * 12 + int(years[3])) * (-1 if years[1] == "-" else 1)
            rest = rest[years.end() :]
        else:
            part = _PART.match(rest)
            unit = UNIT.get((part["unit"] or default).lower(), "") if part else ""
            if part is None or unit not in _SIZES:
                raise RedshiftError(f'invalid input syntax for type interval: "{text}"')
            _add(total, Decimal(part["number"]), _SIZES[unit])
            rest = rest[part.end() :]
    return int(total[0]), int(total[1]), int(total[2])


def _add(total: list[Decimal], number: Decimal, size: tuple[int, int, int]) -> None:
    """Add a quantity; the fraction of a month is days of it (30), that of a day is time."""
    months = number * size[0]
    days = number * size[1] + (months - int(months)) * 30
    total[0] += int(months)
    total[1] += int(days)
    total[2] += number * size[2] + (days - int(days)) * _DAY


# DuckDB's SQL for the text of the interval `i`.
TEXT = """CASE WHEN date_part('year', i) <> 0 OR date_part('month', i) <> 0
    THEN date_part('year', i) || ' years ' || date_part('month', i) || ' mons'
    ELSE date_part('day', i) || ' days ' || date_part('hour', i) || ' hours ' || date_part('minute', i) || ' mins '
        || rs_seconds_text(date_part('microseconds', i)) || ' secs' END"""


def seconds_text(micros: int | None) -> str | None:
    """Seconds with at least one decimal place: "0.0", "1.123"."""
    if micros is None:
        return None
    text = f"{Decimal(micros).scaleb(-6):f}"
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.rstrip('0') or '0'}"
