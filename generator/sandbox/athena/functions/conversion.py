"""Trino's conversion functions (trino.io/docs/current/functions/conversion.html), and what casts from and to text do.

A text converts where it is wholly a value of the type; `casts` says which of these functions a cast runs.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from sqlglot import exp

from generator.sandbox.athena import zones
from generator.sandbox.athena.calls import call
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions import formatter
from generator.sandbox.athena.functions.scalars import invalid, plain, unable
from generator.sandbox.athena.precision import precision_of
from generator.sandbox.athena.types import result_type
from generator.sandbox.athena.zones import ZONED
from generator.sandbox.section import Python, Section

_RANGES = {"TINYINT": 7, "SMALLINT": 15, "INT": 31, "BIGINT": 63}
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?(?:NaN|Infinity)")
_DATE = re.compile(r"([+-]?\d{4,})-(\d{1,2})-(\d{1,2})")
_MOMENT = re.compile(
    r"([+-]?\d{4,})-(\d{1,2})-(\d{1,2})(?: (?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?)?\s*(.+)?)?"
)
_TIME = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?")
_WORDS = {**dict.fromkeys(("t", "true", "1"), True), **dict.fromkeys(("f", "false", "0"), False)}
_THOUSANDS = ("", "K", "M", "B", "T", "Q")
_SIZES = {unit: 1024**power for power, unit in enumerate(("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"))}


def _unfit(text: str, kind: str) -> ValueError:
    return ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to {kind}")


def _value_unfit(text: str, kind: str) -> ValueError:
    return ValueError(f"INVALID_CAST_ARGUMENT: Value cannot be cast to {kind}: {text}")


def _integer(text: str, kind: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise _unfit(text, kind)
    number, limit = int(text), 2 ** _RANGES[kind]
    if not -limit <= number < limit:
        raise _unfit(text, kind)
    return number


def _floating(text: str, kind: str) -> str:
    """A text that DuckDB reads as the number; as a result of Python's, NaN would be NULL."""
    if not _NUMBER.fullmatch(text.strip(" ")):
        raise _unfit(text, kind)
    return repr(float(text))


def _decimal(text: str, precision: int, scale: int) -> str:
    kind = f"DECIMAL({precision}, {scale})"
    if not re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", text.strip(" ")):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '{text}' to {kind}. Value is not a number.")
    with localcontext() as context:
        context.prec = 400
        number = Decimal(text.strip(" ")).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if number.copy_abs() >= Decimal(10) ** (precision - scale):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast VARCHAR '{text}' to {kind}. Value too large.")
    return f"{number:f}"


def _boolean(text: str) -> bool:
    found = _WORDS.get(text.lower())
    if found is None:
        raise _unfit(text, "BOOLEAN")
    return found


def _date(text: str) -> date:
    found = _DATE.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        return date(*map(int, found.groups()))
    except ValueError as error:
        raise _value_unfit(text, "date") from error


def _parts(text: str, kind: str) -> tuple[datetime, str]:
    found = _MOMENT.fullmatch(text)
    try:
        if found is None:
            raise ValueError(text)
        year, month, day, hour, minute, second, fraction, zone = found.groups()
        shown = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError as error:
        raise _value_unfit(text, kind) from error
    return shown + _subseconds(fraction), (zone or "").strip()


def _subseconds(digits: str | None) -> timedelta:
    return timedelta(microseconds=round(int((digits or "0")[:9].ljust(9, "0")) / 1000))


def _timestamp(text: str) -> datetime:
    shown, zone = _parts(text.strip(), "timestamp")
    if zone:
        raise _value_unfit(text, "timestamp")
    return zones.milliseconds(shown)


def _timestamp_literal(text: str) -> datetime:
    return _parts(text.strip(), "timestamp")[0]


def _zoned(text: str) -> dict[str, object]:
    shown, zone = _parts(text.strip(), "timestamp with time zone")
    try:
        name = zones.canonical(zone or "UTC")
    except ValueError as error:
        raise _value_unfit(text, "timestamp with time zone") from error
    return {zones.INSTANT: zones.instant(zones.milliseconds(shown), name), zones.ZONE: name}


def _zoned_or_null(text: str | None) -> dict[str, object] | None:
    return None if text is None else _zoned(text)


