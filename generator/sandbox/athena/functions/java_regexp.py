"""Java's regular expressions as Python's.

Trino's functions take Java's syntax with the exceptions of "Regular expression functions"
(trino.io/docs/current/functions/regexp.html). What Python would read otherwise is rewritten or refused.
"""

from __future__ import annotations

import functools
import re
import sys
import warnings

from generator.sandbox.athena.functions.scalars import invalid, unable

_POSIX = {
    "Lower": "a-z", "Upper": "A-Z", "ASCII": r"\x00-\x7F", "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9",
    "Punct": r"!-/:-@\[-`{-~", "Graph": "!-~", "Print": " -~", "Blank": r" \t", "Cntrl": r"\x00-\x1F\x7F",
    "XDigit": "0-9a-fA-F", "Space": r" \t\n\x0B\f\r",
}  # fmt: skip
# As Joni has them, on which Trino runs: of all of Unicode, unlike Java's own.
_CLASSES = {"d": r"\d", "w": r"\w", "s": r"\s", "h": r" \t\xA0\u1680\u180e\u2000-\u200a\u202f\u205f\u3000"}
_SAME_ESCAPES = "tnrf\\"
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")
_BROKEN_POSSESSIVE = sys.version_info < (3, 11, 5)  # python/cpython#106052


@functools.lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for Python. Raises ValueError with Trino's message, or for what the sandbox can't run."""
    text = _Translation(pattern).run()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # "[[" is a literal for both
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        if "look-behind" in str(error):
            raise unable("look-behind of several widths in a regular expression") from error
        raise invalid(f"Invalid regular expression {pattern!r}: {error}") from error


def matcher(pattern: str, text: str) -> re.Pattern[str]:
    """The pattern, to match `text` with. Raises ValueError as `compiled` does, and where the two don't agree."""
    if not text.isascii() and re.search(r"\\[pP]", pattern):
        raise unable("classes such as \\p{Alpha} on text beyond ASCII")
    return compiled(pattern)


