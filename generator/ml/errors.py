"""What ends a job, in words for the person who wrote the pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_SHOWN = 8


class JobError(Exception):
    """The job cannot go on; the text is one line that says what is wrong, where, and what to do."""


def listed(names: Iterable[object]) -> str:
    """Names between commas; the first ones of many."""
    every = [str(name) for name in names]
    rest = f" and {len(every) - _SHOWN} more" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + rest


def row_count(count: int) -> str:
    """A number of rows in words."""
    return f"{count:,} row{'s' * (count != 1)}"


def meant(name: str, known: Iterable[str]) -> str:
    """What a name was meant to be, else what there is: the end of a message."""
    every = sorted(known)
    close = get_close_matches(name, every, 1)
    return f"did you mean {close[0]}?" if close else f"there are {listed(every)}"
