"""The templates' examples as parts of whole pipelines: with the tables that they name, and the SQL of their files."""

from __future__ import annotations

import functools
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from generator import project, schema
from generator.model import Pipeline, Tables
from generator.problems import errors, render

PROJECT = {
    "project": "examples",
    "default_environment": "local",
    "environments": {
        "local": {
            "region": "us-east-1",
            "endpoint_url": "http://127.0.0.1:4566",
            "bucket": "flights-local",
            "redshift": {
                "workgroup": "local",
                "database": "dev",
                "iam_role": "arn:aws:iam::123456789012:role/local",
            },
            "athena": {"workgroup": "primary", "database": "lake", "output": "s3://flights-local/athena/"},
        }
    },
}


def task(template: str, index: int = 0) -> dict[str, Any]:
    """An example of the template's fragment, as it is written there."""
    example: dict[str, Any] = schema.fragment(template)["examples"][index]
    return dict(example)


def sql_files(example: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the SQL files that an example names, by name."""
    known = _surroundings()["sql_files"]
    return {name: "\n".join(known[name]) + "\n" for key, name in _texts(example) if key == "sql_file"}


def tables(example: Mapping[str, Any]) -> dict[str, Any]:
    """The declarations of the tables that an example or its SQL names, by name."""
    texts = [text for _, text in _texts(example)] + list(sql_files(example).values())
    known = _surroundings()["tables"]
    found = (name for text in texts for name in re.findall(r"\b[a-z_]+\.[a-z_]+\b", text))
    return {name: known[name] for name in found if name in known}


@functools.cache
def pipeline(template: str, index: int = 0) -> tuple[Pipeline, Tables]:
    """The example as the only task of a checked pipeline; a ValueError tells what is wrong with an example."""
    example = task(template, index)
    name = template.partition(".")[2]
    data = {"pipeline": "example", "schedule": "@daily", "start_date": "2026-01-01", "tasks": {name: example}}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root / project.PROJECT_FILE, PROJECT)
        _write(root / "example.yaml", {**data, "tables": _surroundings()["tables"]})
        for file, text in sql_files(example).items():
            (root / file).write_text(text, encoding="utf-8")
        workspace = project.load_workspace(root, "")
        if errors(workspace.problems):
            raise ValueError(f"{template}:\n{render(workspace.problems, 'text', workspace.read_lines)}")
    return workspace.pipelines[0], workspace.tables


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True), encoding="utf-8")


@functools.cache
def _surroundings() -> dict[str, Any]:
    text = (schema.folder() / "examples.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def _texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """All texts of an example, each with the key that it stands under."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part, key)
    elif isinstance(value, str):
        yield key, value
