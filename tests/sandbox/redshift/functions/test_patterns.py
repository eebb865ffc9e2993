"""POSIX and PCRE patterns, and those of SIMILAR TO, as Redshift reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions import patterns

TEXTS = st.text("ab.%_\\$^é\n", max_size=12)


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("xabcd", "a|ab|abc", "abc"),
        ("foobar", "(foo|foobar)(bar)?", "foobar"),
        ("aXb", "x", ""),
        ("one\ntwo", "^t.*$", "two"),
        ("one\ntwo", "e.t", "e\ntw"[:3]),
        ("a[b]", "[][]", "["),
        ("1é2", "[[:alnum:]]+$", "2"),
        ("a+b", "a\\+b", "a+b"),
        ("x*?y", "[*?]+", "*?"),
    ],
)
def test_posix_patterns_find_the_longest_of_the_leftmost(text: str, pattern: str, found: str) -> None:
    assert patterns.substr(text, pattern, 1, 1, "") == found


@pytest.mark.parametrize(
    "pattern", ["a*?", "a+?", "a??", "a{2}+", "(?:a)", "(?=a)", "(?i)a", "(a)\\1", "\\bword", "a{e<=1}", "a{,3}"]
)
def test_other_syntax_in_posix_patterns_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="the sandbox can't run this"):
        patterns.matches("word", pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "*a", "a{2"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"Invalid regular expression|can't run this"):
        patterns.matches("a", pattern)


def test_pcre_patterns_take_the_first_alternative() -> None:
    assert patterns.substr("xabcd", "a|ab|abc", 1, 1, "p") == "a"
    assert patterns.substr("aab", "(a)\\1", 1, 1, "p") == "aa"
    assert patterns.substr("<a><b>", "<.*?>", 1, 1, "p") == "<a>"


@given(TEXTS, TEXTS)
def test_replacing_a_plain_text_is_what_replace_does(text: str, old: str) -> None:
    if old:
        assert patterns.replace(text, re.escape(old), "-", 1, "p") == text.replace(old, "-")


@given(TEXTS)
def test_an_escaped_text_is_similar_to_itself_alone(text: str) -> None:
    pattern = re.sub("(.)", r"!\1", text, flags=re.DOTALL)
    assert patterns.similar(text, pattern, "!") is True
    assert patterns.similar(text + "c", pattern, "!") is False


@given(TEXTS, TEXTS, st.integers(-2, 14))
def test_what_is_counted_is_found(text: str, pattern: str, position: int) -> None:
    plain = re.escape(pattern) or "a"
    number = patterns.count(text, plain, position, "p")
    assert number is not None
    place = patterns.instr(text, plain, position, 1, 0, "p")
    assert bool(place) == bool(number)
    if place:
        assert text[place - 1 :].startswith(pattern or "a")
        assert place >= position
