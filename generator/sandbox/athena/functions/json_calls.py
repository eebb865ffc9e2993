"""Calls of the SQL standard's JSON functions, whose clauses sqlglot does not read, as calls with commas alone.

`json_exists(d, 'lax $.a' UNKNOWN ON ERROR)` becomes `json_exists(d, 'lax $.a', 'UNKNOWN')`. The clauses are those
of trino.io/docs/current/functions/json.html; `sql_json` runs what comes of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.sql import Token, lex, quote_string

_RETURN_JSON = ("JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY")


def plain(text: str) -> str:
    """The text of a query with all such calls rewritten. Raises InvalidRequestError and UnsupportedError."""
    tokens = lex(text, backslash_escapes=False)
    parts, end = [], 0
    for index, (token, following) in enumerate(itertools.pairwise(tokens)):
        read = _READERS.get(token.text.upper()) if token.kind == "word" and following.text == "(" else None
        if read is None or token.start < end:
            continue
        close = _closing(tokens, index + 1)
        inside = _Clauses(text, tokens[index + 2 : close])
        parts += [text[end : token.start], f"{token.text.lower()}({', '.join(read(inside))})"]
        end = tokens[close].end
    return "".join((*parts, text[end:]))


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].upper, 0)
        if not depth:
            return index
    raise InvalidRequestError("line 1:1: mismatched input '<EOF>'", "MALFORMED_QUERY")


class _Clauses:
    """The words between a call's parentheses, read from the left."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def looking_at(self, *words: str) -> bool:
        ahead = self._tokens[self._at : self._at + len(words)]
        return [token.upper for token in ahead] == list(words)

    def accept(self, *words: str) -> bool:
        found = self.looking_at(*words)
        self._at += len(words) if found else 0
        return found

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.mismatch()

    def mismatch(self) -> InvalidRequestError:
        found = "<EOF>" if self.at_end else self._tokens[self._at].text
        return InvalidRequestError(f"line 1:1: mismatched input '{found}'", "MALFORMED_QUERY")

    def expression(self, *stops: tuple[str, ...]) -> str:
        """The text up to a comma, or to one of these words, outside of brackets; calls in it are rewritten."""
        first, depth = self._at, 0
        while not self.at_end:
            token = self._tokens[self._at]
            if depth == 0 and (token.upper == "," or any(self.looking_at(*stop) for stop in stops)):
                break
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.upper, 0)
            self._at += 1
        if first == self._at:
            raise self.mismatch()
        return plain(self._text[self._tokens[first].start : self._tokens[self._at - 1].end])

    def end(self) -> None:
        if not self.at_end:
            raise self.mismatch()


def _source(clauses: _Clauses) -> Iterator[str]:
    """The input and the path."""
    yield clauses.expression(("FORMAT", "JSON"))
    if clauses.accept("FORMAT", "JSON") and clauses.looking_at("ENCODING"):
        raise UnsupportedError("JSON in other encodings")
    clauses.expect(",")
    yield clauses.expression(("PASSING",), ("RETURNING",), *_ON, *_WRAPPERS, *_QUOTES)


def _passing(clauses: _Clauses) -> Iterator[str]:
    """The passed variables, a name and a value each: they come last in the rewritten call."""
    if not clauses.accept("PASSING"):
        return
    while True:
        value = clauses.expression(("FORMAT",), ("AS",))
        if clauses.accept("FORMAT", "JSON"):
            raise UnsupportedError("PASSING … FORMAT JSON")
        clauses.expect("AS")
        name = clauses.expression(("RETURNING",), *_ON, *_WRAPPERS, *_QUOTES)
        yield quote_string(name[1:-1].replace('""', '"') if name.startswith('"') else name.upper())
        yield value
        if not clauses.accept(","):
            return


_ON = tuple((mode,) for mode in ("ERROR", "NULL", "TRUE", "FALSE", "UNKNOWN", "EMPTY", "DEFAULT"))
_WRAPPERS = (("WITH",), ("WITHOUT",))
_QUOTES = (("KEEP",), ("OMIT",))


def _exists(clauses: _Clauses) -> list[str]:
    source, passed = list(_source(clauses)), list(_passing(clauses))
    mode = "FALSE"
    for choice in ("TRUE", "FALSE", "UNKNOWN", "ERROR"):
        if clauses.accept(choice, "ON", "ERROR"):
            mode = choice
    clauses.end()
    return [*source, quote_string(mode), *passed]


