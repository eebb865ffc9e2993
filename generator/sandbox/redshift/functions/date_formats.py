"""Datetime format strings, as TO_CHAR writes and TO_DATE and TO_TIMESTAMP read them.

"Datetime format strings" in the Amazon Redshift Database Developer Guide; where it is silent, as in PostgreSQL, of
which Redshift has these functions.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Callable
from dataclasses import dataclass

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December")  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
_CAPITALS = (
    "A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FX", "HH24", "HH12", "HH",
    "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF", "P.M.", "PM", "Q",
    "RM", "SSSS", "SS", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
)  # fmt: skip
_KEYS = sorted(
    {*_CAPITALS, *(key.lower() for key in _CAPITALS), "Month", "Mon", "Day", "Dy"}, key=lambda key: (-len(key), key)
)
_TOKEN = re.compile(
    rf'(?P<fill>FM|fm)?(?P<key>{"|".join(map(re.escape, _KEYS))})(?P<ordinal>TH|th)?|"(?P<text>[^"]*)"|(?P<other>.)',
    re.DOTALL,
)


@dataclass(frozen=True)
class Part:
    """A pattern of a format, such as "Month" with `bare` (FM) and `ordinal` (TH); or `text` that stands for itself."""

    key: str = ""
    text: str = ""
    bare: bool = False
    ordinal: str = ""


@functools.lru_cache(maxsize=512)
def parts_of(form: str) -> tuple[Part, ...]:
    """The patterns and texts of a format."""
    found = []
    for match in _TOKEN.finditer(form):
        if match["key"] is not None:
            found.append(Part(match["key"], "", match["fill"] is not None, match["ordinal"] or ""))
        else:
            found.append(Part(text=match["text"] if match["text"] is not None else match["other"]))
    return tuple(found)


def write(moment: datetime.datetime, form: str) -> str:
    """TO_CHAR of a timestamp."""
    return "".join(part.text if not part.key else _written(moment, part) for part in parts_of(form))


def _written(moment: datetime.datetime, part: Part) -> str:
    key = part.key.upper()
    if key in _NUMBERS:
        width, number_of = _NUMBERS[key]
        number = number_of(moment)
        text = str(number) if part.bare else str(number).zfill(width)
        return text + (ordinal(text, part.ordinal) if part.ordinal else "")
    text, width = _name(moment, key)
    if part.key == part.key.lower():
        text = text.lower()
    elif part.key == part.key.upper():
        text = text.upper()
    return text if part.bare else text.ljust(width)


def _name(moment: datetime.datetime, key: str) -> tuple[str, int]:
    """What a pattern that is no number stands for, and to how many characters blanks fill it."""
    if key in ("MONTH", "MON"):
        name = _MONTHS[moment.month - 1]
        return (name, 9) if key == "MONTH" else (name[:3], 3)
    if key in ("DAY", "DY"):
        name = _DAYS[moment.weekday()]
        return (name, 9) if key == "DAY" else (name[:3], 3)
    if key in ("AM", "PM", "A.M.", "P.M."):
        half = "P" if moment.hour >= 12 else "A"
        return (f"{half}.M." if "." in key else f"{half}M"), 0
    if key in ("AD", "BC", "A.D.", "B.C."):
        return ("A.D." if "." in key else "AD"), 0
    if key == "Y,YYY":
        return f"{moment.year // 1000},{moment.year % 1000:03d}", 0
    return {"RM": (ROMAN[moment.month - 1], 4), "TZ": ("UTC", 0), "OF": ("+00", 0)}.get(key, ("", 0))


def ordinal(number: str, spelling: str) -> str:
    """The suffix of an ordinal number, in the case of `spelling` (TH or th)."""
    last = number[-1]
    is_teen = len(number) > 1 and number[-2] == "1"
    suffix = "th" if is_teen else {"1": "st", "2": "nd", "3": "rd"}.get(last, "th")
    return suffix.upper() if spelling == "TH" else suffix


def _week_day(moment: datetime.datetime) -> int:
    return moment.isoweekday() % 7 + 1


def _iso_day_of_year(moment: datetime.datetime) -> int:
    _, week, day = moment.isocalendar()
    return (week - 1) * 7 + day


_NUMBERS: dict[str, tuple[int, Callable[[datetime.datetime], int]]] = {
    "CC": (2, lambda moment: (moment.year - 1) // 100 + 1),
    "YYYY": (4, lambda moment: moment.year),
    "YYY": (3, lambda moment: moment.year % 1000),
    "YY": (2, lambda moment: moment.year % 100),
    "Y": (1, lambda moment: moment.year % 10),
    "IYYY": (4, lambda moment: moment.isocalendar()[0]),
    "IYY": (3, lambda moment: moment.isocalendar()[0] % 1000),
    "IY": (2, lambda moment: moment.isocalendar()[0] % 100),
    "I": (1, lambda moment: moment.isocalendar()[0] % 10),
    "Q": (1, lambda moment: (moment.month + 2) // 3),
    "MM": (2, lambda moment: moment.month),
    "W": (1, lambda moment: (moment.day - 1) // 7 + 1),
    "WW": (2, lambda moment: (moment.timetuple().tm_yday - 1) // 7 + 1),
    "IW": (2, lambda moment: moment.isocalendar()[1]),
    "DDD": (3, lambda moment: moment.timetuple().tm_yday),
    "IDDD": (3, _iso_day_of_year),
    "DD": (2, lambda moment: moment.day),
    "D": (1, _week_day),
    "ID": (1, lambda moment: moment.isoweekday()),
    "J": (1, lambda moment: moment.toordinal() + 1_721_425),
    "HH24": (2, lambda moment: moment.hour),
    "HH12": (2, lambda moment: (moment.hour - 1) % 12 + 1),
    "HH": (2, lambda moment: (moment.hour - 1) % 12 + 1),
    "MI": (2, lambda moment: moment.minute),
    "SS": (2, lambda moment: moment.second),
    "SSSS": (1, lambda moment: moment.hour * 3600 + moment.minute * 60 + moment.second),
    "MS": (3, lambda moment: moment.microsecond // 1000),
    "US": (6, lambda moment: moment.microsecond),
}
