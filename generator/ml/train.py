"""Training: rows in, a model with its card out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from generator.ml import card, features, model_file, rows, scores, split, targets
from generator.ml.algorithms import pipeline
from generator.ml.errors import JobError
from generator.ml.features import Feature
from generator.ml.orders import Train
from generator.ml.targets import Target

_MOST_WITHOUT_TARGET = 0.5


@dataclass(frozen=True)
class _Fitted:
    model: Any
    features: tuple[Feature, ...]
    scores: Mapping[str, float]


def run(order: Train, rows_folder: Path, model_folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Fit and score the model, and write it with its card. Returns the job's result."""
    known, without = _rows(order, rows_folder)
    names = _feature_names(order, known.column_names)
    target = targets.target(known.column(order.target), order.target, order.kind, order.positive)
    parts = split.parts(known, target.values, order.split, len(target.classes))
    tell(f"{known.num_rows:,} rows, {len(names)} features; {order.algorithm}, {order.kind}")
    fits = [_fit(order, known, names, target, part) for part in parts]
    fitted = fits[0] if len(fits) == 1 else _fit(order, known, names, target, _all(known))
    model_folder.mkdir(parents=True, exist_ok=True)
    model_file.write(fitted.model, model_folder / card.MODEL)
    metrics = scores.mean(fit.scores for fit in fits)
    counts = {"train": len(parts[0].train), "test": len(parts[0].test), "without_target": without}
    if len(fits) > 1:
        counts |= {"train": known.num_rows, "test": known.num_rows}
    made = {
        "model": order.model,
        "kind": order.kind,
        "algorithm": order.algorithm,
        "hyperparameters": order.hyperparameters,
        "target": order.target,
        "positive": target.positive_class,
        "classes": list(target.classes) or None,
        "features": [feature.as_json() for feature in fitted.features],
        "keys": order.keys,
        "rows": counts,
        "split": order.split,
        "window": _window(known, order.split, parts[0]),
        "query": order.query,
        "run_date": order.run_date,
        "metrics": metrics,
        "libraries": card.libraries(order.algorithm),
        "git_commit": order.git_commit,
        "file_hash": order.file_hash,
        "model_sha256": card.sha256(model_folder / card.MODEL),
    }
    (model_folder / card.NAME).write_text(card.text(made), encoding="utf-8")
    tell("; ".join(f"{name} {value:.4g}" for name, value in metrics.items()))
    return {
        "version": f"{order.run_date}-{made['model_sha256'][:8]}",
        "metadata_sha256": card.sha256(model_folder / card.NAME),
        "metrics": metrics,
        "rows": counts,
    }


def _rows(order: Train, folder: Path) -> tuple[pa.Table, int]:
    """The rows that have a target, in the order of their keys, and how many have none."""
    wanted = None
    if order.features is not None:
        by = [order.split["by"]] if "by" in order.split else []
        wanted = [*order.features, order.target, *order.keys, *by]
    table = rows.table(folder, wanted)
    if not table.num_rows:
        raise JobError("no rows came: the query's result is empty")
    for name in (order.target, *order.keys, *([order.split["by"]] if "by" in order.split else [])):
        if name not in table.column_names:
            raise JobError(f"the query has no column '{name}'; it has {', '.join(table.column_names)}")
    for key in order.keys:
        if table.column(key).null_count:
            raise JobError(f"the key '{key}' is NULL in {table.column(key).null_count:,} rows")
    known = table.filter(pc.is_valid(table.column(order.target)))
    without = table.num_rows - known.num_rows
    if without > table.num_rows * _MOST_WITHOUT_TARGET:
        raise JobError(f"the target '{order.target}' is NULL in {without:,} of {table.num_rows:,} rows: more than half")
    return known.take(_order(known, order.keys)) if order.keys else known, without


def _order(table: pa.Table, keys: Sequence[str]) -> pa.Array:
    """The places of the rows by their keys: Redshift unloads them in any order."""
    columns = {name: table.column(name).cast(features.plain(table.schema.field(name).type)) for name in keys}
    return pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in keys])


def _feature_names(order: Train, names: Sequence[str]) -> list[str]:
    if order.features is not None:
        return order.features
    return [name for name in names if name != order.target and name not in order.keys]


def _all(table: pa.Table) -> split.Part:
    return split.Part(np.arange(table.num_rows), np.arange(0))


def _fit(order: Train, table: pa.Table, names: Sequence[str], target: Target, part: split.Part) -> _Fitted:
    """The model fitted on one part of the rows, with its scores on the other."""
    train = table.take(pa.array(part.train))
    described = features.described(train, names)
    model = pipeline(
        order.algorithm, order.kind, order.hyperparameters, [each.role == "categorical" for each in described]
    )
    model.fit(features.encode(train, described).matrix, target.values[part.train])
    if "n_jobs" in model["model"].get_params():
        model["model"].set_params(n_jobs=None)
    if not len(part.test):
        return _Fitted(model, described, {})
    held_out = features.encode(table.take(pa.array(part.test)), described).matrix
    truth = target.values[part.test]
    if order.kind == "regression":
        return _Fitted(model, described, scores.regression(truth, model.predict(held_out)))
    return _Fitted(model, described, scores.classification(truth, model.predict_proba(held_out), target.positive))


def _window(table: pa.Table, how: Mapping[str, Any], part: split.Part) -> dict[str, Any] | None:
    """From when to when the rows of both parts are, where the split is by time."""
    if "by" not in how:
        return None
    column = table.column(how["by"])
    plain = column.cast(features.plain(column.type))
    return {"column": how["by"], "train": _ends(plain, part.train), "test": _ends(plain, part.test)}


def _ends(column: pa.ChunkedArray, places: split.Places) -> list[str]:
    ends = pc.min_max(column.take(pa.array(places))).as_py()
    return [str(ends["min"]), str(ends["max"])]
