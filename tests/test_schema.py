"""What the language's schema refuses, where, and in which words. The whole output is in tests/cases/bad."""

from __future__ import annotations

from typing import Any

import pytest

from generator import schema
from generator.load import Path_
from generator.problems import Problem, Span


def locate(path: Path_, key: bool) -> Span:
    """A span that shows the path, and whether the key or the value is meant."""
    return Span(f"{'key' if key else 'value'} {'.'.join(map(str, path))}")


def found(problems: list[Problem]) -> list[tuple[str, str, str]]:
    return [(problem.span.file, problem.code, problem.message) for problem in problems]


def task(template: str, **values: Any) -> list[Problem]:
    return schema.check_task(template, {"template": template, **values}, locate)


@pytest.mark.parametrize(
    ("values", "where", "code", "message"),
    [
        ({"sql": 5}, "value sql", "S202", "'sql' must be text, not the number 5"),
        ({"sql": None}, "value sql", "S202", "'sql' must be text, not nothing"),
        ({"sql": True}, "value sql", "S202", "'sql' must be text, not true"),
        ({"sql": {}}, "value sql", "S202", "'sql' must be text, not a mapping"),
        ({"sql": ""}, "value sql", "S205", "'sql': '' is not text of at least 1 character"),
        ({"retries": 1.0}, "value retries", "S202", "'retries' must be a whole number, not the number 1.0"),
        ({"retries": True}, "value retries", "S202", "'retries' must be a whole number, not true"),
        ({"retries": -1}, "value retries", "S206", "'retries' must be at least 0, not -1"),
        ({"retries": 51}, "value retries", "S206", "'retries' must be at most 50, not 51"),
        ({"timeout": "6 h"}, "value timeout", "S205",
         "'timeout': '6 h' is not a duration such as 30s, 15m, 1h30m, 6h or 2d"),
        ({"timeout": "0h0m"}, "value timeout", "S205",
         "'timeout': '0h0m' is not a duration such as 30s, 15m, 1h30m, 6h or 2d"),
        ({"trigger_rule": "all_don"}, "value trigger_rule", "S204", "'trigger_rule' can't be 'all_don'"),
        ({"depends_on": ["a", "b", "a"]}, "value depends_on.2", "S206", "'depends_on' holds 'a' twice"),
        ({"depends_on": ["a", 1]}, "value depends_on.1", "S202", "'depends_on[1]' must be text, not the number 1"),
        ({"for_each": []}, "value for_each", "S206", "'for_each' needs at least 1 item, it has 0"),
        ({"for_each": [{"A b": 1}]}, "key for_each.0.A b", "S205",
         "'A b' is not a name of lower-case letters, digits and _, that starts with a letter and has at most 63 "
         "characters"),
        ({"retreis": 2}, "key retreis", "S201", "unknown key 'retreis' in redshift.sql"),
        ({"sql": "x" * 100, "pool": ["y" * 100]}, "value pool", "S202", "'pool' must be text, not a list"),
        ({"queue": 10**17}, "value queue", "S202", "'queue' must be text, not the number 100000000000000000"),
    ],
)  # fmt: skip
def test_values(values: dict[str, Any], where: str, code: str, message: str) -> None:
    assert found(task("redshift.sql", **values)) == [(where, code, message)]


@pytest.mark.parametrize(
    ("values", "advice"),
    [
        ({"depends_on": "load"}, "write a list: [load]"),
        ({"depends_on_past": "yes"}, "write true without quotes"),
        ({"depends_on_past": "Off"}, "write false without quotes"),
        ({"retries": "3"}, "take the quotation marks away"),
        ({"retries": "three"}, ""),
        ({"pool": 7}, "put it in quotes"),
        ({"sql": ["a"]}, "put text of several lines below the key with |"),
        ({"trigger_rule": "all_don"}, "did you mean 'all_done'?"),
    ],
)
def test_help(values: dict[str, Any], advice: str) -> None:
    (problem,) = task("redshift.sql", **values)
    assert problem.help == advice


def test_a_misspelt_key_is_not_missing_as_well() -> None:
    problems = task("redshift.copy", tabel="public.flights", formt={"type": "csv"})
    assert found(problems) == [
        ("key formt", "S201", "unknown key 'formt' in redshift.copy"),
        ("key tabel", "S201", "unknown key 'tabel' in redshift.copy"),
        ("key ", "S203", "the key 'from' is missing in redshift.copy"),
    ]


def test_each_missing_key_is_told_once() -> None:
    problems = task("redshift.copy")
    assert [problem.message.split("'")[1] for problem in problems] == ["table", "from", "format"]
    assert all(problem.help for problem in problems)


def test_everything_wrong_is_told() -> None:
    data = {"pipeline": "A", "schedule": {"every": 1, "x": 2}, "tables": {"t": {"columns": {}}}, "tasks": {}, "x": 1}
    refusals = schema.check_pipeline(data, locate)
    assert sorted((path, problem.code) for path, problem in refusals) == [
        (("pipeline",), "S205"),
        (("schedule",), "S206"),
        (("schedule", "every"), "S202"),
        (("schedule", "x"), "S201"),
        (("tables", "t"), "S205"),
        (("tables", "t", "columns"), "S206"),
        (("tasks",), "S206"),
        (("x",), "S201"),
    ]


@pytest.mark.parametrize("data", [None, [], "text", 1, True])
def test_what_is_no_mapping(data: Any) -> None:
    for check in (schema.check_pipeline, schema.check_project):
        ((path, problem),) = check(data, locate)
        assert (path, problem.code) == ((), "S202")


def test_defaults_by_template() -> None:
    data = {"redshift.cpoy": {}, "redshift.copy": {"heder": 1, "mode": "x", "depends_on": []}, "s3.wait": None}
    problems = list(schema.check_template_defaults(data, ("defaults", "templates"), locate))
    assert [(problem.span.file, problem.code) for problem in problems] == [
        ("key defaults.templates.redshift.cpoy", "S207"),
        ("key defaults.templates.redshift.copy.heder", "S201"),
        ("key defaults.templates.redshift.copy.depends_on", "S201"),
    ]


@pytest.mark.parametrize("template", schema.template_names())
def test_examples_of_a_template_are_right(template: str) -> None:
    for example in schema.fragment(template)["examples"]:
        assert task(**example) == []


@pytest.mark.parametrize("template", schema.template_names())
def test_every_key_is_described(template: str) -> None:
    for key, part in schema.task_schema(template)["properties"].items():
        assert part.get("description"), key


def test_nothing_is_left_to_resolve() -> None:
    assert "$ref" not in str(schema.language())
    assert "$ref" not in str([schema.task_schema(name) for name in schema.template_names()])
