"""Redshift's patterns: "Pattern-matching conditions" and the REGEXP functions.

Both of the Amazon Redshift Database Developer Guide. A POSIX pattern takes the longest of the matches that begin
leftmost, knows ASCII's character classes only, and lets `.` match a line's end, `^` and `$` the ends of lines;
what its syntax has not (look-ahead, lazy repetition, references to groups) is refused rather than taken for PCRE.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import regex  # type: ignore[import-untyped]
from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.binary import padded
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python, Section
from generator.sandbox.sql import Token, quote_string, string_value

_LOWERED = "lowered"
_REFUSED = "the sandbox can't run this: "
_POSIX = regex.VERSION0 | regex.POSIX | regex.ASCII | regex.MULTILINE | regex.DOTALL
_PCRE = regex.VERSION0 | regex.ASCII
# Within neither brackets nor an escape: groups that are none of POSIX, lazy and possessive repetition.
_WHOLE = r"(?:\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\])(*SKIP)(*FAIL)|"
_FOREIGN = regex.compile(_WHOLE + r"\(\?|[*+?}][?+]", regex.DOTALL)
_FOREIGN_ESCAPE = regex.compile(r"\\\\(*SKIP)(*FAIL)|\\[A-Za-z0-9--dDwWsS]", regex.VERSION1)
# Escapes that PCRE reads otherwise than `regex`.
_FOREIGN_TO_REGEX = regex.compile(r"\\\\(*SKIP)(*FAIL)|\\[ZQELmM]")
# `regex` would take these for its approximate matching.
_APPROXIMATE = regex.compile(_WHOLE + r"\{(?!\d+(?:,\d*)?\})", regex.DOTALL)
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


@functools.lru_cache(maxsize=512)
def compiled(pattern: str, parameters: str) -> Any:
    """A pattern as parameters (c, i, e, p) have it read. Raises ValueError where it is none, or is refused."""
    if set(parameters) - set("ciep"):
        raise ValueError(f"invalid regular expression parameter: {parameters}")
    flags = _PCRE if "p" in parameters else _POSIX
    foreign = _APPROXIMATE.search(pattern) or _FOREIGN_TO_REGEX.search(pattern)
    if foreign or ("p" not in parameters and (_FOREIGN.search(pattern) or _FOREIGN_ESCAPE.search(pattern))):
        raise ValueError(f"{_REFUSED}the pattern {pattern!r}, whose syntax the documentation does not have")
    given = [letter for letter in parameters if letter in "ci"]
    if given and given[-1] == "i":
        flags |= regex.IGNORECASE
    try:
        return regex.compile(pattern, flags)
    except regex.error as error:
        raise ValueError(f"Invalid regular expression {pattern!r}: {error.msg}") from error


def matches(text: str | None, pattern: str | None) -> bool | None:
    """Whether a POSIX pattern is found in the text: the operator `~`."""
    return None if text is None or pattern is None else compiled(pattern, "").search(text) is not None


def count(text: str | None, pattern: str | None, position: int | None, parameters: str | None) -> int | None:
    """REGEXP_COUNT: how often a pattern is found."""
    if text is None or pattern is None or position is None or parameters is None:
        return None
    return sum(1 for _ in compiled(pattern, parameters).finditer(text, max(0, position - 1)))


def _find(text: str, pattern: str, position: int, occurrence: int, parameters: str) -> tuple[int, int] | None:
    """Where a match of that number begins and ends; with `e`, its first group."""
    if position > len(text):
        return None
    found = compiled(pattern, parameters).finditer(text, max(0, position - 1))
    match = next(islice(found, occurrence - 1, None), None)
    if match is None:
        return None
    group = 1 if "e" in parameters and match.re.groups else 0
    begin, end = match.span(group)
    return begin, end


def instr(text: str | None, pattern: str | None, position: int | None, occurrence: int | None,
          option: int | None, parameters: str | None) -> int | None:  # fmt: skip
    """REGEXP_INSTR: where a match begins or (option 1) the position after its end, 0 where there is none."""
    if text is None or pattern is None or position is None or occurrence is None or option is None:
        return None
    if parameters is None:
        return None
    if not 1 <= occurrence <= len(text):
        return 0
    span = _find(text, pattern, position, occurrence, parameters)
    return 0 if span is None else span[1 if option else 0] + 1


def substr(text: str | None, pattern: str | None, position: int | None, occurrence: int | None,
           parameters: str | None) -> str | None:  # fmt: skip
    """REGEXP_SUBSTR: a match, or '' where there is none."""
    if text is None or pattern is None or position is None or occurrence is None or parameters is None:
        return None
    if position > len(text):
        return ""
    if not 1 <= occurrence <= len(text):
        return None
    span = _find(text, pattern, position, occurrence, parameters)
    return "" if span is None else text[max(0, span[0]) : max(0, span[1])]


def replace(text: str | None, pattern: str | None, replacement: str | None, position: int | None,
            parameters: str | None) -> str | None:  # fmt: skip
    """REGEXP_REPLACE: the text with each match replaced."""
    if text is None or pattern is None or replacement is None or position is None or parameters is None:
        return None
    if "$" in replacement or "\\" in replacement:
        raise ValueError(f"{_REFUSED}REGEXP_REPLACE by a text with $ or \\, which may refer to groups")
    return str(compiled(pattern, parameters).sub(replacement, text, pos=max(0, position - 1)))


@functools.lru_cache(maxsize=512)
def _similar_pattern(pattern: str, escape: str) -> Any:
    """A pattern of SIMILAR TO as a regular expression."""
    parts, escaped, bracket = [], False, False
    for letter in pattern:
        if escaped:
            parts.append(regex.escape(letter))
            escaped = False
        elif letter == escape:
            escaped = True
        elif bracket:
            parts.append("\\\\" if letter == "\\" else letter)
            bracket = letter != "]" or parts[-2:] == [":", "]"]
        elif letter == "[":
            bracket = True
            parts.append(letter)
        else:
            parts.append({"%": ".*", "_": "."}.get(letter) or ("\\" + letter if letter in ".^$\\" else letter))
    if escaped:
        raise ValueError("SIMILAR TO pattern must not end with escape character")
    try:
        return regex.compile("".join(parts), _POSIX)
    except regex.error as error:
        raise ValueError(f"Invalid regular expression {pattern!r}: {error.msg}") from error


def similar(text: str | None, pattern: str | None, escape: str | None) -> bool | None:
    """Whether a pattern of SIMILAR TO covers the whole text."""
    if text is None or pattern is None or escape is None:
        return None
    if len(escape) > 1:
        raise ValueError("invalid escape string: it must be one character")
    return _similar_pattern(pattern, escape).fullmatch(text) is not None


def like(node: exp.Expr) -> exp.Expr:
    """LIKE and ILIKE (of ASCII's letters); a backslash is the escape character where no other is named."""
    if isinstance(node.expression, exp.Any | exp.All):
        raise Unsupported("LIKE ANY and LIKE ALL, which Redshift has not")
    escape = node.parent if isinstance(node.parent, exp.Escape) else None
    text = padded(node.this)
    pattern = padded(node.expression) if text is not node.this else node.expression
    if isinstance(node, exp.ILike):
        text, pattern = (call("rs_ascii_lower", exp.cast(side, "text")) for side in (text, pattern))
    elif text is node.this and escape is None and pattern.is_string and "\\" not in pattern.name:
        return node
    made: exp.Expr = exp.Like(this=text, expression=pattern, negate=node.args.get("negate"))
    made.meta[_LOWERED] = isinstance(node, exp.ILike)
    return made if escape else exp.Escape(this=made, expression=exp.Literal.string("\\"))


def escaped(node: exp.Expr) -> exp.Expr:
    """ESCAPE, which comes after what it belongs to: an ILIKE is a LIKE of lower-case letters by then."""
    if node.this.meta.get(_LOWERED):
        node.set("expression", call("rs_ascii_lower", node.expression))
    return node


def without_escape(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token, str]]:
    """Patterns of SIMILAR TO that name an escape character, each as its first and last word and SQL without it."""
    for at in range(len(tokens) - 4):
        similar, to, pattern, word, escape = tokens[at : at + 5]
        if (similar.upper, to.upper, word.upper) != ("SIMILAR", "TO", "ESCAPE"):
            continue
        if pattern.kind != "string" or escape.kind != "string":
            raise Unsupported("SIMILAR TO … ESCAPE of what is not a literal")
        letter, body = string_value(escape.text), string_value(pattern.text).replace("\\", "\\\\")
        if len(letter) != 1:
            raise RedshiftError("invalid escape string: it must be one character")
        body = regex.sub(regex.escape(letter) + "(.)", r"\\\1", body) if letter != "\\" else string_value(pattern.text)
        yield pattern, escape, quote_string(body.replace("\\", "\\\\"))


