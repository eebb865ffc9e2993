"""Files as the test table: what `pipelines validate` says of each folder or file under cases/bad, to the letter.

A case is a pipelines folder with its `expected.txt`, or one pipeline beside its `.out`; it gets the project file of
cases/ unless it is about that. ``pytest --update`` writes the present output; read the diff before you commit it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from generator import codes, load, project, schema
from generator import compile as compiler
from generator.cli import main
from generator.jinja import walk

CASES = Path(__file__).parent / "cases"
BAD = sorted(path for path in (CASES / "bad").iterdir() if path.suffix != ".out")
OK = sorted((CASES / "ok").iterdir())
# Columns share one schema, but nothing of Redshift's is for the partition columns of Athena.
NEVER = {f"pipeline/tables/*/partitioned_by/*/{key}" for key in ("default", "encode", "identity", "not_null")}
CODE = re.compile(r": ([YSRJQPT]\d{3}) ")


def laid_out(case: Path, folder: Path) -> Path:
    """The case as a pipelines folder."""
    root = folder / "pipelines"
    if case.is_dir():
        shutil.copytree(case, root, symlinks=True, ignore=shutil.ignore_patterns("expected.txt"))
    else:
        root.mkdir(parents=True)
        shutil.copy(case, root)
    if not (root / "project.yaml").exists() and not case.name.startswith("no_project_file"):
        shutil.copy(CASES / "project.yaml", root)
    return root


def expected_file(case: Path) -> Path:
    return case / "expected.txt" if case.is_dir() else case.with_suffix(".out")


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.stem)
def test_bad(
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    laid_out(case, tmp_path)
    monkeypatch.chdir(tmp_path)
    code = main(["validate", "--pipelines", "pipelines", "--strict"])
    shown = capsys.readouterr()
    said = shown.out + shown.err
    assert code == 1, said
    expected = expected_file(case)
    if request.config.getoption("--update"):
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", OK, ids=lambda case: case.stem)
def test_ok(case: Path, tmp_path: Path) -> None:
    workspace = project.load_workspace(laid_out(case, tmp_path), with_tests=True)
    assert workspace.problems == ()
    assert workspace.project is not None
    assert compiler.files(workspace.project, workspace.pipelines, workspace.tables, "pipelines")
    steps = [
        step
        for pipeline in workspace.pipelines
        for task in pipeline.tasks
        for step in compiler.steps(task, workspace.tables)
    ]
    faults = [walk.references(text).faults for step in steps for text in texts_in(step.arguments)]
    assert steps
    assert not any(faults), "what is put around a text must leave its Jinja as it is"


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from texts_in(part)


def test_every_code_has_a_bad_case() -> None:
    found = {code for case in BAD for code in CODE.findall(expected_file(case).read_text(encoding="utf-8"))}
    large = {"Y103", "Q502"}  # their examples in the catalogue are written by the test of it
    assert found == set(codes.all_codes()) - large


def test_no_expected_output_without_a_case() -> None:
    outputs = {path for path in (CASES / "bad").rglob("*") if path.suffix == ".out" or path.name == "expected.txt"}
    assert outputs == {expected_file(case) for case in BAD}


def test_every_template_and_key_is_in_an_ok_case(tmp_path: Path) -> None:
    used: set[str] = set()
    for number, case in enumerate(OK):
        root = laid_out(case, tmp_path / str(number))
        for path in (root / "project.yaml", *project.pipeline_files(root), *project.suite_files(root)):
            document, _ = load.read(path, path.name)
            assert document is not None
            kind = "tests" if path.stem.endswith(".test") else "project" if path.name == "project.yaml" else "pipeline"
            used.update(_used(document.data, schema.language()[kind], kind))
            for task in document.data.get("tasks", {}).values():
                used.update(_used(task, schema.task_schema(task["template"]), task["template"]))
                used.update(f"task/{key}" for key in task)
    assert {_one_place(path) for path in _described_everywhere()} - {_one_place(path) for path in used} == NEVER


def _one_place(path: str) -> str:
    """The path with one place for what a file may say in several.

    In a file of tests: of both engines, and of all its tests. Of notifications: in a list or without, for each event.
    """
    if not path.startswith("tests/"):
        return re.sub(r"^(project/defaults|pipeline)/on_[a-z]+(/\*)?/", "notifications/", path)
    return path.replace("tests/tests/*/given", "tests/given").replace("/athena", "/redshift")


def _described_everywhere() -> set[str]:
    described = {f"task/{key}" for part in ("task", "task_defaults") for key in schema.language()[part]}
    for kind in ("pipeline", "project", "tests"):
        described.update(_described(schema.language()[kind], kind))
    for template in schema.template_names():
        described.update(_described(schema.fragment(template), template))
    return described


def _described(part: Mapping[str, Any], path: str) -> Iterator[str]:
    """The paths of all keys that a schema describes; ``*`` stands for names and list items."""
    for key, value in part.get("properties", {}).items():
        yield f"{path}/{key}"
        yield from _described(value, f"{path}/{key}")
    for inner in ("additionalProperties", "items"):
        if isinstance(part.get(inner), dict):
            yield from _described(part[inner], f"{path}/*")


def _used(data: Any, part: Mapping[str, Any], path: str) -> Iterator[str]:
    """The keys of the data that a schema describes, with their paths."""
    if isinstance(data, list):
        for item in data:
            yield from _used(item, part.get("items", {}), f"{path}/*")
    if not isinstance(data, dict):
        return
    for key, value in data.items():
        known = part.get("properties", {})
        inside = f"{path}/{key}" if key in known else f"{path}/*"
        if key in known:
            yield inside
        fallback = part.get("additionalProperties")
        yield from _used(value, known.get(key, fallback if isinstance(fallback, dict) else {}), inside)
