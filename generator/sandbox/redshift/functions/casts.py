"""Conversions between Redshift's types, written with CAST, CONVERT, `::` and TRY_CAST, or implied.

"CAST", "TRY_CAST" and "Type compatibility and conversion" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions import binary, intervals, moments, spatial
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.redshift.told_kinds import kind_of
from generator.sandbox.section import Python, Section

_TRUE = ("t", "true", "y", "yes", "1")
_FALSE = ("f", "false", "n", "no", "0")
_REFUSED = (exp.DType.HLLSKETCH, exp.DType.TIMETZ)


# Types whose casts are in `super_types` and `binary`.
_OTHERS = (exp.DType.SUPER, exp.DType.JSON, exp.DType.VARBINARY, exp.DType.BINARY)


def float_text(value: float | None, digits: int | None) -> str | None:
    """A floating-point number as text of at most that many significant digits."""
    if value is None:
        return None
    return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(str(value), f"{value:.{digits}g}")


def _reader(read: Callable[[str], Any]) -> Callable[[str | None], Any]:
    return lambda text: None if text is None else read(text)


def _tryer(read: Callable[[str], Any]) -> Callable[[str | None], Any]:
    """Gives NULL for what can't be read."""

    def run(text: str | None) -> Any:
        try:
            return None if text is None else read(text)
        except (ValueError, OverflowError):
            return None

    return run


INTERNAL = Section(
    macros={
        "float_text(x)": """rs_float_digits(CAST(x AS DOUBLE), CASE WHEN typeof(x) = 'FLOAT' THEN 6 ELSE 15 END)""",
        "read_integer(t)": r"""CASE WHEN regexp_full_match(t, '\s*[+-]?\d+\s*') THEN CAST(t AS HUGEINT)
            WHEN t IS NOT NULL THEN error('invalid input syntax for integer: "' || t || '"') END""",
        "try_integer(t)": r"CASE WHEN regexp_full_match(t, '\s*[+-]?\d+\s*') THEN t END",
        "try_boolean(t)": f"""CASE WHEN lower(trim(t)) IN {_TRUE} THEN true
            WHEN lower(trim(t)) IN {_FALSE} THEN false END""",
        "read_boolean(t)": f"""CASE WHEN lower(trim(t)) IN {_TRUE} THEN true
            WHEN lower(trim(t)) IN {_FALSE} THEN false
            WHEN t IS NOT NULL THEN error('invalid input syntax for type boolean: "' || t || '"') END""",
        "read_date(t)": r"""CASE WHEN regexp_full_match(t, '\d{4}-\d{2}-\d{2}') THEN CAST(t AS DATE)
            ELSE rs_parse_date(t) END""",
        "read_timestamp(t)": r"""CASE WHEN regexp_full_match(t, '\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2}(\.\d{1,6})?)?')
            THEN CAST(t AS TIMESTAMP) ELSE rs_parse_timestamp(t) END""",
        "read_timestamptz(t)": "CAST(rs_parse_timestamptz(t) AS TIMESTAMPTZ)",
        "read_time(t)": "rs_parse_time(t)",
    },
    python={
        "float_digits": Python(float_text, ("DOUBLE", "INTEGER"), "VARCHAR"),
        "parse_date": Python(_reader(moments.date), ("VARCHAR",), "DATE"),
        "parse_timestamp": Python(_reader(moments.timestamp), ("VARCHAR",), "TIMESTAMP"),
        "parse_timestamptz": Python(_reader(moments.timestamptz), ("VARCHAR",), "TIMESTAMP"),
        "parse_time": Python(_reader(moments.time), ("VARCHAR",), "TIME"),
        "try_date": Python(_tryer(moments.date), ("VARCHAR",), "DATE"),
        "try_timestamp": Python(_tryer(moments.timestamp), ("VARCHAR",), "TIMESTAMP"),
        "try_timestamptz": Python(_tryer(moments.timestamptz), ("VARCHAR",), "TIMESTAMP"),
        "try_time": Python(_tryer(moments.time), ("VARCHAR",), "TIME"),
    },
)

