"""The JSON Schemas that editors load: the whole language in one file, with each template's keys behind ``if``/``then``.

They accept every good file: what only the compiler can know (defaults of other files, what ``{{ item }}`` stands for)
is left to `pipelines validate`. Draft 7, the newest that editors' language servers read without gaps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from generator import algorithms, schema
from generator.schema import Schema

_NOTE = "Made from language.json and templates/ by `make docs`. Do not edit."
_DRAFT = "http://json-schema.org/draft-07/schema#"

# `{{ item }}` stands for a value of any type until the tasks are expanded.
_ITEM = r"\{\{-?\s*item"

# What editors write into a file that has no test yet.
_TEST = {
    "label": "a test",
    "description": "what is given, the run, and what is expected",
    "body": {
        "loads a day": {
            "run_date": "2026-01-31",
            "given": {
                "s3": {"raw/flights/2026-01-31.csv": [{"carrier": "UA", "flight": 1}]},
                "redshift": {"public.airlines": [{"carrier": "UA", "name": "United"}]},
            },
            "expect": {"redshift": {"public.flights": [{"carrier": "UA", "flight": 1}]}},
        }
    },
}

_WORDS = {"boolean": "true or false", "integer": "a whole number", "number": "a number", "null": "null"}


def pipeline_schema() -> Schema:
    """The schema of a pipeline file."""
    language = schema.language()["pipeline"]
    properties = {
        **language["properties"],
        "defaults": _defaults(language["properties"]["defaults"]),
        "tasks": {**language["properties"]["tasks"], "additionalProperties": {"$ref": "#/definitions/task"}},
    }
    return _whole({**language, "properties": properties}, {"task": _task()})


def project_schema() -> Schema:
    """The schema of project.yaml."""
    language = schema.language()["project"]
    defaults = _defaults(language["properties"]["defaults"])
    return _whole({**language, "properties": {**language["properties"], "defaults": defaults}}, {})


def tests_schema() -> Schema:
    """The schema of a pipeline's tests."""
    language = schema.language()["tests"]
    tests = {**language["properties"]["tests"], "defaultSnippets": [_TEST]}
    main = {key: value for key, value in language.items() if key != "title"}
    whole = {"$comment": _NOTE, "$schema": _DRAFT, **main, "properties": {**language["properties"], "tests": tests}}
    made: Schema = _for_editors(whole)
    return made


def summary(template: str) -> str:
    """A template's description, as the list of templates shows it."""
    return str(schema.fragment(template)["description"])


def _whole(main: Schema, parts: Schema) -> Schema:
    whole = {
        "$comment": _NOTE,
        "$schema": _DRAFT,
        **{key: value for key, value in main.items() if key != "title"},
        "definitions": {
            **parts,
            **{name: _template(name) for name in schema.template_names()},
            "task_keys": {"properties": _common_keys()},
        },
    }
    made: Schema = _for_editors(whole)
    return made


def _task() -> Schema:
    """Any task. The keys depend on the template, so that an empty task offers the list of templates first."""
    names = schema.template_names()
    template = {
        **schema.language()["task"]["template"],
        "enum": list(names),
        "enumDescriptions": [summary(name) for name in names],
    }
    return {
        "type": "object",
        "required": ["template"],
        "properties": {"template": template},
        "allOf": [
            {
                "if": {"not": {"required": ["template"]}},
                "then": {"defaultSnippets": [_snippet(name) for name in names]},
            },
            *(
                {
                    "if": {"required": ["template"], "properties": {"template": {"const": name}}},
                    "then": {"$ref": f"#/definitions/{name}"},
                }
                for name in names
            ),
        ],
    }


def _snippet(template: str) -> Schema:
    """What editors write into an empty task when a template is chosen."""
    body = _quoted(schema.fragment(template)["examples"][0])
    return {"label": template, "description": summary(template), "body": body}


