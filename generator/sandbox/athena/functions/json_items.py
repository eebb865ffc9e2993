"""What the parts of a JSON path do with the items that they get: the evaluation beneath `json_path`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from generator.sandbox.athena.functions.json_values import Number
from generator.sandbox.athena.functions.scalars import unable

Items = list[Any]
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda a, b: a == b, "<>": lambda a, b: a != b, "!=": lambda a, b: a != b, "<": lambda a, b: a < b,
    ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b,
}  # fmt: skip


class PathError(Exception):
    """A path that can't be evaluated on its input."""


@dataclass(frozen=True)
class Scope:
    """What a path's variables stand for: `$`, `@`, the last subscript, and those that are passed."""

    root: Any
    passed: dict[str, Any]
    lax: bool
    current: Items = field(default_factory=list)
    last: int | None = None


Path = Callable[[Scope], Items]
Predicate = Callable[[Scope], bool | None]
# Single subscripts, and those that go up to another.
Ranges = Sequence[tuple[Path, Path | None]]


def passed(scope: Scope, name: str) -> Any:
    if name not in scope.passed:
        raise ValueError(f"INVALID_PATH: line 1:1: no value passed for parameter {name}")
    return scope.passed[name]


def last(scope: Scope) -> Items:
    if scope.last is None:
        raise PathError("last outside of a subscript")
    return [Number(str(scope.last))]


def unwrapped(items: Items, scope: Scope) -> Items:
    """Arrays give way to their elements in lax mode."""
    if not scope.lax:
        return items
    return [each for item in items for each in (item if isinstance(item, list) else [item])]


def objects(items: Items, scope: Scope) -> list[dict[str, Any]]:
    found = unwrapped(items, scope)
    if any(not isinstance(item, dict) for item in found):
        if not scope.lax:
            raise PathError("an object is expected")
        found = [item for item in found if isinstance(item, dict)]
    return found


def members(items: Items, key: str, scope: Scope) -> Items:
    found = objects(items, scope)
    if not scope.lax and any(key not in item for item in found):
        raise PathError(f"missing member '{key}' in JSON object")
    return [item[key] for item in found if key in item]


def descendants(path: Path, key: str) -> Path:
    def below(value: Any) -> Items:
        if isinstance(value, dict):
            own = [value[key]] if key in value else []
            return own + [each for child in value.values() for each in below(child)]
        return [each for child in value for each in below(child)] if isinstance(value, list) else []

    return lambda scope: [each for item in path(scope) for each in below(item)]


def arrays(items: Items, scope: Scope) -> list[Items]:
    if not scope.lax and any(not isinstance(item, list) for item in items):
        raise PathError("an array is expected")
    return [item if isinstance(item, list) else [item] for item in items]


def subscripted(items: Items, ranges: Ranges, scope: Scope) -> Items:
    """The elements of arrays at these subscripts."""
    return [each for array in arrays(items, scope) for each in elements(array, ranges, scope)]


def elements(array: Items, ranges: Ranges, scope: Scope) -> Items:
    inside = Scope(scope.root, scope.passed, scope.lax, scope.current, len(array) - 1)
    found = []
    for first, last in ranges:
        begin = _index(first(inside))
        end = begin if last is None else _index(last(inside))
        if not scope.lax and not 0 <= begin <= end < len(array):
            raise PathError("array subscript out of bounds")
        found += array[max(begin, 0) : end + 1] if end >= 0 else []
    return found


def _index(items: Items) -> int:
    if len(items) != 1:
        raise PathError("a subscript is one number")
    return int(number(items[0]).exact())


def number(item: Any) -> Any:
    if not isinstance(item, Number):
        raise PathError("a number is expected")
    return _Calculated(item)


class _Calculated(Number):
    """A number that may be negated."""

    __slots__ = ()

    def __neg__(self) -> Number:
        return Number(self[1:] if self.startswith("-") else f"-{self}")


def signed(sign: str, items: Items, scope: Scope) -> Items:
    """Numbers, negated where the sign is "-"."""
    return [-item if sign == "-" else item for item in map(number, unwrapped(items, scope))]


