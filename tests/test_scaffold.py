"""`pipelines new`: starter files that are valid at once, for every template, and never over something that exists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from generator import load, schema
from generator.cli import main
from generator.reference import editor

Read = Callable[[str], Any]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh project, and the present folder."""
    monkeypatch.chdir(tmp_path)
    assert main(["new", "--project", "weather"]) == 0
    return tmp_path


def read(path: Path) -> Any:
    document, problems = load.read(path, path.name)
    assert document is not None, problems
    return document.data


def test_a_project_has_what_editors_and_commands_need(project: Path) -> None:
    written = sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())
    assert written == [
        "pipelines/project.yaml",
        "schemas/pipeline.schema.json",
        "schemas/project.schema.json",
        "schemas/test.schema.json",
    ]
    assert list(Draft7Validator(editor.project_schema()).iter_errors(read(project / "pipelines/project.yaml"))) == []
    assert main(["validate"]) == 0


def test_a_project_tells_the_hooks_for_precommit(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "--project", "other", "--pipelines", "elsewhere/pipelines"]) == 0
    shown = capsys.readouterr().err.partition("repos:")[2].partition("next:")[0]
    (repository,) = yaml.safe_load(shown)
    offered = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in repository["hooks"]] == [hook["id"] for hook in offered]


@pytest.mark.parametrize("template", schema.template_names())
def test_a_starter_file_of_each_template_is_valid(
    template: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", "weather_load", "--template", template]) == 0
    file = project / "pipelines/weather/weather_load.yaml"
    assert main(["validate", "--strict"]) == 0, capsys.readouterr().out
    assert main(["generate"]) == 0
    assert template in [task["template"] for task in read(file)["tasks"].values()]
    assert list(Draft7Validator(editor.pipeline_schema()).iter_errors(read(file))) == []


@pytest.mark.parametrize("template", schema.template_names())
def test_a_starter_file_names_every_key_of_the_template(template: str, project: Path) -> None:
    assert main(["new", "weather_load", "--template", template]) == 0
    text = (project / "pipelines/weather/weather_load.yaml").read_text(encoding="utf-8")
    named = [line.strip().removeprefix("# ").partition(":")[0] for line in text.splitlines()]
    assert [key for key in schema.fragment(template)["properties"] if key not in named] == []


def test_all_templates_fit_in_one_file(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [word for name in schema.template_names() for word in ("--template", name)]
    assert main(["new", "weather_load", *options]) == 0
    assert main(["validate", "--strict"]) == 0, capsys.readouterr().out


def test_tasks_run_one_after_the_other_and_tables_are_made_first(project: Path) -> None:
    assert main(["new", "weather_load", "--template", "s3.wait", "--template", "redshift.upsert"]) == 0
    data = read(project / "pipelines/weather/weather_load.yaml")
    assert list(data["tables"]) == ["public.weather_load"]
    assert {name: task.get("depends_on") for name, task in data["tasks"].items()} == {
        "create": None,
        "wait": ["create"],
        "upsert": ["wait"],
    }


def test_two_starter_files_do_not_collide(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("weather_load", "delays_load"):
        assert main(["new", name, "--template", "redshift.upsert"]) == 0
    assert main(["validate", "--strict"]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "file", "schema_comment"),
    [
        ([], "pipelines/weather/weather_load.yaml", "../../schemas/pipeline.schema.json"),
        (["--folder", "a/b"], "pipelines/a/b/weather_load.yaml", "../../../schemas/pipeline.schema.json"),
        (["--folder", "."], "pipelines/weather_load.yaml", "../schemas/pipeline.schema.json"),
    ],
)
def test_where_the_file_goes(options: list[str], file: str, schema_comment: str, project: Path) -> None:
    assert main(["new", "weather_load", "--template", "redshift.sql", *options]) == 0
    first = (project / file).read_text(encoding="utf-8").partition("\n")[0]
    assert first == f"# yaml-language-server: $schema={schema_comment}"
    assert (project / file).parent.joinpath(schema_comment).resolve().is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name the pipeline, or begin a project with --project NAME"),
        (["weather_load"], "say what it does with --template, one of athena."),
        (["weather_load", "--template", "redshift.cpy"], "did you mean 'redshift.copy'?"),
        (["Weather", "--template", "redshift.copy"], "'Weather' is no name"),
        (["weather_load", "--template", "redshift.copy", "--folder", "../x"], "is outside of the pipelines folder"),
        (["--project", "weather"], "pipelines/project.yaml exists already"),
    ],
)
def test_wrong_use(options: list[str], said: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (project / "pipelines/project.yaml").read_text()
    assert main(["new", *options]) == 2
    assert said in capsys.readouterr().err
    assert (project / "pipelines/project.yaml").read_text() == before


def test_a_pipeline_is_never_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "weather_load", "--template", "redshift.copy"]) == 0
    file = project / "pipelines/weather/weather_load.yaml"
    before = file.read_text()
    for options in ([], ["--folder", "other"]):
        assert main(["new", "weather_load", "--template", "redshift.sql", *options]) == 2
        assert "there is already a pipeline 'weather_load'" in capsys.readouterr().err
    assert file.read_text() == before


def test_schemas_are_brought_up_to_date_on_request(project: Path) -> None:
    old = project / "schemas/pipeline.schema.json"
    old.write_text("{}")
    assert main(["new", "weather_load", "--template", "redshift.copy"]) == 0
    assert old.read_text() == "{}"
    assert main(["new", "--schemas"]) == 0
    assert old.read_text() == (schema.folder() / "pipeline.schema.json").read_text()
