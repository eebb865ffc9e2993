"""The job in a container: where its failure and its result go, and packages that the image lacks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from generator.operators import sagemaker_code


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the code as a container has it, rows, and an order to train."""
    for name, body in sagemaker_code.contents("linear_regression").items():
        file = tmp_path / "code" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    (tmp_path / "rows").mkdir()
    pq.write_table(pa.table({"id": range(50), "x": range(50), "y": range(50)}), tmp_path / "rows" / "a.parquet")
    (tmp_path / "resources.json").write_text(json.dumps({"current_host": "algo-2"}))
    order(tmp_path, target="y")
    return tmp_path


def order(root: Path, target: str) -> None:
    asked = {"job": "train", "model": "m", "kind": "regression", "target": target, "keys": ["id"],
             "algorithm": "linear_regression", "run_date": "2013-01-01"}  # fmt: skip
    (root / "job.json").write_text(json.dumps(asked))


def run(root: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the code in a process that knows no other, and reaches no package index."""
    places = {"job": "job.json", "rows": "rows", "model": "model", "output": "output", "failure": "failure"}
    arguments = [part for name, place in places.items() for part in (f"--{name}", str(root / place))]
    command = [sys.executable, "-P", str(root / "code" / sagemaker_code.PROGRAM), *arguments, *more]
    environment = {**os.environ, "PIP_NO_INDEX": "1", "PYTHONPATH": str(root / "code")}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_a_result_under_the_name_of_the_host(root: Path) -> None:
    done = run(root, "--result", str(root / "result"), "--resources", str(root / "resources.json"))
    assert done.returncode == 0, done.stderr
    assert [file.name for file in (root / "result").iterdir()] == ["algo-2.json"]
    assert json.loads((root / "result" / "algo-2.json").read_text())["rows"]["test"] == 10
    assert not (root / "failure").exists()
    assert not (root / "output" / "result.json").exists()


def test_a_result_that_stays_where_it_is(root: Path) -> None:
    assert run(root).returncode == 0
    assert (root / "output" / "result.json").exists()


def test_a_failure_is_told_where_sagemaker_looks(root: Path) -> None:
    order(root, target="z")
    done = run(root)
    assert done.returncode == 1
    assert (root / "failure").read_text() == "the query has no column 'z'; it has id, x, y"
    assert done.stderr.endswith("the query has no column 'z'; it has id, x, y\n")


def test_a_package_that_can_not_be_installed(root: Path) -> None:
    (root / "code" / "requirements.txt").write_text("pyarrow\nno_such_package_here>=1\n")
    done = run(root)
    assert done.returncode == 2
    told = (root / "failure").read_text()
    assert told.startswith("the image has no no_such_package_here, and it can't be installed: ")


def test_the_code_is_that_of_this_package_and_needs_no_more_of_it(root: Path) -> None:
    packages = {file.relative_to(root / "code").parts[0] for file in (root / "code").rglob("*.py")}
    assert packages == {"generator", "run.py"}
    assert (root / "code" / "generator" / "__init__.py").read_bytes() == b""
