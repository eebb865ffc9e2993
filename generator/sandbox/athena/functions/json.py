"""Trino's JSON functions (trino.io/docs/current/functions/json.html) of the type JSON, and casts from it.

The functions of the SQL standard (json_query, json_object …) are in `sql_json`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlglot import exp

from generator.sandbox.athena.calls import call
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.functions.conversion import scientific
from generator.sandbox.athena.functions.json_values import Number, quoted, read, write
from generator.sandbox.athena.functions.scalars import invalid, plain
from generator.sandbox.athena.results import java_double
from generator.sandbox.athena.types import decimal_digits, is_integer
from generator.sandbox.section import Python, Section

_STEP = re.compile(r'\.((?:\w|:)+)|\[(?:"((?:[^"\\]|\\["\\])*)"|(\w+))\]')
_MISSING = object()
_LIMITS = {"TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63}


@functools.lru_cache(maxsize=512)
def _steps(path: str) -> tuple[str, ...]:
    steps, at = [], 1
    while at < len(path) or not path.startswith("$"):
        found = _STEP.match(path, at) if path.startswith("$") else None
        if found is None:
            raise invalid(f"Invalid JSON path: '{path}'")
        name, key, index = found.groups()
        steps.append(re.sub(r"\\(.)", r"\1", key) if key is not None else name or index)
        at = found.end()
    return tuple(steps)


def _found(text: str, path: str) -> Any:
    """What is at `path`, or _MISSING; so too where the text is no JSON."""
    steps = _steps(path)
    try:
        value = read(text)
    except ValueError as error:
        if "sandbox" in str(error):
            raise
        return _MISSING
    for step in steps:
        if isinstance(value, dict):
            value = value.get(step, _MISSING)
        elif isinstance(value, list) and step.isascii() and step.isdigit():
            value = value[int(step)] if int(step) < len(value) else _MISSING
        else:
            return _MISSING
        if value is _MISSING:
            break
    return value


def _extract(text: str, path: str) -> str | None:
    value = _found(text, path)
    return None if value is _MISSING else write(value)


def _extract_scalar(text: str, path: str) -> str | None:
    value = _found(text, path)
    if value is _MISSING or value is None or isinstance(value, dict | list):
        return None
    return write(value) if isinstance(value, bool) else str(value)


def _size(text: str, path: str) -> int | None:
    value = _found(text, path)
    return None if value is _MISSING else len(value) if isinstance(value, dict | list) else 0


def _array(text: str) -> list[Any] | None:
    try:
        value = read(text)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def _array_length(text: str) -> int | None:
    found = _array(text)
    return None if found is None else len(found)


def _array_get(text: str, index: int) -> str | None:
    found = _array(text)
    if found is None or not -len(found) <= index < len(found):
        return None
    value = found[index]
    # A string comes without its quotes: the documentation warns of it.
    return None if value is None else str(value) if type(value) is str else write(value)


def _contains(kind: str) -> Callable[[str, Any], bool | None]:
    def contains(text: str, value: Any) -> bool | None:
        found = _array(text)
        if found is None:
            return None
        if kind == "integer":
            return any(isinstance(item, Number) and item.is_whole and int(item) == value for item in found)
        if kind == "double":
            return any(isinstance(item, Number) and not item.is_whole and float(item) == value for item in found)
        return any(type(item) is type(value) and item == value for item in found)

    return contains


def _array_contains(arguments: list[exp.Expr], kind_of: Callable[[exp.Expr], str]) -> exp.Expr:
    kind = kind_of(arguments[1]) if len(arguments) == 2 else ""
    name = {"BOOLEAN": "boolean", "VARCHAR": "text", "STRING_LITERAL": "text", "DOUBLE": "double"}.get(kind)
    name = "integer" if is_integer(kind) else "double" if decimal_digits(kind) else name
    if name is None:
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function json_array_contains")
    return call(f"trino__json_contains_{name}", *arguments)


def _is_scalar(text: str) -> bool:
    try:
        return not isinstance(read(text), dict | list)
    except ValueError as error:
        raise invalid(f"Invalid JSON value: {text}") from error


def _parse(text: str) -> str:
    try:
        return write(read(text), sort=True)
    except ValueError as error:
        raise invalid(f"Cannot convert value to JSON: '{text}'") from error


def _uncastable(text: str, kind: str) -> ValueError:
    return ValueError(f"INVALID_CAST_ARGUMENT: Cannot cast '{text}' to {kind}")


def _from_json(kind: str, convert: Callable[..., Any]) -> Callable[..., Any]:
    """A cast from JSON: of null it is NULL, and what `convert` can't take fails."""

    def cast(text: str, *digits: int) -> Any:
        value = read(text)
        if value is None:
            return None
        try:
            if isinstance(value, dict | list):
                raise ValueError(text)
            return convert(value, *digits)
        except (ValueError, ArithmeticError) as error:
            raise _uncastable(text, kind) from error

    return cast


def _boolean(value: Any) -> bool:
    if isinstance(value, Number):
        return value.value != 0
    if isinstance(value, bool):
        return value
    return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}[value.lower()]


