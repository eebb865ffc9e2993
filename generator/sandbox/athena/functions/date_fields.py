"""The fields of formatted dates and times, as Joda-Time prints and parses them.

MySQL's formats (`mysql_format`) and Joda's patterns (`joda_pattern`) are both sequences of these fields; see
org.joda.time.format.DateTimeFormatterBuilder, on which Trino builds both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from generator.sandbox.athena import zones
from generator.sandbox.athena.functions.scalars import invalid, unable

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ZONE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+\-]*(?:/[A-Za-z0-9_+\-]+)*|[+-]\d{2}:\d{2}")
_OFFSET = re.compile(r"Z|([+-])(\d{2}):?(\d{2})")


@dataclass(frozen=True)
class Moment:
    """A time to print: what clocks show, and where. `zone` is empty for timestamps without a zone."""

    shown: datetime
    zone: str = ""

    @property
    def instant(self) -> datetime:
        return zones.instant(self.shown, self.zone) if self.zone else self.shown


@dataclass(frozen=True)
class Field:
    """One piece of a format. `name` is a field of `Parsed`, or "literal", "offset", "zone", "zone name".

    least, most: how many digits a number is printed with at least, and parsed with at most.
    text: for literals, themselves; for fields in words "short" or "long".
    pivot: for years of two digits, the year in the middle of the hundred years they stand for; 0 otherwise.
    """

    name: str
    least: int = 0
    most: int = 0
    text: str = ""
    pivot: int = 0
    lenient: bool = False


_NUMBERS: dict[str, Callable[[datetime], int]] = {
    "year": lambda t: t.year,
    "century": lambda t: t.year // 100,
    "weekyear": lambda t: t.isocalendar().year,
    "week": lambda t: t.isocalendar().week,
    "weekday": lambda t: t.isoweekday(),
    "month": lambda t: t.month,
    "day": lambda t: t.day,
    "dayofyear": lambda t: t.timetuple().tm_yday,
    "hour": lambda t: t.hour,
    "clockhour": lambda t: t.hour or 24,
    "halfhour": lambda t: t.hour % 12,
    "clockhalfhour": lambda t: t.hour % 12 or 12,
    "minute": lambda t: t.minute,
    "second": lambda t: t.second,
}
_WORDS: dict[str, tuple[str, ...]] = {"month": MONTHS, "weekday": DAYS, "halfday": ("AM", "PM"), "era": ("BC", "AD")}


def written(fields: Sequence[Field], moment: Moment) -> str:
    """The moment in this format."""
    return "".join(_written(field, moment) for field in fields)


def _written(field: Field, moment: Moment) -> str:
    shown = moment.shown
    if field.name == "literal":
        return field.text
    if field.name == "fraction":
        return f"{shown.microsecond // 1000:03}000000"[: field.least]
    if field.name == "offset":
        return zones.offset_text(zones.offset_minutes(moment.instant, moment.zone or "UTC"), field.text)
    if field.name == "zone":
        return moment.zone or "UTC"
    if field.name == "zone name":
        return zones.short_name(moment.instant, moment.zone or "UTC")
    if field.text:
        return _word(field, shown)
    number = _NUMBERS[field.name](shown)
    return f"{number % 100:02}" if field.pivot else f"{number:0{field.least}}"


def _word(field: Field, shown: datetime) -> str:
    if field.name == "halfday":
        return "PM" if shown.hour >= 12 else "AM"
    if field.name == "era":
        return "AD"
    word = _WORDS[field.name][_NUMBERS[field.name](shown) - 1]
    return word[:3] if field.text == "short" else word


def parsed(fields: Sequence[Field], text: str) -> Moment:
    """What a text in this format stands for; zone is empty where the text names none. Raises ValueError."""
    values: dict[str, int] = {}
    zone, at = "", 0
    for field in fields:
        if field.name in ("offset", "zone"):
            zone, at = _read_zone(field, text, at)
        else:
            at = _read(field, text, at, values)
    if at < len(text):
        raise _malformed(text, at)
    return Moment(_moment(values, text), zone)


def _malformed(text: str, at: int) -> ValueError:
    if at >= len(text):
        return invalid(f'Invalid format: "{text}" is too short')
    rest = f' is malformed at "{text[at:]}"' if at else ""
    return invalid(f'Invalid format: "{text}"{rest}')


def _read_zone(field: Field, text: str, at: int) -> tuple[str, int]:
    found = (_OFFSET if field.name == "offset" else _ZONE_NAME).match(text, at)
    if found is None:
        raise _malformed(text, at)
    if field.name == "offset" and found[0] != "Z" and (":" in found[0]) != bool(field.text):
        raise _malformed(text, at)
    try:
        return zones.canonical(found[0]), found.end()
    except ValueError as error:
        raise _malformed(text, at) from error


def _read(field: Field, text: str, at: int, values: dict[str, int]) -> int:
    """Read one field; where it ends."""
    if field.name == "literal":
        if text[at : at + len(field.text)].lower() != field.text.lower():
            raise _malformed(text, at)
        return at + len(field.text)
    if field.name == "zone name":
        raise unable("parsing names of time zones (z)")
    if field.text:
        return _read_word(field, text, at, values)
    if field.name == "fraction":
        digits = _digits(text, at, field.most)
        values["fraction"] = int(digits[:3].ljust(3, "0")) if digits else 0
    else:
        signed = (field.name in ("year", "weekyear") and not field.pivot) or field.lenient
        sign = text[at : at + 1] if signed and text[at : at + 1] in ("+", "-") else ""
        digits = sign + _digits(text, at + len(sign), field.most)
        if digits.strip("+-"):
            values[field.name] = _year(field, digits)
    if not digits.strip("+-"):
        raise _malformed(text, at)
    return at + len(digits)


def _digits(text: str, at: int, most: int) -> str:
    end = at
    while end < len(text) and end - at < most and text[end] in "0123456789":
        end += 1
    return text[at:end]


def _year(field: Field, digits: str) -> int:
    if not field.pivot or (field.lenient and len(digits) != 2):
        return int(digits)
    if len(digits) != 2:
        raise invalid(f'Invalid format: two digits expected for the year, not "{digits}"')
    low = field.pivot - 50
    return low + (int(digits) - low) % 100


def _read_word(field: Field, text: str, at: int, values: dict[str, int]) -> int:
    words = _WORDS[field.name]
    choices = [(word, number) for number, word in enumerate(words, 1)]
    choices += [(word[:3], number) for number, word in enumerate(words, 1)]
    for word, number in sorted(choices, key=lambda choice: -len(choice[0])):
        piece = text[at : at + len(word)]
        if piece in (word, word.lower(), word.upper()):
            values[field.name] = number
            return at + len(word)
    raise _malformed(text, at)


def _moment(values: dict[str, int], text: str) -> datetime:
    if values.get("era", 2) == 1 or "century" in values:
        raise unable("parsing eras and centuries")
    try:
        day = _day(values).replace(hour=_hour(values), minute=values.get("minute", 0), second=values.get("second", 0))
        return day + timedelta(milliseconds=values.get("fraction", 0))
    except ValueError as error:
        raise invalid(f'Cannot parse "{text}": {error}') from error


def _day(values: dict[str, int]) -> datetime:
    year = values.get("year", 1970)
    if "weekyear" in values or "week" in values:
        return datetime.fromisocalendar(values.get("weekyear", year), values.get("week", 1), values.get("weekday", 1))
    if "dayofyear" in values:
        found = datetime(year, 1, 1) + timedelta(days=values["dayofyear"] - 1)
        if found.year != year:
            raise ValueError(f"Value {values['dayofyear']} for dayOfYear must be in the range [1,365]")
        return found
    found = datetime(year, values.get("month", 1), values.get("day", 1))
    if "weekday" in values:
        if not {"year", "month", "day"} & set(values):
            return found + timedelta(days=values["weekday"] - found.isoweekday())
        if found.isoweekday() != values["weekday"]:
            raise unable("parsing a day of the week that is not the date's")
    return found


def _hour(values: dict[str, int]) -> int:
    for name, least, most in (("hour", 0, 23), ("clockhour", 1, 24), ("halfhour", 0, 11), ("clockhalfhour", 1, 12)):
        if name in values and not least <= values[name] <= most:
            raise ValueError(f"Value {values[name]} for {name} must be in the range [{least},{most}]")
    if "hour" in values:
        return values["hour"]
    if "clockhour" in values:
        return values["clockhour"] % 24
    half = values.get("halfhour", values.get("clockhalfhour", 0)) % 12
    return half + (12 if values.get("halfday", 1) == 2 else 0)
