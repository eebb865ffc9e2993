"""Trino's bitwise functions (trino.io/docs/current/functions/bitwise.html)."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.functions.numbers import unexpected
from generator.sandbox.athena.functions.scalars import invalid, plain
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import is_integer
from generator.sandbox.section import Section

KindOf = Callable[[exp.Expr], str]
_SIZES = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "INTEGER_LITERAL": 32, "BIGINT": 64}
_BITS = range(2, 65)


def _shifted(name: str) -> Callable[[list[exp.Expr], KindOf], exp.Expr]:
    """A shift, within the size of the value's type, which is the result's."""

    def rewrite(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
        kinds = [kind_of(argument) for argument in arguments]
        if len(kinds) != 2 or not all(is_integer(kind) for kind in kinds):
            raise unexpected(f"bitwise_{name}", *kinds)
        target = kinds[0].removesuffix("_LITERAL")
        sql = f"CAST(trino__{name}(CAST(:x AS BIGINT), CAST(:n AS BIGINT), {_SIZES[kinds[0]]}) AS {target})"
        return template(sql, x=arguments[0], n=arguments[1])

    return rewrite


def _signed(value: int, size: int) -> int:
    value &= (1 << size) - 1
    return value - (1 << size) if value >> (size - 1) else value


def _left_shift(value: int, shift: int, size: int) -> int:
    return 0 if not 0 <= shift < size else _signed(value << shift, size)


def _right_shift(value: int, shift: int, size: int) -> int:
    return 0 if not 0 <= shift < size else _signed((value & ((1 << size) - 1)) >> shift, size)


def _right_shift_arithmetic(value: int, shift: int, size: int) -> int:
    return value >> (shift if 0 <= shift < size else size - 1)


def _bit_count(value: int, bits: int) -> int:
    if bits not in _BITS:
        raise invalid(f"Bits specified in bit_count must be between 2 and 64, got {bits}")
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        raise invalid(
            f"Number must be representable with the bits specified. {value} cannot be represented with {bits} bits"
        )
    return (value & ((1 << bits) - 1)).bit_count()


SECTION = Section(
    macros={
        "bitwise_and(x, y)": "CAST(x AS BIGINT) & CAST(y AS BIGINT)",
        "bitwise_or(x, y)": "CAST(x AS BIGINT) | CAST(y AS BIGINT)",
        "bitwise_xor(x, y)": "xor(CAST(x AS BIGINT), CAST(y AS BIGINT))",
        "bitwise_not(x)": "~CAST(x AS BIGINT)",
    },
    python={
        "bit_count": plain(_bit_count, "BIGINT BIGINT", "BIGINT"),
        "_left_shift": plain(_left_shift, "BIGINT BIGINT BIGINT", "BIGINT"),
        "_right_shift": plain(_right_shift, "BIGINT BIGINT BIGINT", "BIGINT"),
        "_right_shift_arithmetic": plain(_right_shift_arithmetic, "BIGINT BIGINT BIGINT", "BIGINT"),
    },
    rewrites={
        "bitwise_left_shift": _shifted("left_shift"),
        "bitwise_right_shift": _shifted("right_shift"),
        "bitwise_right_shift_arithmetic": _shifted("right_shift_arithmetic"),
    },
)
