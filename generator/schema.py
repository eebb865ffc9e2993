"""The language as JSON Schema: the parts that the package carries, and the checks of data against them.

Each task is checked against its own template's fragment, which gives better messages than one schema of all.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from generator.load import Path_
from generator.problems import Problem, Span, did_you_mean

Schema = dict[str, Any]

# Where a path of the checked data stands: (path, whether the key or the value is meant) -> span.
Locate = Callable[[Path_, bool], Span]

# A problem with the path of the data that it refuses.
Refusal = tuple[Path_, Problem]

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}


def folder() -> Path:
    """The folder of the schemas: inside the installed package, or beside it in a checkout."""
    packaged = Path(__file__).parent / "schemas"
    return packaged if packaged.is_dir() else Path(__file__).parent.parent / "schemas"


@functools.cache
def template_names() -> tuple[str, ...]:
    """The names of all templates, sorted: ``redshift_copy.json`` is ``redshift.copy``."""
    stems = sorted(path.stem for path in (folder() / "templates").glob("*.json"))
    return tuple(stem.replace("_", ".", 1) for stem in stems)


@functools.cache
def language() -> Schema:
    """The parts of language.json, with references resolved."""
    raw = json.loads((folder() / "language.json").read_text(encoding="utf-8"))
    parts = {name: part for name, part in raw.items() if not name.startswith("$")}
    resolved: Schema = _resolve(parts, raw["$defs"])
    defaults = {**resolved["task_defaults"]}
    for part in ("pipeline", "project"):
        resolved[part]["properties"]["defaults"]["properties"].update(defaults)
    return resolved


@functools.cache
def fragment(template: str) -> Schema:
    """A template's fragment (title, description, properties, required, examples), with references resolved."""
    path = folder() / "templates" / f"{template.replace('.', '_')}.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    definitions = json.loads((folder() / "language.json").read_text(encoding="utf-8"))["$defs"]
    resolved: Schema = _resolve(raw, definitions)
    return resolved


@functools.cache
def task_schema(template: str) -> Schema:
    """The whole schema of a task of that template: its own keys and those that every task may have."""
    own = fragment(template)
    common = {**language()["task"], **language()["task_defaults"]}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["template", *own["required"]],
        "properties": {**common, **own["properties"]},
    }


def check_pipeline(data: Any, locate: Locate) -> list[Refusal]:
    """Everything of a pipeline file but the inside of its tasks."""
    return _check(_validator("pipeline"), data, "a pipeline", locate)


def check_project(data: Any, locate: Locate) -> list[Refusal]:
    """Everything of the project file but the inside of ``defaults: templates:``."""
    return _check(_validator("project"), data, "a project", locate)


def check_task(template: str, data: Mapping[str, Any], locate: Locate) -> list[Problem]:
    """A task with its defaults merged in, against its template."""
    return [problem for _, problem in _check(_task_validator(template), data, template, locate)]


def check_template_defaults(data: Mapping[str, Any], path: Path_, locate: Locate) -> Iterator[Problem]:
    """The names under ``defaults: templates:`` and the keys under each of them."""
    for template, values in data.items():
        if template not in template_names():
            message = f"unknown template '{template}'"
            yield Problem(
                locate((*path, template), True), "S207", message, did_you_mean(template, template_names())
            )
            continue
        known = task_schema(template)["properties"].keys() - {"template", "depends_on", "for_each"}
        for key in values if isinstance(values, Mapping) else ():
            if key not in known:
                message = f"unknown key '{key}' in the defaults of {template}"
                yield Problem(locate((*path, template, key), True), "S201", message, did_you_mean(key, known))


