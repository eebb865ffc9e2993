"""Conditional expressions and conversions that have the form of functions.

"Conditional expressions" and "Data type formatting functions" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions import date_formats, date_reading, number_formats, teradata
from generator.sandbox.redshift.functions.calls import call, literal_text
from generator.sandbox.redshift.functions.casts import converted
from generator.sandbox.redshift.functions.super_values import strict
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.section import Python, Section

Arguments = list[exp.Expr]

_TO_CHAR_OF_TIME = "TO_CHAR of a time or an interval"


def _to_char(arguments: Arguments) -> exp.Expr:
    """TO_CHAR of a number or of a timestamp, which text is taken for."""
    value, form = arguments
    kind = value.type
    if kinds.is_number(kind):
        return call("rs_number_text", _plain(value), form)
    if kinds.is_moment(kind) or kinds.is_text(kind) or kinds.is_text_literal(value):
        return call("rs_moment_text", converted(value, kinds.TIMESTAMP), form)
    if kind is not None and kind.this in (exp.DType.TIME, exp.DType.INTERVAL):
        raise Unsupported(_TO_CHAR_OF_TIME)
    return call("rs_char_of", value, form)


def _plain(value: exp.Expr) -> exp.Expr:
    """A number's text, all of its digits and none besides."""
    return exp.Cast(this=value, to=exp.DataType.build("text"))


def _read(name: str, to: Kind) -> Callable[[Arguments], exp.Expr]:
    def rewrite(arguments: Arguments) -> exp.Expr:
        text, form, *rest = arguments
        if len(rest) > 1:
            raise ValueError(name)
        strictly = rest[0] if rest else exp.Boolean(this=False)
        return exp.Cast(this=call("rs_read_by_format", converted(text, kinds.VARCHAR), form, strictly), to=to.copy())

    return rewrite


def _to_number(arguments: Arguments) -> exp.Expr:
    text, form = arguments
    made = call("rs_number_by_format", converted(text, kinds.VARCHAR), form)
    return exp.Cast(this=made, to=_number_kind(arguments).copy())


def _number_kind(arguments: Arguments) -> Kind:
    """NUMERIC with as many digits as the format of TO_NUMBER has."""
    try:
        form = number_formats.format_of(literal_text(arguments[1], "a format of TO_NUMBER"))
    except ValueError as error:
        raise Unsupported(str(error)) from error
    return kinds.decimal(min(max(form.before + form.after, 1), 38), min(form.after, 37))


def _text_to_int(arguments: Arguments) -> exp.Expr:
    text, *form = arguments
    return call("rs_alternative_int", converted(text, kinds.VARCHAR), form[0] if form else exp.null())


def _text_to_numeric(arguments: Arguments) -> exp.Expr:
    text, *rest = arguments
    form = rest.pop(0) if rest and kinds.is_text_literal(rest[0]) else exp.null()
    precision, scale = _alternative_size(arguments)
    numbers = (exp.Literal.number(number) for number in (precision, scale))
    made = call("rs_alternative_numeric", converted(text, kinds.VARCHAR), form, *numbers)
    return exp.Cast(this=made, to=kinds.decimal(precision, scale).copy())


def _alternative_size(arguments: Arguments) -> tuple[int, int]:
    numbers = [number for each in arguments[1:] if (number := kinds.constant(each)) is not None]
    precision, scale = (*numbers, 0)[:2] if numbers else (38, 0)
    return precision, scale


def _alternative_kind(arguments: Arguments) -> Kind:
    return kinds.decimal(*_alternative_size(arguments))


def _write_number(text: str, form: str) -> str:
    return number_formats.write(Decimal(text), form)


def _write_moment(moment: datetime.datetime, form: str) -> str:
    return date_formats.write(moment, form)


SECTION = Section(
    macros={
        "nullifzero(a)": "nullif(a, 0)",
        "bool_and(b)": "bool_and(b)",
    },
    rewrites={
        "isnull": lambda arguments: exp.Coalesce(this=arguments[0], expressions=arguments[1:2]),
        "text_to_int_alt": _text_to_int,
        "text_to_numeric_alt": _text_to_numeric,
        "to_char": _to_char,
        "to_date": _read("to_date", kinds.DATE),
        "to_number": _to_number,
        "to_timestamp": _read("to_timestamp", kinds.TIMESTAMPTZ),
    },
    returns={
        "bool_and": "boolean",
        "isnull": kinds.common,
        "text_to_int_alt": "integer",
        "text_to_numeric_alt": _alternative_kind,
        "to_char": "varchar",
        "to_date": "date",
        "to_number": _number_kind,
        "to_timestamp": "timestamptz",
    },
)

# What rewrites call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        "char_of(x, form)": f"""CASE WHEN typeof(x) IN ('SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT', 'FLOAT', 'DOUBLE')
                OR typeof(x) LIKE 'DECIMAL%' THEN rs_number_text(CAST(x AS VARCHAR), form)
            WHEN typeof(x) IN ('TIME', 'INTERVAL')
                THEN error('the sandbox can''t run this: {_TO_CHAR_OF_TIME}')
            ELSE rs_moment_text(rs_read_timestamp(CAST(x AS VARCHAR)), form) END""",
    },
    python={
        "number_text": Python(strict(_write_number), ("VARCHAR", "VARCHAR"), "VARCHAR"),
        "moment_text": Python(strict(_write_moment), ("TIMESTAMP", "VARCHAR"), "VARCHAR"),
        "read_by_format": Python(strict(date_reading.read), ("VARCHAR", "VARCHAR", "BOOLEAN"), "TIMESTAMP"),
        "field_by_format": Python(date_reading.read_whole, ("VARCHAR", "VARCHAR"), "TIMESTAMP"),
        "number_by_format": Python(
            strict(lambda text, form: str(number_formats.read(text, form))), ("VARCHAR", "VARCHAR"), "VARCHAR"
        ),
        "alternative_int": Python(teradata.to_int, ("VARCHAR", "VARCHAR"), "INTEGER"),
        "alternative_numeric": Python(teradata.to_numeric, ("VARCHAR", "VARCHAR", "INTEGER", "INTEGER"), "VARCHAR"),
    },
)
