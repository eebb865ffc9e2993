"""The SQL standard's JSON path language, as far as Trino's documentation describes it.

See "JSON path language" on trino.io/docs/current/functions/json.html. A path gives a sequence of items; what fails
raises PathError, which the calling function's ON ERROR clause then handles.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from generator.sandbox.athena.functions import json_items as items
from generator.sandbox.athena.functions.json_items import Items, Path, Predicate, Scope
from generator.sandbox.athena.functions.json_values import Number
from generator.sandbox.athena.functions.scalars import unable

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|\"(?P<text>(?:[^\"\\]|\\.)*)\"|(?P<name>\$?[A-Za-z_]\w*)"
    r"|(?P<symbol>&&|\|\||==|<>|!=|<=|>=|\.\.|[$@.\[\](){}*,?<>!+\-/%]))"
)


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
            path = items.arithmetic(sign, path, self._product())
        return path

    def _product(self) -> Path:
        path = self._signed()
        while sign := self._accept("*", "/", "%"):
            path = items.arithmetic(sign, path, self._signed())
        return path

    def _signed(self) -> Path:
        if sign := self._accept("+", "-"):
            inner = self._signed()
            return lambda scope: items.signed(sign, inner(scope), scope)
        return self._accessed()

    def _accessed(self) -> Path:
        path = self._primary()
        while True:
            if self._accept(".."):
                path = items.descendants(path, self._key())
            elif self._accept("."):
                path = self._member(path)
            elif self._accept("["):
                path = self._subscripts(path)
            elif self._accept("?"):
                self._expect("(")
                path = items.filtered(path, self._or())
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
            return items.last
        if text.startswith("$"):
            return lambda scope: [items.passed(scope, text[1:])]
        raise self._wrong()

    def _key(self) -> str:
        kind, text = self._peek()
        self._at += 1
        if kind not in ("name", "text"):
            raise self._wrong()
        return re.sub(r"\\(.)", r"\1", text) if kind == "text" else text

    def _member(self, path: Path) -> Path:
        if self._accept("*"):
            return lambda scope: [value for item in items.objects(path(scope), scope) for value in item.values()]
        quoted = self._peek()[0] == "text"
        key = self._key()
        if not quoted and self._accept("("):
            self._expect(")")
            if key not in items.METHODS:
                raise unable(f"{key}() in a JSON path")
            method = items.METHODS[key]
            return lambda scope: method(path(scope), scope)
        return lambda scope: items.members(path(scope), key, scope)

    def _subscripts(self, path: Path) -> Path:
        if self._accept("*"):
            self._expect("]")
            return lambda scope: [each for array in items.arrays(path(scope), scope) for each in array]
        ranges: list[tuple[Path, Path | None]] = []
        while True:
            first = self._sum()
            ranges.append((first, self._sum() if self._accept("to", kind="name") else None))
            if not self._accept(","):
                break
        self._expect("]")
        return lambda scope: items.subscripted(path(scope), ranges, scope)

    def _or(self) -> Predicate:
        parts = [self._and()]
        while self._accept("||"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda scope: items.either([part(scope) for part in parts])

    def _and(self) -> Predicate:
        parts = [self._not()]
        while self._accept("&&"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda scope: items.both([part(scope) for part in parts])

    def _not(self) -> Predicate:
        if self._accept("!"):
            inner = self._not()
            return lambda scope: items.negated(inner(scope))
        if self._accept("exists", kind="name"):
            self._expect("(")
            path = self._sum()
            self._expect(")")
            return lambda scope: items.exists(path, scope)
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
        operator = self._accept(*items.COMPARED)
        if operator:
            return functools.partial(items.compare, operator, left, self._sum())
        if self._accept("starts", kind="name") and self._accept("with", kind="name"):
            return functools.partial(items.compare, "starts with", left, self._primary())
        raise self._wrong()
