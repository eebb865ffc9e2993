"""The wheel alone, in an empty environment: it validates and compiles the example pipelines without Airflow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from generator import schema
from tests import checkout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    source = checkout.copy(folder / "source")
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder / "dist", source)
    (made,) = (folder / "dist").glob("*.whl")
    return made


def run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False, env=_environment()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _environment() -> dict[str, str]:
    """What the tests run in, less what would let this environment's packages be seen in another."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def test_the_wheel_holds_the_package_and_its_schemas(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    modules = {
        path.relative_to(checkout.REPOSITORY).as_posix() for path in (checkout.REPOSITORY / "generator").rglob("*.py")
    }
    fragments = {f"generator/schemas/templates/{name.replace('.', '_')}.json" for name in schema.template_names()}
    languages = {f"generator/schemas/{name}.json" for name in ("language", "examples", "pipeline.schema")}
    assert sorted((modules | fragments | languages | {"generator/py.typed", "generator/codes.yaml"}) - names) == []


def test_it_works_alone(wheel: Path, tmp_path: Path) -> None:
    python = tmp_path / "venv/bin/python"
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    constraints = checkout.REPOSITORY / "constraints.txt"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", constraints, wheel)
    for name in ("pipelines", "dags"):
        shutil.copytree(checkout.REPOSITORY / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    pipelines = python.with_name("pipelines")

    run(pipelines, "validate", cwd=tmp_path)
    run(pipelines, "generate", "--check", cwd=tmp_path)
    assert "R302" in run(pipelines, "rule", "R302", cwd=tmp_path)
    run(pipelines, "new", "orders_load", "--template", "redshift.copy", cwd=tmp_path)
    for module in ("airflow", "boto3", "duckdb", "dagfactory"):
        found = run(python, "-c", f"import importlib.util; print(importlib.util.find_spec('{module}'))", cwd=tmp_path)
        assert found.strip() == "None"
