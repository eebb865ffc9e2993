"""What the documents show is true: every example is valid, every command of the first pipeline does what is shown."""

from __future__ import annotations

import contextlib
import inspect
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import examples, project, schema
from generator.problems import render
from tests import checkout
from tests.documents import README, blocks, commands, matches, run, section

DOCUMENTS = sorted([checkout.REPOSITORY / "README.md", *(checkout.REPOSITORY / "docs").glob("*.md")])
LANGUAGE = (checkout.REPOSITORY / "docs/language.md").read_text(encoding="utf-8")
DEPLOY = (checkout.REPOSITORY / "docs/deploy.md").read_text(encoding="utf-8")
TESTING = (checkout.REPOSITORY / "docs/testing.md").read_text(encoding="utf-8")
NOTIFICATIONS = (checkout.REPOSITORY / "docs/notifications.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_within_a_document_lead_to_a_heading(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)
    }
    assert [target for target in re.findall(r"\]\(#([^)]*)\)", text) if target not in headings] == []


def _pipeline_of(block: str) -> tuple[str, str]:
    """A whole pipeline file with the block in it, and its name."""
    data = yaml.safe_load(block)
    if "pipeline" in data:
        return data["pipeline"], block
    around: dict[str, Any] = {"pipeline": "example", "schedule": "@daily", "start_date": "2026-01-01"}
    if "tasks" not in data:
        around["tasks"] = {"check": {"template": "redshift.sql", "sql": "SELECT 1"}}
    return "example", block + yaml.safe_dump(around)


@pytest.mark.parametrize(
    "block", blocks(LANGUAGE + NOTIFICATIONS, "yaml"), ids=lambda block: block.splitlines()[1].strip()
)
def test_examples_of_the_language_are_valid(block: str, tmp_path: Path) -> None:
    is_project = "project" in yaml.safe_load(block)
    (tmp_path / "project.yaml").write_text(block if is_project else yaml.safe_dump(examples.PROJECT))
    name, text = _pipeline_of("tags: [example]\n" if is_project else block)
    (tmp_path / f"{name}.yaml").write_text(text)
    owner = {"pipeline": "owner", "schedule": None, "tables": examples.tables({"all": TABLES}), "tasks": SOMETHING}
    (tmp_path / "owner.yaml").write_text(yaml.safe_dump(owner, sort_keys=False))
    workspace = project.load_workspace(tmp_path, "")
    assert render(workspace.problems, "text", workspace.read_lines) == ""
    assert {pipeline.name for pipeline in workspace.pipelines} == {name, "owner"}


TABLES = ["public.airlines", "public.flights", "public.flights_daily"]
SOMETHING = {"tidy": {"template": "redshift.maintain", "tables": TABLES}}


def test_the_language_tells_of_every_key_of_a_pipeline_and_every_schedule() -> None:
    from generator.rules.pipeline import PRESETS

    keys = schema.language()["pipeline"]["properties"]
    assert [key for key in keys if f"`{key}`" not in LANGUAGE] == []
    assert [preset for preset in PRESETS if preset not in LANGUAGE] == []


def test_the_page_on_notifications_tells_of_every_key() -> None:
    part = schema.language()["notifications"]
    assert [key for key in {*part, *_keys(part)} if f"`{key}`" not in NOTIFICATIONS] == []


def _variable(name: str) -> Any:
    """The JSON in a variable that deploy.md sets."""
    found = re.search(rf"^{name}='(.*?)'$", DEPLOY, re.DOTALL | re.MULTILINE)
    assert found is not None
    return json.loads(found[1])


def test_deploy_sets_up_the_bundle() -> None:
    from generator.bundle import PipelineBundle

    (bundle,) = _variable("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST")
    assert bundle["classpath"] == f"{PipelineBundle.__module__}.{PipelineBundle.__qualname__}"
    inspect.signature(PipelineBundle).bind(name=bundle["name"], **bundle["kwargs"])