def similar_to(node: exp.Expr) -> exp.Expr:
    text = padded(node.this)
    pattern = padded(node.expression) if text is not node.this else node.expression
    return call("rs_is_similar", text, pattern, exp.Literal.string("\\"))


def found(node: exp.Expr) -> exp.Expr:
    """`~`, and with `NOT` around it `!~`."""
    return call("rs_is_found", padded(node.this), _constant(node.expression))


def refused(_: exp.Expr) -> exp.Expr:
    raise Unsupported("~* and !~*, which Redshift's documentation does not have")


def _constant(pattern: exp.Expr) -> exp.Expr:
    if pattern.find(exp.Column):
        raise RedshiftError("The pattern must be a valid UTF-8 literal character expression")
    return pattern


def _called(name: str, *defaults: exp.Expr | None) -> dict[str, Callable[..., exp.Expr]]:
    """A function that takes a text, a pattern and optional arguments (None: a parameter that must be given)."""

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        if not 2 <= len(arguments) <= 2 + len(defaults):
            raise ValueError(f"{name} takes 2 to {2 + len(defaults)} arguments")
        _constant(arguments[1])
        rest = [default.copy() for default in defaults[len(arguments) - 2 :] if default is not None]
        return call(f"rs_{name}_run", call("rs_text", arguments[0]), *arguments[1:], *rest)

    return {name: rewrite}


