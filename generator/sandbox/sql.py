"""The words of SQL text: enough of a lexer to split scripts and to read the statements sqlglot does not know."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "quoted", "string", "number", "parameter", "symbol"]

_STRING = r"'(?:[^'\\]|\\.|'')*'"
_PLAIN_STRING = r"'(?:[^']|'')*'"
_REST = r"""
    (?P<blank>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<string>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|%s)
  | (?P<quoted>"(?:[^"]|"")*")
  | (?P<parameter>(?<![:\w]):[A-Za-z_][0-9A-Za-z_]*)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
  | (?P<word>[\#A-Za-z_\u0080-\uffff][\w$\#]*)
  | (?P<symbol>::|\|\||<>|!=|<=|>=|.)
"""
_LEXERS = {
    backslash: re.compile(_REST % (_STRING if backslash else _PLAIN_STRING), re.VERBOSE | re.DOTALL)
    for backslash in (True, False)
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


@dataclass(frozen=True)
class Token:
    """One word of a statement; `text` is as written, `start` and `end` are offsets into the statement."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The word in upper case, to compare with keywords; quoted words are never keywords."""
        return self.text.upper() if self.kind in ("word", "symbol") else ""


class SqlSyntaxError(ValueError):
    """The text is not SQL: a string, quoted name or comment without an end, or an unexpected word."""


def lex(text: str, *, backslash_escapes: bool = True) -> list[Token]:
    """The words of `text`, comments and white space left out.

    `backslash_escapes`: whether `\\'` stays within a string, as in Redshift; Athena takes it literally.
    Raises SqlSyntaxError where a string, a quoted name or a comment does not end.
    """
    return list(_lexed(text, backslash_escapes))


@functools.lru_cache(maxsize=64)  # each step that a statement goes through asks for its words
def _lexed(text: str, backslash_escapes: bool) -> tuple[Token, ...]:
    tokens = []
    for match in _LEXERS[backslash_escapes].finditer(text):
        kind, word = match.lastgroup, match.group()
        if kind == "tag":
            kind = "string"
        if kind == "symbol" and (word in "'\"" or text.startswith("/*", match.start())):
            raise SqlSyntaxError(f'unterminated string, name or comment at or near "{text[match.start() :][:20]}"')
        if kind != "blank":
            tokens.append(Token(kind, word, match.start(), match.end()))  # type: ignore[arg-type]
    return tuple(tokens)


def split_statements(text: str, *, backslash_escapes: bool = True) -> list[str]:
    """The statements of a script, without their semicolons; empty ones are left out."""
    statements, begin, last = [], 0, 0
    found = False
    for token in lex(text, backslash_escapes=backslash_escapes):
        if token.text == ";" and token.kind == "symbol":
            if found:
                statements.append(text[begin : token.start].strip())
            begin, found = token.end, False
        else:
            found, last = True, token.end
    if found:
        statements.append(text[begin:].strip() if last else "")
    return statements


def string_value(text: str, *, backslash_escapes: bool = True) -> str:
    """What a string literal (`'…'` or `$$…$$`) stands for."""
    if text.startswith("$"):
        tag = text[: text.index("$", 1) + 1]
        return text[len(tag) : -len(tag)]
    body = text[1:-1].replace("''", "'")
    if not backslash_escapes:
        return body
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), body, flags=re.DOTALL)


def name_value(token: Token) -> str:
    """What a name stands for: quoted or not, Redshift and Athena fold it to lower case by default."""
    text = token.text[1:-1].replace('""', '"') if token.kind == "quoted" else token.text
    return text.lower()


def quote_name(name: str) -> str:
    """A name as SQL: `a"b` becomes `"a""b"`."""
    return '"' + name.replace('"', '""') + '"'


def quote_string(value: str) -> str:
    """A string as a standard SQL literal (for DuckDB: no backslash escapes)."""
    return "'" + value.replace("'", "''") + "'"


class TokenReader:
    """Reads a statement word by word; every mismatch is a SqlSyntaxError that names the word."""

    def __init__(self, text: str, tokens: Sequence[Token] | None = None) -> None:
        self.text = text
        self._tokens = list(lex(text) if tokens is None else tokens)
        self._index = 0

    @property
    def at_end(self) -> bool:
        return self._index >= len(self._tokens)

    def peek(self, ahead: int = 0) -> Token:
        """The next word (an empty symbol after the last one)."""
        index = self._index + ahead
        if index < len(self._tokens):
            return self._tokens[index]
        return Token("symbol", "", len(self.text), len(self.text))

    def next(self) -> Token:
        token = self.peek()
        if self.at_end:
            raise SqlSyntaxError("syntax error at end of input")
        self._index += 1
        return token

    def looking_at(self, *words: str) -> bool:
        return all(self.peek(ahead).upper == word for ahead, word in enumerate(words))

    def accept(self, *words: str) -> bool:
        """Step over these words where they come next; otherwise stay and return False."""
        if not self.looking_at(*words):
            return False
        self._index += len(words)
        return True

    def accept_any(self, *words: str) -> str:
        """Step over one of these words and return it, or return an empty text."""
        return next((word for word in words if self.accept(word)), "")

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.error()

    def expect_end(self) -> None:
        if not self.at_end:
            raise self.error()

    def name(self) -> str:
        token = self.next()
        if token.kind not in ("word", "quoted"):
            raise self.error(token)
        return name_value(token)

    def string(self) -> str:
        token = self.next()
        if token.kind != "string":
            raise self.error(token)
        return string_value(token.text)

    def integer(self) -> int:
        sign = -1 if self.accept("-") else 1
        token = self.next()
        if token.kind != "number" or not token.text.isdigit():
            raise self.error(token)
        return sign * int(token.text)

    def dotted_name(self) -> tuple[str, ...]:
        """A name with its schema (and database) where it has them: ("public", "flights")."""
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        return tuple(parts)

    def names(self) -> tuple[str, ...]:
        """Names in parentheses, parted by commas."""
        self.expect("(")
        found = [self.name()]
        while self.accept(","):
            found.append(self.name())
        self.expect(")")
        return tuple(found)

    def parenthesized(self) -> str:
        """The text within the parentheses that come next, nested ones included."""
        self.expect("(")
        start, depth = self.peek().start, 1
        while True:
            token = self.next()
            depth += {"(": 1, ")": -1}.get(token.upper, 0)
            if depth == 0:
                return self.text[start : token.start]

    def rest(self) -> str:
        """What is left of the text, as written."""
        text = self.text[self.peek().start :]
        self._index = len(self._tokens)
        return text

    def error(self, token: Token | None = None) -> SqlSyntaxError:
        found = (token or self.peek()).text
        return SqlSyntaxError(f'syntax error at or near "{found}"' if found else "syntax error at end of input")
