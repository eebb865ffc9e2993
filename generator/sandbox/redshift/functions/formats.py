"""Redshift's date and time format strings as strptime's and strftime's.

"Datetime format strings" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re

from generator.sandbox.redshift.errors import Unsupported

# For each pattern of Redshift: how it reads (strptime) and how it writes (strftime); empty: not known there.
PATTERNS: dict[str, tuple[str, str]] = {
    "YYYY": ("%Y", "%Y"),
    "YY": ("%y", "%y"),
    "MM": ("%m", "%m"),
    "MON": ("%b", ""),
    "Mon": ("%b", "%b"),
    "mon": ("%b", ""),
    "MONTH": ("%B", ""),
    "Month": ("%B", ""),
    "FMMonth": ("%B", "%B"),
    "DD": ("%d", "%d"),
    "FMDD": ("%d", "%-d"),
    "FMMM": ("%m", "%-m"),
    "DDD": ("%j", "%j"),
    "Dy": ("%a", "%a"),
    "FMDay": ("%A", "%A"),
    "IYYY": ("", "%G"),
    "IW": ("", "%V"),
    "ID": ("", "%u"),
    "HH24": ("%H", "%H"),
    "HH12": ("%I", "%I"),
    "HH": ("%I", "%I"),
    "MI": ("%M", "%M"),
    "SS": ("%S", "%S"),
    "MS": ("%g", "%g"),
    "US": ("%f", "%f"),
    "AM": ("%p", "%p"),
    "PM": ("%p", "%p"),
}
_SPLIT = re.compile(
    "|".join(sorted(map(re.escape, PATTERNS), key=len, reverse=True)) + r'|"(?P<text>[^"]*)"|[A-Za-z]+|.',
    re.DOTALL,
)


def strptime_format(text: str) -> str:
    """How to read dates of that format. Raises Unsupported for a pattern that strptime has not."""
    return _translate(text, 0)


def strftime_format(text: str) -> str:
    """How to write dates in that format. Raises Unsupported for a pattern that strftime has not."""
    return _translate(text, 1)


def _translate(text: str, side: int) -> str:
    parts = []
    for match in _SPLIT.finditer(text):
        word = match.group()
        directive = PATTERNS.get(word) or PATTERNS.get(word.upper())
        if match["text"] is not None:
            parts.append(match["text"].replace("%", "%%"))
        elif directive is not None and directive[side]:
            parts.append(directive[side])
        elif word.isalpha() and word != "T":
            raise Unsupported(f"the pattern {word} in the date format {text!r}")
        else:
            parts.append("%%" if word == "%" else word)
    return "".join(parts)
