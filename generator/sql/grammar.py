"""Reading one statement in its dialect, with sqlglot; and what sqlglot cannot read although the engine can.

The statements are those of the Redshift Database Developer Guide ("SQL commands") and of the Athena User Guide ("SQL
reference for Athena").
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import Dialect, exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from generator.model import Engine
from generator.problems import did_you_mean
from generator.sql import scanner

NAMES: dict[Engine, str] = {"redshift": "Redshift", "athena": "Athena"}

# How statements begin. Those with True are parsed; the rest are taken as they are, but for quotes and parentheses.
_BOTH = dict.fromkeys(("SELECT", "WITH", "VALUES", "(", "INSERT", "UPDATE", "DELETE", "MERGE"), True)
STATEMENTS: dict[Engine, dict[str, bool]] = {
    "redshift": _BOTH
    | dict.fromkeys(
        """ABORT ALTER ANALYSE ANALYZE ATTACH BEGIN CALL CANCEL CLOSE COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE
        DESC DESCRIBE DETACH DROP END EXECUTE EXPLAIN FETCH GRANT LOCK PREPARE REFRESH RESET REVOKE ROLLBACK SET SHOW
        START TRUNCATE UNLOAD USE VACUUM""".split(),
        False,
    ),
    "athena": _BOTH
    | {"TABLE": True}
    | dict.fromkeys(
        """ALTER CREATE DEALLOCATE DESC DESCRIBE DROP EXECUTE EXPLAIN MSCK OPTIMIZE PREPARE SHOW UNLOAD USING
        VACUUM""".split(),
        False,
    ),
}
_OBJECTS = """TABLE VIEW SCHEMA DATABASE USER GROUP ROLE FUNCTION PROCEDURE LIBRARY MODEL DATASHARE POLICY EXTERNAL TEMP
OR TEMPORARY MATERIALIZED LOCAL GLOBAL DEFAULT IDENTITY MASKING RLS SYSTEM PROTECTED MULTI""".split()
# CREATE statements that are parsed: tables with columns and from queries in Redshift, the latter in Athena; views.
_PARSED_CREATE: dict[Engine, re.Pattern[str]] = {
    "redshift": re.compile(
        r"CREATE\s+(?:(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?\s+)?TABLE\b|CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\b"
        r"|CREATE\s+MATERIALIZED\s+VIEW\b",
        re.IGNORECASE,
    ),
    "athena": re.compile(
        r"CREATE\s+TABLE\b(?=.*\bAS\s*\(*\s*(?:SELECT|WITH|VALUES)\b)|CREATE\s+(?:OR\s+REPLACE\s+)?VIEW\b",
        re.IGNORECASE | re.DOTALL,
    ),
}

_QUERY_OF_CREATE = re.compile(
    r"CREATE\s+(?:\w+\s+){0,4}(?:TABLE|VIEW)\b.*?\bAS\s*\(?\s*(?!SELECT\b|WITH\b)(\w+)", re.IGNORECASE | re.DOTALL
)

# What Redshift knows and sqlglot does not: patterns over the words of a statement, and what is read in their place.
_REWRITES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "CREATE": tuple(
        (re.compile(rf"(?<![(,] )(?<!^){pattern}(?= |$)"), "")
        for pattern in (
            r"\b(?:LOCAL|GLOBAL) (?=TEMP)",
            r"\bENCODE \w+",
            r"\b(?:COMPOUND |INTERLEAVED )?SORTKEY(?: AUTO| \( [^()]* \))?",
            r"\bDISTSTYLE \w+",
            r"\bDISTKEY(?: \( [^()]* \))?",
            r"\bBACKUP (?:YES|NO)",
            r"\bAUTO REFRESH (?:YES|NO)",
            r"\bCOLLATE \w+",
            r"\b(?:INCLUDING|EXCLUDING) DEFAULTS",
        )
    ),
    "MERGE": ((re.compile(r"\bREMOVE DUPLICATES$"), "WHEN MATCHED THEN DELETE"),),
}

_CLAUSES = {
    TokenType.WHERE: "WHERE",
    TokenType.HAVING: "HAVING",
    TokenType.GROUP_BY: "GROUP BY",
    TokenType.ORDER_BY: "ORDER BY",
    TokenType.LIMIT: "LIMIT",
    TokenType.FROM: "FROM",
    TokenType.UNION: "UNION",
    TokenType.JOIN: "JOIN",
}
_OPERATORS = {
    TokenType.COMMA,
    TokenType.AND,
    TokenType.OR,
    TokenType.EQ,
    TokenType.NEQ,
    TokenType.LT,
    TokenType.LTE,
    TokenType.GT,
    TokenType.GTE,
    TokenType.PLUS,
    TokenType.DASH,
    TokenType.DPIPE,
    TokenType.DCOLON,
}
# After these something must come, and what comes can't be one of those.
_WANTING = {*_OPERATORS, *_CLAUSES, TokenType.SELECT, TokenType.SET, TokenType.BETWEEN, TokenType.THEN} - {
    TokenType.LIMIT
}
_NO_START = (set(_CLAUSES) | {TokenType.COMMA, TokenType.R_PAREN, TokenType.AND, TokenType.OR, TokenType.EQ}) - {
    TokenType.JOIN
}
_KEYWORDS = """SELECT FROM WHERE GROUP ORDER HAVING LIMIT UNION JOIN LEFT RIGHT INNER OUTER CROSS VALUES INTO USING
SET WHEN THEN ELSE END BETWEEN DISTINCT""".split()


@dataclass(frozen=True)
class Fault:
    """Why a statement does not parse, at an offset of its text."""

    offset: int
    length: int
    message: str
    help: str = ""


@dataclass(frozen=True)
class Reading:
    """A statement as it was read: ``word`` is its first word, in capitals; ``tree`` where it was parsed."""

    word: str
    tree: exp.Expr | None
    faults: tuple[Fault, ...]


@functools.lru_cache(maxsize=512)
def read(text: str, engine: Engine) -> Reading:
    """One statement of an engine: its tree, or why it has none. Raises nothing, whatever the text."""
    scanned = scanner.scan(text, engine)
    first = re.search(r"\(|\w+|\S", scanned.masked)
    word = first[0].upper() if first else ""
    faults = _lexical(scanned) or _beginning(word, first, scanned, engine)
    if faults or first is None:
        return Reading(word, None, tuple(faults))
    parsed = STATEMENTS[engine][word] or bool(_PARSED_CREATE[engine].match(scanned.masked, first.start()))
    if not parsed:
        return Reading(word, None, ())
    tree, fault = parse(text, engine, word)
    return Reading(word, tree, (fault,) if fault else ())


def _lexical(scanned: scanner.Scan) -> list[Fault]:
    """Quotes, comments and parentheses without their other half."""
    if scanned.unclosed:
        return [Fault(offset, 1, message) for offset, message in scanned.unclosed]
    opened: list[re.Match[str]] = []
    for match in re.finditer(r"[()]", scanned.masked):
        if match[0] == "(":
            opened.append(match)
        elif opened:
            opened.pop()
        else:
            return [Fault(match.start(), 1, "this ')' has no '(' before it")]
    return [Fault(match.start(), 1, "this '(' is never closed") for match in opened[-1:]]


def _beginning(word: str, first: re.Match[str] | None, scanned: scanner.Scan, engine: Engine) -> list[Fault]:
    if first is None:
        return []
    if word not in STATEMENTS[engine]:
        close = difflib.get_close_matches(word, STATEMENTS[engine], n=1, cutoff=0.6)
        help_text = did_you_mean(word, close) if close else ""
        message = f"'{first[0]}' begins no statement of {NAMES[engine]}"
        return [Fault(first.start(), len(first[0]), message, help_text)]
    return _object(word, first, scanned, engine) if word in {"CREATE", "DROP", "ALTER"} else []


def _object(word: str, first: re.Match[str], scanned: scanner.Scan, engine: Engine) -> list[Fault]:
    query = _QUERY_OF_CREATE.match(scanned.masked, first.start())
    if query and difflib.get_close_matches(query[1].upper(), ("SELECT", "WITH"), n=1, cutoff=0.75):
        help_text = did_you_mean(query[1].upper(), ("SELECT", "WITH"))
        return [Fault(query.start(1), len(query[1]), f"'{query[1]}' is not expected here", help_text)]
    second = re.compile(r"\s+(\w+)").match(scanned.masked, first.end())
    if second is None or second[1].upper() in _OBJECTS:
        return []
    close = difflib.get_close_matches(second[1].upper(), _OBJECTS, n=1, cutoff=0.75)
    if not close:
        return []
    message = f"{NAMES[engine]} has nothing named '{second[1]}' to {word.lower()}"
    return [Fault(second.start(1), len(second[1]), message, did_you_mean(second[1].upper(), close))]


@functools.cache
def _dialect(engine: Engine) -> Dialect:
    return Dialect.get_or_raise(engine)


def parse(text: str, engine: Engine, word: str) -> tuple[exp.Expr | None, Fault | None]:
    """The tree of a statement that begins with a word; a fault where it has none."""
    dialect = _dialect(engine)
    try:
        tokens = dialect.tokenize(text)
    except TokenError:
        return None, None  # quotes were looked at before: what is left is beyond sqlglot
    if engine == "redshift":
        if "#" in text:
            tokens = [_operator(token) for token in tokens]
        tokens = _rewritten(tokens, word)
    if fault := _missing(tokens, text):
        return None, fault
    parser = dialect.parser(error_level=ErrorLevel.IMMEDIATE, error_message_context=len(text))
    try:
        with _quiet():
            trees = parser.parse(tokens, text)
    except ParseError as error:
        return None, _fault(error, tokens)
    except RecursionError:
        return None, Fault(0, len(text), "this is nested too deeply")
    except Exception:  # noqa: BLE001 - a defect of the parser says nothing about the text
        return None, None
    tree = trees[0] if len(trees) == 1 else None
    known = tree is not None and not isinstance(tree, exp.Command)
    return (tree if known else None), None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without sqlglot's warnings about statements that it leaves as they are."""
    logger = logging.getLogger("sqlglot")
    before = logger.disabled
    logger.disabled = True
    try:
        yield
    finally:
        logger.disabled = before


