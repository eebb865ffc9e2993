"""Trino's functions for Teradata's SQL (trino.io/docs/current/functions/teradata.html)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import date, datetime

from sqlglot import exp

from generator.sandbox.athena import zones
from generator.sandbox.athena.calls import call
from generator.sandbox.athena.functions.date_fields import Field, Moment, parsed, written
from generator.sandbox.athena.functions.dates import as_zoned
from generator.sandbox.athena.functions.scalars import invalid, plain, unable
from generator.sandbox.section import Section

_FIELDS = {
    "yyyy": Field("year", 4, 4), "mm": Field("month", 2, 2), "dd": Field("day", 2, 2), "hh24": Field("hour", 2, 2),
    "hh": Field("clockhalfhour", 2, 2), "mi": Field("minute", 2, 2), "ss": Field("second", 2, 2),
}  # fmt: skip
_TOKEN = re.compile(r"yyyy|yy|mm|dd|hh24|hh|mi|ss|[-/,.;: ]")


@functools.lru_cache(maxsize=128)
def _fields(form: str) -> tuple[Field, ...]:
    found, at = [], 0
    while at < len(form):
        token = _TOKEN.match(form, at)
        if token is None:
            raise invalid(f"Failed to tokenize string [{form}] at offset [{at}]")
        if token[0] == "yy":
            raise unable("two-digit years (yy) in Teradata's formats")
        found.append(_FIELDS.get(token[0]) or Field("literal", text=token[0]))
        at = token.end()
    return tuple(found)


def _to_char(shown: datetime, form: str) -> str:
    return written(_fields(form), Moment(zones.milliseconds(shown)))


def _to_timestamp(text: str, form: str) -> datetime:
    return parsed(_fields(form), text).shown


def _to_date(text: str, form: str) -> date:
    return _to_timestamp(text, form).date()


def _rewrite_to_char(arguments: list[exp.Expr], kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
    value, form = arguments
    return call("trino__to_char", call("trino__local", as_zoned(value, kind_of(value))), form)


SECTION = Section(
    macros={"index(s, part)": "strpos(s, part)"},
    python={
        "char2hexint": plain(lambda text: text.encode("utf-16-be").hex().upper(), "VARCHAR", "VARCHAR"),
        "to_date": plain(_to_date, "VARCHAR VARCHAR", "DATE"),
        "to_timestamp": plain(_to_timestamp, "VARCHAR VARCHAR", "TIMESTAMP"),
        "_to_char": plain(_to_char, "TIMESTAMP VARCHAR", "VARCHAR"),
    },
    rewrites={"to_char": _rewrite_to_char},
)
