"""Values of checks as SQL: by the family of the column's type, in the words of its engine."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from generator import quoting, types
from generator.model import Column, Engine

Family = Literal["text", "number", "date", "time", "boolean", "other"]
Value = str | int | float | bool

_FAMILIES: dict[str, Family] = {
    **dict.fromkeys(("char", "character", "nchar", "bpchar", "varchar", "nvarchar", "text", "string"), "text"),
    "character varying": "text",
    **dict.fromkeys("tinyint smallint int2 integer int int4 bigint int8 decimal numeric".split(), "number"),
    **dict.fromkeys("real float4 float float8 double".split(), "number"),
    "double precision": "number",
    "date": "date",
    **dict.fromkeys("timestamp timestamptz".split(), "time"),
    "timestamp without time zone": "time",
    "timestamp with time zone": "time",
    **dict.fromkeys(("boolean", "bool"), "boolean"),
}
_WHOLE = frozenset("tinyint smallint int2 integer int int4 bigint int8".split())
_PADDED = frozenset(("char", "character", "nchar", "bpchar"))
_LENGTH = re.compile(r"\s*\(.*", re.DOTALL)


def word(column: Column) -> str:
    """The type without its length: ``varchar``."""
    return " ".join(_LENGTH.sub("", column.type.lower()).split())


def family(column: Column) -> Family:
    """What kind of value a column holds."""
    return _FAMILIES.get(word(column), "other")


def is_jinja(value: Value) -> bool:
    return isinstance(value, str) and "{{" in value


def complaint(column: Column, value: Value) -> str:
    """What a value should be instead, to be compared with the column's; empty where it is fine."""
    kind = family(column)
    if kind == "boolean":
        return "" if isinstance(value, bool) else "true or false"
    if is_jinja(value):
        return ""
    if kind == "text":
        return "" if isinstance(value, str) else "text in quotes"
    if kind == "number":
        fits = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if fits else "a number"
    try:
        _moment(kind, value)
    except (TypeError, ValueError):
        return "a date such as 2013-01-31" if kind == "date" else "a time such as 2013-01-31 12:00:00"
    return ""


def constant(column: Column, value: Value, engine: Engine) -> str:
    """The value as an SQL constant that is compared with the column."""
    kind = family(column)
    if kind == "boolean":
        return "TRUE" if value else "FALSE"
    if kind == "text":
        return quoting.constant(str(value), engine)
    if is_jinja(value):
        return f"CAST({quoting.constant(str(value), engine)} AS {_cast_type(column, engine)})"
    if kind == "number":
        return format(Decimal(str(value)), "f")
    return f"CAST('{_moment(kind, value)}' AS {_cast_type(column, engine)})"


def text(column: Column) -> str:
    """The column as text of which the blanks that fill up a CHAR are no part."""
    name = quoting.identifier(column.name)
    return f"RTRIM({name})" if word(column) in _PADDED else name


def _cast_type(column: Column, engine: Engine) -> str:
    if family(column) == "number" and word(column) in _WHOLE:
        return "BIGINT"
    return types.trino(column.type).upper() if engine == "athena" else column.type.upper()


def _moment(kind: Family, value: Value) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    if kind == "date":
        return date.fromisoformat(value).isoformat()
    return datetime.fromisoformat(value).isoformat(" ")