def _rewritten(tokens: list[Token], word: str) -> list[Token]:
    """The tokens with the patterns of ``_REWRITES`` left out or replaced."""
    for pattern, replacement in _REWRITES.get(word, ()):
        words = [_plain(token) for token in tokens]
        starts = [0]
        for each in words:
            starts.append(starts[-1] + len(each) + 1)
        for match in reversed(list(pattern.finditer(" ".join(words)))):
            low = next(index for index, start in enumerate(starts) if start >= match.start())
            high = next(index for index, start in enumerate(starts) if start >= match.end())
            tokens = tokens[:low] + _replacing(tokens[low], replacement) + tokens[high:]
    return tokens


def _operator(token: Token) -> Token:
    """Redshift's ``#`` (exclusive or) as an operator that sqlglot knows."""
    if token.text != "#" or token.token_type != TokenType.VAR:
        return token
    return Token(TokenType.PIPE, token.text, token.line, token.col, token.start, token.end)


def _plain(token: Token) -> str:
    quoted = token.token_type in {TokenType.STRING, TokenType.IDENTIFIER, TokenType.HEREDOC_STRING}
    return "?" if quoted else token.text.upper().replace(" ", "_") or "?"


def _replacing(place: Token, text: str) -> list[Token]:
    made = _dialect("redshift").tokenize(text) if text else []
    return [Token(token.token_type, token.text, place.line, place.col, place.start, place.end) for token in made]


