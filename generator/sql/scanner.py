"""SQL as text: where strings, comments and Jinja are, and where one statement ends and the next begins."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from generator.model import Engine

# What stands between Jinja's signs, with its strings; a bound keeps broken texts from taking for ever.
# (Possessive quantifiers would say so better, but Python up to 3.11.4 matches them wrongly.)
_INNER = r"""(?:(?!%\}|\}\})[^'"]|"[^"]*"|'[^']*'){0,2000}"""
_JINJA = re.compile(
    r"""(?P<comment>\{\#.*?(?:\#\}|\Z))
      | \{%[-+]?\s*raw\b.*?(?:\bendraw\s*[-+]?%\}|\Z)
      | \{%[-+]?\s*(?P<word>\w*)(?P<rest>"""
    + _INNER
    + r""")%\}
      | \{\{"""
    + _INNER
    + r"""\}\}
      | \{[{%].*?(?:[%}]\}|\Z)""",
    re.DOTALL | re.VERBOSE,
)
_BLOCKS = {"autoescape", "block", "call", "filter", "for", "if", "macro", "with"}

_COMMON = r"""(?P<line>--[^\n]*)
      | (?P<block>/\*.*?(?:\*/|(?P<open_block>\Z)))
      | (?P<name>"[^"]*(?:""[^"]*)*(?:"|(?P<open_name>\Z)))
      | (?P<end>;)
      """
# Redshift reads a backslash in a string as an escape, and $$ as a quote; Athena has backticks in its DDL.
_LEXICON: dict[Engine, re.Pattern[str]] = {
    "redshift": re.compile(
        _COMMON
        + r"""| (?P<string>'[^'\\]*(?:(?:\\.|'')[^'\\]*)*(?:'|(?P<open_string>\\?\Z)))
              | (?P<dollar>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|(?P<open_dollar>\Z)))""",
        re.DOTALL | re.VERBOSE,
    ),
    "athena": re.compile(
        _COMMON
        + r"""| (?P<string>'[^']*(?:''[^']*)*(?:'|(?P<open_string>\Z)))
              | (?P<tick>`[^`]*(?:``[^`]*)*(?:`|(?P<open_tick>\Z)))""",
        re.DOTALL | re.VERBOSE,
    ),
}
_UNCLOSED = {
    "open_string": "this string has no closing quote",
    "open_name": "this quoted name has no closing quote",
    "open_tick": "this quoted name has no closing backtick",
    "open_block": "this comment has no closing */",
    "open_dollar": "this string has no closing dollar quote",
}


@dataclass(frozen=True)
class Scan:
    """A text, and ``masked``: as long, with blanks for comments and ``x`` for what strings and names hold.

    ``ends`` are the semicolons between statements, ``inner`` those within a block of Jinja such as ``{% if … %}``;
    ``unclosed`` are quotes and comments without an end, each with a message.
    """

    text: str
    masked: str
    ends: tuple[int, ...]
    inner: tuple[int, ...]
    unclosed: tuple[tuple[int, str], ...]


@functools.lru_cache(maxsize=1024)
def scan(text: str, engine: Engine = "redshift") -> Scan:
    """Where strings, comments and statements of a text end. Jinja may stand anywhere, also in strings."""
    without, levels = _without_jinja(text)
    pieces: list[str] = []
    ends: list[int] = []
    inner: list[int] = []
    unclosed: list[tuple[int, str]] = []
    position = 0
    for match in _LEXICON[engine].finditer(without):
        pieces.append(without[position : match.start()])
        position = match.end()
        if match["end"]:
            deep = sum(change for offset, change in levels if offset < match.start()) > 0
            (inner if deep else ends).append(match.start())
        pieces.append(_mask(match))
        for group, message in _UNCLOSED.items():
            if match.groupdict().get(group) is not None:
                unclosed.append((match.start(), message))
    pieces.append(without[position:])
    return Scan(text, "".join(pieces), tuple(ends), tuple(inner), tuple(unclosed))


def _mask(match: re.Match[str]) -> str:
    text = match[0]
    if match["line"] or match["block"]:
        return re.sub(r"[^\n]", " ", text)
    if match["end"]:
        return ";"
    return text[0] + "x" * (len(text) - 2) + text[0] if len(text) > 1 else text


def _without_jinja(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with letters in place of Jinja, and where a block opens (1) or closes (-1)."""
    if "{" not in text:
        return text, []
    levels: list[tuple[int, int]] = []

    def masked(match: re.Match[str]) -> str:
        word, rest = match["word"] or "", match["rest"] or ""
        if word in _BLOCKS or (word == "set" and "=" not in rest):
            levels.append((match.start(), 1))
        elif word.startswith("end"):
            levels.append((match.start(), -1))
        return (" " if match["comment"] else "x") * len(match[0])

    return _JINJA.sub(masked, text), levels


def split(text: str, engine: Engine = "redshift") -> list[tuple[int, str]]:
    """The statements of a text with their offsets, without the semicolons after them.

    Semicolons in strings, comments, dollar quotes and blocks of Jinja separate nothing. What holds comments only is
    no statement; other comments stay with their statement.
    """
    return list(_statements(scan(text, engine)))


def _statements(scanned: Scan) -> Iterator[tuple[int, str]]:
    start = 0
    for end in (*scanned.ends, len(scanned.text)):
        if scanned.masked[start:end].strip():
            piece = scanned.text[start:end]
            offset = start + len(piece) - len(piece.lstrip())
            yield offset, piece.strip()
        start = end + 1
