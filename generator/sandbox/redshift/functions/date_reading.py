"""TO_DATE and TO_TIMESTAMP: dates and times read by a format, whose surplus days or hours run over into the next.

"TO_DATE" and "TO_TIMESTAMP" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import calendar
import datetime
import re
from dataclasses import dataclass, field

from generator.sandbox.redshift.functions.date_formats import ROMAN, Part, parts_of

_NAMES = {
    **{name.lower(): number for number, name in enumerate(calendar.month_name) if name},
    **{name.lower(): number for number, name in enumerate(calendar.month_abbr) if name},
}
_WIDTHS = {
    "YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "IYYY": 4, "IYY": 3, "IY": 2, "I": 1, "MM": 2, "DD": 2, "DDD": 3,
    "IDDD": 3, "D": 1, "ID": 1, "W": 1, "WW": 2, "IW": 2, "Q": 1, "CC": 2, "J": 8, "HH24": 2, "HH12": 2, "HH": 2,
    "MI": 2, "SS": 2, "SSSS": 5, "MS": 3, "US": 6,
}  # fmt: skip


@dataclass
class _Found:
    """What has been read so far, by the pattern that read it."""

    numbers: dict[str, int] = field(default_factory=dict)
    afternoon: bool | None = None

    def get(self, *keys: str) -> int | None:
        return next((self.numbers[key] for key in keys if key in self.numbers), None)


def read(text: str, form: str, strict: bool = False) -> datetime.datetime:
    """The moment that a text in that format says, what comes behind it being left out. Raises ValueError.

    `strict`: values out of range are errors; otherwise June 31 is July 1, and 24:38 is 00:38 of the next day.
    """
    found, _ = _read(text, form)
    return _moment(found, strict)


def read_whole(text: str | None, form: str) -> datetime.datetime | None:
    """As COPY reads a field by DATEFORMAT or TIMEFORMAT: None where the text, to its end, is not in that format.

    "DATEFORMAT and TIMEFORMAT strings" in the Amazon Redshift Database Developer Guide.
    """
    if text is None:
        return None
    try:
        found, rest = _read(text, re.sub("(DD)T(HH)", r'\1"T"\2', form))
        return None if rest.strip() or not text.strip() else _moment(found, strict=True)
    except (ValueError, OverflowError):
        return None


def _read(text: str, form: str) -> tuple[_Found, str]:
    """What a text says by the patterns of a format, and what is behind it."""
    found, rest, parts = _Found(), text, parts_of(form)
    for at, part in enumerate(parts):
        if not rest:
            break
        if not part.key:
            rest = rest if rest.startswith(part.text) else rest.lstrip()
            rest = rest.lstrip() if part.text.isspace() else rest[len(part.text) :]
            continue
        follows = parts[at + 1] if at + 1 < len(parts) else None
        rest = _take(found, part, rest.lstrip(), follows)
    return found, rest


def _take(found: _Found, part: Part, text: str, follows: Part | None) -> str:
    """Read what a pattern stands for; returns the text behind it."""
    key = part.key.upper()
    if key in ("TZ", "OF"):
        raise ValueError(f'"{part.key}" format patterns are not supported in to_timestamp and to_date')
    if key in _WIDTHS:
        is_open = key in ("YYYY", "J") and (part.bare or follows is None or not follows.key)
        width = 9 if is_open else _WIDTHS[key]
        match = re.match(rf"\d{{1,{width}}}", text)
        if match is None:
            raise ValueError(f'invalid value "{text[: _WIDTHS[key]]}" for "{part.key}"')
        digits = match[0]
        found.numbers[key] = int(digits.ljust(width, "0") if key in ("MS", "US") else digits)
        rest = text[match.end() :]
        return rest[2:] if part.ordinal else rest
    if key == "Y,YYY":
        match = re.match(r"(\d+),(\d{3})", text)
        if match is None:
            raise ValueError(f'invalid value "{text[:5]}" for "Y,YYY"')
        found.numbers["YYYY"] = int(match[1]) * 1000 + int(match[2])
        return text[match.end() :]
    return _take_word(found, key, text)


def _take_word(found: _Found, key: str, text: str) -> str:
    if key in ("MONTH", "MON", "RM"):
        names = {name.lower(): number for number, name in enumerate(ROMAN, 1)} if key == "RM" else _NAMES
        match = re.match(r"[A-Za-z]+", text)
        word = match[0].lower() if match else ""
        name = next((word[:end] for end in range(len(word), 0, -1) if word[:end] in names), "")
        if not name:
            raise ValueError(f'invalid value "{text[:9]}" for "{key}"')
        found.numbers["MM"] = names[name]
        return text[len(name) :]
    if key in ("DAY", "DY", "AD", "BC", "A.D.", "B.C."):
        return re.sub(r"^[A-Za-z.]+", "", text)
    match = re.match(r"([AaPp])\.?[Mm]\.?", text)
    if match is None:
        raise ValueError(f'invalid AM/PM string: "{text[:4]}"')
    found.afternoon = match[1] in "Pp"
    return text[match.end() :]


def _year(found: _Found) -> int:
    for key, pivot, old, new in (
        ("YYYY", 0, 0, 0),
        ("YYY", 520, 1000, 2000),
        ("YY", 70, 1900, 2000),
        ("Y", 0, 0, 2000),
    ):
        value = found.get(key, "I" + key[1:])
        if value is not None:
            return value + (new if value < pivot or not pivot else old)
    century = found.get("CC")
    return (century - 1) * 100 + 1 if century else 1


def _day(found: _Found, strict: bool) -> datetime.date:
    julian, year = found.get("J"), _year(found)
    if julian is not None:
        return datetime.date.fromordinal(julian - 1_721_425)
    if found.get("IW") is not None:
        return datetime.date.fromisocalendar(year, found.get("IW") or 1, found.get("ID") or 1)
    of_year, week = found.get("DDD"), found.get("WW")
    if of_year is not None or week is not None:
        days = of_year if of_year is not None else ((week or 1) - 1) * 7 + 1
        return datetime.date(year, 1, 1) + datetime.timedelta(days=days - 1)
    month, in_month = found.get("MM"), found.get("W")
    month = 1 if month is None else month
    day = found.get("DD")
    day = day if day is not None else ((in_month or 1) - 1) * 7 + 1
    if strict and not (1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]):
        raise ValueError(f"date/time field date value out of range: {year}-{month}-{day}")
    years, months = divmod(month - 1, 12)
    return datetime.date(year + years, months + 1, 1) + datetime.timedelta(days=day - 1)


def _moment(found: _Found, strict: bool) -> datetime.datetime:
    hour, minute, second = found.get("HH24"), found.get("MI") or 0, found.get("SS") or 0
    if hour is None:
        hour = found.get("HH12", "HH") or 0
        if found.afternoon is not None and 1 <= hour <= 12:
            hour = hour % 12 + (12 if found.afternoon else 0)
    if strict and not (hour <= 23 and minute <= 59 and second <= 59):
        raise ValueError(f"date/time field time value out of range: {hour}:{minute}:{second}.0")
    if found.get("SSSS") is not None:
        hour, minute, second = 0, 0, found.get("SSSS") or 0
    micros = (found.get("MS") or 0) * 1000 + (found.get("US") or 0)
    day = datetime.datetime.combine(_day(found, strict), datetime.time())
    return day + datetime.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