def _missing(tokens: list[Token], text: str) -> Fault | None:
    """Gaps that sqlglot overlooks: a comma with nothing after it, ORDER without BY, an empty IN ()."""
    if "match_recognize" in text.lower() and any(token.text.upper() == "MATCH_RECOGNIZE" for token in tokens):
        return None  # its patterns have a grammar of their own
    for index, token in enumerate(tokens):
        after = tokens[index + 1] if index + 1 < len(tokens) else None
        if token.token_type in _WANTING and _is_gap(tokens, index):
            shown = text[token.start : token.end + 1]
            return Fault(token.start, len(shown), f"something is missing after '{shown}'{_before(after, text)}")
        if token.token_type == TokenType.VAR and (fault := _half_clause(tokens, index)):
            return fault
        if token.token_type == TokenType.EQ and token.text == "==":
            return Fault(token.start, 2, "SQL compares with a single =", "write =")
        if token.token_type == TokenType.IN:
            following = [each.token_type for each in tokens[index + 1 : index + 3]]
            if following == [TokenType.L_PAREN, TokenType.R_PAREN]:
                return Fault(tokens[index + 1].start, 2, "the list after IN is empty")
    return None


def _is_gap(tokens: list[Token], index: int) -> bool:
    """Whether what a token calls for is not there; after a dot or AS, and before a dot, keywords are names."""
    if index + 1 == len(tokens):
        return True
    before = tokens[index - 1].token_type if index else None
    beyond = tokens[index + 2].token_type if index + 2 < len(tokens) else None
    alias = before == TokenType.ALIAS and tokens[index].token_type != TokenType.SELECT
    named = alias or before == TokenType.DOT or beyond == TokenType.DOT
    return not named and tokens[index + 1].token_type in _NO_START


