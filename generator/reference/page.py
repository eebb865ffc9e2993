"""docs/templates.md: each template with its keys, its example, and the Airflow tasks that the example becomes."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from generator import algorithms, examples, schema
from generator import compile as compiler
from generator.schema import Schema

_INTRODUCTION = """\
# Templates

<!-- Made from schemas/language.json and schemas/templates/ by `make docs`. Do not edit. -->

Every task of a pipeline names one of these templates. A template may be run twice: a retry, a cleared task or a
backfill leaves the tables as one run would. The language around tasks (schedules, tables, defaults, Jinja) is in
[language.md](language.md).
"""

_EVERY_TASK = """\
## Keys of every task

A task of any template may have these, too. Those that are marked with * can be given once for all tasks under
`defaults:`, in the pipeline or in `project.yaml`.
"""

# What the patterns of language.json are called in the tables.
_KINDS = {"s3_uri": "S3 address", "table_name": "table", "column_name": "column"}


def text() -> str:
    """The whole page."""
    names = schema.template_names()
    parts = [_INTRODUCTION, "\n".join(_contents(names)), _EVERY_TASK + "\n" + "\n".join(_common_keys())]
    parts.extend("\n".join(_section(name)) for name in names)
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def _contents(names: tuple[str, ...]) -> Iterator[str]:
    yield "| template | what it does |"
    yield "|---|---|"
    for name in names:
        yield _row(f"[`{name}`](#{name.replace('.', '')})", schema.fragment(name)["description"])


def _common_keys() -> Iterator[str]:
    general = schema.language()["task_defaults"]
    keys = {**schema.language()["task"], **{f"{key} *": part for key, part in general.items()}}
    yield from _table(keys, ["template"])


def _section(name: str) -> Iterator[str]:
    fragment = schema.fragment(name)
    yield f"## {name}\n\n{fragment['description']}\n"
    if fragment["properties"]:
        yield from _table(fragment["properties"], fragment["required"])
    else:
        yield "It has no keys of its own."
    for index, example in enumerate(fragment["examples"]):
        yield f"\n```yaml\n{_yaml({_task_name(name): example})}```\n"
        yield from _steps(name, index)
    if "again" in fragment:
        yield f"\nRun twice: {fragment['again']}"
    if "hyperparameters" in fragment["properties"]:
        yield from _hyperparameters()


def _hyperparameters() -> Iterator[str]:
    for name, part in algorithms.hyperparameters().items():
        yield f"\n### {name}\n\nThe `hyperparameters` of `algorithm: {name}`:\n"
        yield from _table(part["properties"], [])


def _task_name(template: str) -> str:
    return template.partition(".")[2]


def _table(properties: Mapping[str, Schema], required: list[str]) -> Iterator[str]:
    yield "| key | value | | description |"
    yield "|---|---|---|---|"
    for key, part in properties.items():
        yield from _key_rows(key, part, key in required)


def _key_rows(key: str, part: Schema, required: bool) -> Iterator[str]:
    """A row for the key, and one for each key inside its value: ``format.type``, ``checks[].row_count``."""
    note = "required" if required else ""
    if "default" in part:
        note = f"default: `{_shown(part['default'])}`"
    yield _row(f"`{key}`" if not key.endswith(" *") else f"`{key[:-2]}` *", _kind(part), note, part["description"])
    inner, prefix = part, f"{key}."
    if part.get("type") == "array":
        inner, prefix = part["items"], f"{key}[]."
    for name, inside in inner.get("properties", {}).items():
        yield from _key_rows(prefix + name, inside, name in inner.get("required", ()))


def _kind(part: Schema) -> str:
    """What a value is, in a few words."""
    if "enum" in part:
        return ", ".join(f"`{_shown(choice)}`" for choice in part["enum"])
    if part.get("pattern") in _patterns():
        return _patterns()[part["pattern"]]
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    return " or ".join(_kind_word(kind, part) for kind in kinds)


def _kind_word(kind: str, part: Schema) -> str:
    if kind == "array" and "items" in part:
        inner = part["items"]
        return "list" if inner.get("type") not in ("string", "integer") else f"list of {_kind(inner)}"
    words = {
        "string": "text",
        "integer": "whole number",
        "boolean": "true or false",
        "object": "mapping",
        "array": "list",
    }
    return words.get(kind, kind)


@functools.cache
def _patterns() -> dict[str, str]:
    language = json.loads((schema.folder() / "language.json").read_text(encoding="utf-8"))
    definitions: dict[str, Schema] = language["$defs"]
    return {part["pattern"]: _KINDS.get(name, name) for name, part in definitions.items() if "pattern" in part}


def _steps(template: str, index: int) -> Iterator[str]:
    """The Airflow tasks that the example becomes."""
    pipeline, tables = examples.pipeline(template, index)
    task = pipeline.tasks[0]
    made = compiler.steps(task, tables)
    if len(made) == 1:
        yield f"In Airflow: a task with {_operator(made[0].operator)}."
        return
    yield "In Airflow:\n\n| task | operator | after |"
    yield "|---|---|---|"
    for step in made:
        after = ", ".join(f"`{task.name}.{name}`" for name in step.after)
        teardown = ", whatever happened" if step.teardown else ""
        yield _row(f"`{compiler.step_id(task, step)}`", _operator(step.operator), after + teardown)


def _operator(path: str) -> str:
    module, _, name = path.rpartition(".")
    return f"`{name}`" + ("" if module.startswith("airflow.") else " (of this package)")


def _yaml(data: Any) -> str:
    dumped: str = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, default_flow_style=False, width=110)
    return dumped


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _row(*cells: str) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