_READ: dict[exp.DType, tuple[Callable[[str], Any], str, str]] = {
    exp.DType.DATE: (moments.date, "rs_read_date", "DATE"),
    exp.DType.TIMESTAMP: (moments.timestamp, "rs_read_timestamp", "TIMESTAMP"),
    exp.DType.TIMESTAMPTZ: (moments.timestamptz, "rs_read_timestamptz", "TIMESTAMPTZ"),
    exp.DType.TIME: (moments.time, "rs_read_time", "TIME"),
}


def converted(node: exp.Expr, kind: Kind) -> exp.Expr:
    """The expression as a value of that type, rounded where it has more digits."""
    if kind.this == exp.DType.NULL:
        return node
    if kinds.is_text_literal(node):
        return _literal(node.unnest().name, kind)
    if kinds.is_text(kind):
        return text_of(node)
    if kinds.is_text(node.type):
        read = _of_text(node, kind)
        if read is not None:
            return _to(read, kind)
    same = node.type == kind and isinstance(node, exp.Column | exp.Cast)
    return node if same else _to(node, kind)


def _to(node: exp.Expr, kind: Kind) -> exp.Expr:
    made = exp.Cast(this=node, to=kind.copy())
    made.type = kind
    return made


def text_of(node: exp.Expr) -> exp.Expr:
    """A value as text of any length."""
    if node.type is None or binary.is_bytes(node):
        return call("rs_characters", node)
    return _to(call("rs_float_text", node) if kinds.is_float(node.type) else node, kinds.VARCHAR)


def _literal(text: str, kind: Kind) -> exp.Expr:
    """A text constant as a constant of that type. Raises RedshiftError where it is none."""
    if kinds.is_integer(kind) and not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise RedshiftError(f'invalid input syntax for integer: "{text}"')
    if kind.this == exp.DType.BOOLEAN:
        word = text.strip().lower()
        if word not in (*_TRUE, *_FALSE):
            raise RedshiftError(f'invalid input syntax for type boolean: "{text}"')
        return exp.Boolean(this=word in _TRUE)
    if kind.this == exp.DType.INTERVAL:
        return intervals.expression(text)
    if kind.this in _READ:
        try:
            value = _READ[kind.this][0](text)
        except (ValueError, OverflowError) as error:
            raise RedshiftError(str(error)) from error
        zone = "+00" if kind.this == exp.DType.TIMESTAMPTZ else ""
        return _to(exp.Literal.string(f"{value}{zone}"), kind)
    return _to(exp.Literal.string(text), kind)


def _of_text(node: exp.Expr, kind: Kind) -> exp.Expr | None:
    if kinds.is_integer(kind):
        return call("rs_read_integer", node)
    if kind.this == exp.DType.BOOLEAN:
        return call("rs_read_boolean", node)
    if kind.this in _READ:
        return call(_READ[kind.this][1], node)
    return None


def cast(node: exp.Expr) -> exp.Expr:
    """CAST, CONVERT and `::`."""
    made = binary.cast(node) or spatial.cast(node)
    if made is not None:
        return made
    to, source = node.args["to"], node.this
    if isinstance(to.this, exp.Interval) or to.this == exp.DType.INTERVAL:
        return _interval(source, to.this)
    if to.this in _REFUSED:
        raise Unsupported(f"a cast to {to.this.value}")
    kind = kind_of(node) or to
    _check(source, kind)
    if kinds.is_text(kind):
        return _text(source, kind)
    if kinds.is_decimal(source.type) and (kinds.is_integer(kind) or kinds.is_decimal(kind)):
        source = _cut(source, kind)
    if kind.this not in _KNOWN:
        if kind.this in _OTHERS:
            return node
        raise RedshiftError(f'type "{kind.sql(dialect="redshift").lower()}" does not exist')
    return converted(source, kind)


def try_cast(node: exp.Expr) -> exp.Expr:
    """TRY_CAST: NULL where the value can't be converted, an error where no value of its type can."""
    kind = kind_of(node) or node.args["to"]
    _check(node.this, kind)
    try:
        made = cast(exp.Cast(this=node.this, to=node.args["to"]))
    except Unsupported:
        raise
    except RedshiftError:
        return _to(exp.Null(), kind)
    if kinds.is_text(node.this.type) and not kinds.is_text_literal(node.this):
        return _tried(node.this, kind)
    return exp.TryCast(this=made.this, to=made.args["to"], safe=True) if isinstance(made, exp.Cast) else made


