"""What the page on machine learning shows is valid, and its queries are SQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from generator import examples, project
from generator.problems import render
from generator.sql import analyse
from tests import checkout

PAGE = (checkout.REPOSITORY / "docs/machine_learning.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_are_valid(tmp_path: Path) -> None:
    *pipelines, environment = blocks("yaml")
    (tmp_path / "project.yaml").write_text(environment)
    for text in pipelines:
        (tmp_path / f"{yaml.safe_load(text)['pipeline']}.yaml").write_text(text)
    tables = examples.tables({"all": ["public.flights"]})
    tidy = {"tidy": {"template": "redshift.maintain", "tables": ["public.flights"]}}
    owner = {"pipeline": "owner", "schedule": None, "tables": tables, "tasks": tidy}
    (tmp_path / "owner.yaml").write_text(yaml.safe_dump(owner, sort_keys=False))
    workspace = project.load_workspace(tmp_path, "")
    assert render(workspace.problems, "text", workspace.read_lines) == ""
    assert len(workspace.pipelines) == 4


@pytest.mark.parametrize("query", blocks("sql"))
def test_queries_are_valid(query: str) -> None:
    assert analyse(query, "redshift", "query", "public")[1] == []
