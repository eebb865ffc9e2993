"""Interval literals, and intervals as Athena shows them.

See "INTERVAL DAY TO SECOND" and "INTERVAL YEAR TO MONTH" (trino.io/docs/current/language/types.html). DuckDB has
one type for both: those of years and months have months alone, the others none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.results import ResultColumn, Row
from generator.sandbox.athena.templates import template

_YEAR_TO_MONTH = re.compile(r"-?\d+-\d+")
_MONTHS = {"YEAR": 12, "MONTH": 1}
_MILLISECONDS = {"WEEK": 604_800_000, "DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1000}
_DAY_TO_SECOND = ("DAY", "HOUR", "MINUTE", "SECOND")


def literal(node: exp.Expr) -> exp.Expr:
    """INTERVAL '2' DAY, INTERVAL '1-2' YEAR TO MONTH. Raises QueryError for what is no interval."""
    value, sign = node.this, 1
    while isinstance(value, exp.Neg | exp.Paren):
        sign, value = -sign if isinstance(value, exp.Neg) else sign, value.this
    unit = node.args.get("unit")
    if not isinstance(value, exp.Literal) or not isinstance(unit, exp.Expr):
        raise QueryError(f"SYNTAX_ERROR: line 1:1: no interval: {node.sql('trino')[:60]}")
    text = value.name.strip()
    if text[:1] in ("+", "-"):
        sign, text = -sign if text[0] == "-" else sign, text[1:]
    if isinstance(unit, exp.IntervalSpan):
        first, last = unit.this.name.upper(), unit.expression.name.upper()
    else:
        first = last = unit.name.upper()
    months, milliseconds = _amount(text, first, last)
    if months is not None:
        return template(f"to_months({sign * months})")
    return template(f"to_milliseconds({sign * milliseconds})")


def as_texts(query: str, kinds: Sequence[str]) -> str:
    """A query whose intervals are the texts that results show: DuckDB's client would make days of months.

    Args:
        query: DuckDB's SQL.
        kinds: the types of its columns.
    """
    if not any("INTERVAL" in kind for kind in kinds):
        return query
    if any("INTERVAL" in kind and kind != "INTERVAL" for kind in kinds):
        raise UnsupportedError("intervals within arrays, maps or rows as results")
    shown = ", ".join(
        f"trino__interval_text(c{place})" if kind == "INTERVAL" else f"c{place}" for place, kind in enumerate(kinds)
    )
    return f"SELECT {shown} FROM ({query}) AS shown ({', '.join(f'c{place}' for place in range(len(kinds)))})"


def named(columns: tuple[ResultColumn, ...], rows: Sequence[Row]) -> tuple[ResultColumn, ...]:
    """The columns of a result, those whose intervals are shown as years and months by that type's name."""
    return tuple(
        replace(column, type=replace(column.type, name="interval year to month"))
        if column.type.name == "interval day to second"
        and any(_YEAR_TO_MONTH.fullmatch(row[place] or "") for row in rows)
        else column
        for place, column in enumerate(columns)
    )


def _amount(text: str, first: str, last: str) -> tuple[int | None, int]:
    if first in _MONTHS:
        found = re.fullmatch(r"(\d+)" + ("" if first == last else r"(?:-(\d+))?"), text)
        if found is not None and last in _MONTHS:
            return int(found[1]) * _MONTHS[first] + int(found[2] or 0 if first != last else 0), 0
    elif first == last and first in _MILLISECONDS:
        found = re.fullmatch(r"(\d+)" + (r"(?:\.(\d{1,3})\d*)?" if first == "SECOND" else "()"), text)
        if found is not None:
            return None, int(found[1]) * _MILLISECONDS[first] + int((found[2] or "0").ljust(3, "0"))
    elif first in _DAY_TO_SECOND and last in _DAY_TO_SECOND[_DAY_TO_SECOND.index(first) :]:
        return None, _spanned(text, first, last)
    raise QueryError(f"INVALID_LITERAL: line 1:1: '{text}' is not a valid INTERVAL literal")


def _spanned(text: str, first: str, last: str) -> int:
    """The milliseconds of a text such as "2 03:04:05.678", which may end early."""
    units = _DAY_TO_SECOND[_DAY_TO_SECOND.index(first) : _DAY_TO_SECOND.index(last) + 1]
    pieces = re.split(r"[ :]", text)
    if len(pieces) > len(units) or not all(re.fullmatch(r"\d+", piece) for piece in pieces[:-1]):
        raise QueryError(f"INVALID_LITERAL: line 1:1: '{text}' is not a valid INTERVAL literal")
    return sum(_amount(piece, unit, unit)[1] for piece, unit in zip(pieces, units, strict=False))
