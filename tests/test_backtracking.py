"""Patterns that take for ever are told; those that only look like it, and all others, are not."""

from __future__ import annotations

import pytest

from generator import backtracking

LONG = "a" * 60


@pytest.mark.parametrize("pattern", ["^(a+)+b$", "(a?){50}a{60}", "a?" * 50 + "a{60}"])
def test_what_takes_too_long(pattern: str) -> None:
    assert backtracking.complaint(pattern, LONG) == f"takes more than 5 s to compare with the pattern '{pattern}'"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^([a-z]+,)*[a-z]+$", "one,two,three"),
        ("^(a+)+$", LONG),
        ("^[A-Z]{2}-[0-9]{4}-[0-9]{2}-[0-9]{2}$", "UA-2013-01-31"),
        ("^a+b$", "a" * 10_000),
        ("x", LONG),
        ("(", "not a pattern"),
        ("^(é|\0|\ud800)+$", "é\0\ud800é"),
    ],
)
def test_what_does_not(pattern: str, text: str) -> None:
    assert backtracking.complaint(pattern, text) == ""


@pytest.mark.parametrize(("pattern", "value"), [(None, "a"), ("(a+)+b", None), ("(a+)+b", 7)])
def test_only_texts_are_compared(pattern: object, value: object) -> None:
    assert backtracking.complaint(pattern, value) == ""
