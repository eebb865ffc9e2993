"""The SQL standard's JSON path language, as far as Trino's documentation describes it.

See "JSON path language" on trino.io/docs/current/functions/json.html. A path gives a sequence of items; what fails
raises PathError, which the calling function's ON ERROR clause then handles.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from generator.sandbox.athena.functions.json_values import Number
from generator.sandbox.athena.functions.scalars import unable

Items = list[Any]
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\"(?P<text>(?:[^\"\\]|\\.)*)\"|(?P<name>\$?[A-Za-z_]\w*)"
    r"|(?P<symbol>&&|\|\||==|<>|!=|<=|>=|\.\.|[$@.\[\](){}*,?<>!+\-/%]))"
)
_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
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


@functools.lru_cache(maxsize=256)
def compiled(text: str) -> Callable[[Any, dict[str, Any]], Items]:
    """The path as a function of the input and the passed variables. Raises ValueError where it is no path."""
    mode, _, path = text.strip().partition(" ")
    if mode not in ("lax", "strict"):
        raise ValueError(f"INVALID_PATH: line 1:1: mismatched input '{mode}' expecting {{'lax', 'strict'}}")
    tree = _Parser(path).whole()
    return lambda root, passed: tree(Scope(root, passed, mode == "lax"))


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._wrong()
            kind = str(found.lastgroup)
            self._tokens.append((kind, found[kind]))
            at = found.end()
        self._at = 0

    def _wrong(self) -> ValueError:
        return ValueError(f"INVALID_PATH: line 1:1: invalid JSON path: {self._text}")

    def _peek(self, ahead: int = 0) -> tuple[str, str]:
        return self._tokens[self._at + ahead] if self._at + ahead < len(self._tokens) else ("end", "")

    def _accept(self, *texts: str, kind: str = "symbol") -> str:
        if self._peek()[0] == kind and self._peek()[1] in texts:
            self._at += 1
            return self._tokens[self._at - 1][1]
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._wrong()

    def whole(self) -> Path:
        path = self._sum()
        if self._peek()[0] != "end":
            raise self._wrong()
        return path

    def _sum(self) -> Path:
        path = self._product()
        while sign := self._accept("+", "-"):
            path = _arithmetic(sign, path, self._product())
        return path

    def _product(self) -> Path:
        path = self._signed()
        while sign := self._accept("*", "/", "%"):
            path = _arithmetic(sign, path, self._signed())
        return path

    def _signed(self) -> Path:
        if sign := self._accept("+", "-"):
            inner = self._signed()
            return lambda scope: [(-n if sign == "-" else n) for n in map(_number, _unwrapped(inner(scope), scope))]
        return self._accessed()

    def _accessed(self) -> Path:
        path = self._primary()
        while True:
            if self._accept(".."):
                path = _descendants(path, self._key())
            elif self._accept("."):
                path = self._member(path)
            elif self._accept("["):
                path = self._subscripts(path)
            elif self._accept("?"):
                self._expect("(")
                path = _filtered(path, self._or())
                self._expect(")")
            else:
                return path

    def _primary(self) -> Path:
        kind, text = self._peek()
        self._at += 1
        if kind == "number":
            return lambda _scope: [Number(text)]
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", text)
            return lambda _scope: [value]
        if kind == "name":
            return self._named(text)
        if text == "$":
            return lambda scope: [scope.root]
        if text == "@":
            return lambda scope: scope.current
        if text == "(":
            inner = self._sum()
            self._expect(")")
            return inner
        raise self._wrong()

    def _named(self, text: str) -> Path:
        if text in ("true", "false", "null"):
            return lambda _scope: [{"true": True, "false": False, "null": None}[text]]
        if text == "last":
            return _last
        if text.startswith("$"):
            return lambda scope: [_passed(scope, text[1:])]
        raise self._wrong()

    def _key(self) -> str:
        kind, text = self._peek()
        self._at += 1
        if kind not in ("name", "text"):
            raise self._wrong()
        return re.sub(r"\\(.)", r"\1", text) if kind == "text" else text

    def _member(self, path: Path) -> Path:
        if self._accept("*"):
            return lambda scope: [value for item in _objects(path(scope), scope) for value in item.values()]
        quoted = self._peek()[0] == "text"
        key = self._key()
        if not quoted and self._accept("("):
            self._expect(")")
            if key not in _METHODS:
                raise unable(f"{key}() in a JSON path")
            method = _METHODS[key]
            return lambda scope: method(path(scope), scope)
        return lambda scope: _members(path(scope), key, scope)

    def _subscripts(self, path: Path) -> Path:
        if self._accept("*"):
            self._expect("]")
            return lambda scope: [each for array in _arrays(path(scope), scope) for each in array]
        ranges: list[tuple[Path, Path | None]] = []
        while True:
            first = self._sum()
            ranges.append((first, self._sum() if self._accept("to", kind="name") else None))
            if not self._accept(","):
                break
        self._expect("]")
        return lambda scope: [
            each for array in _arrays(path(scope), scope) for each in _elements(array, ranges, scope)
        ]

    def _or(self) -> Predicate:
        parts = [self._and()]
        while self._accept("||"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda scope: _any([part(scope) for part in parts])

    def _and(self) -> Predicate:
        parts = [self._not()]
        while self._accept("&&"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda scope: _all([part(scope) for part in parts])

    def _not(self) -> Predicate:
        if self._accept("!"):
            inner = self._not()
            return lambda scope: _negated(inner(scope))
        if self._accept("exists", kind="name"):
            self._expect("(")
            path = self._sum()
            self._expect(")")
            return lambda scope: _exists(path, scope)
        start = self._at
        if self._accept("("):
            grouped = self._grouped(start)
            if grouped is not None:
                return grouped
        return self._comparison()

    def _grouped(self, start: int) -> Predicate | None:
        """A predicate in parentheses; None (and back at the start) where they hold a path."""
        try:
            inner = self._or()
            self._expect(")")
        except ValueError:
            self._at = start
            return None
        if self._accept("is", kind="name"):
            if not self._accept("unknown", kind="name"):
                raise self._wrong()
            return lambda scope: inner(scope) is None
        return inner

    def _comparison(self) -> Predicate:
        left = self._sum()
        operator = self._accept(*_COMPARED)
        if operator:
            return functools.partial(_compare, operator, left, self._sum())
        if self._accept("starts", kind="name") and self._accept("with", kind="name"):
            return functools.partial(_compare, "starts with", left, self._primary())
        raise self._wrong()


def _passed(scope: Scope, name: str) -> Any:
    if name not in scope.passed:
        raise ValueError(f"INVALID_PATH: line 1:1: no value passed for parameter {name}")
    return scope.passed[name]


def _last(scope: Scope) -> Items:
    if scope.last is None:
        raise PathError("last outside of a subscript")
    return [Number(str(scope.last))]


def _unwrapped(items: Items, scope: Scope) -> Items:
    """Arrays give way to their elements in lax mode."""
    if not scope.lax:
        return items
    return [each for item in items for each in (item if isinstance(item, list) else [item])]


def _objects(items: Items, scope: Scope) -> list[dict[str, Any]]:
    found = _unwrapped(items, scope)
    if any(not isinstance(item, dict) for item in found):
        if not scope.lax:
            raise PathError("an object is expected")
        found = [item for item in found if isinstance(item, dict)]
    return found


def _members(items: Items, key: str, scope: Scope) -> Items:
    found = _objects(items, scope)
    if not scope.lax and any(key not in item for item in found):
        raise PathError(f"missing member '{key}' in JSON object")
    return [item[key] for item in found if key in item]


def _descendants(path: Path, key: str) -> Path:
    def below(value: Any) -> Items:
        if isinstance(value, dict):
            own = [value[key]] if key in value else []
            return own + [each for child in value.values() for each in below(child)]
        return [each for child in value for each in below(child)] if isinstance(value, list) else []

    return lambda scope: [each for item in path(scope) for each in below(item)]


def _arrays(items: Items, scope: Scope) -> list[Items]:
    if not scope.lax and any(not isinstance(item, list) for item in items):
        raise PathError("an array is expected")
    return [item if isinstance(item, list) else [item] for item in items]


def _elements(array: Items, ranges: Sequence[tuple[Path, Path | None]], scope: Scope) -> Items:
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
    return int(_number(items[0]).exact())


def _number(item: Any) -> Any:
    if not isinstance(item, Number):
        raise PathError("a number is expected")
    return _Calculated(item)


class _Calculated(Number):
    """A number that may be negated."""

    __slots__ = ()

    def __neg__(self) -> Number:
        return Number(self[1:] if self.startswith("-") else f"-{self}")


def _arithmetic(sign: str, left: Path, right: Path) -> Path:
    def run(scope: Scope) -> Items:
        operands = [_unwrapped(side(scope), scope) for side in (left, right)]
        if any(len(items) != 1 for items in operands):
            raise PathError("arithmetic takes one number on each side")
        a, b = (_number(items[0]) for items in operands)
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


def _filtered(path: Path, predicate: Predicate) -> Path:
    def run(scope: Scope) -> Items:
        return [
            item
            for item in _unwrapped(path(scope), scope)
            if predicate(Scope(scope.root, scope.passed, scope.lax, [item], scope.last))
        ]

    return run


def _exists(path: Path, scope: Scope) -> bool | None:
    try:
        return bool(path(scope))
    except PathError:
        return None


def _compare(operator: str, left: Path, right: Path, scope: Scope) -> bool | None:
    try:
        pairs = [(a, b) for a in _unwrapped(left(scope), scope) for b in _unwrapped(right(scope), scope)]
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
        return _COMPARED[operator](a.exact(), b.exact())
    if type(a) is type(b) and isinstance(a, str | bool):
        return _COMPARED[operator](a, b)
    return None


def _negated(value: bool | None) -> bool | None:  # noqa: FBT001 (a truth value is what is negated)
    return None if value is None else not value


def _any(values: list[bool | None]) -> bool | None:
    return True if True in values else None if None in values else False


def _all(values: list[bool | None]) -> bool | None:
    return False if False in values else None if None in values else True


def _double(items: Items, scope: Scope) -> Items:
    found = _unwrapped(items, scope)
    if any(not isinstance(item, str) for item in found):
        raise PathError("double() takes numbers and texts")
    try:
        return [Number(repr(float(item))) for item in found]
    except ValueError as error:
        raise PathError(str(error)) from error


def _rounded(convert: Callable[[Decimal], Decimal]) -> Callable[[Items, Scope], Items]:
    def run(items: Items, scope: Scope) -> Items:
        return [Number(f"{convert(_number(item).exact()):f}") for item in _unwrapped(items, scope)]

    return run


def _types(items: Items, _scope: Scope) -> Items:
    names = {bool: "boolean", Number: "number", str: "string", list: "array", dict: "object", type(None): "null"}
    return [names[type(item)] for item in items]


def _sizes(items: Items, scope: Scope) -> Items:
    return [Number(str(len(array))) for array in _arrays(items, scope)]


def _key_values(items: Items, scope: Scope) -> Items:
    return [
        {"name": name, "value": value, "id": Number(str(number))}
        for number, item in enumerate(_objects(items, scope))
        for name, value in item.items()
    ]


_METHODS: dict[str, Callable[[Items, Scope], Items]] = {
    "double": _double,
    "ceiling": _rounded(lambda number: number.to_integral_value(ROUND_CEILING)),
    "floor": _rounded(lambda number: number.to_integral_value(ROUND_FLOOR)),
    "abs": _rounded(abs),
    "type": _types,
    "size": _sizes,
    "keyvalue": _key_values,
}