def _resolve(node: Any, definitions: Mapping[str, Any]) -> Any:
    """``node`` with each ``$ref`` replaced by what it names; keys beside ``$ref`` come first."""
    if isinstance(node, list):
        return [_resolve(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    resolved = {key: _resolve(value, definitions) for key, value in node.items() if key != "$ref"}
    if "$ref" in node:
        resolved = {**_resolve(definitions[node["$ref"].removeprefix("#/$defs/")], definitions), **resolved}
    return resolved


@functools.cache
def _validator(part: str) -> Draft202012Validator:
    return Draft202012Validator(language()[part])


@functools.cache
def _task_validator(template: str) -> Draft202012Validator:
    return Draft202012Validator(task_schema(template))


def _check(validator: Draft202012Validator, data: Any, what: str, locate: Locate) -> list[Refusal]:
    refusals: list[Refusal] = []
    for error in validator.iter_errors(data):
        refusals.extend(_refusals(error, what, locate))
    return refusals


def _refusals(error: ValidationError, what: str, locate: Locate) -> Iterator[Refusal]:
    path: Path_ = tuple(error.absolute_path)
    keyword = str(error.validator)
    schema: Any = error.schema
    value: Any = error.instance
    place = what if not path else f"'{_shown_path(path)}'"
    if keyword == "additionalProperties":
        known = set(schema["properties"])
        for key in value.keys() - known:
            message = f"unknown key '{key}' in {place}"
            advice = did_you_mean(key, known - value.keys())
            yield (*path, key), Problem(locate((*path, key), True), "S201", message, advice)
    elif keyword == "required":
        for key in schema["required"]:
            if key not in value:
                message = f"the key '{key}' is missing in {place}"
                yield (*path, key), Problem(locate(path, True), "S203", message, _purpose(schema, key))
    elif "propertyNames" in error.absolute_schema_path:
        whole = (*path, value)
        message = f"'{value}' is not {_expected(schema)}"
        yield whole, Problem(locate(whole, True), "S205", message)
    else:
        yield path, _value_problem(error, keyword, path, locate)


def _value_problem(error: ValidationError, keyword: str, path: Path_, locate: Locate) -> Problem:
    name = f"'{_shown_path(path)}'" if path else "the file"
    value = _shown(error.instance)
    limit: Any = error.validator_value
    schema: Any = error.schema
    span = locate(path, False)
    if keyword == "type":
        wanted = limit if isinstance(limit, list) else [limit]
        words = " or ".join(_TYPE_WORDS[kind] for kind in wanted)
        message = f"{name} must be {words}, not {_kind_of(error.instance)}"
        return Problem(span, "S202", message, _type_help(wanted, error.instance))
    if keyword == "enum":
        allowed = [str(choice) for choice in limit]
        message = f"{name} can't be {value}"
        return Problem(span, "S204", message, did_you_mean(str(error.instance), allowed))
    if keyword in ("pattern", "minLength", "maxLength"):
        return Problem(span, "S205", f"{name}: {value} is not {_expected(schema)}")
    return Problem(span, "S206", f"{name} {_bound(keyword, limit, error.instance)}")


def _bound(keyword: str, limit: Any, value: Any) -> str:
    """What a value outside of its bounds should be, in words."""
    count = len(value) if isinstance(value, (list, dict)) else value
    texts = {
        "minimum": f"must be at least {limit}, not {count}",
        "maximum": f"must be at most {limit}, not {count}",
        "minItems": f"needs at least {limit} item{'s' * (limit != 1)}, it has {count}",
        "maxItems": f"takes at most {limit} items, it has {count}",
        "minProperties": f"needs at least {limit} key{'s' * (limit != 1)}, it has {count}",
        "maxProperties": f"takes at most {limit} key{'s' * (limit != 1)}, it has {count}",
        "uniqueItems": "holds the same item twice",
    }
    return texts[keyword]


def _expected(schema: Mapping[str, Any]) -> str:
    if "x-expects" in schema:
        return str(schema["x-expects"])
    if "maxLength" in schema:
        at_most = schema["maxLength"]
        return "a single character" if at_most == 1 else f"a text of 1 to {at_most} characters"
    return (
        "a text of at least one character"
        if schema.get("minLength", 1) == 1
        else (f"a text of at least {schema['minLength']} characters")
    )


def _purpose(schema: Mapping[str, Any], key: str) -> str:
    return str(schema["properties"].get(key, {}).get("description", ""))


def _type_help(wanted: list[str], value: Any) -> str:
    if "string" in wanted and isinstance(value, (int, float)):
        return f'quote it: "{_shown(value)}"'
    if "string" in wanted and isinstance(value, dict):
        return "text that starts with {{ must be quoted"
    if "array" in wanted and isinstance(value, (str, int)):
        return f"write a list: [{value}]"
    return ""


def _kind_of(value: Any) -> str:
    kinds: list[tuple[type, str]] = [
        (bool, "true or false"),
        (str, "text"),
        (int, "a number"),
        (float, "a number"),
    ]
    for kind, word in [*kinds, (dict, "a mapping"), (list, "a list")]:
        if isinstance(value, kind):
            return f"{word} ({_shown(value)})" if kind in (bool, str, int, float) else word
    return "nothing"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    text = str(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= 60 else text[:57] + "…'"


def _shown_path(path: Path_) -> str:
    """The path of a value as people write it, the task's or table's name left out: ``format.type``, ``checks[0]``."""
    parts = list(path)
    shown = ""
    for part in parts:
        shown += f"[{part}]" if isinstance(part, int) else (f".{part}" if shown else str(part))
    return shown
