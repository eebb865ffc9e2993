"""Whatever a file holds: problems with places in it, never a traceback; and what has none compiles, always alike.

The examples are the same in each run. Search for new ones with ``HYPOTHESIS_PROFILE=search pytest tests/test_fuzz.py``.
"""

from __future__ import annotations

import copy
import functools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import codes, generate, project
from generator import compile as compiler
from generator.load import MAX_BYTES
from generator.problems import Format, errors, render

CASES = Path(__file__).parent / "cases"
PROJECT = (CASES / "project.yaml").read_text(encoding="utf-8")
GOOD = sorted((CASES / "ok").glob("*.yaml"))
FORMATS: tuple[Format, ...] = ("text", "json", "github")

settings.register_profile("ci", derandomize=True, max_examples=250, deadline=None, database=None)
settings.register_profile("search", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

CONTROL = "\x00\x07\x1b\x7f\x85\u2028\ufeff\ufffe"
# Pieces that files are made of, so that chance finds more than syntax errors.
PIECES = st.sampled_from(
    [
        *"{}[]:,-?*&!|>'\"%@`#~\n\t ",
        "\n  ",
        "\n    ",
        "{{ ",
        " }}",
        "{% if x %}",
        ": ",
        "- ",
        "<<: ",
        "&a ",
        "*a",
        "---\n",
        "!!str ",
        "pipeline: fuzz\n",
        "schedule: null\n",
        "tasks:\n",
        "  load:\n",
        "    template: redshift.sql\n",
        "    sql: ANALYZE\n",
        "    sql: |\n      SELECT 1\n",
        "null",
        "true",
        "1e999",
        "0x1F",
        "2026-01-01",
        "\u00fc",
        "\U0001f600",
        *CONTROL,
    ]
)
YAML_TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)
ODD_SCALARS: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**17,
        10**30,
        1.5,
        float("nan"),
        float("inf"),
        "",
        " ",
        "x" * 3000,
        "\x1b[31m",
        "\u2028",
        "a\nb\r\nc",
        "\u202e\U0001f600",
        "2026-02-30",
        "9999-12-31",
        "0001-01-01",
        "30 3 * * *",
        "@daily",
        "* * * * * *",
        "999999w999999w",
        "0s",
        "1h",
        "../../etc/passwd",
        "/dev/null",
        "a" * 300 + ".sql",
        "a\x00b",
        "public.flights",
        "PUBLIC.Flights",
        "s3://{{ env.bucket }}/x",
        "{{ item }}",
        "{{ item.x }}",
        "{{",
        "{% for x in range(9999999) %}{% endfor %}",
        "{{ params.x | literal }}",
        "{{ ''.__class__ }}",
        "SELECT 1",
        "SELECT ';' -- x",
        "DELETE FROM public.flights; VACUUM",
        "'", '"', "`", "$$", "/*", "--",
        "(" * 60,
        "redshift.upsert",
        "athena",
        "Europe/Zurich",
        "replace_where",
        [],
        {},
        [[[[[]]]]],
        ["a", "a"],
        {"every": "1h"},
        {"after": ["public.flights"]},
        {"x": {"y": {"z": 1}}},
        {"": ""},
        {"type": "csv"},
        {"min": 3, "max": 1},
    ]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = ODD_SCALARS | st.text(max_size=12) | st.integers() | st.floats()


@functools.cache
def good(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside the data."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


def parent_of(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        data = data[key]
    return data


@st.composite
def mutated(draw: st.DrawFn, start: Any) -> Any:
    """Data with a few of its keys and values deleted, renamed, replaced, copied from elsewhere or moved."""
    data = copy.deepcopy(start)
    for _ in range(draw(st.integers(1, 4))):
        found = list(places(data))
        if not found:
            break
        path = draw(st.sampled_from(found))
        parent, key = parent_of(data, path), path[-1]
        kind = draw(st.sampled_from(["delete", "replace", "rename", "copy", "wrap"]))
        if kind == "delete":
            del parent[key]
        elif kind == "replace":
            parent[key] = copy.deepcopy(draw(VALUES))
        elif kind == "copy":
            parent[key] = copy.deepcopy(draw(st.sampled_from([parent_of(data, each)[each[-1]] for each in found])))
        elif kind == "wrap":
            parent[key] = draw(st.sampled_from([[parent[key]], {"x": parent[key]}, str(parent[key])]))
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from([str(each[-1]) for each in found]) | st.text(max_size=6))] = parent.pop(key)
    return data


def dumped(data: Any, width: int, flow: bool | None) -> str:
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=width, default_flow_style=flow)
    return text


