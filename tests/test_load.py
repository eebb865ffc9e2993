"""YAML as data with places: what each text means, where each part of it stands, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from generator import load
from generator.load import Document
from generator.problems import Problem, Span


def document(text: str) -> Document:
    made, problems = load.parse(text, "a.yaml")
    assert made is not None, problems
    return made


def refused(text: str) -> Problem:
    made, (problem,) = load.parse(text, "a.yaml")
    assert made is None
    return problem


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("yes", "yes"), ("on", "on"), ("NO", "NO"), ("12:30", "12:30"), ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("7", 7), ("007", 7), ("-3", -3), ("+3", 3), ("0x1F", "0x1F"), ("0o17", "0o17"),
        ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0), (".inf", ".inf"), (".nan", ".nan"), ("1e999", "1e999"),
        ("123456789012345678", 123456789012345678),
        ('"7"', "7"), ("'null'", "null"), ("!!str 7", "7"), ("|\n  7\n", "7\n"), (">-\n  a\n  b\n", "a b"),
    ],
)  # fmt: skip
def test_scalars_are_read_as_yaml_1_2_reads_them(written: str, value: object) -> None:
    found = document(f"a: {written}").data["a"]
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("1: a\ntrue: b\n2026-01-01: c\n1.50: d", {"1": "a", "true": "b", "2026-01-01": "c", "1.50": "d"}),
        ("a: &x {b: 1}\nc: *x", {"a": {"b": 1}, "c": {"b": 1}}),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}", {"a": {"b": 1, "c": 2}, "d": {"b": 3, "c": 2}}),
        ("a: &x {b: 1}\nc: &y {d: 2}\ne: {<<: [*x, *y]}", {"a": {"b": 1}, "c": {"d": 2}, "e": {"b": 1, "d": 2}}),
        (
            "a: &x {b: 1}\nc: &y {<<: *x, d: 2}\ne: {<<: *y}",
            {"a": {"b": 1}, "c": {"d": 2, "b": 1}, "e": {"d": 2, "b": 1}},
        ),
        ("'<<': text", {"<<": "text"}),
        ("\ufeffa: 1".removeprefix("\ufeff"), {"a": 1}),
        ("%YAML 1.2\n---\na: 1\n...\n", {"a": 1}),
    ],
)
def test_mappings(text: str, data: Any) -> None:
    assert document(text).data == data


TEXT = """\
tasks:
  load:
    table: public.flights
    checks: [{min: 1}, 'two']
  other: {}
