"""The language as JSON Schema: the parts that the package carries, and the checks of data against them.

Each task is checked against its own template's fragment, which gives better messages than one schema of all.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from generator import accepts, backtracking, wording
from generator.load import Path_
from generator.problems import Problem, Span, close_match, did_you_mean

Schema = dict[str, Any]

# Where a path of the checked data stands: (path, whether the key or the value is meant) -> span.
Locate = Callable[[Path_, bool], Span]

# A problem with the path of the data that it refuses.
Refusal = tuple[Path_, Problem]


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
def _raw_language() -> Schema:
    raw: Schema = json.loads((folder() / "language.json").read_text(encoding="utf-8"))
    return raw


@functools.cache
def language() -> Schema:
    """The parts of language.json, with references resolved."""
    raw = _raw_language()
    parts = {name: part for name, part in raw.items() if not name.startswith("$")}
    resolved: Schema = _resolve(parts, raw["$defs"])
    defaults = {**resolved["task_defaults"]}
    for part in ("pipeline", "project"):
        resolved[part]["properties"]["defaults"]["properties"].update(defaults)
    for part in (resolved["pipeline"], resolved["project"]["properties"]["defaults"]):
        part["properties"].update(resolved["notifications"])
    return resolved


@functools.cache
def fragment(template: str) -> Schema:
    """A template's fragment (title, description, properties, required, examples), with references resolved."""
    path = folder() / "templates" / f"{template.replace('.', '_')}.json"
    raw = json.loads(path.read_text(encoding="utf-8"))
    resolved: Schema = _resolve(raw, _raw_language()["$defs"])
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


def default_keys(template: str) -> frozenset[str]:
    """The keys that ``defaults`` may give to a template's tasks: not those that say what one task works on.

    So a task lacks its ``table`` whatever other files hold, and editors can say so; its ``format`` may come from there.
    """
    own = fragment(template)
    tasks_own = {key for key in own["required"] if own["properties"][key].get("type") != "object"}
    return frozenset(task_schema(template)["properties"]) - {"template", "depends_on", "for_each"} - tasks_own


def check_pipeline(data: Any, locate: Locate) -> list[Refusal]:
    """Everything of a pipeline file but the inside of its tasks."""
    return _check(_part("pipeline"), data, "the pipeline", locate)


def check_project(data: Any, locate: Locate) -> list[Refusal]:
    """Everything of the project file but the inside of ``defaults: templates:``."""
    return _check(_part("project"), data, "the project file", locate)


def check_tests(data: Any, locate: Locate) -> list[Refusal]:
    """Everything of a file of tests."""
    return _check(_part("tests"), data, "the file of tests", locate)


def check_task(template: str, data: Mapping[str, Any], locate: Locate) -> list[Problem]:
    """A task with its defaults merged in, against its template."""
    return [problem for _, problem in _check(_task(template), data, template, locate)]


def check_template_defaults(data: Mapping[str, Any], path: Path_, locate: Locate) -> Iterator[Problem]:
    """The names under ``defaults: templates:`` and the keys under each of them."""
    for template, values in data.items():
        if template not in template_names():
            message = f"unknown template '{template}'"
            yield Problem(locate((*path, template), True), "S207", message, did_you_mean(template, template_names()))
            continue
        known = default_keys(template)
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
def _part(name: str) -> _Checked:
    return _Checked(language()[name])


@functools.cache
def _task(template: str) -> _Checked:
    return _Checked(task_schema(template))


@functools.cache
def _validator() -> Any:
    """jsonschema's validator class; imported for data that do not fit, since that takes longer than all the rest."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    # In JSON Schema 2.0 is an integer, too; to Airflow's arguments it is none.
    types = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _checker, value: isinstance(value, int) and not isinstance(value, bool)
    )
    return extend(Draft202012Validator, type_checker=types)  # type: ignore[no-untyped-call]


class _Checked:
    """A schema, ready to check data with."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._accepts = accepts.compiled(schema)

    def errors(self, data: Any) -> list[Any]:
        """jsonschema's errors, whose attributes are typed as if they could be missing."""
        return [] if self._accepts(data) else list(_validator()(self._schema).iter_errors(data))


def complaint(schema: Mapping[str, Any], value: Any, name: str) -> str:
    """The first thing that a schema finds wrong with a value, in words; empty where it is fine."""
    if slow := backtracking.complaint(schema.get("pattern"), value):
        return f"{name} {slow}"
    for error in _validator()(dict(schema)).iter_errors(value):
        return wording.of_value(error, str(error.validator), name)[1]
    return ""


def _check(schema: _Checked, data: Any, what: str, locate: Locate) -> list[Refusal]:
    found = schema.errors(data)
    refusals: list[Refusal] = []
    accounted: set[Path_] = set()
    for error in found:
        if error.validator == "additionalProperties":
            refusals.extend(_unknown_keys(error, what, locate, accounted))
    for error in found:
        if error.validator == "required":
            refusals.extend(_missing_keys(error, what, locate, accounted))
        elif error.validator != "additionalProperties":
            refusals.append(_wrong_value(error, str(error.validator), locate))
    return refusals


def _place(path: Path_, what: str) -> str:
    return f"'{wording.of_path(path)}'" if path else what


def _unknown_keys(error: Any, what: str, locate: Locate, meant: set[Path_]) -> Iterator[Refusal]:
    """Keys that the schema does not know. What they were meant to be is added to ``meant``."""
    path: Path_ = tuple(error.absolute_path)
    known = error.schema["properties"].keys()
    for key in sorted(error.instance.keys() - known):
        free = known - error.instance.keys()
        close = close_match(key, free)
        if close:
            meant.add((*path, close))
        message = f"unknown key '{key}' in {_place(path, what)}"
        yield (*path, key), Problem(locate((*path, key), True), "S201", message, did_you_mean(key, free))


def _missing_keys(error: Any, what: str, locate: Locate, accounted: set[Path_]) -> Iterator[Refusal]:
    """Keys that must be there, but for those that are there with a typing error or were told already."""
    path: Path_ = tuple(error.absolute_path)
    for key in error.validator_value:
        whole = (*path, key)
        if key not in error.instance and whole not in accounted:
            accounted.add(whole)
            message = f"the key '{key}' is missing in {_place(path, what)}"
            advice = str(error.schema["properties"].get(key, {}).get("description", ""))
            yield whole, Problem(locate(path, True), "S203", message, advice)


def _wrong_value(error: Any, keyword: str, locate: Locate) -> Refusal:
    path: Path_ = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        whole = (*path, error.instance)
        message = f"{wording.shown(error.instance)} is not {wording.expected(error.schema)}"
        return whole, Problem(locate(whole, True), "S205", message)
    code, message, advice = wording.of_value(error, keyword, _place(path, "the file"))
    at = (*path, wording.repeated(error.instance)) if keyword == "uniqueItems" else path
    return path, Problem(locate(at, False), code, message, advice)
