"""Memory: a limit that is kept with a message, and predictions that take no more of it for more rows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import measure
from tests.ml.folder import Folder

_MIB = 2**20
_FEATURES = [f"f{number:02}" for number in range(20)]
_MODEL: dict[str, Any] = {"model": "m", "run_date": "2026-01-31"}
_TRAIN = {"job": "train", "kind": "classification", "target": "y", **_MODEL}
_PREDICT = {"job": "predict", "version": "v", "keys": ["id"], **_MODEL}


def _rows(count: int) -> pa.Table:
    """Many rows in a small file: few different values."""
    number = np.arange(count)
    features = {name: (number + place) % 7 / 7 for place, name in enumerate(_FEATURES)}
    return pa.table({"id": number, **features, "y": number % 7 > 2})


def _command(folder: Path, order: Mapping[str, Any], rows: pa.Table, *arguments: object) -> list[str]:
    """A job in a process of its own."""
    (folder / "rows").mkdir(exist_ok=True)
    pq.write_table(rows, folder / "rows" / "0000_part_00.parquet", row_group_size=100_000)
    (folder / "job.json").write_text(json.dumps(order), encoding="utf-8")
    paths = ["--job", folder / "job.json", "--rows", folder / "rows", "--model", folder / "model"]
    command = [sys.executable, "-m", "generator.ml.job", *paths, "--output", folder / "output", *arguments]
    return [str(word) for word in command]


def _peak(folder: Path, rows: pa.Table) -> float:
    """The most memory that predicting for the rows had at any time, in MiB."""
    command = _command(folder, _PREDICT, rows)
    run = measure.run(command, folder=folder, log=folder / "log", variables=measure.environment(folder))
    assert run.peak_mib
    return run.peak_mib


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep the limit")
@pytest.mark.parametrize(
    ("limit", "rows", "ended"),
    [
        (20 * _MIB, 10, (1, "out of memory: the job may use 20 MiB (the libraries alone take ")),
        (640 * _MIB, 4_000_000, (1, "out of memory: the job may use 640 MiB (")),
        (4096 * _MIB, 1000, (0, "accuracy ")),
    ],
    ids=["less than the libraries take", "less than the rows take", "enough"],
)
def test_a_job_keeps_its_limit_or_says_so(limit: int, rows: int, ended: tuple[int, str], tmp_path: Path) -> None:
    order = {**_TRAIN, "algorithm": "logistic_regression"}
    command = _command(tmp_path, order, _rows(rows), "--memory-limit", limit)
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    code, beginning = ended
    assert done.stdout.splitlines()[-1][: len(beginning)] == beginning
    assert done.returncode == code


def test_memory_does_not_grow_with_the_rows(folder: Folder, tmp_path: Path) -> None:
    """A million rows more, which are 168 MB as numbers, twice that while they are made a matrix."""
    order = {**_TRAIN, "keys": ["id"], "algorithm": "logistic_regression"}
    assert not folder.train(_rows(1000), **order).message
    rows = _rows(1_200_000)
    few, many = _peak(tmp_path, rows.slice(0, 200_000)), _peak(tmp_path, rows)
    assert pq.read_metadata(tmp_path / "output" / "part-0000_part_00.parquet").num_rows == 1_200_000
    assert many - few < 80
