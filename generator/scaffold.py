"""Starter files: a commented pipeline made from the templates' examples, and the beginning of a project."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath
from typing import Any

import yaml

from generator import examples, schema
from generator.schema import Schema

_WIDTH = 110
_CREATE = {"redshift": "redshift.create_table", "athena": "athena.create_table"}

Data = dict[str, Any]


def pipeline(name: str, templates: Sequence[str], today: date, schema_path: str) -> str:
    """The text of a starter file for a pipeline with a task of each template, one after the other.

    ``schema_path`` is the editors' schema, relative to the file. Tables are named after the pipeline, so that a
    starter file does not collide with tables that other pipelines declare.
    """
    found = [examples.task(template) for template in templates]
    declared = {table: body for example in found for table, body in examples.tables(example).items()}
    names = {table: _renamed(table, name) for table in declared}
    tasks = _tasks(found, declared, names)
    lines = [
        f"# yaml-language-server: $schema={schema_path}",
        *_head(name, today),
        *_tables({names[table]: body for table, body in declared.items()}),
        *_task_lines(tasks),
    ]
    return "\n".join(lines) + "\n"


def project(name: str) -> str:
    """The text of a first project.yaml: the local sandbox, and a production environment to fill in."""
    return _PROJECT.format(name=name)


def schema_path(file: PurePosixPath) -> str:
    """The way from a file in the pipelines folder to the schema that editors load, in the folder beside it."""
    return "../" * len(file.parts) + "schemas/pipeline.schema.json"


def _renamed(table: str, pipeline_name: str) -> str:
    database, name = table.split(".")
    own = name.replace("flights", pipeline_name, 1) if name.startswith("flights") else f"{pipeline_name}_{name}"
    return f"{database}.{own}"


def _tasks(found: Sequence[Data], declared: Mapping[str, Data], names: Mapping[str, str]) -> dict[str, Data]:
    """The tasks by name, each after the one before it, and before them those that create their tables."""
    chosen = {example["template"] for example in found}
    creating = [
        {"template": _CREATE[engine], **_for_tables([names[table] for table in tables])}
        for engine, tables in _by_engine(declared).items()
        if _CREATE[engine] not in chosen
    ]
    tasks: dict[str, Data] = {}
    for task in (*creating, *(_inline(example, names) for example in found)):
        engine, _, verb = task["template"].partition(".")
        short = verb.removesuffix("_table")
        before = [list(tasks)[-1]] if tasks else []
        tasks[short if short not in tasks else f"{engine}_{short}"] = {**task, "depends_on": before}
    return tasks


def _by_engine(declared: Mapping[str, Data]) -> dict[str, list[str]]:
    engines: dict[str, list[str]] = {}
    for table, body in declared.items():
        engines.setdefault(body.get("engine", "redshift"), []).append(table)
    return engines


def _for_tables(tables: Sequence[str]) -> Data:
    if len(tables) == 1:
        return {"table": tables[0]}
    return {"for_each": list(tables), "table": "{{ item }}"}


def _inline(example: Data, names: Mapping[str, str]) -> Data:
    """The example with the SQL of its files in it, and with the new names of its tables."""
    texts = examples.sql_files(example)
    text = json.dumps(_with_sql(example, texts))
    for old, new in names.items():
        text = re.sub(rf"\b{re.escape(old)}\b", new, text)
    data: Data = json.loads(text)
    return data


def _with_sql(value: Any, texts: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_with_sql(part, texts) for part in value]
    if not isinstance(value, Mapping):
        return value
    return {
        "sql" if key == "sql_file" else key: texts[part] if key == "sql_file" else _with_sql(part, texts)
        for key, part in value.items()
    }


def _head(name: str, today: date) -> Iterator[str]:
    properties = schema.language()["pipeline"]["properties"]
    yield f"pipeline: {name}"
    yield f"description: What {name} is for, in a sentence."
    yield from _comment(properties["schedule"]["description"], 0)
    yield 'schedule: "@daily"'
    yield from _comment(properties["start_date"]["description"], 0)
    yield f"start_date: {today.isoformat()}"
    for key, value in (("timezone", "Europe/Zurich"), ("catchup", "true"), ("max_active_runs", "1")):
        yield from _comment(properties[key]["description"], 0)
        yield f"# {key}: {value}"


def _tables(declared: Mapping[str, Data]) -> Iterator[str]:
    if not declared:
        return
    yield ""
    yield from _comment(schema.language()["pipeline"]["properties"]["tables"]["description"], 0)
    yield "tables:"
    for name, body in declared.items():
        yield f"  {name}:"
        for key, value in body.items():
            if key in ("columns", "partitioned_by"):
                yield f"    {key}:"
                yield from (f"      {column}: {_flow(values)}" for column, values in value.items())
            else:
                yield f"    {key}: {_flow(value)}"


def _task_lines(tasks: Mapping[str, Data]) -> Iterator[str]:
    yield ""
    yield "tasks:"
    for index, (name, task) in enumerate(tasks.items()):
        if index:
            yield ""
        yield from _comment(schema.fragment(task["template"])["description"], 2)
        yield f"  {name}:"
        yield from _task(task)


def _task(task: Data) -> Iterator[str]:
    """The keys that the task must have and those of the example; the template's other keys as comments."""
    fragment = schema.fragment(task["template"])
    properties = fragment["properties"]
    yield f"    template: {task['template']}"
    own = [key for key in task if key in properties]
    for key in (*fragment["required"], *(key for key in own if key not in fragment["required"])):
        yield from _comment(properties[key]["description"], 4)
        yield from _entry(key, task[key])
    for key, value in task.items():
        if key not in properties and key != "template" and value != []:
            yield from _entry(key, value)
    for key, part in properties.items():
        if key not in own:
            yield from _comment(part["description"], 4)
            yield f"    # {key}: {_sample(part)}"