def arithmetic(sign: str, left: Path, right: Path) -> Path:
    def run(scope: Scope) -> Items:
        operands = [unwrapped(side(scope), scope) for side in (left, right)]
        if any(len(items) != 1 for items in operands):
            raise PathError("arithmetic takes one number on each side")
        a, b = (number(items[0]) for items in operands)
        return [_calculated(sign, a, b)]

    return run


def _calculated(sign: str, a: Number, b: Number) -> Number:
    if a.is_whole and b.is_whole:
        first, second = int(a), int(b)
        if sign in "/%" and not second:
            raise PathError("division by zero")
        quotient = abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1) if sign in "/%" else 0
        results = {"+": first + second, "-": first - second, "*": first * second, "/": quotient}
        return Number(str(first - quotient * second if sign == "%" else results[sign]))
    if sign in "/%":
        raise unable("division of fractions in a JSON path")
    exact = {"+": a.exact() + b.exact(), "-": a.exact() - b.exact(), "*": a.exact() * b.exact()}[sign]
    return Number(f"{exact:f}")


def filtered(path: Path, predicate: Predicate) -> Path:
    def run(scope: Scope) -> Items:
        return [
            item
            for item in unwrapped(path(scope), scope)
            if predicate(Scope(scope.root, scope.passed, scope.lax, [item], scope.last))
        ]

    return run


def exists(path: Path, scope: Scope) -> bool | None:
    try:
        return bool(path(scope))
    except PathError:
        return None


def compare(operator: str, left: Path, right: Path, scope: Scope) -> bool | None:
    try:
        pairs = [(a, b) for a in unwrapped(left(scope), scope) for b in unwrapped(right(scope), scope)]
    except PathError:
        return None
    failed = False
    for a, b in pairs:
        result = _compared(operator, a, b)
        if result is None:
            if scope.lax:
                return None
            failed = True
        elif result and scope.lax:
            return True
    if failed:
        return None
    return any(_compared(operator, a, b) for a, b in pairs)


def _compared(operator: str, a: Any, b: Any) -> bool | None:
    if operator == "starts with":
        return a.startswith(b) if type(a) is str and type(b) is str else None
    if a is None or b is None:
        return (a is None) == (b is None) and operator in ("==", "<=", ">=") if a is b else operator in ("<>", "!=")
    if isinstance(a, Number) and isinstance(b, Number):
        return COMPARED[operator](a.exact(), b.exact())
    if type(a) is type(b) and isinstance(a, str | bool):
        return COMPARED[operator](a, b)
    return None


def negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def either(values: list[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False


def both(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _double(items: Items, scope: Scope) -> Items:
    found = unwrapped(items, scope)
    if any(not isinstance(item, str) for item in found):
        raise PathError("double() takes numbers and texts")
    try:
        return [Number(repr(float(item))) for item in found]
    except ValueError as error:
        raise PathError(str(error)) from error


def _rounded(convert: Callable[[Decimal], Decimal]) -> Callable[[Items, Scope], Items]:
    def run(items: Items, scope: Scope) -> Items:
        return [Number(f"{convert(number(item).exact()):f}") for item in unwrapped(items, scope)]

    return run


def _types(items: Items, _scope: Scope) -> Items:
    names = {bool: "boolean", Number: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return [names[type(item)] for item in items]


def _sizes(items: Items, scope: Scope) -> Items:
    return [Number(str(len(array))) for array in arrays(items, scope)]


def _key_values(items: Items, scope: Scope) -> Items:
    return [
        {"name": name, "value": value, "id": Number(str(number))}
        for number, item in enumerate(objects(items, scope))
        for name, value in item.items()
    ]


METHODS: dict[str, Callable[[Items, Scope], Items]] = {
    "double": _double,
    "ceiling": _rounded(lambda number: number.to_integral_value(ROUND_CEILING)),
    "floor": _rounded(lambda number: number.to_integral_value(ROUND_FLOOR)),
    "abs": _rounded(abs),
    "type": _types,
    "size": _sizes,
    "keyvalue": _key_values,
}