"""


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ((), (1, 1, 1), (1, 1, 1)),
        (("tasks",), (1, 1, 5), (2, 3, 1)),
        (("tasks", "load", "table"), (3, 5, 5), (3, 12, 14)),
        (("tasks", "load", "checks", 0, "min"), (4, 15, 3), (4, 20, 1)),
        (("tasks", "load", "checks", 1), (4, 24, 5), (4, 24, 5)),
        (("tasks", "load", "missing", "deep"), (2, 3, 4), (2, 3, 4)),
        (("nowhere",), (1, 1, 1), (1, 1, 1)),
    ],
)
def test_spans(path: tuple[str | int, ...], key: tuple[int, ...], value: tuple[int, ...]) -> None:
    made = document(TEXT)
    assert made.key_span(path) == Span("a.yaml", *key)
    assert made.value_span(path) == Span("a.yaml", *value)


@pytest.mark.parametrize(
    ("written", "word", "where"),
    [
        ("SELECT wrong", "wrong", (1, 11, 5)),
        ("'SELECT wrong'", "wrong", (1, 12, 5)),
        ('"SELECT wrong"', "wrong", (1, 12, 5)),
        ('"SELECT\\twrong"', "wrong", (1, 4, 15)),  # escapes: the whole value
        ("|\n  SELECT\n    wrong", "wrong", (3, 5, 5)),
        ("|-\n\n  SELECT\n  wrong", "wrong", (4, 3, 5)),
        ("|2\n    SELECT\n  wrong", "wrong", (3, 3, 5)),
        ("&anchor |\n  SELECT wrong", "wrong", (2, 10, 5)),
        ("!!str SELECT wrong", "wrong", (1, 17, 5)),
        (">\n  SELECT\n  wrong", "wrong", (1, 4, 1)),  # folded: the whole value
        ("SELECT\n  wrong", "wrong", (1, 4, 1)),
    ],
)
def test_places_in_texts(written: str, word: str, where: tuple[int, ...]) -> None:
    made = document(f"a: {written}")
    value = made.at(("a",))
    assert made.place(("a",), value)(value.index(word), len(word)) == Span("a.yaml", *where)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("", "Y109", 1, 1),
        ("# only a comment\n", "Y109", 1, 1),
        ("a: 1\n---\nb: 2\n", "Y109", 2, 1),
        ("a:\n\tb: 1\n", "Y101", 2, 1),
        ("a: [1, 2\nb: 3\n", "Y101", 1, 4),
        ("a: 'open\n\n", "Y101", 1, 4),
        ("a: b: c\n", "Y101", 1, 5),
        ("a: *nothing\n", "Y101", 1, 4),
        ("a: \x07\n", "Y101", 1, 4),
        ("é: \x07\n", "Y101", 1, 4),
        ("a: 1\nb: x\u2028y\n", "Y101", 2, 5),
        ("a: !!python/object:os.system x\n", "Y106", 1, 4),
        ("a: !own x\n", "Y106", 1, 4),
        ("a: " + "[" * 41 + "]" * 41, "Y105", 1, 43),
        ("a: {{ x }}/y\n", "Y111", 1, 4),
        ("- {{ x }}/y\n", "Y111", 1, 3),
        ("{{ x }}/y: 1\n", "Y111", 1, 1),
    ],
)
def test_refused(text: str, code: str, line: int, column: int) -> None:
    problem = refused(text)
    assert (problem.code, problem.span.line, problem.span.column) == (code, line, column)


def test_aliases_that_grow() -> None:
    lists = "\n".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8))
    assert refused(f"- &a0 [x]\n{lists}").code == "Y107"
    merges = "\n".join(f"- &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 39))
    assert refused(f"- &a0 {{x: 1}}\n{merges}").code == "Y107"
    chain = "\n".join(f"- &a{n} {{<<: *a{n - 1}}}" for n in range(1, 5000))
    assert refused(f"- &a0 {{x: 1}}\n{chain}").code == "Y105"


def test_jinja_without_quotes_is_one_problem_and_stays_text() -> None:
    made, (problem,) = load.parse("a:\n  key: {{ env.bucket }}\n", "a.yaml")
    assert made is not None
    assert made.data == {"a": {"key": "{{ env.bucket }}"}}
    assert (problem.code, problem.span) == ("Y111", Span("a.yaml", 2, 8, 16))
    assert problem.help.startswith('write "{{ env.bucket }}"')


def test_duplicate_keys_name_the_first() -> None:
    made, (problem,) = load.parse("a: 1\nb: 2\na: 3\n", "a.yaml")
    assert made is not None
    assert made.data == {"a": 1, "b": 2}
    assert (problem.code, problem.span.line) == ("Y102", 3)
    assert problem.message == "the key 'a' is given twice; the first is in line 1"


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b"a: \xff\n", "Y104", 1, 4),
        (b"a: 1\r\nb: \xff\n", "Y104", 2, 4),
        (b"a\r\xff", "Y104", 2, 1),
        ("ä: ".encode() + b"\xff", "Y104", 1, 4),
        (b"a: 1\n" * 250_000, "Y103", 1, 1),
    ],
    ids=["byte", "windows", "old-mac", "after-umlaut", "large"],
)
def test_files_that_are_refused(content: bytes, code: str, line: int, column: int, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    made, (problem,) = load.read(path, "shown.yaml")
    assert made is None
    assert (problem.code, problem.span) == (code, Span("shown.yaml", line, column))


def test_files_that_are_not_there(tmp_path: Path) -> None:
    assert [problem.code for problem in load.read(tmp_path / "none.yaml", "none.yaml")[1]] == ["Y108"]
    assert [problem.code for problem in load.read(tmp_path, "folder")[1]] == ["Y108"]


def test_line_ends_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\nb: 1\r\n")
    made, problems = load.read(path, "a.yaml")
    assert made is not None
    assert (made.data, problems) == ({"a": "x\ny\n", "b": 1}, [])
    assert made.key_span(("b",)) == Span("a.yaml", 4, 1, 1)
