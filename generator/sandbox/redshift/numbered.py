"""The parameters `$1`, `$2`, … of prepared statements and SQL functions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.sql import lex


def bound(text: str, values: Sequence[str]) -> str:
    """A statement with expressions for its `$1`, `$2`. Raises RedshiftError where it names one that there is not."""
    parts, end = [], 0
    tokens = lex(text)
    for sign, number in itertools.pairwise(tokens):
        if sign.text != "$" or number.kind != "number" or sign.end != number.start:
            continue
        digits = number.text.partition(".")[0]  # of $1.name, the lexer takes "1." for a number
        if not 1 <= int(digits) <= len(values):
            raise RedshiftError(f"there is no parameter ${digits}")
        parts += [text[end : sign.start], values[int(digits) - 1]]
        end = number.start + len(digits)
    return "".join((*parts, text[end:]))