def _entry(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, str) and "\n" in value:
        yield f"    {key}: |"
        yield from (f"      {line}" for line in value.rstrip("\n").split("\n"))
    else:
        yield f"    {key}: {_flow(value)}"


def _sample(part: Schema) -> str:
    """A value to start from, for a key that is commented out."""
    if "default" in part:
        return _flow(part["default"])
    choices = [*part.get("examples", ()), *part.get("enum", ())]
    if choices:
        return _flow(choices[0])
    kind = part["type"][0] if isinstance(part["type"], list) else part["type"]
    if kind == "array":
        return f"[{_sample(part['items'])}]"
    if kind == "object":
        inside = {key: _sample(part["properties"][key]) for key in part.get("required", ())}
        return "{" + ", ".join(f"{key}: {value}" for key, value in inside.items()) + "}"
    return {"boolean": "true", "integer": str(part.get("minimum", 1)), "number": "1.0"}.get(kind, "...")


def _comment(text: str, indent: int) -> list[str]:
    start = " " * indent + "# "
    return textwrap.wrap(text, _WIDTH, initial_indent=start, subsequent_indent=start, break_on_hyphens=False)


def _flow(value: Any) -> str:
    """The value in one line of YAML."""
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000)
    return dumped.removesuffix("\n").removesuffix("\n...")


_PROJECT = """\
# yaml-language-server: $schema=../schemas/project.schema.json
project: {name}
default_environment: local

# Names and addresses only; credentials are Airflow connections. PIPELINES_ENV chooses one.
environments:
  # `pipelines up` and `pipelines sandbox` on this machine.
  local:
    region: us-east-1
    endpoint_url: http://127.0.0.1:4566
    bucket: flights-local
    redshift: {{workgroup: local, database: dev, iam_role: "arn:aws:iam::123456789012:role/local"}}
    athena: {{workgroup: primary, database: lake, output: "s3://flights-local/athena/"}}
  # production:
  #   region: eu-central-1
  #   aws_conn_id: aws_production
  #   bucket: your-bucket
  #   redshift: {{workgroup: analytics, database: prod, iam_role: "arn:aws:iam::123456789012:role/redshift-copy"}}
  #   athena: {{workgroup: primary, database: lake, output: "s3://your-bucket/athena/"}}

# For every task of every pipeline that does not say otherwise.
defaults:
  owner: analytics
  retries: 2
  retry_delay: 5m
  timeout: 6h
"""