class _Translation:
    """One pass over a pattern, left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0
        self._depth_of_flags = [0]  # how many scoped groups are open for flags, by depth of parentheses

    def run(self) -> str:
        parts = []
        while self._at < len(self._pattern):
            parts.append(self._piece())
        if len(self._depth_of_flags) != 1:
            raise invalid(f"end pattern with unmatched parenthesis: {self._pattern}")
        return "".join(parts) + ")" * self._depth_of_flags[0]

    def _take(self, size: int = 1) -> str:
        text = self._pattern[self._at : self._at + size]
        self._at += size
        return text

    def _ahead(self, text: str) -> bool:
        return self._pattern.startswith(text, self._at)

    def _piece(self) -> str:
        char = self._pattern[self._at]
        if char == "\\":
            return self._escape()
        if char == "[":
            return self._bracket()
        if char == "(":
            return self._group()
        self._take()
        if char == ")":
            if len(self._depth_of_flags) == 1:
                raise invalid(f"unmatched close parenthesis: {self._pattern}")
            return ")" * (self._depth_of_flags.pop() + 1)
        if char == "$":
            return r"(?=\n?\Z)" if "(?m" not in self._pattern else "$"
        if char in "*+?}" and self._ahead("+"):
            if _BROKEN_POSSESSIVE:
                raise unable("possessive quantifiers on this version of Python")
            return char + self._take()
        return char

    def _group(self) -> str:
        flags = _FLAGS.match(self._pattern, self._at)
        if flags is None:
            return self._plain_group()
        on, off, end = flags[1], flags[2] or "", flags[3]
        if set(on + off) - set("ims") or (not on + off and end == ")"):
            raise unable(f"the flags of {flags[0]!r} in a regular expression")
        self._at = flags.end()
        opened = f"(?{on}{'-' + off if off else ''}:"
        if end == ":":
            self._depth_of_flags.append(0)
        else:  # flags hold until the group around them ends
            self._depth_of_flags[-1] += 1
        return opened

    def _plain_group(self) -> str:
        self._depth_of_flags.append(0)
        if self._ahead("(?<") and self._pattern[self._at + 3 : self._at + 4] not in ("=", "!"):
            self._take(3)
            return "(?P<"
        if self._ahead("(?P"):
            raise invalid(f"undefined group option: {self._pattern}")
        if self._ahead("(?>") and _BROKEN_POSSESSIVE:
            raise unable("atomic groups on this version of Python")
        return self._take()

    def _escape(self) -> str:
        self._take()
        if self._at >= len(self._pattern):
            raise invalid(f"end pattern at escape: {self._pattern}")
        char = self._take()
        if char in "DSWH":
            return f"[^{_CLASSES[char.lower()]}]"
        if char in _CLASSES:
            return f"[{_CLASSES[char]}]"
        if char == "Q":
            literal, _, _ = self._pattern[self._at :].partition("\\E")
            self._at = min(len(self._pattern), self._at + len(literal) + 2)
            return re.escape(literal)
        if char in "pP":
            return f"[{'^' if char == 'P' else ''}{self._property()}]"
        special = {
            "z": r"\Z",
            "Z": r"(?=\n?\Z)",
            "A": r"\A",
            "b": r"\b",
            "B": r"\B",
            "R": r"(?:\r\n|[\n-\r\x85\u2028\u2029])",
        }
        if char in special:
            return special[char]
        if char == "k" and self._ahead("<"):
            name = self._pattern[self._at + 1 :].partition(">")[0]
            self._take(len(name) + 2)
            return f"(?P={name})"
        if char in "123456789":
            return "\\" + char
        return self._character(char)

    def _character(self, char: str) -> str:
        """An escaped character, in brackets or outside."""
        if char in _SAME_ESCAPES or not (char.isascii() and char.isalnum()):
            return "\\" + char if char.isascii() else char
        if char in "xu":
            digits = self._hexadecimal(char)
            return re.escape(chr(int(digits, 16)))
        codes = {"a": r"\x07", "e": r"\x1B", "v": r"\x0B"}
        if char in codes:
            return codes[char]
        raise unable(f"\\{char} in a regular expression")

    def _hexadecimal(self, kind: str) -> str:
        if kind == "x" and self._ahead("{"):
            digits = self._pattern[self._at + 1 :].partition("}")[0]
            self._take(len(digits) + 2)
        else:
            digits = self._take(2 if kind == "x" else 4)
        if not re.fullmatch(r"[0-9a-fA-F]+", digits):
            raise invalid(f"invalid hexadecimal escape: {self._pattern}")
        return digits

    def _property(self) -> str:
        name = self._take()
        if name == "{":
            name = self._pattern[self._at :].partition("}")[0]
            self._take(len(name) + 1)
        if name not in _POSIX:
            raise unable(f"\\p{{{name}}} in a regular expression")
        return _POSIX[name]

    def _bracket(self) -> str:
        """A class of characters; Java's unions and intersections of classes are refused."""
        parts = [self._take()]
        if self._ahead("^"):
            parts.append(self._take())
        first = True
        while self._at < len(self._pattern) and (first or not self._ahead("]")):
            if self._ahead("[") or self._ahead("&&"):
                raise unable("classes within classes of a regular expression")
            parts.append(self._member() if self._ahead("\\") else self._escaped_member())
            first = False
        if self._at >= len(self._pattern):
            raise invalid(f"premature end of char-class: {self._pattern}")
        return "".join(parts) + self._take()

    def _escaped_member(self) -> str:
        char = self._take()
        return "\\" + char if char in "[]" else char

    def _member(self) -> str:
        self._take()
        char = self._take()
        if char in _CLASSES:
            return _CLASSES[char]
        if char == "p":
            return self._property()
        if char in "DSW":
            return "\\" + char
        if char in "PH":
            raise unable(f"\\{char} in a class of a regular expression")
        if char == "b":
            return r"\x08"
        return self._character(char)
