"""The hooks as a repository of pipelines uses them: pre-commit installs them from a copy of this checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests import checkout

HOOKS = """\
repos:
  - repo: {url}
    rev: {rev}
    hooks:
      - id: pipelines-validate
      - id: pipelines-generate
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with the example pipelines and the hooks of a copy of this checkout."""
    package = checkout.copy(tmp_path / "package")
    checkout.commit(package)
    folder = tmp_path / "project"
    for name in ("pipelines", "dags"):
        shutil.copytree(checkout.REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    rev = checkout.git(package, "rev-parse", "HEAD")
    (folder / ".pre-commit-config.yaml").write_text(HOOKS.format(url=package.as_uri(), rev=rev))
    checkout.commit(folder)
    return folder


def pre_commit(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        "PIP_CONSTRAINT": str(checkout.REPOSITORY / "constraints.txt"),
    }
    command = [sys.executable, "-m", "pre_commit", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def run(folder: Path, hook: str, *paths: str) -> subprocess.CompletedProcess[str]:
    """Stages everything, as `git commit` would see it, and runs one hook for the paths, or for all files."""
    checkout.git(folder, "add", "--all")
    return pre_commit(folder, "run", hook, *(["--files", *paths] if paths else ["--all-files"]))


def test_hooks_in_a_repository_of_pipelines(project: Path) -> None:
    pipeline = project / "pipelines/flights/flights_load.yaml"
    good = pipeline.read_text(encoding="utf-8")

    validated = run(project, "pipelines-validate", str(pipeline))
    assert validated.returncode == 0, validated.stdout + validated.stderr
    generated = run(project, "pipelines-generate")
    assert generated.returncode == 0, generated.stdout + generated.stderr

    pipeline.write_text(good.replace("template: s3.wait", "template: s3.wiat"), encoding="utf-8")
    refused = run(project, "pipelines-validate", str(pipeline))
    assert refused.returncode == 1
    assert "flights_load.yaml:" in refused.stdout
    assert "S207 unknown template 's3.wiat'" in refused.stdout
    assert "did you mean 's3.wait'?" in refused.stdout

    pipeline.write_text(good.replace("timeout: 6h", "timeout: 5h"), encoding="utf-8")
    changed = run(project, "pipelines-generate", str(pipeline))
    assert changed.returncode == 1
    assert "changed: dags/flights_load.yaml" in changed.stdout.replace(str(project) + "/", "")
    assert run(project, "pipelines-generate", str(pipeline)).returncode == 0

    new = project / "pipelines/flights/flights_count.yaml"
    new.write_text(
        "pipeline: flights_count\nschedule: null\ntasks:\n"
        "  count: {template: redshift.sql, sql: SELECT COUNT(*) FROM public.flights}\n"
    )
    created = run(project, "pipelines-generate", str(new))
    assert created.returncode == 1, "pre-commit itself does not see new files"
    assert (project / "dags/flights_count.py").is_file()

    installed = distributions(project)
    assert "pipeline-generator" in installed
    assert [name for name in installed if name.startswith(("apache-airflow", "boto", "duckdb", "moto"))] == []


def distributions(folder: Path) -> list[str]:
    """What is installed in the hooks' environment."""
    (python,) = (folder.parent / "pre-commit").glob("repo*/py_env-*/bin/python")
    script = "import importlib.metadata as m, json; print(json.dumps([d.name for d in m.distributions()]))"
    done = subprocess.run([python, "-c", script], check=True, capture_output=True, text=True)
    names: list[str] = json.loads(done.stdout)
    return names


def test_this_repository_uses_the_hooks_too() -> None:
    config = yaml.safe_load((checkout.REPOSITORY / ".pre-commit-config.yaml").read_text())
    offered = yaml.safe_load((checkout.REPOSITORY / ".pre-commit-hooks.yaml").read_text())
    (local,) = config["repos"]
    entries = {hook["id"]: hook["entry"] for hook in local["hooks"]}
    for hook in offered:
        assert entries[hook["id"]] == f".venv/bin/{hook['entry']}"


def test_the_hooks_of_this_repository_pass(tmp_path: Path) -> None:
    folder = checkout.copy(tmp_path / "copy")
    for name in ("pipelines", "dags"):
        shutil.copytree(checkout.REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(checkout.REPOSITORY / ".pre-commit-config.yaml", folder)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".gitignore").write_text("/.venv\n")
    checkout.commit(folder)
    for hook in ("pipelines-validate", "pipelines-generate"):
        done = run(folder, hook)
        assert done.returncode == 0, done.stdout + done.stderr
