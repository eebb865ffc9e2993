from __future__ import annotations

import copy
import os
from pathlib import Path

import jinja2
import pytest

from generator.environment import (
    Environment,
    UnknownEnvironmentError,
    choose,
    load_environments,
)

PROJECT = """
project: flights
default_environment: local
environments:
  local: {region: us-east-1, bucket: flights-local, redshift: {database: dev}, values: {limit: 10}}
  production: {region: eu-west-1}
"""


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    file = tmp_path / "project.yaml"
    file.write_text(PROJECT)
    return file


@pytest.mark.parametrize(
    ("argument", "variable", "chosen"),
    [
        (None, None, "local"),
        (None, "production", "production"),
        ("local", "production", "local"),
        (None, "", "local"),
    ],
)
def test_choice(
    project_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    argument: str | None,
    variable: str | None,
    chosen: str,
) -> None:
    if variable is not None:
        monkeypatch.setenv("PIPELINES_ENV", variable)
    assert choose(load_environments(project_file), argument).name == chosen


def test_an_unknown_environment_names_the_known_ones(project_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINES_ENV", "prod")
    with pytest.raises(UnknownEnvironmentError) as raised:
        choose(load_environments(project_file))
    assert str(raised.value) == (
        "project 'flights' has no environment 'prod' (PIPELINES_ENV); it has: local, production"
    )


def test_a_changed_file_is_read_again(project_file: Path) -> None:
    first = load_environments(project_file)
    assert load_environments(project_file) is first
    project_file.write_text(PROJECT.replace("default_environment: local", "default_environment: production"))
    os.utime(project_file, ns=(1, 1))
    assert load_environments(project_file).default == "production"


ENVIRONMENT = Environment(
    "local", {"bucket": "b", "redshift": {"database": "dev"}, "values": {"limit": 10, "items": "x"}}
)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ env.bucket }}", "b"),
        ("{{ env.name }}", "local"),
        ("{{ env.redshift.database }}", "dev"),
        ("{{ env['redshift']['database'] }}", "dev"),
        ("{{ env.values.limit + 1 }}", "11"),
        ("{{ env.values.items }}", "x"),
        ("{{ env.nothing | default('d') }}", "d"),
    ],
)
def test_values_in_jinja(template: str, text: str) -> None:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    assert environment.from_string(template).render(env=ENVIRONMENT.names) == text


@pytest.mark.parametrize(
    ("template", "message"),
    [
        (
            "{{ env.buket }}",
            "environment 'local' has no value 'buket'; it has: bucket, name, redshift, values",
        ),
        (
            "{{ env.redshift.iam_role }}",
            "'redshift' of environment 'local' has no value 'iam_role'; it has: database",
        ),
    ],
)
def test_a_value_that_is_missing_is_named(template: str, message: str) -> None:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False)
    with pytest.raises(jinja2.UndefinedError) as raised:
        environment.from_string(template).render(env=ENVIRONMENT.names)
    assert str(raised.value) == message


def test_names_can_be_copied() -> None:
    assert copy.deepcopy(ENVIRONMENT.names).redshift.database == "dev"