def test_deploy_sets_up_a_connection() -> None:
    from airflow.sdk import Connection

    connection = Connection.from_json(json.dumps(_variable("AIRFLOW_CONN_AWS_PRODUCTION")), conn_id="aws_production")
    assert connection.conn_type == "aws"
    assert connection.extra_dejson["role_arn"].startswith("arn:aws:iam::")


def test_deploy_names_permissions_that_exist() -> None:
    import botocore.session

    (policy,) = (json.loads(block) for block in blocks(DEPLOY, "json"))
    session = botocore.session.get_session()
    for statement in policy["Statement"]:
        assert statement["Action"] == sorted(statement["Action"])
        for action in statement["Action"]:
            service, _, name = action.partition(":")
            if service not in ("s3", "iam"):  # their permissions are not named after operations
                assert name in session.get_service_model(service).operation_names


def test_deploy_names_the_wheel_and_the_hooks_of_this_version() -> None:
    version = re.search(r"^version = (.*)$", (checkout.REPOSITORY / "setup.cfg").read_text(), re.MULTILINE)
    assert version is not None
    assert set(re.findall(r"pipeline_generator-(.*?)-py3", DEPLOY)) == {version[1]}
    (config,) = (yaml.safe_load(block) for block in blocks(DEPLOY, "yaml"))
    offered = yaml.safe_load((checkout.REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    assert config["repos"][0]["hooks"] == [{"id": hook["id"]} for hook in offered]


def test_the_readme_names_make_targets_that_exist() -> None:
    makefile = (checkout.REPOSITORY / "Makefile").read_text()
    named = set(re.findall(r"\bmake (run|test|[a-z]+)\b(?=`|     )", README))
    assert {"run", "test", "bench", "update", "check"} <= named
    assert [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_the_first_pipeline_of_the_readme(tmp_path: Path) -> None:
    for name in ("pipelines", "dags", "schemas"):
        shutil.copytree(checkout.REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = section(README, "A first pipeline")
    (written,) = blocks(text, "yaml")
    (file,) = re.findall(r"in `(pipelines/\S+\.yaml)`:", text)
    with _local_aws() as environment:
        for command, expected in commands(text):
            code, said = run(command, tmp_path, environment)
            assert matches(expected, said), said
            if " new " in command:
                (tmp_path / file).write_text(written, encoding="utf-8")
            if code:  # the mistake, mended as the text says
                assert " validate" in command
                (tmp_path / file).write_text(written.replace("tabel:", "table:"), encoding="utf-8")


@contextlib.contextmanager
def _local_aws() -> Iterator[dict[str, str]]:
    """What `make run` provides: a sandbox with sample data."""
    from generator.sandbox import client, sample
    from generator.sandbox.server import Sandbox

    with Sandbox(port=0) as sandbox:
        sample.upload(client.of("s3", sandbox.environment), "flights-local", date(2013, 1, 1), date(2013, 1, 1))
        yield sandbox.environment


def test_the_tests_of_the_page_on_tests(tmp_path: Path) -> None:
    folder = tmp_path / "pipelines" / "shop"
    folder.mkdir(parents=True)
    (folder.parent / "project.yaml").write_text(yaml.safe_dump(examples.PROJECT), encoding="utf-8")
    names = re.findall(r"`pipelines/shop/(\S+)`", TESTING)
    for name, block in zip(names, blocks(TESTING, "yaml"), strict=True):
        (folder / name).write_text(block, encoding="utf-8")
    ((command, expected),) = commands(TESTING)
    code, said = run(command, tmp_path, {})
    assert code == 1
    assert matches(expected, said), said


def test_the_page_on_tests_tells_of_every_key() -> None:
    keys = _keys(schema.language()["tests"])
    assert [key for key in keys - {"tests", "description"} if f"`{key}`" not in TESTING] == []


def _keys(part: Any) -> set[str]:
    """The names of all properties in a schema."""
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    names = set(part.get("properties", {})) if isinstance(part, dict) else set()
    return names.union(*(_keys(each) for each in inner))
