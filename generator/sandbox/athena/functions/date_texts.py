"""Dates and times from text and as text, and the differences between them: the Python beneath `dates`."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from generator.sandbox.athena import zones
from generator.sandbox.athena.functions.date_fields import Moment, parsed, written
from generator.sandbox.athena.functions.date_formats import joda_pattern, mysql_format
from generator.sandbox.athena.functions.scalars import invalid, plain

_ISO_DATE = re.compile(
    r"(?P<year>\d{4})(?:-W(?P<week>\d{2})(?:-(?P<weekday>[1-7]))?|-(?P<ordinal>\d{3})"
    r"|-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?)?"
)
_ISO_TIME = re.compile(
    r"(?:T(?:(?P<hour>\d{2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?)?"
    r"(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?)?"
)
_FIXED_UNITS = {
    "millisecond": timedelta(milliseconds=1), "second": timedelta(seconds=1), "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1),
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*")
_MILLISECONDS = {
    "ns": Decimal("1e-6"), "us": Decimal("1e-3"), "ms": Decimal(1), "s": Decimal(1000), "m": Decimal(60_000),
    "h": Decimal(3_600_000), "d": Decimal(86_400_000),
}  # fmt: skip
_READABLE = (("week", 604_800), ("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_MOMENT = "STRUCT(shown TIMESTAMP, zone VARCHAR)"


def _iso_day(found: re.Match[str]) -> date:
    parts = {name: int(text) for name, text in found.groupdict().items() if text is not None}
    if "week" in parts:
        return date.fromisocalendar(parts["year"], parts["week"], parts.get("weekday", 1))
    if "ordinal" in parts:
        day = date(parts["year"], 1, 1) + timedelta(days=parts["ordinal"] - 1)
        if not parts["ordinal"] or day.year != parts["year"]:
            raise ValueError(f"Value {parts['ordinal']} for dayOfYear must be in the range [1,366]")
        return day
    return date(parts["year"], parts.get("month", 1), parts.get("day", 1))


def _from_iso8601_date(text: str) -> date:
    found = _ISO_DATE.fullmatch(text)
    if found is None:
        raise invalid(f'Invalid format: "{text}"')
    try:
        return _iso_day(found)
    except ValueError as error:
        raise invalid(f'Cannot parse "{text}": {error}') from error


def _iso_moment(text: str) -> dict[str, object]:
    day = _ISO_DATE.match(text)
    time = _ISO_TIME.fullmatch(text, day.end()) if day else None
    if day is None or time is None:
        raise invalid(f'Invalid format: "{text}"')
    clock = [int(time[name] or 0) for name in ("hour", "minute", "second")]
    milliseconds = int((time["fraction"] or "0")[:3].ljust(3, "0"))
    try:
        shown = datetime.combine(_iso_day(day), datetime.min.time()).replace(
            hour=clock[0], minute=clock[1], second=clock[2], microsecond=milliseconds * 1000
        )
    except ValueError as error:
        raise invalid(f'Cannot parse "{text}": {error}') from error
    return {"shown": shown, "zone": zones.canonical(time["zone"] or "UTC")}


def _iso_text(instant: datetime, zone: str) -> str:
    rounded = zones.milliseconds(instant)
    if not zone:
        return zones.text(rounded, "T")
    minutes = zones.offset_minutes(rounded, zone)
    offset = "Z" if zone == "UTC" or not minutes else zones.offset_text(minutes)
    return zones.text(zones.local(rounded, zone), "T") + offset


def _date_format(shown: datetime, zone: str, form: str) -> str:
    return written(mysql_format(form), Moment(zones.milliseconds(shown), zone))


def _date_parse(text: str, form: str) -> datetime:
    return parsed(mysql_format(form), text).shown


def _format_datetime(shown: datetime, zone: str, pattern: str) -> str:
    fields = joda_pattern(pattern)
    if not zone and any(field.name in ("zone", "offset", "zone name") for field in fields):
        raise invalid(
            "format_datetime for TIMESTAMP type, cannot use 'Z' nor 'z' in format, as this type does not "
            "contain TZ information"
        )
    return written(fields, Moment(zones.milliseconds(shown), zone))


def _parse_datetime(text: str, pattern: str) -> dict[str, object]:
    found = parsed(joda_pattern(pattern), text)
    return {"shown": found.shown, "zone": found.zone or "UTC"}


def difference(unit: str, first: datetime, last: datetime) -> int:
    """How many whole units `last` is after `first` (before it: negative), as Joda-Time counts them."""
    if last < first:
        return -difference(unit, last, first)
    if unit in _FIXED_UNITS:
        return (last - first) // _FIXED_UNITS[unit]
    if unit == "year":
        return _years(first, last)
    months = _months(first, last)
    return months // 3 if unit == "quarter" else months


def _months(first: datetime, last: datetime) -> int:
    count = (last.year - first.year) * 12 + last.month - first.month
    length = calendar.monthrange(last.year, last.month)[1]
    if last.day == length and first.day > length:
        first = first.replace(day=length)
    rest, other = ((t - t.replace(day=1, hour=0, minute=0, second=0, microsecond=0)) for t in (last, first))
    return count - (rest < other)


def _years(first: datetime, last: datetime) -> int:
    rest, other = (t - t.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0) for t in (last, first))
    february_29 = timedelta(days=59)
    if other >= february_29:  # the days after February stand at other places in leap years
        if calendar.isleap(first.year):
            other -= timedelta(days=not calendar.isleap(last.year))
        elif rest >= february_29 and calendar.isleap(last.year):
            rest -= timedelta(days=1)
    return last.year - first.year - (rest < other)


def _parse_duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise invalid(f"duration is not a valid data duration string: {text}")
    if found[2] not in _MILLISECONDS:
        raise invalid(f"Unknown time unit: {found[2]}")
    exact = Decimal(found[1]) * _MILLISECONDS[found[2]]
    return timedelta(milliseconds=int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


def _human_readable_seconds(seconds: float) -> str:
    if seconds != seconds or seconds in (float("inf"), float("-inf")):
        raise invalid(f"Invalid argument found: {'NaN' if seconds != seconds else 'Infinity'}")
    rest = round(abs(seconds))
    parts = []
    for name, size in _READABLE:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}{'s' * (count != 1)}")
    return ", ".join(parts) or "0 seconds"


def _offset_zone(hours: int, minutes: int) -> str:
    total = hours * 60 + minutes
    if abs(total) > 14 * 60:
        raise invalid(f"Invalid offset minutes {total}")
    return zones.offset_text(total) if total else "UTC"


PYTHON = {
    "_local_in": plain(zones.local, "TIMESTAMP VARCHAR", "TIMESTAMP"),
    "_instant": plain(zones.instant, "TIMESTAMP VARCHAR", "TIMESTAMP"),
    "_zone": plain(zones.canonical, "VARCHAR", "VARCHAR"),
    "_offset": plain(zones.offset_minutes, "TIMESTAMP VARCHAR", "BIGINT"),
    "_offset_zone": plain(_offset_zone, "BIGINT BIGINT", "VARCHAR"),
    "_iso_moment": plain(_iso_moment, "VARCHAR", _MOMENT),
    "_iso_text": plain(_iso_text, "TIMESTAMP VARCHAR", "VARCHAR"),
    "_date_format": plain(_date_format, "TIMESTAMP VARCHAR VARCHAR", "VARCHAR"),
    "_format_datetime": plain(_format_datetime, "TIMESTAMP VARCHAR VARCHAR", "VARCHAR"),
    "_parse_datetime": plain(_parse_datetime, "VARCHAR VARCHAR", _MOMENT),
    "_difference": plain(difference, "VARCHAR TIMESTAMP TIMESTAMP", "BIGINT"),
    "_instant_text": plain(zones.instant_text, "TIMESTAMP VARCHAR", "VARCHAR"),
    "date_parse": plain(_date_parse, "VARCHAR VARCHAR", "TIMESTAMP"),
    "from_iso8601_date": plain(_from_iso8601_date, "VARCHAR", "DATE"),
    "human_readable_seconds": plain(_human_readable_seconds, "DOUBLE", "VARCHAR"),
    "parse_duration": plain(_parse_duration, "VARCHAR", "INTERVAL"),
}
