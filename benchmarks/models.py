"""Predictions of a model for many rows: the time against plain scikit-learn and pyarrow, and the memory."""

from __future__ import annotations

import functools
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import measure
from benchmarks.measure import Comparison, NotMeasuredError, Report, Run

_SCRIPT = Path(__file__).with_name("plain_predict.py")
_GOAL = 1.3
_FEATURES = 20
_FILES = 4  # as many as a small cluster's slices unload
_GROUP_ROWS = 250_000
_TRAINING_ROWS = 100_000
_ORDER = {"model": "benchmark", "run_date": "2026-01-31", "keys": ["id"]}
_TRAIN = {"job": "train", "kind": "classification", "target": "y", **_ORDER}
_PREDICT = {"job": "predict", "version": "2026-01-31-00000000", **_ORDER}


def compare_predict(scratch: Path, rows: int, rounds: int) -> Report:
    """The job of ml.predict on `rows` rows against a script by hand, and its memory on twice as many."""
    _write(scratch / "training", min(rows, _TRAINING_ROWS), with_target=True)
    _job(scratch, _TRAIN, scratch / "training", scratch / "trained")()
    small, large = scratch / "rows", scratch / "twice"
    _write(small, rows)
    _write(large, 2 * rows)
    ours, peer = scratch / "ours", scratch / "peer"
    script = [sys.executable, _SCRIPT, small, scratch / "model", peer]
    programs = {
        "the job of ml.predict": _job(scratch, _PREDICT, small, ours),
        "plain scikit-learn and pyarrow": _process(scratch, script),
    }
    what = f"{rows:,} rows x {_FEATURES} columns"
    job, plain = measure.in_turns(programs, rounds, what)
    _check_equal(ours, peer, rows)
    twice = measure.in_turns(
        {"the job of ml.predict": _job(scratch, _PREDICT, large, ours)}, 1, f"{2 * rows:,} rows x {_FEATURES} columns"
    )
    comparison = Comparison(f"{what}: the job of ml.predict / plain scikit-learn and pyarrow", job, plain, _GOAL)
    return Report((comparison,), (job, plain, *twice))


def _write(folder: Path, rows: int, with_target: bool = False) -> None:
    """Files of numbers with three decimals, in row groups of some tens of megabytes."""
    folder.mkdir()
    random = np.random.default_rng(0)
    for number in range(_FILES):
        first, end = rows * number // _FILES, rows * (number + 1) // _FILES
        writer = None
        for start in range(first, end, _GROUP_ROWS):
            table = _table(random, start, min(end, start + _GROUP_ROWS), with_target)
            writer = writer or pq.ParquetWriter(folder / f"{number:04}_part_00.parquet", table.schema)
            writer.write_table(table)
        if writer:
            writer.close()


def _table(random: np.random.Generator, start: int, end: int, with_target: bool) -> pa.Table:
    values = random.standard_normal((end - start, _FEATURES)).round(3)
    features = {f"f{place:02}": values[:, place] for place in range(_FEATURES)}
    noise = random.standard_normal(end - start)
    target = {"y": values[:, :5].sum(axis=1) + noise > 0} if with_target else {}
    return pa.table({"id": np.arange(start, end), **features, **target})


def _job(scratch: Path, order: dict[str, Any], rows: Path, output: Path) -> Callable[[], Run]:
    file = scratch / f"{output.name}.json"
    file.write_text(json.dumps(order), encoding="utf-8")
    folders = ["--rows", rows, "--model", scratch / "model", "--output", output]
    return _process(scratch, [sys.executable, "-m", "generator.ml.job", "--job", file, *folders], emptied=output)


def _process(scratch: Path, command: list[Any], emptied: Path | None = None) -> Callable[[], Run]:
    """A program whose threads sleep while they wait, as those of the job do: else a busy machine decides."""
    variables = {**measure.environment(scratch), "OMP_WAIT_POLICY": "PASSIVE"}
    run = functools.partial(measure.run, command, folder=scratch, log=scratch / "job.log", variables=variables)

    def made() -> Run:
        if emptied:
            shutil.rmtree(emptied, ignore_errors=True)
        return run()

    return made


def _check_equal(ours: Path, peer: Path, rows: int) -> None:
    """Raises NotMeasuredError where the two did not predict the same."""
    names = ["id", "prediction", "probability"]
    made, expected = (
        pa.concat_tables([pq.read_table(file, columns=names) for file in sorted(folder.glob("*.parquet"))])
        for folder in (ours, peer)
    )
    if made.num_rows != rows or not made.equals(expected):
        raise NotMeasuredError("the predictions are not those of plain scikit-learn")