def _before(after: Token | None, text: str) -> str:
    return f", before '{text[after.start : after.end + 1]}'" if after is not None else ", where the text ends"


def _half_clause(tokens: list[Token], index: int) -> Fault | None:
    token = tokens[index]
    before = tokens[index - 1] if index else None
    after = tokens[index + 1].text.upper() if index + 1 < len(tokens) else ""
    word = token.text.upper()
    if word not in {"ORDER", "GROUP"} or after == "BY" or before is None:
        return None
    if before.text.upper() == "WITHIN" or before.token_type in {TokenType.DOT, TokenType.ALIAS}:
        return None
    return Fault(token.start, len(token.text), f"'{token.text}' has no BY after it", f"write {word} BY")


def _fault(error: ParseError, tokens: list[Token]) -> Fault:
    details = error.errors[0] if error.errors else {}
    offset = len(str(details.get("start_context") or ""))
    found = str(details.get("highlight") or "")
    index = next((index for index, token in enumerate(tokens) if token.start >= offset), len(tokens) - 1)
    for near in (index, index - 1):
        if 0 < near < len(tokens) and (help_text := _misspelt(tokens[near])):
            token = tokens[near]
            return Fault(token.start, len(token.text), f"'{token.text}' is not expected here", help_text)
    return Fault(offset, max(1, len(found)), _message(str(details.get("description") or ""), found))


def _misspelt(token: Token) -> str:
    if token.token_type != TokenType.VAR or token.text.upper() in _KEYWORDS:
        return ""
    close = difflib.get_close_matches(token.text.upper(), _KEYWORDS, n=1, cutoff=0.75)
    return did_you_mean(token.text.upper(), close) if close else ""


def _message(description: str, found: str) -> str:
    """What sqlglot found, in words for people who don't know sqlglot."""
    if expected := re.match(r"Expect(?:ing|ed) (\S+)$", description):
        return f"expected '{expected[1]}' near '{found}'"
    if description.startswith(("Required keyword", "Expected table name")):
        return f"something is missing after '{found}'"
    if description.startswith("Expected END after CASE"):
        return f"CASE has no END before '{found}'"
    return f"'{found}' is not expected here"
