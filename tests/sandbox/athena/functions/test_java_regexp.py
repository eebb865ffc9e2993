"""Java's patterns as Python's: what each finds first, and what is refused."""

from __future__ import annotations

import pytest

from generator.sandbox.athena.functions.java_regexp import compiled, matcher


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\d+", "a12", "12"),
        (r"\w+", "-für", "für"),  # as Joni has it, on which Trino runs
        (r"a(?i)b", "aB", "aB"),
        (r"a(?i)b", "AB", None),
        (r"(a(?i)b)c", "aBC", None),  # the flag ends with its group
        (r"(?i:a)b", "Ab", "Ab"),
        (r"(?<n>a)\k<n>", "aa", "aa"),
        (r"\Qa.b\E+", "a.bb", "a.bb"),
        (r"[\d\-x]+", "1-x", "1-x"),
        (r"[]a]+", "]a", "]a"),
        (r"[^\s]+", " ab", "ab"),
        (r"[\W\d]+", "a-1", "-1"),
        (r"\p{Upper}+", "aBC", "BC"),
        (r"\P{Upper}+", "BCa", "a"),
        (r"a$", "a\n", "a"),
        (r"a\z", "a\n", None),
        (r"\x41\u0042\x{43}", "ABC", "ABC"),
        (r"a.c", "a\nc", None),
        (r"(?s)a.c", "a\nc", "a\nc"),
        (r"\h+", "a \t", " \t"),
        (r"x{2,3}?", "xxx", "xx"),
    ],
)
def test_found(pattern: str, text: str, found: str | None) -> None:
    match = compiled(pattern).search(text)
    assert (match and match[0]) == found


@pytest.mark.parametrize(
    "pattern", [r"[a&&b]", r"[a[b]]", r"\p{Greek}", "(?u)a", "(?d)a", r"[\H]", r"\G", "(?<=a|bc)d"]
)
def test_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="the sandbox can't run this"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(", ")", "[a", "a\\", "*", "(?P<n>a)", r"\x{zz}"])
def test_invalid(pattern: str) -> None:
    with pytest.raises(ValueError, match="INVALID_FUNCTION_ARGUMENT"):
        compiled(pattern)


def test_posix_classes_are_told_of_ascii_alone() -> None:
    assert matcher(r"\p{Alpha}", "ab").search("ab")
    with pytest.raises(ValueError, match="the sandbox can't run this"):
        matcher(r"\p{Alpha}", "für")
