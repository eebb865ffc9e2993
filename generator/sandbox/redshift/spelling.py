"""Redshift's spellings that sqlglot can't read, written as calls: INTERVAL '…' with a qualifier, and `@ x`.

"Interval data types and literals" and "Mathematical operator symbols" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.sql import Token, lex

_QUALIFIERS = ("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")


def as_calls(text: str) -> str:
    """The statement with those constructs as calls of `interval_literal` and `abs`. Raises RedshiftError."""
    tokens = lex(text)
    for at, token in enumerate(tokens):
        if token.upper == "@":
            end = _operand(tokens, at + 1)
            operand = text[token.end : tokens[end].end]
            return f"{text[: token.start]}abs({as_calls(operand)}){as_calls(text[tokens[end].end :])}"
        follows = tokens[at + 1] if at + 1 < len(tokens) else None
        if token.upper == "INTERVAL" and follows is not None and follows.kind == "string":
            qualifier, end = _qualifier(tokens, at + 2)
            call = f"interval_literal({follows.text}, '{qualifier}')"
            return f"{text[: token.start]}{call}{as_calls(text[tokens[end].end :])}"
    return text


def _operand(tokens: list[Token], at: int) -> int:
    """The index of the last token of the operand that begins at `at`: a name, a number, a call or parentheses."""
    while at < len(tokens) and tokens[at].upper in ("-", "+"):
        at += 1
    if at == len(tokens):
        raise RedshiftError('syntax error at or near "@"')
    while at + 1 < len(tokens) and tokens[at + 1].upper == ".":
        at += 2
    if tokens[at].text != "(" and (at + 1 == len(tokens) or tokens[at + 1].text != "("):
        return at
    at += tokens[at].text != "("
    depth = 0
    for index in range(at, len(tokens)):
        depth += (tokens[index].text == "(") - (tokens[index].text == ")")
        if not depth:
            return index
    raise RedshiftError('syntax error at or near "@"')


def _qualifier(tokens: list[Token], at: int) -> tuple[str, int]:
    """The qualifier that begins at `at`, such as "DAY TO SECOND", and the index of its last token."""

    def word(index: int) -> str:
        return tokens[index].upper if index < len(tokens) else ""

    if word(at) not in _QUALIFIERS:
        return "", at - 1
    first, end = word(at), at
    if word(at + 1) == "TO" and word(at + 2) in _QUALIFIERS:
        first, end = f"{first} TO {word(at + 2)}", at + 2
    if word(end + 1) == "(" and end + 3 < len(tokens) and tokens[end + 2].kind == "number":
        end += 3
    return first, end