def _integer(kind: str) -> Callable[[Any], int]:
    def convert(value: Any) -> int:
        if isinstance(value, bool):
            return int(value)
        exact = Decimal(str(value)) if isinstance(value, Number) else Decimal(int(value))
        number = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        if not -(2 ** _LIMITS[kind]) <= number < 2 ** _LIMITS[kind]:
            raise ValueError(value)
        return number

    return convert


def _double(value: Any) -> float:
    return float(value)


def _varchar(value: Any) -> str:
    if isinstance(value, bool):
        return write(value)
    if isinstance(value, Number) and not value.is_whole:
        return scientific(float(value), repr(float(value)))
    return str(value)


def _decimal(value: Any, precision: int, scale: int) -> str:
    exact = Decimal(int(value)) if isinstance(value, bool) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)
    if abs(rounded) >= Decimal(10) ** (precision - scale):
        raise ValueError(value)
    return f"{rounded:f}"


def _elements(text: str) -> list[str] | None:
    value = read(text)
    if value is not None and not isinstance(value, list):
        raise _uncastable(text, "array")
    return None if value is None else [write(item) for item in value]


def _entries(text: str) -> dict[str, str] | None:
    value = read(text)
    if value is not None and not isinstance(value, dict):
        raise _uncastable(text, "map")
    return None if value is None else {key: write(item) for key, item in value.items()}


def _fields(text: str, names: list[str]) -> list[str | None] | None:
    value = read(text)
    if value is None:
        return None
    if isinstance(value, list) and len(value) == len(names):
        return [write(item) for item in value]
    if not isinstance(value, dict):
        raise _uncastable(text, "row")
    lowered = {key.lower(): item for key, item in value.items()}
    return [write(lowered[name.lower()]) if name.lower() in lowered else None for name in names]


def _sorted_object(keys: list[str], values: list[str | None]) -> str:
    items = sorted(zip(keys, values, strict=True), key=lambda item: item[0])
    return "{" + ",".join(f"{quoted(key)}:{'null' if value is None else value}" for key, value in items) + "}"


def _joined(values: list[str | None]) -> str:
    return "[" + ",".join("null" if value is None else value for value in values) + "]"


def _list_or_null(run: Callable[..., Any]) -> Callable[..., Any]:
    """Unlike `plain`'s, lists may hold NULLs."""

    def run_unless_null(*arguments: Any) -> Any:
        return None if any(argument is None for argument in arguments) else run(*arguments)

    return run_unless_null


_CASTS = {
    "_json_boolean": plain(_from_json("BOOLEAN", _boolean), "JSON", "BOOLEAN"),
    "_json_double": plain(_from_json("DOUBLE", _double), "JSON", "DOUBLE"),
    "_json_varchar": plain(_from_json("VARCHAR", _varchar), "JSON", "VARCHAR"),
    "_json_decimal": plain(_from_json("DECIMAL", _decimal), "JSON INTEGER INTEGER", "VARCHAR"),
    **{f"_json_{kind.lower()}": plain(_from_json(kind, _integer(kind)), "JSON", kind) for kind in _LIMITS},
    "_json_elements": plain(_elements, "JSON", "JSON[]"),
    "_json_entries": Python(_list_or_null(_entries), ("JSON",), "MAP(VARCHAR, JSON)"),
    "_json_fields": plain(_fields, "JSON VARCHAR[]", "JSON[]"),
    "_json_number": plain(
        lambda value: f'"{java_double(value)}"' if value - value else java_double(value), "DOUBLE", "VARCHAR"
    ),
    "_json_quoted": plain(quoted, "VARCHAR", "VARCHAR"),
    "_json_sorted": Python(_list_or_null(_sorted_object), ("VARCHAR[]", "VARCHAR[]"), "VARCHAR"),
    "_json_joined": Python(_list_or_null(_joined), ("VARCHAR[]",), "VARCHAR"),
}

SECTION = Section(
    macros={"json_format(j)": "CAST(j AS VARCHAR)"},
    python={
        "is_json_scalar": plain(_is_scalar, "VARCHAR", "BOOLEAN"),
        "json_array_get": plain(_array_get, "VARCHAR BIGINT", "JSON"),
        "json_array_length": plain(_array_length, "VARCHAR", "BIGINT"),
        "json_extract": plain(_extract, "VARCHAR VARCHAR", "JSON"),
        "json_extract_scalar": plain(_extract_scalar, "VARCHAR VARCHAR", "VARCHAR"),
        "json_parse": plain(_parse, "VARCHAR", "JSON"),
        "json_size": plain(_size, "VARCHAR VARCHAR", "BIGINT"),
        "_json_contains_boolean": plain(_contains("boolean"), "VARCHAR BOOLEAN", "BOOLEAN"),
        "_json_contains_integer": plain(_contains("integer"), "VARCHAR BIGINT", "BOOLEAN"),
        "_json_contains_double": plain(_contains("double"), "VARCHAR DOUBLE", "BOOLEAN"),
        "_json_contains_text": plain(_contains("text"), "VARCHAR VARCHAR", "BOOLEAN"),
        **_CASTS,
    },
    rewrites={"json_array_contains": _array_contains},
)
