"""What of a query's text is written otherwise before sqlglot reads it.

Calls of the functions in `functions` get the names of their macros, which sqlglot leaves alone; numbers with
underscores and decimal literals become what sqlglot reads with the same meaning.
"""

from __future__ import annotations

import itertools
import re

from generator.sandbox.athena import functions
from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.errors import InvalidRequestError
from generator.sandbox.athena.functions import json_calls
from generator.sandbox.sql import Token, lex

_NAMING = ("AS", "WITH", "RECURSIVE", ")")
_MOST_DIGITS = 38


def respelled(text: str) -> str:
    """The query `text` as sqlglot is to read it. Raises InvalidRequestError for names that only the sandbox has."""
    text = json_calls.plain(text)
    parts, end = [], 0
    before = Token("symbol", "", 0, 0)
    for token, following in itertools.pairwise(lex(text, backslash_escapes=False)):
        new, until = _call(before, token, following) or "", token.end
        if not new:
            new, until = _literal(token, following), following.end
        if new and token.start >= end:
            parts += [text[end : token.start], new]
            end = until
        before = token
    return "".join((*parts, text[end:]))


def _call(before: Token, token: Token, following: Token) -> str:
    name = token.text.lower()
    if token.kind != "word" or following.text != "(":
        return ""
    if name.startswith(PREFIX):
        raise InvalidRequestError(f"line 1:1: Function '{name}' not registered", "MALFORMED_QUERY")
    # An alias with columns looks like a call: AS zip (a, b).
    return PREFIX + name if name in functions.NAMES and before.upper not in _NAMING else ""


def _literal(token: Token, following: Token) -> str:
    if token.upper == "DECIMAL" and following.kind == "string":
        return _decimal(following.text[1:-1].strip())
    joined = token.kind == "number" and following.kind == "word" and token.end == following.start
    if joined and re.fullmatch(r"(_\d+)+", following.text):
        return token.text + following.text.replace("_", "")
    return ""


def _decimal(text: str) -> str:
    """DECIMAL '001.50' is a decimal(5, 2): all digits that are written count."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", text):
        raise InvalidRequestError(f"line 1:1: '{text}' is not a valid decimal literal", "INVALID_LITERAL")
    whole, _, fraction = text.lstrip("+-").partition(".")
    digits = len(whole) + len(fraction)
    if digits > _MOST_DIGITS:
        raise InvalidRequestError(f"line 1:1: Invalid decimal literal '{text}': too many digits", "INVALID_LITERAL")
    return f"CAST('{text}' AS DECIMAL({digits}, {len(fraction)}))"
