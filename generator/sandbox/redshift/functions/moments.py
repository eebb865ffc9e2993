"""Reads the dates, times and timestamps that Redshift takes as text, in its default DateStyle (ISO, MDY).

"Date, time, and timestamp literals" and "Examples with datetime types" in the Amazon Redshift Database Developer
Guide.
"""

from __future__ import annotations

import datetime
import functools
import re
from dataclasses import dataclass

from generator.sandbox.redshift.functions.zones import zone

_DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y",
    "%m/%d/%y", "%m-%d-%y", "%b %d %Y", "%B %d %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%b-%d-%Y", "%Y-%b-%d",
    "%d-%b-%y", "%Y%m%d", "%y%m%d",
)  # fmt: skip
_TIME = re.compile(
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_DAYS = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """What a text says; `day` or `time` is None where it says none, `zone` None where it names no time zone."""

    day: datetime.date | None
    time: datetime.time | None
    zone: str | None
    days_after: int = 0

    @property
    def local(self) -> datetime.datetime:
        """The moment on the clock that the text speaks of."""
        whole = datetime.datetime.combine(self.day or datetime.date(1, 1, 1), self.time or datetime.time())
        return whole + datetime.timedelta(days=self.days_after)


def date(text: str) -> datetime.date:
    """The date in a text, whose time, if it has one, is ignored. Raises ValueError."""
    return _read(text, "date").local.date()


def timestamp(text: str) -> datetime.datetime:
    """The timestamp in a text, whose time zone, if it has one, is ignored. Raises ValueError."""
    return _read(text, "timestamp").local


def timestamptz(text: str) -> datetime.datetime:
    """The timestamp in a text, in UTC. Raises ValueError."""
    moment = _read(text, "timestamp with time zone")
    local = moment.local
    if moment.zone is None:
        return local
    match = re.fullmatch(r"([+-])(\d{1,2}):?(\d{2})?", moment.zone)
    if match is None:
        return local.replace(tzinfo=zone(moment.zone)).astimezone(datetime.UTC).replace(tzinfo=None)
    offset = datetime.timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
    return local - offset if match[1] == "+" else local + offset


def time(text: str) -> datetime.time:
    """The time of day in a text. Raises ValueError."""
    found = _parse(text)
    if found is None or (found.time is None and found.day is None):
        raise ValueError(f'invalid input syntax for type time: "{text}"')
    return found.time or datetime.time()


def _read(text: str, kind: str) -> Moment:
    found = _parse(text)
    if found is None or found.day is None:
        raise ValueError(f'invalid input syntax for type {kind}: "{text}"')
    return found


@functools.lru_cache(maxsize=4096)
def _parse(text: str) -> Moment | None:
    rest = _DAYS.sub("", text.strip())
    if rest.lower() == "epoch":
        return Moment(datetime.date(1970, 1, 1), None, None)
    found, named, after = None, None, 0
    match = _TIME.search(rest)
    if match is not None:
        found, after = _time(match)
        before, behind = rest[: match.start()].rstrip(" T"), rest[match.end() :].strip()
        zoned = re.match(r"[+-]\d{1,2}(?::?\d{2})?$|[A-Za-z_][A-Za-z_/]*(?:[+-]?\d+)?$", behind)
        if zoned is not None:
            named, behind = behind, ""
        else:  # 17 Dec 07:37:16 1997 PST
            year = re.match(r"(\d{4})\s*([A-Za-z_/]+)?$", behind)
            named, behind = (year[2], year[1]) if year else (None, behind)
        rest = f"{before} {behind}".strip()
    day = _day(rest) if rest else None
    if (rest and day is None) or (match is not None and found is None):
        return None
    return Moment(day, found, named, after)


def _time(match: re.Match[str]) -> tuple[datetime.time | None, int]:
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"][0] in "Pp" else 0)
    parts = round(int((match["part"] or "0").ljust(9, "0")) / 1000)
    if (hour, minute, second, parts) == (24, 0, 0, 0):
        return datetime.time(), 1
    if hour > 23 or minute > 59 or second > 59:
        return None, 0
    return datetime.time(hour, minute, second, min(parts, 999999)), 0


def _day(text: str) -> datetime.date | None:
    plain = re.sub(r"[,\s]+", " ", text).strip()
    for style in _DATES:
        if style.startswith(("%Y%m%d", "%y%m%d")) and len(plain) != (8 if style[1] == "Y" else 6):
            continue
        try:
            return datetime.datetime.strptime(plain, style).date()
        except ValueError:
            continue
    return None
