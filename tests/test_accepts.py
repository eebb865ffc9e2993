"""What the fast check lets through, jsonschema lets through: it may be too strict, never too lenient."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generator import accepts, schema

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 50, 51, 1.0, 1.5, "", "a", "ab", "A", "6h", "6 hours", [], [1], ["a", "a"], [1, True],
    [[1], [1]], [{"a": 1}], {}, {"a": 1}, {"a": "b"}, {"b": 1}, {"a": 1, "b": 2}, {"A": 1}, {"a": [1, 1.0]},
]  # fmt: skip
SCHEMAS: list[dict[str, Any]] = [
    {},
    *({"type": kind} for kind in ("string", "integer", "number", "boolean", "object", "array", "null")),
    {"type": ["string", "integer", "null"]},
    {"enum": ["a", "6h"]},
    {"properties": {"a": {"type": "integer"}}},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    {"additionalProperties": False},
    {"additionalProperties": {"type": "integer"}},
    {"propertyNames": {"pattern": "^[a-z]$"}},
    {"items": {"type": "integer"}},
    {"required": ["a"]},
    {"pattern": "^[0-9]+[smhdw]$"},
    {"uniqueItems": True},
    {"uniqueItems": False},
    {"minLength": 1},
    {"maxLength": 1},
    {"minItems": 1},
    {"maxItems": 1},
    {"minProperties": 1},
    {"maxProperties": 1},
    {"minimum": 1},
    {"maximum": 50},
    {"title": "", "description": "", "default": 1, "examples": [], "x-expects": "", "type": "string", "minLength": 1},
]


@pytest.mark.parametrize("part", SCHEMAS, ids=str)
def test_never_too_lenient(part: dict[str, Any]) -> None:
    check, truth = accepts.compiled(part), Draft202012Validator(part)
    wrong = [value for value in VALUES if check(value) and not truth.is_valid(value)]
    assert wrong == []


@pytest.mark.parametrize("part", SCHEMAS, ids=str)
def test_hardly_too_strict(part: dict[str, Any]) -> None:
    """What fits takes the fast way; what does not is rare, and may cost time."""
    check, truth = accepts.compiled(part), Draft202012Validator(part)
    slow = [value for value in VALUES if truth.is_valid(value) and not check(value)]
    odd: dict[str, list[Any]] = {"enum": [], "minimum": [False, True], "maximum": [], "type": [1.0]}
    unhashable = [[1, True], [{"a": 1}], {"a": [1, 1.0]}, [[1], [1]]]
    assert [value for value in slow if value not in unhashable and value not in odd.get(next(iter(part)), [])] == []


def test_an_unknown_keyword_is_an_error() -> None:
    with pytest.raises(KeyError, match="anyOf"):
        accepts.compiled({"anyOf": []})


@pytest.mark.parametrize("template", schema.template_names())
def test_the_examples_take_the_fast_way(template: str) -> None:
    check = accepts.compiled(schema.task_schema(template))
    examples = schema.fragment(template)["examples"]
    assert examples
    assert all(check(example) for example in examples)
