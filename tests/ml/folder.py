"""Jobs in a temporary folder: rows, the order, the process, and what it wrote."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from generator.ml import job

_TRAIN = {"job": "train", "model": "churn", "run_date": "2026-01-31", "query": "SELECT …"}
_PREDICT = {"job": "predict", "model": "churn", "run_date": "2026-02-01", "version": "2026-01-31-0123abcd"}


@dataclass(frozen=True)
class Ended:
    """How a job ended: its message where it failed, else its result."""

    message: str
    result: Mapping[str, Any]
    output: str


class Folder:
    """A folder with the parts of a job, each made where a test needs it."""

    def __init__(self, root: Path) -> None:
        self.rows = root / "rows"
        self._order = root / "job.json"
        self.model = root / "model"
        self.output = root / "output"

    def train(self, rows: Mapping[str, Any] | pa.Table | None, **order: Any) -> Ended:
        """Train on rows; the model is in `self.model`."""
        return self._run(rows, {**_TRAIN, **order})

    def predict(self, rows: Mapping[str, Any] | pa.Table | None, **order: Any) -> Ended:
        """Predict for rows; `self.predictions()` reads what was written."""
        return self._run(rows, {**_PREDICT, "keys": ["id"], **order})

    def card(self) -> dict[str, Any]:
        """The model's card."""
        card: dict[str, Any] = json.loads((self.model / "metadata.json").read_text(encoding="utf-8"))
        return card

    def predictions(self) -> pa.Table:
        """All rows of all files that the last job wrote."""
        return pa.concat_tables([pq.read_table(file) for file in sorted(self.output.glob("part-*.parquet"))])

    def again(self) -> Ended:
        """Run the last job again, on what is in the folders now."""
        printed, complained = io.StringIO(), io.StringIO()
        arguments = ["--job", self._order, "--rows", self.rows, "--model", self.model, "--output", self.output]
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complained):
            code = job.main([str(argument) for argument in arguments])
        if code:
            message = (self.output / "failure").read_text(encoding="utf-8")
            assert complained.getvalue().splitlines()[-1] == message
            return Ended(message, {}, printed.getvalue())
        return Ended("", json.loads((self.output / "result.json").read_text(encoding="utf-8")), printed.getvalue())

    def _run(self, rows: Mapping[str, Any] | pa.Table | None, order: Mapping[str, Any]) -> Ended:
        for file in [*self.rows.glob("*"), *self.output.glob("*.parquet")]:
            file.unlink()
        self.rows.mkdir(exist_ok=True)
        if rows is not None:
            table = rows if isinstance(rows, pa.Table) else pa.table(dict(rows))
            pq.write_table(table, self.rows / "0000_part_00.parquet")
        self._order.write_text(json.dumps(order), encoding="utf-8")
        return self.again()
