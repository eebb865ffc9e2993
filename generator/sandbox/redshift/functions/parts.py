"""The words for parts of dates and times, with all spellings that Redshift takes.

"Date parts for date or timestamp functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError

_SPELLINGS = {
    "year": "y yr yrs years",
    "quarter": "qtr qtrs quarters",
    "month": "mon mons months",
    "week": "w weeks",
    "day": "d days",
    "hour": "h hr hrs hours",
    "minute": "m min mins minutes",
    "second": "s sec secs seconds",
    "millisecond": "ms msec msecs msecond mseconds millisec millisecs millisecon milliseconds",
    "microsecond": "us usec usecs usecond useconds microsec microsecs microsecon microseconds",
    "dow": "dayofweek dw weekday",
    "doy": "dayofyear dy yearday",
    "epoch": "",
    "century": "c cent cents centuries",
    "decade": "dec decs decades",
    "millennium": "mil mils millennia",
    "timezone": "",
    "timezone_hour": "",
    "timezone_minute": "",
}
UNIT = {spelling: unit for unit, others in _SPELLINGS.items() for spelling in (unit, *others.split())}


def unit(argument: exp.Expr) -> str:
    """The part that an argument names, quoted or not. Raises RedshiftError."""
    word = argument.name.lower()
    if word not in UNIT:
        raise RedshiftError(f'unknown date part "{word}"')
    return UNIT[word]
