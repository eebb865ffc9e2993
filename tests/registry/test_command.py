"""`pipelines models`: what it lists, and how a version becomes the current one by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import query
from generator.cli import main
from generator.registry import statements
from generator.sandbox.server import Sandbox
from tests.registry.conftest import GATE, VALUES, register, trained

A, B, C = "2013-01-07-aaaaaaaa", "2013-01-14-bbbbbbbb", "2013-01-21-cccccccc"


class Project:
    """A pipelines folder whose environment has a registry."""

    def __init__(self, root: Path, schema: str, capsys: pytest.CaptureFixture[str]) -> None:
        self._root = root
        self._capsys = capsys
        values = {**VALUES, "region": "us-east-1", "run_log": {"schema": schema}}
        project = {"project": "test", "default_environment": "test", "environments": {"test": values}}
        (root / "project.yaml").write_text(yaml.safe_dump(project))
        self.schema = schema

    def models(self, *words: str) -> tuple[int, str, str]:
        """The exit code and what is said, on standard output and standard error."""
        code = main(["models", *words, "--pipelines", str(self._root)])
        said = self._capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str) -> Any:
        return json.loads(self.models(*words, "--format", "json")[1])


@pytest.fixture
def empty(
    sandbox: Sandbox, schema: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Project:
    monkeypatch.setenv("COLUMNS", "200")
    return Project(tmp_path, schema, capsys)


@pytest.fixture
def project(empty: Project) -> Project:
    """Three versions of a model, the newest of which was not good enough, and another model."""
    register(empty.schema, trained(A, "2013-01-07", 0.8), GATE)
    register(empty.schema, trained(B, "2013-01-14", 0.82), GATE)
    register(empty.schema, trained(C, "2013-01-21", 0.7), GATE)
    register(empty.schema, trained("2013-01-08-dddddddd", "2013-01-08", model="fare", kind="regression"))
    return empty


def test_models(project: Project) -> None:
    code, said, _ = project.models()
    assert code == 0
    assert said.splitlines() == [
        f"delay (classification), 3 versions; {B} is current since 2013-01-14",
        "  auc 0.82  log_loss 0.18",
        "fare (regression), 1 version; 2013-01-08-dddddddd is current since 2013-01-08",
    ]


def test_versions_of_a_model(project: Project) -> None:
    code, said, _ = project.models("delay")
    assert code == 0
    title, *lines = said.splitlines()
    assert title.startswith("delay (classification), 3 versions;")
    assert [line for line in lines if "2013" in line and "trained" not in line] == [
        f"  {C}  not promoted: auc is 0.7, not >= 0.75",
        f"* {B}  current from 2013-01-14",
        f"  {A}  current from 2013-01-07",
    ]


def test_json(project: Project) -> None:
    found = project.json("delay")
    assert (found["current"], found["since"]) == (B, "2013-01-14")
    assert [(each["version"], each["promoted"], each["reasons"]) for each in found["versions"]] == [
        (C, False, "auc is 0.7, not >= 0.75"),
        (B, True, None),
        (A, True, None),
    ]
    assert found["versions"][1]["metrics"]["auc"] == 0.82
    assert [each["version"] for each in found["promotions"]] == [B, A]
    assert [each["model"] for each in project.json()] == ["delay", "fare"]


def test_back_to_an_older_version(project: Project) -> None:
    code, _, said = project.models("promote", "delay", A, "--reason", "too many alarms")
    assert code == 0
    assert said.startswith(f"{A} is the current version of 'delay' from 20")
    assert said.endswith(f" instead of {B}\n")
    found = project.json("delay")
    assert found["current"] == A
    assert found["promotions"][0]["reason"] == "too many alarms"
    assert "@" in found["promotions"][0]["promoted_by"]
    # What was current before today is what it was.
    day = statements.current(project.schema, "delay", "2013-02-01")
    assert query.redshift(day, VALUES, 9).rows[0][0] == B


def test_a_version_that_was_not_good_enough_from_a_day_on(project: Project) -> None:
    assert project.models("promote", "delay", C, "--from", "2013-01-22")[0] == 0
    found = [
        query.redshift(statements.current(project.schema, "delay", day), VALUES, 9).rows[0][0]
        for day in ("2013-01-21", "2013-01-22")
    ]
    assert found == [B, C]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("promote", "delay", "2013-01-14-bbbbbbbc"), f"has no version '2013-01-14-bbbbbbbc'; did you mean '{B}'?"),
        (("promote", "delya", B), "there is no model 'delya'"),
        (("promote", "delay"), "pipelines models promote NAME VERSION"),
        (("delya",), "there is no model 'delya'; did you mean 'delay'?"),
        (("delay", "fare"), "name one model"),
        (("delay", "--from", "2013-01-01"), "--from and --reason are for: pipelines models promote"),
    ],
)
def test_wrong_use(words: tuple[str, ...], told: str, project: Project) -> None:
    code, said, error = project.models(*words)
    assert (code, said) == (2, "")
    assert told in error


def test_before_the_first_training(empty: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert empty.models() == (0, "", "no model has been trained in the environment 'test'\n")
    never = Project(tmp_path, "log_that_is_not_there", capsys)
    assert never.models() == (0, "", "no model has been trained in the environment 'test'\n")
    assert never.json() == []
    assert never.models("delay")[0] == 2
