"""Numbers, durations, times and bars as people read them in a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, tzinfo

_BYTES = ("bytes", "kB", "MB", "GB", "TB", "PB")
_UNITS = ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
_NUMBER = re.compile(r"(?<![\w.,:-])\d{4,18}(?![\w:-]|[.,]\d)")
_ROWS = re.compile(_NUMBER.pattern + r"(?= of \d| rows?\b| returned\b)")
_EIGHTHS = "▏▎▍▌▋▊▉█"
_HEIGHTS = "▁▂▃▄▅▆▇█"


def number(value: float | None, unknown: str = "") -> str:
    """12,345; ``unknown`` where there is none."""
    return unknown if value is None else f"{value:,}"


def counts_in(text: str, kind: str | None) -> str:
    """What a check of a kind expected or found, with separators in counts of rows; other numbers may be codes."""
    pattern = _NUMBER if kind in ("row_count", "same_count") else _ROWS
    return pattern.sub(lambda found: f"{int(found[0]):,}", text)


def plural(count: int, word: str) -> str:
    """1 run, 2 runs, 3 tries."""
    many = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{count:,} {word if count == 1 else many}"


def duration(seconds: float | None, unknown: str = "") -> str:
    """2.3 s, 45 s, 1 min 5 s, 2 h 3 min, 1 d 4 h."""
    if seconds is None:
        return unknown
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    for size, name, smaller, smaller_name in _UNITS:
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {name}" + (f" {rest} {smaller_name}" if rest else "")
    return f"{whole} s"


def size(count: int | None, unknown: str = "") -> str:
    """12 bytes, 1.2 MB; decimal units, as AWS bills."""
    if count is None:
        return unknown
    value, turn = float(count), 0
    while value >= 999.5 and turn < len(_BYTES) - 1:
        value, turn = value / 1000, turn + 1
    return f"{value:.1f} {_BYTES[turn]}" if turn and value < 99.95 else f"{value:.0f} {_BYTES[turn]}"


def clock(moment: datetime | None, zone: tzinfo, unknown: str = "") -> str:
    """The time of the day."""
    return unknown if moment is None else f"{moment.astimezone(zone):%H:%M:%S}"


def moment(moment: datetime | None, zone: tzinfo, unknown: str = "") -> str:
    """The day and the time."""
    return unknown if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def printable(text: str) -> str:
    """Text of a log as it can't move a terminal's cursor or change its colours; lines stay."""
    return "".join(
        char if char.isprintable() or char == "\n" else "\N{REPLACEMENT CHARACTER}" for char in text.expandtabs(4)
    )


def first_line(text: str | None) -> str:
    """The first line that says something."""
    return next((line.strip() for line in printable(text or "").split("\n") if line.strip()), "")


def bar(value: float | None, largest: float, width: int, unicode: bool = True) -> str:
    """A horizontal bar of ``width`` columns for the largest value; at least a sliver for all that is not zero."""
    if not value or largest <= 0 or value < 0:
        return ""
    if not unicode:
        return "#" * max(1, round(value / largest * width))
    eighths = max(1, round(value / largest * width * 8))
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8 - 1] if eighths % 8 else "")


def trend(values: Sequence[float | None], unicode: bool = True) -> str:
    """A column for each value, from the smallest to the largest; a space where there is none."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    heights = _HEIGHTS if unicode else ".:-=+*#@"
    low, high = min(known), max(known)
    step = (high - low) / (len(heights) - 1)
    return "".join(
        " " if value is None else heights[round((value - low) / step) if step else len(heights) // 2]
        for value in values
    )
