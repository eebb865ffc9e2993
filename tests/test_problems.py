"""How problems are shown: as text with the line and a caret, as JSON, and as GitHub's annotations."""

from __future__ import annotations

import json

import pytest

from generator.problems import LINE_WIDTH, Problem, Span, did_you_mean, either, errors, render


def text(problem: Problem, *lines: str) -> list[str]:
    return render([problem], "text", lambda _file: lines).split("\n")


def at(line: int, column: int, length: int = 1) -> Problem:
    return Problem(Span("a.yaml", line, column, length), "S201", "wrong")


@pytest.mark.parametrize(
    ("problem", "lines", "shown"),
    [
        (at(1, 3, 2), ["ab cd"], ["    1 | ab cd", "      |   ^^"]),
        (at(2, 1), ["before", "here"], ["    1 | before", "    2 | here", "      | ^"]),
        (at(2, 1), ["", "here"], ["    2 | here", "      | ^"]),
        (at(1, 4, 9), ["ab cd"], ["    1 | ab cd", "      |    ^^"]),  # no caret past the end
        (at(1, 6), ["ab cd"], ["    1 | ab cd", "      |      ^"]),  # what is missing stands behind the end
        (at(1, 2, 2), ["\tab"], ["    1 |     ab", "      |     ^^"]),  # tabs as wide as they are shown
        (at(1, 3), ["a\x1b[31m\u202e"], ["    1 | a\ufffd[31m\ufffd", "      |   ^"]),
        (at(9, 1), ["short file"], []),
        (at(1, 1), [], []),
    ],
)
def test_excerpt(problem: Problem, lines: list[str], shown: list[str]) -> None:
    head, *rest = text(problem, *lines)
    assert head == f"a.yaml:{problem.span.line}:{problem.span.column}: S201 wrong"
    assert rest == shown


def test_a_long_line_is_shown_around_the_caret() -> None:
    _, line, caret = text(at(1, 5000, 3), "x" * 4999 + "abc" + "y" * 5000)
    assert len(line) == LINE_WIDTH + len("    1 | ")
    start = caret.index("^")
    assert line[start : start + 3] == "abc"
    assert caret.endswith(" ^^^")


def test_a_message_stays_in_its_line() -> None:
    problem = Problem(Span("a\nb.yaml"), "S201", "unknown key 'a\r\n\x1b[0m'", "try\nthis")
    assert text(problem) == ["a\ufffdb.yaml:1:1: S201 unknown key 'a\ufffd\ufffd\ufffd[0m'", "   help: try\ufffdthis"]


def test_help_and_severity() -> None:
    problem = Problem(Span("a.yaml"), "J405", "perhaps wrong", "do this", "warning")
    assert text(problem) == ["a.yaml:1:1: J405 warning: perhaps wrong", "   help: do this"]


def test_problems_are_sorted_and_shown_once() -> None:
    first, second, third = at(1, 1), at(2, 1), Problem(Span("b.yaml"), "S201", "wrong")
    shown = render([third, second, first, second], "text", lambda _file: [])
    assert shown == "a.yaml:1:1: S201 wrong\na.yaml:2:1: S201 wrong\nb.yaml:1:1: S201 wrong"


def test_json() -> None:
    shown = json.loads(render([Problem(Span("a.yaml", 2, 3, 4), "S201", "“wrong”", "help")], "json", lambda _file: []))
    assert shown == [
        {"file": "a.yaml", "line": 2, "column": 3, "end_column": 7, "code": "S201", "severity": "error",
         "message": "“wrong”", "help": "help"}
    ]  # fmt: skip


def test_github_annotations_are_escaped() -> None:
    problem = Problem(Span("a,b:c.yaml", 2, 3), "S201", "100%\r\n::error::x", "help")
    assert render([problem], "github", lambda _file: []) == (
        "::error file=a%2Cb%3Ac.yaml,line=2,col=3,title=S201::100%25%0D%0A::error::x%0Ahelp: help"
    )


def test_errors_are_without_warnings() -> None:
    warning = Problem(Span("a.yaml"), "J405", "perhaps", severity="warning")
    assert errors([warning, at(1, 1)]) == [at(1, 1)]


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("tabel", ["table", "from"], "did you mean 'table'?"),
        ("zzz", ["b", "a"], "known here: a, b"),
        ("", ["a"], "known here: a"),
        ("zzz", [], ""),
        ("zzz", [f"k{n:02}" for n in range(30)], f"known here: {', '.join(f'k{n:02}' for n in range(20))}, …"),
        ("x" * 1_000_000, ["table"], "known here: table"),
    ],
    ids=str,
)
def test_did_you_mean(word: str, known: list[str], said: str) -> None:
    assert did_you_mean(word, known) == said


def test_either() -> None:
    assert [either(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a or b", "a, b or c"]
