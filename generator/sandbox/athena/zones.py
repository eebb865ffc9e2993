"""Timestamps with time zone: an instant, and the zone that it is shown in.

DuckDB's own type keeps the instant alone, so such a value is a STRUCT of the instant's time in UTC and the name of
the zone; that orders by the instant first. The names are Trino's (trino.io/docs/current/language/types.html,
"TIMESTAMP WITH TIME ZONE"): "UTC", "America/New_York" or "+05:30".
"""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

ZONED = 'STRUCT("utc instant" TIMESTAMP, "time zone" VARCHAR)'
INSTANT, ZONE = "utc instant", "time zone"

_UTC_NAMES = {"UTC", "Z", "GMT", "UT", "UCT", "Zulu", "Greenwich", "Universal", "GMT0"}
_OFFSET = re.compile(r"(?:(?:UTC|GMT|UT)?)([+-])(\d{1,2})(?::?(\d{2}))?")
_MOST_MINUTES = 14 * 60


@functools.lru_cache(maxsize=1024)
def canonical(name: str) -> str:
    """A zone's name as Trino shows it. Raises ValueError where there is no such zone."""
    if name.removeprefix("Etc/") in _UTC_NAMES:
        return "UTC"
    found = _OFFSET.fullmatch(name)
    if found:
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes <= _MOST_MINUTES and int(found[3] or 0) < 60:
            return offset_text(minutes if found[1] == "+" else -minutes) if minutes else "UTC"
    elif name in _known():
        return name
    raise ValueError(f"NOT_SUPPORTED: Time zone not supported: {name}")


@functools.lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def offset_text(minutes: int, separator: str = ":") -> str:
    """An offset from UTC such as "+05:30"."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{separator}{rest:02}"


@functools.lru_cache(maxsize=1024)
def _rules(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[4:6])
        return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
    return zoneinfo.ZoneInfo(name)


def local(instant: datetime, zone: str) -> datetime:
    """What clocks in `zone` (a canonical name) show at `instant`, which is in UTC; both without tzinfo."""
    try:
        return instant.replace(tzinfo=UTC).astimezone(_rules(zone)).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError("the sandbox can't run this: timestamps before the year 1 or after 9999") from error


def instant(shown: datetime, zone: str) -> datetime:
    """The instant at which clocks in `zone` show `shown`.

    Where they show it twice, it is the first one; a time that they skip is moved on by what they skip.
    """
    try:
        return shown.replace(tzinfo=_rules(zone), fold=0).astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise ValueError("the sandbox can't run this: timestamps before the year 1 or after 9999") from error


def offset_minutes(instant: datetime, zone: str) -> int:
    """How far `zone` is ahead of UTC at `instant`."""
    return round((local(instant, zone) - instant).total_seconds() / 60)


def short_name(instant: datetime, zone: str) -> str:
    """The zone's short name then, such as "EST". Raises ValueError where Java's is not known."""
    if zone == "UTC" or zone[0] in "+-":
        return zone
    name = instant.replace(tzinfo=UTC).astimezone(_rules(zone)).tzname() or ""
    if not name.isalpha():
        raise ValueError(f"the sandbox can't run this: the short name of the time zone {zone}")
    return name


def milliseconds(moment: datetime) -> datetime:
    """Rounded to milliseconds, the precision of Athena's timestamps."""
    return moment.replace(microsecond=0) + timedelta(milliseconds=(moment.microsecond + 500) // 1000)


def text(shown: datetime, separator: str = " ") -> str:
    """A time as Athena shows it: "2012-10-31 01:00:00.000"."""
    return milliseconds(shown).isoformat(sep=separator, timespec="milliseconds")


def zoned_text(value: Mapping[Any, Any]) -> str:
    """A timestamp with time zone as Athena shows it."""
    return instant_text(value[INSTANT], str(value[ZONE]))


def instant_text(moment: datetime, zone: str) -> str:
    return f"{text(local(milliseconds(moment), zone))} {zone}"
