"""Conditional expressions and conversions that have the form of functions.

"Conditional expressions" and "Data type formatting functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions.calls import call, literal_text, timestamp
from generator.sandbox.redshift.functions.formats import strftime_format, strptime_format
from generator.sandbox.section import Section

Arguments = list[exp.Expr]


def _to_char(arguments: Arguments) -> exp.Expr:
    value, pattern = arguments[0], literal_text(arguments[1], "a format of TO_CHAR")
    digits = re.fullmatch(r"FM(9*)(0*)", pattern)
    if digits is not None:
        number = exp.cast(exp.cast(value, "bigint"), "text")
        width = call("greatest", exp.Literal.number(len(digits[2])), call("length", number.copy()))
        return call("lpad", number, exp.cast(width, "int"), exp.Literal.string("0"))
    if re.search(r"[09]", pattern) and not re.search(r"[A-Za-z]", pattern.replace("FM", "")):
        raise Unsupported(f"TO_CHAR of numbers with the format {pattern!r}")
    return call("strftime", timestamp(value), exp.Literal.string(strftime_format(pattern)))


def _to_date(arguments: Arguments) -> exp.Expr:
    pattern = exp.Literal.string(strptime_format(literal_text(arguments[1], "a format of TO_DATE")))
    return exp.cast(call("strptime", exp.cast(arguments[0], "text"), pattern), "date")


def _to_timestamp(arguments: Arguments) -> exp.Expr:
    pattern = exp.Literal.string(strptime_format(literal_text(arguments[1], "a format of TO_TIMESTAMP")))
    return exp.cast(call("strptime", exp.cast(arguments[0], "text"), pattern), "timestamptz")


SECTION = Section(
    macros={
        "isnull(a, b)": "coalesce(a, b)",
        "nullifzero(a)": "nullif(a, 0)",
        "bool_and(b)": "bool_and(b)",
    },
    rewrites={"to_char": _to_char, "to_date": _to_date, "to_timestamp": _to_timestamp},
)
