"""Trino's regular expression functions (trino.io/docs/current/functions/regexp.html)."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.calls import named
from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.functions.java_regexp import compiled, matcher
from generator.sandbox.athena.functions.scalars import invalid, plain
from generator.sandbox.section import Section

# A backslash, and what it escapes; ${name}; $1; or a dollar or backslash with nothing after it.
_REFERENCE = re.compile(r"\\(.)|\$\{([A-Za-z][A-Za-z0-9]*)\}|\$(\d+)|[\\$]", re.DOTALL)


def _group(pattern: re.Pattern[str], number: int) -> int:
    if number < 0:
        raise invalid("Group cannot be negative")
    if number > pattern.groups:
        raise invalid(f"Pattern has {pattern.groups} groups. Cannot access group {number}")
    return number


def _count(text: str, pattern: str) -> int:
    return sum(1 for _ in matcher(pattern, text).finditer(text))


def _extract(text: str, pattern: str, number: int) -> str | None:
    found = matcher(pattern, text).search(text)
    group = _group(matcher(pattern, text), number)
    return found[group] if found else None


def _extract_all(text: str, pattern: str, number: int) -> list[str | None]:
    group = _group(matcher(pattern, text), number)
    return [found[group] for found in matcher(pattern, text).finditer(text)]


def _like(text: str, pattern: str) -> bool:
    return matcher(pattern, text).search(text) is not None


def _position(text: str, pattern: str, start: int, occurrence: int) -> int:
    if start < 1:
        raise invalid("start position cannot be smaller than 1")
    if occurrence < 1:
        raise invalid("occurrence cannot be smaller than 1")
    if start > len(text):
        return -1
    for count, found in enumerate(matcher(pattern, text).finditer(text, start - 1), 1):
        if count == occurrence:
            return found.start() + 1
    return -1


def _replace(text: str, pattern: str, replacement: str) -> str:
    return matcher(pattern, text).sub(lambda found: _filled(replacement, found), text)


def _filled(replacement: str, found: re.Match[str]) -> str:
    """Java's `$1`, `${name}` and `\\$` in a replacement, filled from a match."""

    def value(reference: re.Match[str]) -> str:
        escaped, name, digits = reference.groups()
        if escaped is not None:
            return str(escaped)
        if name is not None:
            if name not in found.re.groupindex:
                raise invalid(f"Illegal replacement sequence: unknown group {{ {name} }}")
            return found[name] or ""
        if digits is None:
            raise invalid(f"Illegal replacement sequence: {replacement}")
        # As many digits as there are groups: $12 is the first group and a 2 where there are fewer than 12.
        size = len(digits)
        while size > 1 and int(digits[:size]) > found.re.groups:
            size -= 1
        return (found[_group(found.re, int(digits[:size]))] or "") + digits[size:]

    return _REFERENCE.sub(value, replacement)


def _split(text: str, pattern: str) -> list[str]:
    parts, end = [], 0
    for found in matcher(pattern, text).finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
    return [*parts, text[end:]]


def _groups(text: str, pattern: str) -> list[list[str | None]]:
    return [list(found.groups()) for found in matcher(pattern, text).finditer(text)]


def _join(parts: list[str], between: list[str | None]) -> str:
    return parts[0] + "".join((new or "") + part for new, part in zip(between, parts[1:], strict=True))


def _checked(arguments: list[exp.Expr], _kind_of: Callable[[exp.Expr], str]) -> None:
    """Patterns that are literals are refused before anything runs: a TRY would hide it later."""
    pattern = arguments[1] if len(arguments) > 1 else None
    if isinstance(pattern, exp.Literal) and pattern.is_string:
        try:
            compiled(pattern.name)
        except ValueError as error:
            refusal = str(error).removeprefix("the sandbox can't run this: ")
            if refusal != str(error):
                raise UnsupportedError(refusal) from error


def _with_lambda(arguments: list[exp.Expr]) -> exp.Expr | None:
    """regexp_replace(text, pattern, x -> …), whose function gets the groups of each match as an array."""
    if len(arguments) != 3 or not isinstance(arguments[2], exp.Lambda):
        return None
    text, pattern, function = arguments
    replacements = exp.Transform(this=named("_regexp_groups", text, pattern), expression=function.copy())
    return named("_regexp_join", named("regexp_split", text, pattern), replacements)


EARLY = {"regexp_replace": _with_lambda}
_NAMES = ("count", "extract", "extract_all", "like", "position", "replace", "split")

SECTION = Section(
    macros={
        "regexp_extract(s, p)": "trino__regexp_extract(s, p, 0)",
        "regexp_extract(s, p, n)": "trino__regexp_extract(s, p, n)",
        "regexp_extract_all(s, p)": "trino__regexp_extract_all(s, p, 0)",
        "regexp_extract_all(s, p, n)": "trino__regexp_extract_all(s, p, n)",
        "regexp_position(s, p)": "trino__regexp_position(s, p, 1, 1)",
        "regexp_position(s, p, start)": "trino__regexp_position(s, p, start, 1)",
        "regexp_position(s, p, start, n)": "trino__regexp_position(s, p, start, n)",
        "regexp_replace(s, p)": "trino__regexp_replace(s, p, '')",
        "regexp_replace(s, p, r)": "trino__regexp_replace(s, p, r)",
    },
    python={
        "regexp_count": plain(_count, "VARCHAR VARCHAR", "BIGINT"),
        "regexp_like": plain(_like, "VARCHAR VARCHAR", "BOOLEAN"),
        "regexp_split": plain(_split, "VARCHAR VARCHAR", "VARCHAR[]"),
        "_regexp_extract": plain(_extract, "VARCHAR VARCHAR BIGINT", "VARCHAR"),
        "_regexp_extract_all": plain(_extract_all, "VARCHAR VARCHAR BIGINT", "VARCHAR[]"),
        "_regexp_groups": plain(_groups, "VARCHAR VARCHAR", "VARCHAR[][]"),
        "_regexp_join": plain(_join, "VARCHAR[] VARCHAR[]", "VARCHAR"),
        "_regexp_position": plain(_position, "VARCHAR VARCHAR BIGINT BIGINT", "INTEGER"),
        "_regexp_replace": plain(_replace, "VARCHAR VARCHAR VARCHAR", "VARCHAR"),
    },
    rewrites={f"regexp_{name}": _checked for name in _NAMES},
)
