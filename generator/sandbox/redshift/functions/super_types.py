"""What is known of a SUPER value: "SUPER type information functions" in the Amazon Redshift Database Developer Guide.

All of IS_… are false of NULL. SIZE, the bytes that a value takes in Redshift's memory, can't be told here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from generator.sandbox.redshift.functions.super_values import on_super
from generator.sandbox.redshift.super_typing import is_number
from generator.sandbox.redshift.super_values import Value, value_of
from generator.sandbox.section import Python, Section


def _is_exact(value: Value) -> bool:
    return is_number(value) and not isinstance(value, float)


def _is_integer(bits: int) -> Callable[[Value], bool]:
    """Numbers of scale 0 within a range; a decimal such as 5.0 has a scale of its own."""
    limit = 2 ** (bits - 1)
    return lambda value: isinstance(value, int) and _is_exact(value) and -limit <= value < limit


_TESTS: dict[str, Callable[[Value], bool]] = {
    "is_array": lambda value: isinstance(value, list),
    "is_object": lambda value: isinstance(value, dict),
    "is_scalar": lambda value: value is not None and not isinstance(value, list | dict),
    "is_boolean": lambda value: isinstance(value, bool),
    "is_varchar": lambda value: isinstance(value, str),
    "is_char": lambda value: isinstance(value, str) and value.isascii(),
    "is_float": lambda value: isinstance(value, float),
    "is_decimal": _is_exact,
    "is_smallint": _is_integer(16),
    "is_integer": _is_integer(32),
    "is_bigint": _is_integer(64),
}


def _test(check: Callable[[Value], bool]) -> Callable[[str | None], bool]:
    return lambda text: check(value_of(text))


def _digits(text: str | None) -> tuple[int, int] | None:
    value = value_of(text)
    if not _is_exact(value):
        return None
    _, digits, exponent = Decimal(value).as_tuple()
    scale = -int(exponent)
    return max(len(digits), scale), scale


def _precision(text: str | None) -> int | None:
    found = _digits(text)
    return found[0] if found else None


def _scale(text: str | None) -> int | None:
    found = _digits(text)
    return found[1] if found else None


def _typeof(text: str | None) -> str:
    value = value_of(text)
    if value is None:
        return "null"
    names = {bool: "boolean", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "number")


def _size(text: str | None) -> int:
    return len((text or "null").encode())


SECTION = Section(
    rewrites={
        **{name: on_super(f"rs_super_{name}", 1) for name in _TESTS},
        "decimal_precision": on_super("rs_super_precision", 1),
        "decimal_scale": on_super("rs_super_scale", 1),
        "json_typeof": on_super("rs_super_typeof", 1),
        "json_size": on_super("rs_super_size", 1),
    },
    returns={
        **dict.fromkeys(_TESTS, "boolean"),
        "decimal_precision": "integer",
        "decimal_scale": "integer",
        "json_typeof": "varchar",
        "json_size": "integer",
    },
)
INTERNAL = Section(
    python={
        **{f"super_{name}": Python(_test(check), ("VARCHAR",), "BOOLEAN") for name, check in _TESTS.items()},
        "super_precision": Python(_precision, ("VARCHAR",), "INTEGER"),
        "super_scale": Python(_scale, ("VARCHAR",), "INTEGER"),
        "super_typeof": Python(_typeof, ("VARCHAR",), "VARCHAR"),
        "super_size": Python(_size, ("VARCHAR",), "INTEGER"),
    }
)
