"""Memory: a limit that is kept with a message, and predictions that take no more of it for more rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ml.folder import Folder

_MIB = 2**20
_FEATURES = [f"f{number:02}" for number in range(20)]
_TRAIN: dict[str, Any] = {
    "job": "train",
    "model": "m",
    "kind": "classification",
    "target": "y",
    "run_date": "2026-01-31",
}
_PREDICT: dict[str, Any] = {"job": "predict", "model": "m", "version": "v", "keys": ["id"], "run_date": "2026-02-01"}


def _rows(count: int) -> pa.Table:
    """Many rows in a small file: few different values."""
    number = np.arange(count)
    features = {name: (number + place) % 7 / 7 for place, name in enumerate(_FEATURES)}
    return pa.table({"id": number, **features, "y": number % 7 > 2})


def _run(folder: Path, order: Mapping[str, Any], rows: pa.Table, *arguments: object) -> tuple[int, str, float]:
    """A job in a process of its own: exit code, the last line of its output, and the most memory it had, in MiB."""
    (folder / "rows").mkdir(exist_ok=True)
    pq.write_table(rows, folder / "rows" / "0000_part_00.parquet", row_group_size=100_000)
    (folder / "job.json").write_text(json.dumps(order), encoding="utf-8")
    paths = ["--job", folder / "job.json", "--rows", folder / "rows", "--model", folder / "model"]
    command = [sys.executable, "-m", "generator.ml.job", *paths, "--output", folder / "output", *arguments]
    log = folder / "log"
    with log.open("wb") as written:
        process = subprocess.Popen([str(word) for word in command], stdout=written, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    lines = log.read_text(encoding="utf-8").splitlines()
    return process.returncode, lines[-1] if lines else "", usage.ru_maxrss / 1024


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
    code, last, _ = _run(tmp_path, {**_TRAIN, "algorithm": "logistic_regression"}, _rows(rows), "--memory-limit", limit)
    assert (code, last[: len(ended[1])]) == ended


def test_memory_does_not_grow_with_the_rows(folder: Folder, tmp_path: Path) -> None:
    """A million rows more, which are 168 MB as numbers, twice that while they are made a matrix."""
    order = {**_TRAIN, "keys": ["id"], "algorithm": "logistic_regression"}
    assert not folder.train(_rows(1000), **order).message
    rows = _rows(1_200_000)
    code, _, few = _run(tmp_path, _PREDICT, rows.slice(0, 200_000))
    assert code == 0
    code, _, many = _run(tmp_path, _PREDICT, rows)
    assert code == 0
    assert pq.read_metadata(tmp_path / "output" / "part-0000_part_00.parquet").num_rows == 1_200_000
    assert many - few < 60