def _tried(text: exp.Expr, kind: Kind) -> exp.Expr:
    """What is no constant text as a value of that type, NULL where it is none."""
    if kinds.is_integer(kind):
        text = call("rs_try_integer", text)
    elif kind.this == exp.DType.BOOLEAN:
        return call("rs_try_boolean", text)
    elif kind.this in _READ:
        text = call(_READ[kind.this][1].replace("rs_read", "rs_try"), text)
    return exp.TryCast(this=text, to=kind.copy(), safe=True)


def _interval(source: exp.Expr, span: object) -> exp.Expr:
    if not kinds.is_text_literal(source):
        raise Unsupported("a cast to INTERVAL of what is no constant")
    unit = span.args.get("unit") if isinstance(span, exp.Interval) else None
    return intervals.expression(source.unnest().name, unit.sql().upper() if unit is not None else "")


def _text(source: exp.Expr, kind: Kind) -> exp.Expr:
    """VARCHAR(n) and CHAR(n) cut at n bytes; CHAR loses its trailing blanks when it becomes another text."""
    text, sizes = text_of(source), kind.expressions
    is_char = kind.this in kinds.CHARS
    if sizes and sizes[0].name.lower() == "max":
        return text
    size = sizes[0].this.copy() if sizes else exp.Literal.number(_default(kind))
    cut = call("rs_left_bytes", text, size)
    return call("rtrim", cut, exp.Literal.string(" ")) if is_char else cut


def _default(kind: Kind) -> int:
    return 1 if kind.this in (exp.DType.CHAR, exp.DType.NCHAR) else 256


def _cut(source: exp.Expr, kind: Kind) -> exp.Expr:
    """Constants are rounded by a cast; values selected from tables are not, what exceeds the scale is cut."""
    one, other = kinds.size(source.type), kinds.size(kind)
    if one is None or other is None or one[1] <= other[1] or source.find(exp.Column) is None:
        return source
    digits = [exp.Literal.number(other[1])] if other[1] else []
    made = call("trunc", _to(source, kinds.decimal(*one)), *digits)
    made.type = kinds.decimal(one[0], other[1])
    return made


_INTEGERS = ("smallint", "integer", "bigint")
_NUMBERS = (*_INTEGERS, "numeric", "real", "double precision")
_TEXTS = ("character", "character varying")
_KNOWN = {
    exp.DType.SMALLINT: "smallint", exp.DType.INT: "integer", exp.DType.BIGINT: "bigint",
    exp.DType.DECIMAL: "numeric", exp.DType.FLOAT: "real", exp.DType.DOUBLE: "double precision",
    exp.DType.BOOLEAN: "boolean", exp.DType.DATE: "date", exp.DType.TIME: "time without time zone",
    exp.DType.TIMESTAMP: "timestamp without time zone", exp.DType.TIMESTAMPTZ: "timestamp with time zone",
    **dict.fromkeys(kinds.CHARS, "character"),
    **dict.fromkeys((exp.DType.VARCHAR, exp.DType.NVARCHAR, exp.DType.TEXT), "character varying"),
}  # fmt: skip
_MOMENTS = ("date", "timestamp without time zone", "timestamp with time zone")
# To which types a value of each type converts, besides its own.
_CONVERTS = {
    "boolean": _INTEGERS,
    **dict.fromkeys(_INTEGERS, ("boolean", *_NUMBERS, *_TEXTS)),
    **dict.fromkeys(_NUMBERS[3:], (*_NUMBERS, *_TEXTS)),
    **dict.fromkeys(_TEXTS, (*_NUMBERS, *_TEXTS, *_MOMENTS, "time without time zone", "boolean")),
    "date": (*_TEXTS, *_MOMENTS),
    **dict.fromkeys(_MOMENTS[1:], (*_TEXTS, *_MOMENTS, "time without time zone")),
    "time without time zone": _TEXTS,
}


def _check(source: exp.Expr, kind: Kind) -> None:
    """Raises RedshiftError where no value of that type converts."""
    one = _KNOWN.get(source.type.this) if source.type is not None else None
    other = _KNOWN.get(kind.this)
    if one is None or other is None or one == other or kinds.is_text_literal(source):
        return
    if other not in _CONVERTS[one]:
        raise RedshiftError(f"cannot cast type {one} to {other}")
