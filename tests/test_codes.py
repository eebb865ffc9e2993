"""The catalogue of codes: complete, and each of its examples does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import generator
from generator import codes, project

PROJECT = """
project: examples
default_environment: local
environments:
  local:
    region: us-east-1
    bucket: acme
    redshift: {workgroup: local, database: dev, iam_role: "arn:aws:iam::123456789012:role/local"}
    athena: {database: lake, output: "s3://acme/athena/"}
    values: {file: "s3://acme/flights.csv", table: flights}
"""
EXAMPLES = [(code.code, kind) for code in codes.all_codes().values() for kind in ("fails", "passes")]


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    elif "repeat" in content:
        path.write_text(content.get("before", "") + content["repeat"] * content["times"], encoding="utf-8")
    elif "latin_1" in content:
        path.write_text(content["latin_1"], encoding="latin-1")
    else:
        path.symlink_to(content["link_to"])


def codes_of(example: str | codes.Files, root: Path) -> set[str]:
    files: dict[str, Any] = {"example.yaml": example} if isinstance(example, str) else dict(example)
    for name, content in {"project.yaml": PROJECT, **files}.items():
        if content is not None:
            write(root / name, content)
    return {problem.code for problem in project.load_workspace(root, with_tests=True).problems}


@pytest.mark.parametrize(("code", "kind"), EXAMPLES)
def test_example(code: str, kind: str, tmp_path: Path) -> None:
    found = codes_of(getattr(codes.all_codes()[code], kind), tmp_path / "pipelines")
    assert found == ({code} if kind == "fails" else set())


def test_the_catalogue_has_the_codes_of_the_source() -> None:
    source = Path(generator.__file__).parent.rglob("*.py")
    used = {code for path in source for code in re.findall(r'"([YSRJQPT][1-7]\d\d)"', path.read_text(encoding="utf-8"))}
    assert used == set(codes.all_codes())


def test_the_catalogue_is_in_order() -> None:
    order = list(codes.all_codes())
    assert order == sorted(order, key=lambda code: ("YSRJQPT".index(code[0]), code))
