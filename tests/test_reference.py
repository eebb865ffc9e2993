"""The schemas for editors accept every good file and say what is wrong with others; the reference shows what works."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from jsonschema.exceptions import ValidationError

from generator import examples, load, schema
from generator.problems import Span
from generator.reference import editor, page
from generator.reference.__main__ import files, main

REPOSITORY = Path(__file__).parent.parent
PIPELINE = Draft7Validator(editor.pipeline_schema())
PROJECT = Draft7Validator(editor.project_schema())
TESTS = Draft7Validator(editor.tests_schema())
GOOD = sorted(
    path
    for folder in (REPOSITORY / "pipelines", REPOSITORY / "tests" / "cases" / "ok")
    for path in folder.rglob("*.yaml")
    if not path.name.startswith(".")
)
EXAMPLES = [
    (name, index) for name in schema.template_names() for index in range(len(schema.fragment(name)["examples"]))
]


def anywhere(_path: load.Path_, _key: bool) -> Span:
    return Span("a.yaml")


def read(path: Path) -> Any:
    document, problems = load.read(path, path.name)
    assert document is not None, problems
    return document.data


def validator_of(path: Path) -> Draft7Validator:
    if path.stem.endswith(".test"):
        return TESTS
    return PROJECT if path.name == "project.yaml" else PIPELINE


def task_errors(task: dict[str, Any]) -> list[str]:
    data = {"pipeline": "flights", "schedule": None, "tasks": {"load": task}}
    return sorted(_message(error) for error in _leaves(PIPELINE.iter_errors(data)))


def _leaves(found: Iterator[ValidationError]) -> Iterator[ValidationError]:
    for error in found:
        if error.validator in ("if", "anyOf") and error.context:
            yield from _leaves(iter(error.context[:1]))
        else:
            yield error


def _message(error: ValidationError) -> str:
    if error.validator == "pattern":
        assert isinstance(error.schema, dict)
        return str(error.schema["patternErrorMessage"])
    return error.message


def test_committed_files_are_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--root", str(REPOSITORY)]) == 0, capsys.readouterr().err


def test_check_names_each_stale_file_and_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path)]) == 0
    assert main(["--check", "--root", str(tmp_path)]) == 0
    (tmp_path / "docs/templates.md").write_text("edited by hand\n")
    (tmp_path / "schemas/project.schema.json").unlink()
    capsys.readouterr()
    assert main(["--check", "--root", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "schemas/project.schema.json is out of date: run `make docs`, and commit what it changes",
        "docs/templates.md is out of date: run `make docs`, and commit what it changes",
    ]


def test_the_files_are_the_same_each_time() -> None:
    assert files() == files()


@pytest.mark.parametrize("validator", [PIPELINE, PROJECT, TESTS], ids=["pipeline", "project", "tests"])
def test_the_schemas_are_schemas(validator: Draft7Validator) -> None:
    Draft7Validator.check_schema(validator.schema)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_good_files_have_no_errors_in_the_editor(path: Path) -> None:
    validator = validator_of(path)
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(read(path))] == []


def test_other_programs_accept_the_example_pipelines() -> None:
    """check-jsonschema has a YAML parser of its own, as editors have."""
    ours = [path for path in GOOD if path.is_relative_to(REPOSITORY / "pipelines") and path.name != "project.yaml"]
    program = Path(sys.executable).with_name("check-jsonschema")
    for kind, validator in (("pipeline", PIPELINE), ("test", TESTS)):
        files = [path for path in ours if validator_of(path) is validator]
        command = [program, "--schemafile", REPOSITORY / f"schemas/{kind}.schema.json", *files]
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "index"), EXAMPLES)
def test_examples_have_no_errors_in_the_editor(name: str, index: int) -> None:
    assert task_errors(examples.task(name, index)) == []


def copy_task(**keys: Any) -> dict[str, Any]:
    return {"template": "redshift.copy", "table": "public.a", "from": "s3://bucket/a.csv", **keys}


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({}, "'template' is a required property"),
        ({"template": "redshift.copi"}, f"'redshift.copi' is not one of {list(schema.template_names())}"),
        (copy_task(tabel="public.a"), "Additional properties are not allowed ('tabel' was unexpected)"),
        (copy_task(table="a"), "Expected a table name with its schema, in lower case, such as public.flights."),
        (copy_task(mode="apend"), "'apend' is not one of ['append', 'replace', 'replace_where']"),
        (copy_task(max_errors="many"), "Expected a whole number."),
        (copy_task(manifest="maybe"), "Expected true or false."),
        (copy_task(timeout="6 hours"), "Expected a duration such as 30s, 15m, 1h30m, 6h or 2d."),
        (copy_task(format={"type": "csv", "quote": "''"}), "Expected a single character."),
        ({"template": "redshift.create_table"}, "'table' is a required property"),
    ],
)
def test_what_is_wrong_is_said(task: dict[str, Any], expected: str) -> None:
    assert task_errors(task) == [expected]


@pytest.mark.parametrize(
    "keys",
    [
        {"table": "public.{{ item }}", "from": "{{ item }}"},
        {"mode": "{{ item }}", "max_errors": "{{ item }}", "manifest": "{{ item }}"},
        {"format": {"type": "{{ item }}", "delimiter": "{{ item }}", "skip_lines": "{{ item }}"}},
        {"retries": "{{ item }}", "timeout": "{{ item }}", "trigger_rule": "{{ item }}"},
    ],
)
def test_item_may_stand_for_any_value(keys: dict[str, Any]) -> None:
    assert task_errors(copy_task(for_each=["a"], **keys)) == []


def test_what_defaults_may_give_is_not_missed() -> None:
    assert "format" in schema.fragment("redshift.copy")["required"]
    assert task_errors(copy_task()) == []


def defaults_errors(validator: Draft7Validator, template: str, values: dict[str, Any]) -> list[str]:
    data = {"defaults": {"templates": {template: values}}}
    found = (error for error in validator.iter_errors(data) if error.validator != "required")
    return sorted(_message(error) for error in found)


@pytest.mark.parametrize("validator", [PIPELINE, PROJECT], ids=["pipeline", "project"])
@pytest.mark.parametrize("template", schema.template_names())
def test_defaults_are_the_same_for_editors_and_validation(validator: Draft7Validator, template: str) -> None:
    keys = schema.default_keys(template)
    offered = validator.schema["properties"]["defaults"]["properties"]["templates"]["properties"][template]  # type: ignore[index]
    assert set(offered["properties"]) == keys
    assert defaults_errors(validator, template, {"retries": 3, "timeout": "2h"}) == []
    assert defaults_errors(validator, template, {"retries": "often"}) == ["Expected a whole number."]


def test_what_a_task_works_on_is_no_default() -> None:
    refused = list(schema.check_template_defaults({"redshift.copy": {"table": "public.a"}}, (), anywhere))
    assert [problem.message for problem in refused] == ["unknown key 'table' in the defaults of redshift.copy"]
    assert defaults_errors(PROJECT, "redshift.copy", {"table": "public.a"}) == [
        "Additional properties are not allowed ('table' was unexpected)"
    ]


def test_an_empty_task_is_offered_each_template_with_an_example() -> None:
    (offer,) = (part["then"]["defaultSnippets"] for part in _task_conditions() if "not" in part["if"])
    assert [snippet["label"] for snippet in offer] == list(schema.template_names())
    for snippet in offer:
        written = yaml.safe_load(_as_the_editor_writes(snippet["body"]))
        assert written == examples.task(snippet["label"])


def _task_conditions() -> list[Any]:
    conditions: list[Any] = editor.pipeline_schema()["definitions"]["task"]["allOf"]
    return conditions


def _as_the_editor_writes(value: Any, indent: str = "") -> str:
    """The snippet as yaml-language-server puts it in: its texts as they are."""
    if isinstance(value, dict):
        lines = (f"\n{indent}{key}:{_as_the_editor_writes(part, indent + '  ')}" for key, part in value.items())
        return "".join(lines)
    if isinstance(value, list):
        return "".join(f"\n{indent}-{_as_the_editor_writes(part, indent + '  ')}" for part in value)
    return f" {value}" if isinstance(value, str) else f" {json.dumps(value)}"


@pytest.mark.parametrize("template", schema.template_names())
def test_every_key_is_described(template: str) -> None:
    fragment = schema.fragment(template)
    assert [name for name, part in _keys(fragment) if not part.get("description")] == []
    assert fragment["description"].endswith(".")
    assert fragment["again"].endswith("."), "what happens when the task runs twice"


def _keys(part: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inside in part.get("properties", {}).items():
        yield prefix + name, inside
        yield from _keys(inside, f"{prefix}{name}.")
        if isinstance(inside.get("items"), dict):
            yield from _keys(inside["items"], f"{prefix}{name}[].")


@pytest.mark.parametrize(("name", "index"), EXAMPLES)
def test_the_reference_shows_examples_that_are_valid_pipelines(name: str, index: int) -> None:
    pipeline, _ = examples.pipeline(name, index)
    (task,) = pipeline.tasks
    assert task.template == name
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page.text(), re.S)]
    assert {task.name: examples.task(name, index)} in blocks


def test_the_reference_tells_the_steps_in_airflow() -> None:
    section = page.text().split("## redshift.upsert\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `upsert.")]
    assert rows == [
        "| `upsert.stage` | `RedshiftStatementsOperator` (of this package) |  |",
        "| `upsert.check` | `RedshiftCheckOperator` (of this package) | `upsert.stage` |",
        "| `upsert.merge` | `RedshiftStatementsOperator` (of this package) | `upsert.check` |",
        "| `upsert.drop` | `RedshiftStatementsOperator` (of this package) | `upsert.merge`, whatever happened |",
    ]
