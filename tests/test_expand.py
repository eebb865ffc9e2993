"""Tasks as written become tasks as meant: items put in, defaults merged, and where each value came from."""

from __future__ import annotations

from typing import Any

import pytest

from generator import expand, load
from generator.expand import RawTask
from generator.load import Document
from generator.problems import Span


def document(text: str, file: str = "a.yaml") -> Document:
    made, problems = load.parse(text, file)
    assert made is not None
    assert problems == []
    return made


def tasks(text: str, *defaults: Document) -> list[RawTask]:
    made = document(text)
    layers = [layer for each in (*defaults, made) for layer in expand.layers(each, [])]
    return expand.tasks(made, layers)


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("flights", "flights"), ("raw/2026-01.csv", "raw_2026_01_csv"), (7, "7"), ({"a": "x", "b": 2}, "x_2"),
        ("é", "item"), ("--", "item"), ("", "item"), ({}, "item"), (None, "None"), ([1, 2], "1_2"),
    ],
)  # fmt: skip
def test_item_name(item: Any, name: str) -> None:
    assert expand.item_name(item) == name


def test_for_each() -> None:
    first, second = tasks("""
tasks:
  load:
    template: redshift.copy
    for_each: [a, {name: b, days: 3}]
    table: public.{{ item }}
    from: "{{item.name}}/{{- item.days -}}/{{ item.none }}"
    max_errors: "{{ item.days }}"
    format: {widths: ["{{ item }}"]}
""")
    assert (first.name, second.name, first.group) == ("load.a", "load.b_3", "load")
    assert first.data["table"] == "public.a"
    assert first.data["from"] == "{{item.name}}/{{- item.days -}}/{{ item.none }}"
    assert first.data["format"] == {"widths": ["a"]}
    assert second.data["table"] == "public.{{ item }}"
    assert second.data["from"] == "b/3/{{ item.none }}"
    assert second.data["max_errors"] == 3  # a value that is nothing but the item keeps its type


PROJECT = document(
    """
defaults:
  retries: 1
  timeout: 1h
  templates:
    redshift.copy: {mode: replace, retries: 2, format: {type: csv, header: true}, depends_on: [x]}
""",
    "project.yaml",
)


def test_defaults_come_from_the_closest_place() -> None:
    (load_, analyze) = tasks(
        """
defaults:
  timeout: 2h
  templates:
    redshift.copy: {format: {type: parquet}}
tasks:
  load: {template: redshift.copy, mode: append}
  analyze: {template: redshift.sql, timeout: 3h}
""",
        PROJECT,
    )
    assert load_.data == {
        "template": "redshift.copy",
        "retries": 2,  # of a template before those of all tasks
        "timeout": "2h",  # of the pipeline before the project's
        "format": {"type": "parquet"},  # whole values, not merged
        "mode": "append",  # of the task before all others
    }
    assert analyze.data == {"template": "redshift.sql", "retries": 1, "timeout": "3h"}
    assert load_.span(("retries",), key=False) == Span("project.yaml", 6, 45, 1)
    assert load_.span(("format", "type"), key=False) == Span("a.yaml", 5, 36, 7)
    assert load_.span(("mode",), key=True) == Span("a.yaml", 7, 35, 4)
    assert load_.span((), key=True) == Span("a.yaml", 7, 3, 4)


def test_refused_defaults_are_left_out() -> None:
    (layer,) = expand.layers(PROJECT, [("defaults", "retries"), ("defaults", "templates", "x")])
    assert layer[1].keys() == {"timeout", "templates"}


@pytest.mark.parametrize(
    "text", ["[]", "tasks: []", "tasks: {a: text, b: []}", "defaults: text", "tasks: {a: null}", "defaults: [x]"]
)
def test_malformed_parts_are_left_to_the_schema(text: str) -> None:
    assert tasks(text) == []


@pytest.mark.parametrize("body", ["{template: [x]}", "{template: {}}", "{}", "{for_each: x}", "{for_each: {}}"])
def test_malformed_tasks_stay_as_they_are(body: str) -> None:
    (raw,) = tasks(f"defaults: {{templates: {{x: y}}}}\ntasks: {{a: {body}}}")
    assert raw.data == document(body).data


def test_places_are_those_of_the_text_as_written() -> None:
    (raw,) = tasks("""
tasks:
  clean:
    template: redshift.sql
    for_each: [a_long_name]
    sql: DELETE FROM {{ item }} WERE {{ item }} = wrong
""")
    place, text = raw.place(("sql",)), raw.data["sql"]
    start = len("    sql: DELETE FROM ")
    assert place(text.index("a_long"), 3) == Span("a.yaml", 6, start + 1, 3)
    assert place(text.index("a_long") + 5, 3) == Span("a.yaml", 6, start + 1, 3)
    assert place(text.index("WERE"), 4) == Span("a.yaml", 6, start + len("{{ item }} ") + 1, 4)
    assert place(text.index("wrong"), 5) == Span("a.yaml", 6, start + len("{{ item }} WERE {{ item }} = ") + 1, 5)