def _time(text: str) -> time:
    found = _TIME.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        start = datetime(1970, 1, 1, int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError as error:
        raise _value_unfit(text, "time") from error
    return zones.milliseconds(start + _subseconds(found[4])).time()


def _uuid(text: str) -> uuid.UUID:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        raise ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast value to UUID: {text}")
    return uuid.UUID(text)


def _fit(text: str, size: int) -> str:
    if len(text) > size:
        raise ValueError(f"INVALID_CAST_ARGUMENT: Value {text} cannot be represented as varchar({size})")
    return text


def scientific(value: float, digits: str) -> str:
    """A floating-point number as a cast to varchar gives it: "1.5E1"; `digits` is its shortest text."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    number = Decimal(digits)
    if not number:
        return "-0E0" if number.is_signed() else "0E0"
    sign, places, exponent = number.normalize().as_tuple()
    text = "".join(map(str, places))
    return f"{'-' * sign}{text[0]}.{text[1:] or '0'}E{len(text) - 1 + int(exponent)}"


def _format_number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise unable("format_number of NaN and Infinity")
    number, sign = abs(Decimal(repr(value))), "-" * (value < 0)
    unit = 0
    while number >= 1000 and unit < len(_THOUSANDS) - 1:
        number, unit = number / 1000, unit + 1
    places = 2 if number < 10 else 1 if number < 100 else 0
    shown = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    text = f"{shown:f}"
    return sign + (text.rstrip("0").rstrip(".") if "." in text else text) + _THOUSANDS[unit]


def _parse_data_size(text: str) -> Decimal:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", text)
    if found is None or found[2] not in _SIZES:
        raise invalid(f"Invalid data size: '{text}'")
    return Decimal(int(Decimal(found[1]) * _SIZES[found[2]]))


def type_name(node: exp.Expr, kind: str) -> str:
    """What typeof() says. Raises UnsupportedError where a varchar's length can't be told."""
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    if kind in ("VARCHAR", "STRING_LITERAL") and not isinstance(node, exp.Column):
        raise UnsupportedError("typeof of a computed varchar, whose length is part of its type")
    return _type_name(kind)


def _type_name(kind: str) -> str:
    if kind.endswith("[]"):
        return f"array({_type_name(kind[:-2])})"
    if kind.startswith("MAP(") or (kind.startswith(("STRUCT(", "TUPLE(")) and kind != ZONED):
        raise UnsupportedError(f"typeof of {result_type(kind).name}")
    if kind.startswith("DECIMAL"):
        return kind.lower()
    named = {
        "TIMESTAMP": "timestamp(3)", ZONED: "timestamp(3) with time zone", "TIME": "time(3)", "FLOAT": "real",
        "INTEGER_LITERAL": "integer", '"NULL"': "unknown",
    }  # fmt: skip
    if kind == "INTERVAL":
        raise UnsupportedError("typeof of intervals")
    return named.get(kind) or result_type(kind).name


def _typeof(arguments: list[exp.Expr], kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
    if len(arguments) != 1:
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function typeof")
    precision = precision_of(arguments[0])
    if precision != 3:
        raise UnsupportedError(f"typeof of times with a precision of {precision}")
    return exp.Literal.string(type_name(arguments[0], kind_of(arguments[0])))


def _format(arguments: list[exp.Expr], kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
    """format(form, a, b): the arguments' texts and kinds go to `formatter`."""
    if len(arguments) < 2:
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function format")
    values = [formatter.argument(value, kind_of(value)) for value in arguments[1:]]
    return call("trino__format", arguments[0], exp.Array(expressions=values))


SECTION = Section(
    macros={
        "_double(s)": "CAST(trino__floating(s, 'DOUBLE') AS DOUBLE)",
        "_real(s)": "CAST(trino__floating(s, 'REAL') AS FLOAT)",
        # What is out of range is infinite; 3.4028235677973366e38 is where floats end.
        "_real_of_double(x)": "CASE WHEN isnan(x) OR abs(x) < 3.4028235677973366e38 THEN TRY_CAST(x AS FLOAT) "
        "WHEN x > 0 THEN CAST('Infinity' AS FLOAT) ELSE CAST('-Infinity' AS FLOAT) END",
        "_double_text(x)": "trino__scientific(x, CAST(x AS VARCHAR))",
        "_real_text(x)": "trino__scientific(CAST(x AS DOUBLE), CAST(x AS VARCHAR))",
        "_varchar_of_timestamp(t)": "strftime(t, '%Y-%m-%d %H:%M:%S.%g')",
        "_varchar_of_time(t)": "strftime(DATE '1970-01-01' + t, '%H:%M:%S.%g')",
        "_varchar_of_zoned(z)": "trino__instant_text(trino__instant_of(z), trino__zone_of(z))",
        "_interval_text(i)": "CASE WHEN date_part('year', i) <> 0 OR date_part('month', i) <> 0 "
        "THEN trino__months_text(trino__interval_months(i)) ELSE trino__milliseconds_text(epoch_ms(i)) END",
    },
    python={
        "_scientific": plain(scientific, "DOUBLE VARCHAR", "VARCHAR"),
        "_integer": plain(_integer, "VARCHAR VARCHAR", "BIGINT"),
        "_floating": plain(_floating, "VARCHAR VARCHAR", "VARCHAR"),
        "_decimal": plain(_decimal, "VARCHAR INTEGER INTEGER", "VARCHAR"),
        "_boolean": plain(_boolean, "VARCHAR", "BOOLEAN"),
        "_date": plain(_date, "VARCHAR", "DATE"),
        "_timestamp": plain(_timestamp, "VARCHAR", "TIMESTAMP"),
        "_timestamp_literal": plain(_timestamp_literal, "VARCHAR", "TIMESTAMP"),
        "_zoned_value": Python(_zoned_or_null, ("VARCHAR",), ZONED),
        "_time": plain(_time, "VARCHAR", "TIME"),
        "_uuid": plain(_uuid, "VARCHAR", "UUID"),
        "_fit": plain(_fit, "VARCHAR BIGINT", "VARCHAR"),
        "_months_text": plain(lambda n: f"{'-' * (n < 0)}{abs(n) // 12}-{abs(n) % 12}", "BIGINT", "VARCHAR"),
        "_milliseconds_text": plain(formatter.interval_text, "BIGINT", "VARCHAR"),
        "_format": plain(formatter.formatted, "VARCHAR VARCHAR[]", "VARCHAR"),
        "format_number": plain(_format_number, "DOUBLE", "VARCHAR"),
        "parse_data_size": plain(_parse_data_size, "VARCHAR", "DECIMAL(38,0)"),
    },
    rewrites={"typeof": _typeof, "format": _format},
)
