"""The two languages of date formats: MySQL's (date_format, date_parse) and Joda's (format_datetime, parse_datetime).

Tables: "MySQL date functions" on trino.io/docs/current/functions/datetime.html, and the page of
org.joda.time.format.DateTimeFormat that it points to.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime

from generator.sandbox.athena.functions.date_fields import Field
from generator.sandbox.athena.functions.scalars import invalid, unable

_PIVOT = 2020  # of two-digit years in MySQL's formats: 1970 to 2069
_MYSQL: dict[str, tuple[Field, ...]] = {
    "a": (Field("weekday", text="short"),),
    "b": (Field("month", text="short"),),
    "c": (Field("month", 1, 2),),
    "d": (Field("day", 2, 2),),
    "e": (Field("day", 1, 2),),
    "f": (Field("fraction", 6, 9),),
    "H": (Field("hour", 2, 2),),
    "h": (Field("clockhalfhour", 2, 2),),
    "i": (Field("minute", 2, 2),),
    "j": (Field("dayofyear", 3, 3),),
    "k": (Field("hour", 1, 2),),
    "l": (Field("clockhalfhour", 1, 2),),
    "M": (Field("month", text="long"),),
    "m": (Field("month", 2, 2),),
    "p": (Field("halfday", text="long"),),
    "s": (Field("second", 2, 2),),
    "v": (Field("week", 2, 2),),
    "x": (Field("weekyear", 4, 4),),
    "W": (Field("weekday", text="long"),),
    "Y": (Field("year", 4, 4),),
    "y": (Field("year", 2, 2, pivot=_PIVOT),),
}
_COLON, _BLANK = Field("literal", text=":"), Field("literal", text=" ")
_MYSQL["I"], _MYSQL["S"] = _MYSQL["h"], _MYSQL["s"]
_MYSQL["T"] = (*_MYSQL["H"], _COLON, *_MYSQL["i"], _COLON, *_MYSQL["s"])
_MYSQL["r"] = (*_MYSQL["h"], _COLON, *_MYSQL["i"], _COLON, *_MYSQL["s"], _BLANK, *_MYSQL["p"])
_NOT_IN_TRINO = "wUuVXD"

_JODA_NUMBERS = {
    "w": ("week", 2), "e": ("weekday", 1), "d": ("day", 2), "D": ("dayofyear", 3), "H": ("hour", 2),
    "k": ("clockhour", 2), "K": ("halfhour", 2), "h": ("clockhalfhour", 2), "m": ("minute", 2), "s": ("second", 2),
}  # fmt: skip
_JODA_YEARS = {"y": "year", "Y": "year", "x": "weekyear"}
_JODA = re.compile(r"''|'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")
_LONG_YEAR = 9


@functools.lru_cache(maxsize=256)
def mysql_format(form: str) -> tuple[Field, ...]:
    """The fields of a format such as "%Y-%m-%d". Raises ValueError."""
    fields: list[Field] = []
    for piece in re.findall(r"%.|[^%]+|%", form, re.DOTALL):
        if piece == "%":
            continue  # one at the end means nothing
        if not piece.startswith("%"):
            fields.append(Field("literal", text=piece))
        elif piece[1] in _NOT_IN_TRINO:
            raise invalid(f"{piece} not supported in date format string")
        else:
            fields += _MYSQL.get(piece[1], (Field("literal", text=piece[1]),))
    return tuple(fields)


@functools.lru_cache(maxsize=256)
def joda_pattern(pattern: str) -> tuple[Field, ...]:
    """The fields of a pattern such as "yyyy-MM-dd HH:mm". Raises ValueError."""
    pieces = [(found[0], found[1] or "") for found in _JODA.finditer(pattern)]
    if sum(len(piece) for piece, _ in pieces) != len(pattern):
        raise unable(f"the date format {pattern!r}")
    if not pieces:
        raise invalid("Invalid pattern specification")
    followers = [letter for _, letter in pieces[1:]] + [""]
    return tuple(
        _joda_field(piece, letter, following, pieces[index + 1][0] if index + 1 < len(pieces) else "")
        for index, ((piece, letter), following) in enumerate(zip(pieces, followers, strict=True))
    )


def _joda_field(piece: str, letter: str, following: str, next_piece: str) -> Field:
    size = len(piece)
    if not letter:
        quoted = piece.startswith("'")
        return Field("literal", text="'" if piece == "''" else piece[1:-1].replace("''", "'") if quoted else piece)
    digits_follow = _is_number(following, len(next_piece))
    if letter in _JODA_YEARS:
        if size == 2:
            pivot = datetime.now(UTC).year - 30
            most = 2 if digits_follow else _LONG_YEAR
            return Field(_JODA_YEARS[letter], 2, most, pivot=pivot, lenient=not digits_follow)
        return Field(_JODA_YEARS[letter], size, size if digits_follow else _LONG_YEAR)
    if letter in _JODA_NUMBERS:
        name, most = _JODA_NUMBERS[letter]
        return Field(name, size, most)
    if letter in "ME":
        name = "month" if letter == "M" else "weekday"
        if letter == "M" and size < 3:
            return Field(name, size, 2)
        return Field(name, text="long" if size >= 4 else "short")
    return _joda_special(piece, letter, size)


def _joda_special(piece: str, letter: str, size: int) -> Field:
    if letter == "S":
        return Field("fraction", size, size)
    if letter == "C":
        return Field("century", size, size)
    if letter in "aG":
        return Field("halfday" if letter == "a" else "era", text="long")
    if letter == "Z":
        return Field("zone") if size > 2 else Field("offset", text=":" if size == 2 else "")
    if letter == "z" and size < 4:
        return Field("zone name")
    if letter == "z":
        raise unable("long names of time zones (zzzz)")
    raise invalid(f"Illegal pattern component: {piece}")


def _is_number(letter: str, size: int) -> bool:
    return bool(letter) and (letter in "cCxyYdhHmsSDFwWkKe" or (letter == "M" and size <= 2))
