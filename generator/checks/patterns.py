"""Regular expressions that Redshift's POSIX operators and Athena's functions read alike."""

from __future__ import annotations

import re

# "POSIX operators" in the Amazon Redshift Database Developer Guide: \d, \w, \s and their opposites.
_CLASSES = frozenset("dDwWsS")
_EXPRESSION = re.compile(
    r"""(?P<escape>\\(?P<escaped>.))
    | (?P<brackets>\[\^?\]?(?:\[:\w*:\]|[^\]])*\])
    | (?P<group>\(\?)
    | (?P<reluctant>[*+?}][?+])""",
    re.VERBOSE | re.DOTALL,
)


def complaint(pattern: str) -> str:
    """What is wrong with a pattern; empty where both engines read it alike."""
    for found in _EXPRESSION.finditer(pattern):
        if said := _foreign(found):
            return said
    try:
        re.compile(pattern)
    except re.error as error:
        return f"it can't be read: {error}"
    return ""


def _foreign(found: re.Match[str]) -> str:
    part = found[0]
    if found["escape"]:
        known = found["escaped"] in _CLASSES or not found["escaped"].isalnum()
        return "" if known else f"not both engines know {part}"
    if found["brackets"]:
        if "\\" in part:
            return f"a backslash in brackets stands for itself in POSIX: {part}"
        return f"not both engines know the class in {part}" if "[:" in part else ""
    if found["group"]:
        return "POSIX knows no groups that begin with (?"
    return f"POSIX knows no reluctant or possessive {part}"
