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
        if not 1 <= int(number.text) <= len(values):
            raise RedshiftError(f"there is no parameter ${number.text}")
        parts += [text[end : sign.start], values[int(number.text) - 1]]
        end = number.end
    return "".join((*parts, text[end:]))