def _quoted(value: Any) -> Any:
    """Text that YAML would take for something else, in quotes: yaml-language-server 1.25 writes snippets as is."""
    if isinstance(value, dict):
        return {key: _quoted(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_quoted(part) for part in value]
    return json.dumps(value) if isinstance(value, str) and not _is_plain(value) else value


def _is_plain(text: str) -> bool:
    try:
        return bool(yaml.safe_load(f"key: {text}") == {"key": text})
    except yaml.YAMLError:
        return False


def _template(name: str) -> Schema:
    """The keys of a template's tasks, own ones first."""
    own = {key: _with_item(part) for key, part in schema.fragment(name)["properties"].items()}
    common = {key: _reference("task_keys", key) for key in _common_keys() if key not in own}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": _required(name),
        "properties": {**own, **common, "template": {"const": name}},
        **({"allOf": list(_by_algorithm())} if "hyperparameters" in own else {}),
    }


def _by_algorithm() -> Iterator[Schema]:
    """The hyperparameters that a task's algorithm has. One that names none may have it from project.yaml."""
    names = algorithms.hyperparameters()
    for name, part in names.items():
        chosen = {"required": ["algorithm"], "properties": {"algorithm": {"const": name}}}
        yield {"if": chosen, "then": {"properties": {"hyperparameters": _with_item(part)}}}
    offered = {
        key: {"description": part["description"]} for key, part in names[algorithms.DEFAULT]["properties"].items()
    }
    yield {
        "if": {"not": {"required": ["algorithm"]}},
        "then": {"properties": {"hyperparameters": {"properties": offered}}},
    }


def _common_keys() -> Schema:
    keys = {**schema.language()["task"], **schema.language()["task_defaults"]}
    return {key: _with_item(part) for key, part in keys.items() if key != "template"}


def _reference(definition: str, key: str) -> Schema:
    return {"$ref": f"#/definitions/{definition}/properties/{key}"}


def _required(template: str) -> list[str]:
    """The keys that a task itself must have: those that project.yaml's defaults can't have given."""
    given = schema.default_keys(template)
    return [key for key in schema.fragment(template)["required"] if key not in given]


def _defaults(defaults: Schema) -> Schema:
    templates = defaults["properties"]["templates"]
    by_template = {
        name: {
            "description": summary(name),
            "type": "object",
            "additionalProperties": False,
            "properties": {
                key: _reference(name, key) for key in _template(name)["properties"] if key in schema.default_keys(name)
            },
        }
        for name in schema.template_names()
    }
    whole = {**templates, "additionalProperties": False, "properties": by_template}
    return {**defaults, "properties": {**defaults["properties"], "templates": whole}}


def _with_item(part: Schema) -> Schema:
    """The schema of a value that may also be text with ``{{ item }}`` in it, at any depth."""
    if "enum" in part:
        rest = {key: value for key, value in part.items() if key not in ("enum", "type")}
        return {**rest, "anyOf": [{"enum": part["enum"]}, {"type": "string", "pattern": _ITEM}]}
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if "object" in kinds or "array" in kinds:
        return {key: _inside(key, value) for key, value in part.items()}
    if "string" in kinds:
        return _text_with_item(part)
    expected = " or ".join(_WORDS[kind] for kind in kinds)
    return {**part, "type": [*kinds, "string"], "pattern": _ITEM, "x-expects": expected}


def _inside(keyword: str, value: Any) -> Any:
    if keyword == "properties":
        return {name: _with_item(part) for name, part in value.items()}
    return _with_item(value) if keyword in ("items", "additionalProperties") and value else value


def _text_with_item(part: Schema) -> Schema:
    """Bounds of length become a pattern, which has room for another choice."""
    least, most = part.get("minLength", 0), part.get("maxLength", "")
    if "pattern" not in part and not most and least <= 1:
        return part
    pattern = part.get("pattern") or rf"^[\s\S]{{{least},{most}}}$"
    bounds = "a single character" if most == 1 else f"{least} to {most} characters"
    expected = part.get("x-expects") or bounds
    rest = {key: value for key, value in part.items() if key not in ("minLength", "maxLength")}
    return {**rest, "pattern": f"({pattern})|({_ITEM})", "x-expects": expected}


def _for_editors(node: Any) -> Any:
    """``node`` with what a value should be in the language servers' own word for it."""
    if isinstance(node, list):
        return [_for_editors(part) for part in node]
    if not isinstance(node, dict):
        return node
    made = {key: _for_editors(value) for key, value in node.items() if key != "x-expects"}
    if "x-expects" in node:
        made["patternErrorMessage"] = f"Expected {node['x-expects']}."
    return made
