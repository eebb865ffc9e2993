"""Thresholds as pipelines write them: ``>= 0.75``. Training, evaluation and their SQL read them alike."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

# The same as in schemas/language.json, where it is the pattern of `threshold`.
PATTERN = r"^(>=|<=|>|<) ?(-?[0-9]+(\.[0-9]+)?([eE]-?[0-9]{1,3})?)$"

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


@dataclass(frozen=True)
class Threshold:
    """A comparison with a number. ``number`` keeps the digits as they are written."""

    comparison: str
    number: str

    def holds(self, value: float | None) -> bool:
        """Whether a value passes; one that there is not (None, or NaN) never does."""
        return value is not None and _COMPARISONS[self.comparison](value, float(self.number))

    def condition(self, expression: str) -> str:
        """The comparison in SQL, for an expression of a number; it is unknown where that is NULL."""
        return f"{expression} {self.comparison} CAST({self.number} AS FLOAT8)"

    def __str__(self) -> str:
        return f"{self.comparison} {self.number}"


def parse(text: str) -> Threshold:
    """The threshold of a text. Raises ValueError where it is none."""
    match = re.match(PATTERN, text)
    if match is None:
        raise ValueError(f"'{text}' is no threshold such as '>= 0.75'")
    return Threshold(match[1], match[2])