def check(files: dict[str, bytes]) -> None:
    """What holds for every workspace."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "pipelines")
        root.mkdir()
        for name, content in {"project.yaml": PROJECT.encode(), **files}.items():
            (root / name).write_bytes(content)
        workspace = project.load_workspace(root, "pipelines", with_tests=True)
        assert list(workspace.problems) == sorted(workspace.problems)
        for problem in workspace.problems:
            check_problem(workspace, problem)
        for form in FORMATS:
            render(workspace.problems, form, workspace.read_lines).encode()
        changes = generate.plan(workspace, Path(folder, "dags"), "pipelines")
        if not errors(workspace.problems):
            assert workspace.project is not None
            others = ("project.yaml", ".sql", ".test.yaml")
            assert {pipeline.name for pipeline in workspace.pipelines} == {
                Path(name).stem for name in files if not name.endswith(others)
            }
            again = project.load_workspace(root, "pipelines")
            assert again.project is not None
            assert {change.path.name: change.text for change in changes} == compiler.files(
                again.project, again.pipelines, again.tables, "pipelines"
            )
            for change in changes:
                if change.path.suffix == ".yaml":
                    assert yaml.safe_load(change.text or "")


def check_problem(workspace: project.Workspace, problem: Any) -> None:
    span = problem.span
    assert problem.code in codes.all_codes()
    assert problem.message
    lines = workspace.read_lines(span.file) or [""]
    assert 1 <= span.line <= len(lines), problem
    assert 1 <= span.column <= len(lines[span.line - 1]) + 1, problem
    assert span.length >= 1


@given(YAML_TEXTS)
def test_text(text: str) -> None:
    check({"fuzz.yaml": text.encode(errors="replace")})


@given(YAML_TEXTS)
def test_project_text(text: str) -> None:
    check({"project.yaml": text.encode(errors="replace"), "minimal.yaml": (CASES / "ok/minimal.yaml").read_bytes()})


@given(st.binary(max_size=200))
def test_bytes(content: bytes) -> None:
    check({"fuzz.yaml": content, "project.yaml": content})


@given(st.data(), st.sampled_from(GOOD))
def test_mutated_pipeline(data: st.DataObject, path: Path) -> None:
    changed = data.draw(mutated(good(path)))
    width = data.draw(st.sampled_from([20, 10_000]))
    check({path.name: dumped(changed, width, data.draw(st.sampled_from([None, True, False]))).encode()})


@given(st.data(), st.sampled_from(GOOD))
def test_mutated_text(data: st.DataObject, path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    at = data.draw(st.integers(0, len(text)))
    until = data.draw(st.integers(at, min(len(text), at + 20)))
    check({path.name: (text[:at] + data.draw(YAML_TEXTS) + text[until:]).encode(errors="replace")})


@given(mutated(yaml.safe_load(PROJECT)), st.sampled_from(GOOD))
def test_mutated_project(changed: Any, path: Path) -> None:
    check({"project.yaml": dumped(changed, 80, None).encode(), path.name: path.read_bytes()})


@given(mutated(good(CASES / "ok/pipeline_defaults.yaml")["defaults"]), st.sampled_from(GOOD))
def test_mutated_defaults(changed: Any, path: Path) -> None:
    whole = {**yaml.safe_load(PROJECT), "defaults": changed}
    check({"project.yaml": dumped(whole, 80, None).encode(), path.name: path.read_bytes()})


TESTED = CASES / "ok/tested"
TESTS = TESTED / "planes_load.test.yaml"


@given(mutated(good(TESTED / "planes_load.yaml")))
def test_tests_of_a_mutated_pipeline(changed: Any) -> None:
    check({"planes_load.yaml": dumped(changed, 80, None).encode(), TESTS.name: TESTS.read_bytes()})


@given(mutated(good(TESTS)))
def test_mutated_tests(changed: Any) -> None:
    pipeline = (TESTED / "planes_load.yaml").read_bytes()
    check({"planes_load.yaml": pipeline, TESTS.name: dumped(changed, 80, None).encode()})


@given(st.text() | YAML_TEXTS | st.sampled_from(["SELECT 1 AS one;", "{{ run_date }}"]))
def test_sql_file(text: str) -> None:
    pipeline = (
        b"pipeline: fuzz\nschedule: null\ntasks:\n  load: {template: redshift.sql, for_each: [a], sql_file: load.sql}\n"
    )
    check({"fuzz.yaml": pipeline, "load.sql": text.encode(errors="replace")[:MAX_BYTES]})
