"""Redshift's array functions: "Array functions" in the Amazon Redshift Database Developer Guide.

All are NULL where an array is. Elements are equal as SUPER values are, and nulls are equal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.super_values import all_of, of, on_super, strict
from generator.sandbox.redshift.super_typing import order_key
from generator.sandbox.redshift.super_values import REFUSED, Value, dump, load, value_of
from generator.sandbox.section import Python, Section

_SUPER = "VARCHAR"


def _array(text: str, name: str) -> list[Value]:
    value = load(text)
    if not isinstance(value, list):
        raise ValueError(f"{REFUSED}{name} of a SUPER value that is not an array")
    return value


def _made(texts: list[str | None]) -> str | None:
    return dump([value_of(text) for text in texts])


def _concat(left: str, right: str) -> str | None:
    return dump(_array(left, "ARRAY_CONCAT") + _array(right, "ARRAY_CONCAT"))


def _flatten(text: str) -> str | None:
    arrays = _array(text, "ARRAY_FLATTEN")
    if not all(isinstance(each, list) for each in arrays):
        raise ValueError(f"{REFUSED}ARRAY_FLATTEN of an array with elements that are no arrays")
    return dump([value for array in arrays for value in array])


def _length(text: str) -> int:
    return len(_array(text, "GET_ARRAY_LENGTH"))


def _split(text: str, delimiter: str) -> str | None:
    if not delimiter:
        raise ValueError(f"{REFUSED}SPLIT_TO_ARRAY with an empty delimiter")
    return dump(text.split(delimiter))


def _subarray(text: str, start: int, length: int) -> str | None:
    values = _array(text, "SUBARRAY")
    if length < 0 or start < -len(values):
        raise ValueError(f"{REFUSED}SUBARRAY from before the array, or of a negative length")
    begin = start + len(values) if start < 0 else start
    return dump(values[begin : begin + length])


def _positions(text: str, wanted: str | None, null_match: bool) -> list[int] | None:
    """Where an array has a value; None where that is unknown, as nulls match nothing unless `null_match`."""
    values = _array(text, "a search")
    sought = value_of(wanted)
    if sought is None and not null_match:
        return None
    found = [at for at, value in enumerate(values) if order_key(value) == order_key(sought)]
    return None if not found and not null_match and None in values else found


def _search(answer: Callable[[list[int]], Any]) -> Callable[..., Any]:
    def run(text: str | None, wanted: str | None, null_match: bool | None) -> Any:
        if text is None or null_match is None:
            return None
        found = _positions(text, wanted, null_match)
        return None if found is None else answer(found)

    return run


def _unique(text: str) -> str | None:
    return dump(_first_of_each(_array(text, "ARRAY_DISTINCT")))


def _first_of_each(values: Iterable[Value]) -> list[Value]:
    seen: dict[str, Value] = {}
    for value in values:
        seen.setdefault(order_key(value), value)
    return list(seen.values())


def _kept(left: list[Value], right: list[Value], distinct: bool, *, common: bool) -> list[Value]:
    """Elements of the first that the second has too (`common`) or has not: as sets, or one for one."""
    if distinct:
        other = set(map(order_key, right))
        return [value for value in _first_of_each(left) if (order_key(value) in other) == common]
    counts = Counter(map(order_key, right))
    kept = []
    for value in left:
        name = order_key(value)
        matched = counts[name] > 0
        counts[name] -= matched
        if matched == common:
            kept.append(value)
    return kept


def _except(left: str, right: str, distinct: bool) -> str | None:
    return dump(_kept(_array(left, "ARRAY_EXCEPT"), _array(right, "ARRAY_EXCEPT"), distinct, common=False))


def _intersection(left: str, right: str, distinct: bool) -> str | None:
    first, second = _array(left, "ARRAY_INTERSECTION"), _array(right, "ARRAY_INTERSECTION")
    return dump(_kept(first, second, distinct, common=True))


def _union(left: str, right: str) -> str | None:
    return dump(_first_of_each(_array(left, "ARRAY_UNION") + _array(right, "ARRAY_UNION")))


def _overlap(left: str, right: str) -> bool:
    first, second = (set(map(order_key, _array(text, "ARRAYS_OVERLAP"))) for text in (left, right))
    return bool(first & second)


def _sort(text: str, ascending: bool, nulls_first: bool) -> str | None:
    values = _array(text, "ARRAY_SORT")
    nulls = [value for value in values if value is None]
    others = sorted((value for value in values if value is not None), key=order_key, reverse=not ascending)
    return dump(nulls + others if nulls_first else others + nulls)


def _array_of(arguments: list[exp.Expr]) -> exp.Expr:
    return call("rs_array_made", all_of(arguments))


def _with_default(name: str, count: int, default: exp.Expr) -> Callable[[list[exp.Expr]], exp.Expr]:
    """Calls of `count` SUPER values and a last argument that may be left out."""

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        if not count <= len(arguments) <= count + 1:
            raise ValueError(name)
        last = arguments[count] if len(arguments) > count else default.copy()
        return call(name, *map(of, arguments[:count]), last)

    return rewrite


def _sorted(arguments: list[exp.Expr]) -> exp.Expr:
    """Nulls come last in ascending order and first in descending order, unless the third argument says so."""
    array, *flags = arguments
    ascending = flags[0] if flags else exp.true()
    first = flags[1] if len(flags) > 1 else exp.Not(this=exp.paren(ascending.copy()))
    if len(flags) > 2:
        raise ValueError("array_sort")
    return call("rs_array_in_order", of(array), ascending, first)


def _split_to(arguments: list[exp.Expr]) -> exp.Expr:
    text, *delimiter = arguments
    if len(delimiter) > 1:
        raise ValueError("split_to_array")
    return call("rs_array_split", text, delimiter[0] if delimiter else exp.Literal.string(","))


_REWRITES = {
    "array": _array_of,
    "array_concat": on_super("rs_array_joined", 2),
    "array_contains": _with_default("rs_array_has", 2, exp.true()),
    "array_distinct": on_super("rs_array_unique", 1),
    "array_except": _with_default("rs_array_without", 2, exp.false()),
    "array_flatten": on_super("rs_array_flat", 1),
    "array_intersection": _with_default("rs_array_common", 2, exp.false()),
    "array_position": _with_default("rs_array_first_at", 2, exp.true()),
    "array_positions": _with_default("rs_array_all_at", 2, exp.true()),
    "array_sort": _sorted,
    "array_union": on_super("rs_array_all", 2),
    "arrays_overlap": on_super("rs_array_overlap", 2),
    "get_array_length": on_super("rs_array_size", 1),
    "split_to_array": _split_to,
    "subarray": on_super("rs_array_part", 1, optional=2),
}
SECTION = Section(
    rewrites=_REWRITES,
    returns=dict.fromkeys(_REWRITES, "super")
    | {
        "array_contains": "boolean",
        "array_position": "integer",
        "arrays_overlap": "boolean",
        "get_array_length": "bigint",
    },
)
INTERNAL = Section(
    python={
        "array_made": Python(_made, ("JSON[]",), "JSON"),
        "array_listed": Python(strict(_made), ("JSON[]",), "JSON"),
        "array_joined": Python(strict(_concat), (_SUPER, _SUPER), "JSON"),
        "array_has": Python(_search(bool), (_SUPER, _SUPER, "BOOLEAN"), "BOOLEAN"),
        "array_first_at": Python(_search(lambda found: [*found, -1][0]), (_SUPER, _SUPER, "BOOLEAN"), "INTEGER"),
        "array_all_at": Python(_search(dump), (_SUPER, _SUPER, "BOOLEAN"), "JSON"),
        "array_unique": Python(strict(_unique), (_SUPER,), "JSON"),
        "array_without": Python(strict(_except), (_SUPER, _SUPER, "BOOLEAN"), "JSON"),
        "array_common": Python(strict(_intersection), (_SUPER, _SUPER, "BOOLEAN"), "JSON"),
        "array_flat": Python(strict(_flatten), (_SUPER,), "JSON"),
        "array_in_order": Python(strict(_sort), (_SUPER, "BOOLEAN", "BOOLEAN"), "JSON"),
        "array_all": Python(strict(_union), (_SUPER, _SUPER), "JSON"),
        "array_overlap": Python(strict(_overlap), (_SUPER, _SUPER), "BOOLEAN"),
        "array_size": Python(strict(_length), (_SUPER,), "BIGINT"),
        "array_split": Python(strict(_split), ("VARCHAR", "VARCHAR"), "JSON"),
        "array_part": Python(strict(_subarray), (_SUPER, "BIGINT", "BIGINT"), "JSON"),
    }
)
