"""A statement's words, read one by one: for the parts of Athena's SQL that sqlglot can't parse."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from generator.sandbox.athena.errors import InvalidRequestError
from generator.sandbox.athena.statements import Name

Item = TypeVar("Item")
Dialect = Literal["hive", "trino"]

_REST = r"""
    (?P<blank>\s+|--[^\n]*|/\*.*?\*/)
  | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?![A-Za-z_]))
  | (?P<word>[A-Za-z_0-9\u0080-\uffff][\w$]*)
  | (?P<symbol><>|!=|<=|>=|\|\||->|.)
"""
_LEXERS: dict[Dialect, re.Pattern[str]] = {
    "hive": re.compile(
        r"(?P<string>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\") | (?P<name>`(?:[^`]|``)+`) |" + _REST,
        re.VERBOSE | re.DOTALL,
    ),
    "trino": re.compile(
        r"(?P<string>'(?:[^']|'')*') | (?P<name>\"(?:[^\"]|\"\")+\") |" + _REST, re.VERBOSE | re.DOTALL
    ),
}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([0-3][0-7]{2})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "0": "\0", "Z": "\x1a"}
# The lists of "Reserved keywords" (docs.aws.amazon.com/athena/latest/ug/reserved-words.html), but for those that the
# guide's own examples use as names of columns (TIME, DAYOFWEEK, FIRST).
_RESERVED: dict[Dialect, frozenset[str]] = {
    "hive": frozenset(
        """
        ALL ALTER AND ARRAY AS AUTHORIZATION BETWEEN BIGINT BINARY BOOLEAN BOTH BY CASE CAST CHAR COLUMN CONF CONSTRAINT
        COMMIT CREATE CROSS CUBE CURRENT CURRENT_DATE CURRENT_TIMESTAMP CURSOR DATABASE DATE DECIMAL DELETE DESCRIBE
        DISTINCT DOUBLE DROP ELSE END EXCHANGE EXISTS EXTENDED EXTERNAL EXTRACT FALSE FETCH FLOAT FLOOR FOLLOWING FOR
        FOREIGN FROM FULL FUNCTION GRANT GROUP GROUPING HAVING IF IMPORT IN INNER INSERT INT INTEGER INTERSECT INTERVAL
        INTO IS JOIN LATERAL LEFT LESS LIKE LOCAL MACRO MAP MORE NONE NOT NULL NUMERIC OF ON ONLY OR ORDER OUT OUTER
        OVER PARTIALSCAN PARTITION PERCENT PRECEDING PRECISION PRESERVE PRIMARY PROCEDURE RANGE READS REDUCE REGEXP
        REFERENCES REVOKE RIGHT RLIKE ROLLBACK ROLLUP ROW ROWS SELECT SET SMALLINT START TABLE TABLESAMPLE THEN
        TIMESTAMP TO TRANSFORM TRIGGER TRUE TRUNCATE UNBOUNDED UNION UNIQUEJOIN UPDATE USER USING UTC_TIMESTAMP VALUES
        VARCHAR VIEWS WHEN WHERE WINDOW WITH
        """.split()
    ),
    "trino": frozenset(
        """
        ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_DATE CURRENT_PATH CURRENT_TIME
        CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXECUTE EXISTS
        EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN LEFT LIKE LOCALTIME
        LOCALTIMESTAMP NATURAL NORMALIZE NOT NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE
        THEN TRUE UNESCAPE UNION UNNEST USING VALUES WHEN WHERE WITH
        """.split()
    ),
}
_NAMES_FOR_CATALOG = {"awsdatacatalog"}


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int


def _lex(sql: str, dialect: Dialect) -> list[_Token]:
    tokens = []
    for match in _LEXERS[dialect].finditer(sql):
        kind, text = str(match.lastgroup), match.group()
        if kind == "symbol" and (text in "'\"`" or sql.startswith("/*", match.start())):
            line, column = _position(sql, match.start())
            raise InvalidRequestError(f"line {line}:{column}: mismatched input '{text}'", "MALFORMED_QUERY")
        if kind in ("string", "name"):
            text = text[1:-1].replace(text[0] * 2, text[0])
        if kind == "string" and dialect == "hive":
            text = _ESCAPE.sub(_unescape, text)
        if kind != "blank":
            tokens.append(_Token(kind, text, match.start(), match.end()))
    return tokens


def _unescape(match: re.Match[str]) -> str:
    unicode, octal, other = match.groups()
    if unicode or octal:
        return chr(int(unicode, 16) if unicode else int(octal, 8))
    return _ESCAPED.get(other, other)


def _position(sql: str, offset: int) -> tuple[int, int]:
    return sql.count("\n", 0, offset) + 1, offset - sql.rfind("\n", 0, offset)


class Words:
    """Reads `sql` word by word; `dialect` is "hive" (DDL: backticks) or "trino" (queries: double quotes).

    Raises InvalidRequestError where a string, a quoted name or a comment does not end.
    """

    def __init__(self, sql: str, dialect: Dialect) -> None:
        self.sql = sql
        self._hive = dialect == "hive"
        self._reserved = _RESERVED[dialect]
        self._tokens = _lex(sql, dialect)
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._tokens)

    def looking_at(self, *words: str) -> bool:
        """Whether the next words are these; quoted names and strings are no words."""
        ahead = self._tokens[self._at : self._at + len(words)]
        return len(ahead) == len(words) and all(
            token.text.upper() == word and token.kind not in ("string", "name")
            for token, word in zip(ahead, words, strict=True)
        )

    def accept(self, *words: str) -> bool:
        """Step over these words where they come next."""
        found = self.looking_at(*words)
        if found:
            self._at += len(words)
        return found

    def expect(self, *words: str) -> None:
        if not self.accept(*words):
            raise self.mismatch(" ".join(words))

    def mismatch(self, expected: str = "") -> InvalidRequestError:
        """The error that Athena gives for the next word."""
        hint = f". Expecting: '{expected}'" if expected else ""
        token = _Token("", "<EOF>", len(self.sql.rstrip()), 0) if self.at_end else self._tokens[self._at]
        line, column = _position(self.sql, token.start)
        return InvalidRequestError(f"line {line}:{column}: mismatched input '{token.text}'{hint}", "MALFORMED_QUERY")

    def end(self) -> None:
        self.accept(";")
        if not self.at_end:
            raise self.mismatch("<EOF>")

    def identifier(self) -> str:
        """A name, in lower case, as Athena keeps all names; reserved words are names in quotes alone."""
        token = None if self.at_end else self._tokens[self._at]
        if token is None or token.kind not in ("word", "name"):
            raise self.mismatch("identifier")
        # DDL takes names that begin with an underscore in backticks alone.
        plain = token.kind == "word"
        if plain and (token.text.upper() in self._reserved or (self._hive and token.text.startswith("_"))):
            raise self.mismatch("identifier")
        return self._next().text.lower()

    def name(self) -> Name:
        """A table's name, with its database (and catalog) where it has them."""
        parts = [self.identifier()]
        while self.accept("."):
            parts.append(self.identifier())
        if len(parts) == 1:  # SHOW CREATE TABLE writes `database.table`, and Athena reads that too
            parts = parts[0].split(".")
        if len(parts) == 3 and parts[0] in _NAMES_FOR_CATALOG:
            parts = parts[1:]
        if len(parts) > 2:
            raise InvalidRequestError(f"Catalog '{parts[0]}' does not exist")
        return Name(parts[0] if len(parts) == 2 else "", parts[-1])

    def string(self) -> str:
        if self.at_end or self._tokens[self._at].kind != "string":
            raise self.mismatch("string")
        return self._next().text

    def value(self) -> str:
        """A literal (string, number or word) as text."""
        if self.at_end:
            raise self.mismatch("value")
        sign = "-" if self.accept("-") else ""
        return sign + self._next().text

    def listed(self, item: Callable[[], Item]) -> tuple[Item, ...]:
        """Items in parentheses, parted by commas."""
        self.expect("(")
        found = [item()]
        while self.accept(","):
            found.append(item())
        self.expect(")")
        return tuple(found)

    def text_until(self, *stops: str) -> str:
        """The text up to the first of these words (or an unopened closing bracket) outside brackets."""
        first, depth = self._at, 0
        while not self.at_end:
            if depth == 0 and any(self.looking_at(stop) for stop in stops):
                break
            token = self._next()
            depth += 0 if token.kind != "symbol" else (token.text in "(<") - (token.text in ")>")
        return self._slice(first, self._at)

    def parenthesized(self) -> str:
        """The text within the parentheses that come next."""
        self.expect("(")
        text = self.text_until(")")
        self.expect(")")
        return text

    def rest(self) -> str:
        """The text that is left, without the statement's final semicolon."""
        first, self._at = self._at, len(self._tokens)
        ended = self._tokens and (self._tokens[-1].kind, self._tokens[-1].text) == ("symbol", ";")
        last = self._at - 1 if ended else self._at
        return self._slice(first, last)

    def _slice(self, first: int, end: int) -> str:
        if first >= end:
            return ""
        return self.sql[self._tokens[first].start : self._tokens[end - 1].end]

    def _next(self) -> _Token:
        self._at += 1
        return self._tokens[self._at - 1]
