"""Trino's date and time functions (trino.io/docs/current/functions/datetime.html)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.calls import call, named
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions import date_texts
from generator.sandbox.athena.functions.date_macros import MACROS, OF_INTERVALS, OF_TIMES, PARTS
from generator.sandbox.athena.precision import precision_of
from generator.sandbox.athena.zones import ZONED
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]


def _unexpected(function: str) -> QueryError:
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {function}")


def _as_timestamp(node: exp.Expr, kind: str, function: str) -> exp.Expr:
    """What clocks show at `node`, as a timestamp without time zone."""
    if kind == ZONED:
        return call("trino__local", node)
    if kind in ("DATE", "TIMESTAMP", '"NULL"'):
        return call("trino__as_timestamp", node)
    raise _unexpected(function)


def _part(name: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        if len(arguments) != 1:
            raise _unexpected(name)
        kind = kind_of(arguments[0])
        if name.startswith("timezone"):
            if kind != ZONED:
                raise _unexpected(name)
            return call(f"trino__{name}", arguments[0])
        if kind == "INTERVAL":
            if name not in OF_INTERVALS:
                raise _unexpected(name)
            return call(f"trino__interval_{name}", arguments[0])
        if kind == "TIME" and name in OF_TIMES:
            return call(f"trino__{name}_of", call("trino__on_day_one", arguments[0]))
        return call(f"trino__{name}_of", _as_timestamp(arguments[0], kind, name))

    return rewrite


def _back(shown: exp.Expr, like: exp.Expr, kind: str) -> exp.Expr:
    """A timestamp as a value of the kind that it was made from."""
    if kind == ZONED:
        return call("trino__zoned_in", shown, call("trino__zone_of", like))
    return call("trino__as_date", shown) if kind == "DATE" else shown


def _date_trunc(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) != 2:
        raise _unexpected("date_trunc")
    unit, value = arguments
    kind = kind_of(value)
    if kind == "TIME":
        return call("trino__trunc_time", unit, value)
    shown = _as_timestamp(value, kind, "date_trunc")
    checked = "trino__date_unit" if kind == "DATE" else "trino__unit"
    return _back(call("trino__trunc", call(checked, unit), shown), value, kind)


def _date_add(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) != 3:
        raise _unexpected("date_add")
    unit, count, value = arguments
    kind = kind_of(value)
    if kind_of(count) not in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "INTEGER_LITERAL", '"NULL"'):
        raise _unexpected("date_add")
    if kind == "TIME":
        return call("trino__add_time", unit, count, value)
    if kind == ZONED:
        return call("trino__add_zoned", unit, count, value)
    checked = "trino__date_unit" if kind == "DATE" else "trino__unit"
    return _back(call("trino__add", call(checked, unit), count, _as_timestamp(value, kind, "date_add")), value, kind)


def _date_diff(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    if len(arguments) != 3:
        raise _unexpected("date_diff")
    unit, first, last = arguments
    kinds = [kind_of(first), kind_of(last)]
    if kinds == ["TIME", "TIME"]:
        days = [call("trino__on_day_one", value) for value in (first, last)]
        return call("trino__difference", call("trino__time_unit", unit), *days)
    if ZONED in kinds:
        zoned = [as_zoned(value, kind) for value, kind in zip((first, last), kinds, strict=True)]
        return call("trino__zoned_difference", call("trino__unit", unit), *zoned)
    shown = [_as_timestamp(value, kind, "date_diff") for value, kind in zip((first, last), kinds, strict=True)]
    checked = "trino__date_unit" if kinds == ["DATE", "DATE"] else "trino__unit"
    return call("trino__difference", call(checked, unit), *shown)


def as_zoned(node: exp.Expr, kind: str) -> exp.Expr:
    """A value as a timestamp with time zone; that of the session, UTC, where it has none."""
    if kind == ZONED:
        return node.copy()
    return call("trino__zoned", _as_timestamp(node, kind, "timestamp with time zone"), exp.Literal.string("UTC"))


def _at_timezone(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    value, zone = _two(arguments, "at_timezone")
    return call("trino__at_zone", as_zoned(value, kind_of(value)), zone)


def _with_timezone(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    value, zone = _two(arguments, "with_timezone")
    kind = kind_of(value)
    if kind == ZONED:
        raise _unexpected("with_timezone")
    return call("trino__zoned_in", _as_timestamp(value, kind, "with_timezone"), call("trino__zone", zone))


def _two(arguments: list[exp.Expr], function: str) -> list[exp.Expr]:
    if len(arguments) != 2:
        raise _unexpected(function)
    return arguments


def _formatted(function: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    """date_format and format_datetime: the time that clocks show, and the zone where there is one."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        value, form = _two(arguments, function)
        kind = kind_of(value)
        zone = call("trino__zone_of", value) if kind == ZONED else exp.Literal.string("")
        return call(f"trino__{function}", _as_timestamp(value, kind, function), zone, form)

    return rewrite


def _by_kind(function: str, **names: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    """A function of one argument, by the argument's kind ("date", "timestamp" or "zoned")."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        kind = {"DATE": "date", "TIMESTAMP": "timestamp", ZONED: "zoned", '"NULL"': "timestamp"}.get(
            kind_of(arguments[0]) if len(arguments) == 1 else ""
        )
        if kind not in names:
            raise _unexpected(function)
        if function == "to_iso8601" and precision_of(arguments[0]) != 3:
            raise UnsupportedError("to_iso8601 of a time whose precision is not 3")
        return call(names[kind], arguments[0])

    return rewrite


def now() -> exp.Expr:
    """current_timestamp, with its 3 digits of subseconds."""
    return call("trino__zoned", call("trino__localtimestamp"), exp.Literal.string("UTC"))


def extract(field: str, value: exp.Expr) -> exp.Expr:
    """extract(field FROM value). Raises QueryError for fields that Trino does not have."""
    if field.lower() not in PARTS or field.lower() == "millisecond":
        raise QueryError(f"SYNTAX_ERROR: line 1:1: Invalid EXTRACT field: {field}")
    return named(field.lower(), value)


SECTION = Section(
    macros=MACROS,
    python=date_texts.PYTHON,
    rewrites={
        **{name: _part(name) for name in PARTS},
        "date_trunc": _date_trunc,
        "date_add": _date_add,
        "date_diff": _date_diff,
        "at_timezone": _at_timezone,
        "with_timezone": _with_timezone,
        "date_format": _formatted("date_format"),
        "format_datetime": _formatted("format_datetime"),
        "last_day_of_month": _by_kind(
            "last_day_of_month", date="trino__month_end", timestamp="trino__month_end", zoned="trino__zoned_month_end"
        ),
        "to_unixtime": _by_kind(
            "to_unixtime", date="trino__seconds", timestamp="trino__seconds", zoned="trino__zoned_seconds"
        ),
        "to_iso8601": _by_kind(
            "to_iso8601", date="trino__iso_date", timestamp="trino__iso_timestamp", zoned="trino__iso_zoned"
        ),
    },
)
