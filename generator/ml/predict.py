"""Predicting: a model and rows in, predictions out; in batches, so that memory does not grow with the rows."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from generator.ml import card, columns, features, model_file, rows
from generator.ml.card import Card
from generator.ml.errors import JobError, row_count
from generator.ml.orders import Predict

_TELL_EVERY = 1_000_000


@dataclass
class _Counts:
    """What is told of the rows at the end."""

    rows: int = 0
    nulls: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)


def run(
    order: Predict, rows_folder: Path, model_folder: Path, output: Path, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Predict for all rows and write the files to copy. Returns the job's result."""
    made = card.read(model_folder, order.metadata_sha256)
    model = _model(made, model_folder)
    found = rows.files(rows_folder)
    for file in found:
        _check(order, made, rows.schema(file))
    predictor = _Predictor(order, made, model, rows.schema(found[0]) if found else pa.schema([]))
    counts = _Counts()
    output.mkdir(parents=True, exist_ok=True)
    for file in found:
        name = "-".join(file.relative_to(rows_folder).with_suffix("").parts)
        _predict_file(predictor, file, output / f"part-{name}.parquet", counts, tell)
    if not found:
        pq.write_table(predictor.schema.empty_table(), output / "part-none.parquet")
    for name, count in counts.unseen.items():
        sample = counts.samples[name]
        tell(f"'{name}' has {count:,} values that training did not see, such as {sample!r}: taken as missing")
    return {"rows": counts.rows, "unseen_categories": dict(counts.unseen), "nulls": dict(counts.nulls)}


def _model(made: Card, folder: Path) -> Any:
    """The model of the card, once all that can be told of its file is told."""
    file = folder / card.MODEL
    if not file.is_file():
        raise JobError(f"there is no {card.MODEL} beside {card.NAME}")
    found = card.sha256(file)
    if found != made.model_sha256:
        raise JobError(f"{card.MODEL} is not the one of the card: its SHA-256 is {found}, not {made.model_sha256}")
    card.check_libraries(made)
    return model_file.read(file, made.algorithm, made.kind, len(made.features), len(made.classes))


def _check(order: Predict, made: Card, schema: pa.Schema) -> None:
    """Raise JobError where a file lacks a key, or its features are not those of the model."""
    missing = [key for key in order.keys if key not in schema.names]
    if missing:
        raise JobError(f"the query has no column {missing[0]!r}, which is a key")
    features.check(made.features, schema, "the rows came")


def _predict_file(
    predictor: _Predictor, file: Path, written: Path, counts: _Counts, tell: Callable[[str], None]
) -> None:
    with pq.ParquetWriter(written, predictor.schema) as writer:
        for batch in rows.batches(file, predictor.names, predictor.order.batch_rows):
            if not batch.num_rows:
                continue
            writer.write_batch(predictor.predicted(batch, counts))
            if counts.rows // _TELL_EVERY > (counts.rows - batch.num_rows) // _TELL_EVERY:
                tell(f"{row_count(counts.rows)} predicted")


def _written(order: Predict, classes: pa.Array | None, came: pa.Schema) -> pa.Schema:
    """The columns of predictions: of the table's types, else of those that they have by themselves."""
    natural = {key: features.plain(came.field(key).type) for key in order.keys if key in came.names}
    natural["prediction"] = pa.float64() if classes is None else classes.type
    natural |= {"probability": pa.float64(), "model_version": pa.string(), "run_date": pa.date32()}
    types = {**natural, **{name: columns.arrow_type(kind) for name, kind in order.columns.items()}}
    own = ["prediction"] if classes is None else ["prediction", "probability"]
    names = [*order.keys, *own, "model_version", "run_date"]
    return pa.schema([(name, types.get(name, pa.string())) for name in names])


class _Predictor:
    """A model with the columns that it reads and those that it makes."""

    def __init__(self, order: Predict, made: Card, model: Any, came: pa.Schema) -> None:
        self.order = order
        self._card = made
        self._model = model
        self.names = list(dict.fromkeys([*order.keys, *(feature.name for feature in made.features)]))
        classes = pa.array(made.classes) if made.kind == "classification" else None
        self.schema = _written(order, classes, came)
        kind = self.schema.field("prediction").type
        self._classes = None if classes is None else columns.fitted(classes, kind, "prediction")

    def predicted(self, batch: pa.RecordBatch, counts: _Counts) -> pa.RecordBatch:
        """The rows to write for a batch."""
        encoded = features.encode(batch, self._card.features)
        counts.rows += batch.num_rows
        counts.nulls.update(encoded.nulls)
        counts.unseen.update(encoded.unseen)
        counts.samples.update(encoded.samples)
        keys = [self._key(batch, key) for key in self.order.keys]
        constant = {"model_version": self.order.version, "run_date": datetime.date.fromisoformat(self.order.run_date)}
        same = [
            columns.fitted(pa.repeat(value, batch.num_rows), self.schema.field(name).type, name)
            for name, value in constant.items()
        ]
        return pa.record_batch([*keys, *self._made(encoded.matrix), *same], schema=self.schema)

    def _key(self, batch: pa.RecordBatch, key: str) -> pa.Array:
        values = batch.column(key)
        if values.null_count:
            raise JobError(f"the key '{key}' is NULL in {row_count(values.null_count)}")
        plain = values.cast(features.plain(values.type))
        return columns.fitted(plain, self.schema.field(key).type, key)

    def _made(self, matrix: np.ndarray[Any, Any]) -> list[pa.Array]:
        kind = self.schema.field("prediction").type
        if self._classes is None:
            return [columns.fitted(pa.array(self._model.predict(matrix).astype(np.float64)), kind, "prediction")]
        probabilities = self._model.predict_proba(matrix)
        best = probabilities.argmax(axis=1)
        two = len(self._classes) == 2
        positive = self._card.classes.index(self._card.positive) if two else 0
        shown = probabilities[:, positive] if two else probabilities[np.arange(len(best)), best]
        probability = pa.array(shown.astype(np.float64))
        return [
            self._classes.take(pa.array(best)),
            columns.fitted(probability, self.schema.field("probability").type, "probability"),
        ]