def _query(clauses: _Clauses) -> list[str]:
    source, passed = list(_source(clauses)), list(_passing(clauses))
    _returning_text(clauses)
    wrapper = "WITHOUT"
    if clauses.accept("WITH"):
        wrapper = "CONDITIONAL" if clauses.accept("CONDITIONAL") else "UNCONDITIONAL"
        clauses.accept("UNCONDITIONAL")
        clauses.accept("ARRAY")
        clauses.expect("WRAPPER")
    elif clauses.accept("WITHOUT"):
        clauses.accept("ARRAY")
        clauses.expect("WRAPPER")
    quotes = "OMIT" if clauses.accept("OMIT", "QUOTES") else "KEEP"
    clauses.accept("KEEP", "QUOTES")
    clauses.accept("ON", "SCALAR", "STRING")
    modes = {"EMPTY": "NULL", "ERROR": "NULL"}
    for event in modes:
        for choice in ("ERROR", "NULL", "EMPTY ARRAY", "EMPTY OBJECT"):
            if clauses.accept(*choice.split(), "ON", event):
                modes[event] = choice
    clauses.end()
    return [*source, *map(quote_string, (wrapper, quotes, *modes.values())), *passed]


def _value(clauses: _Clauses) -> list[str]:
    source, passed = list(_source(clauses)), list(_passing(clauses))
    kind = clauses.expression(*_ON) if clauses.accept("RETURNING") else "VARCHAR"
    found = {"EMPTY": ("NULL", "NULL"), "ERROR": ("NULL", "NULL")}
    while not clauses.at_end:
        mode = next((choice for choice in ("ERROR", "NULL", "DEFAULT") if clauses.accept(choice)), "")
        default = clauses.expression(("ON", "EMPTY"), ("ON", "ERROR")) if mode == "DEFAULT" else "NULL"
        event = next((choice for choice in found if clauses.accept("ON", choice)), "")
        if not mode or not event:
            raise clauses.mismatch()
        found[event] = (mode, default)
    handled = [text for mode, default in found.values() for text in (quote_string(mode), default)]
    # A cast of NULL says the type in a place where an expression may stand.
    return [*source, f"CAST(NULL AS {kind})", *handled, *passed]


def _object(clauses: _Clauses) -> list[str]:
    members: list[str] = []
    while not clauses.at_end and not _at_object_options(clauses):
        clauses.accept("KEY")
        members.append(clauses.expression((":",), ("VALUE",)))
        if not clauses.accept(":"):
            clauses.expect("VALUE")
        members += _item(clauses)
        if not clauses.accept(","):
            break
    mode = "ABSENT" if clauses.accept("ABSENT", "ON", "NULL") else "NULL"
    clauses.accept("NULL", "ON", "NULL")
    unique = clauses.accept("WITH", "UNIQUE")
    if unique or clauses.accept("WITHOUT", "UNIQUE"):
        clauses.accept("KEYS")
    _returning_text(clauses)
    clauses.end()
    return [quote_string(mode), quote_string("UNIQUE" if unique else ""), *members]


def _at_object_options(clauses: _Clauses) -> bool:
    return any(clauses.looking_at(*words) for words in (("RETURNING",), ("WITH", "UNIQUE"), ("WITHOUT", "UNIQUE")))


def _array(clauses: _Clauses) -> list[str]:
    items: list[str] = []
    while not clauses.at_end and not clauses.looking_at("RETURNING"):
        items += _item(clauses)
        if not clauses.accept(","):
            break
    mode = "NULL" if clauses.accept("NULL", "ON", "NULL") else "ABSENT"
    clauses.accept("ABSENT", "ON", "NULL")
    _returning_text(clauses)
    clauses.end()
    return [quote_string(mode), *items]


def _item(clauses: _Clauses) -> list[str]:
    """A value, and whether it is JSON text itself."""
    is_json = any(clauses.looking_at(name, "(") for name in _RETURN_JSON)
    value = clauses.expression(("FORMAT", "JSON"), ("NULL", "ON"), ("ABSENT",), ("RETURNING",), *_WRAPPERS)
    if clauses.accept("FORMAT", "JSON"):
        is_json = True
        if clauses.looking_at("ENCODING"):
            raise UnsupportedError("JSON in other encodings")
    return [value, quote_string("JSON" if is_json else "")]


def _returning_text(clauses: _Clauses) -> None:
    if not clauses.accept("RETURNING"):
        return
    if not clauses.accept("VARCHAR"):
        raise UnsupportedError("RETURNING of another type than varchar")
    if clauses.accept("("):
        clauses.expression((")",))
        clauses.expect(")")
    clauses.accept("FORMAT", "JSON")


def _table(_clauses: _Clauses) -> list[str]:
    raise UnsupportedError("json_table")


_READERS: dict[str, Callable[[_Clauses], list[str]]] = {
    "JSON_EXISTS": _exists,
    "JSON_QUERY": _query,
    "JSON_VALUE": _value,
    "JSON_OBJECT": _object,
    "JSON_ARRAY": _array,
    "JSON_TABLE": _table,
}