_ONE, _ZERO, _NOTHING = exp.Literal.number(1), exp.Literal.number(0), exp.Literal.string("")

SECTION = Section(
    rewrites={
        **_called("regexp_count", _ONE, _NOTHING),
        **_called("regexp_instr", _ONE, _ONE, _ZERO, _NOTHING),
        **_called("regexp_replace", _NOTHING, _ONE, _NOTHING),
        **_called("regexp_substr", _ONE, _ONE, _NOTHING),
    },
    returns={
        **dict.fromkeys(("regexp_count", "regexp_instr"), "integer"),
        **dict.fromkeys(("regexp_replace", "regexp_substr"), "varchar"),
    },
)

INTERNAL = Section(
    macros={
        "ascii_lower(t)": f"""CASE WHEN strlen(t) = length(t) THEN lower(t)
            ELSE translate(t, '{_UPPER}', '{_LOWER}') END"""
    },
    python={
        "is_found": Python(matches, ("VARCHAR", "VARCHAR"), "BOOLEAN"),
        "is_similar": Python(similar, ("VARCHAR", "VARCHAR", "VARCHAR"), "BOOLEAN"),
        "regexp_count_run": Python(count, ("VARCHAR", "VARCHAR", "BIGINT", "VARCHAR"), "INTEGER"),
        "regexp_instr_run": Python(instr, ("VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "BIGINT", "VARCHAR"), "INTEGER"),
        "regexp_replace_run": Python(replace, ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "VARCHAR"), "VARCHAR"),
        "regexp_substr_run": Python(substr, ("VARCHAR", "VARCHAR", "BIGINT", "BIGINT", "VARCHAR"), "VARCHAR"),
    },
)
