"""Time zones: names, abbreviations and POSIX-style formats.

"CONVERT_TIMEZONE", "Time zone usage notes", in the Amazon Redshift Database Developer Guide. The abbreviations are
PostgreSQL's default ones, as far as they mean one offset only.
"""

from __future__ import annotations

import datetime
import functools
import re
import zoneinfo

_HOURS: dict[str, float] = {
    "ACDT": 10.5, "ACST": 9.5, "ADT": -3, "AEDT": 11, "AEST": 10, "AKDT": -8, "AKST": -9, "AST": -4, "AWST": 8,
    "BRST": -2, "BRT": -3, "BST": 1, "CDT": -5, "CEST": 2, "CET": 1, "CETDST": 2, "CST": -6, "EAT": 3, "EDT": -4,
    "EEST": 3, "EET": 2, "EETDST": 3, "EST": -5, "GMT": 0, "HKT": 8, "HST": -10, "ICT": 7, "IDT": 3, "IST": 2,
    "JST": 9, "KST": 9, "MDT": -6, "MEST": 2, "MET": 1, "MSD": 4, "MSK": 3, "MST": -7, "NDT": -2.5, "NST": -3.5,
    "NZDT": 13, "NZST": 12, "PDT": -7, "PHT": 8, "PKT": 5, "PST": -8, "SGT": 8, "UCT": 0, "UT": 0, "UTC": 0,
    "WET": 0, "WETDST": 1, "Z": 0, "ZULU": 0,
}  # fmt: skip
# Hours west of Greenwich after a name that nobody checks: PST8, NEWZONE-2:15.
_POSIX = re.compile(r"[A-Za-z_/]*\s*([+-]?)(\d{1,3})(?::(\d{2}))?")


@functools.lru_cache(maxsize=1024)
def zone(name: str) -> datetime.tzinfo:
    """The time zone of that name, abbreviation or POSIX-style format. Raises ValueError."""
    text = name.strip()
    hours = _HOURS.get(text.upper())
    if hours is not None:
        return datetime.timezone(datetime.timedelta(hours=hours))
    known = _names().get(text.lower())
    if known is not None:
        return zoneinfo.ZoneInfo(known)
    match = _POSIX.fullmatch(text)
    if match is None:
        raise ValueError(f'time zone "{name}" not recognized')
    offset = datetime.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    if offset >= datetime.timedelta(hours=24):
        raise ValueError(f'time zone "{name}" not recognized')
    return datetime.timezone(offset if match[1] == "-" else -offset)


@functools.cache
def _names() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


def to_utc(name: str, moment: datetime.datetime) -> datetime.datetime:
    """What a zone's clock shows, in UTC."""
    return moment.replace(tzinfo=zone(name)).astimezone(datetime.UTC).replace(tzinfo=None)


def from_utc(name: str, moment: datetime.datetime) -> datetime.datetime:
    """A moment of UTC on a zone's clock."""
    return moment.replace(tzinfo=datetime.UTC).astimezone(zone(name)).replace(tzinfo=None)


def convert(source: str, target: str, moment: datetime.datetime) -> datetime.datetime:
    """CONVERT_TIMEZONE: what one zone's clock shows, on another's."""
    return from_utc(target, to_utc(source, moment))
