"""Training: rows in, a model with its card out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from generator.ml import card, features, model_file, scores, split, targets, training_rows
from generator.ml.algorithms import pipeline
from generator.ml.errors import JobError, listed, row_count
from generator.ml.features import Feature
from generator.ml.orders import Train
from generator.ml.targets import Target
from generator.ml.training_rows import TrainingRows


@dataclass(frozen=True)
class _Fitted:
    model: Any
    features: tuple[Feature, ...]
    scores: Mapping[str, float]


def run(order: Train, rows_folder: Path, model_folder: Path, tell: Callable[[str], None]) -> dict[str, Any]:
    """Fit and score the model, and write it with its card. Returns the job's result."""
    given = training_rows.read(order, rows_folder)
    target = targets.target(given.table.column(order.target), order.target, order.kind, order.positive)
    parts = split.parts(given.table, target.values, order.split, len(target.classes))
    tell(f"{row_count(given.table.num_rows)}, {len(given.features)} features; {order.algorithm}, {order.kind}")
    fits = [_fit(order, given, target, part) for part in parts]
    fitted = fits[0] if len(fits) == 1 else _fit(order, given, target, split.whole(len(target.values)))
    empty = [f"'{feature.name}'" for feature in fitted.features if feature.empty]
    if empty:
        tell(f"{listed(empty)}: no value in any row of the training, so the model takes nothing from it")
    metrics = scores.mean(fit.scores for fit in fits)
    tell("; ".join(f"{name} {value:.4g}" for name, value in metrics.items()))
    model_folder.mkdir(parents=True, exist_ok=True)
    model_file.write(fitted.model, model_folder / card.MODEL)
    made = {
        **_asked(order),
        "positive": target.positive_class,
        "classes": list(target.classes) or None,
        "features": [feature.as_json() for feature in fitted.features],
        "rows": {**_counts(parts), "without_target": given.without_target},
        "window": _window(given.table, order.split, parts[0]),
        "metrics": metrics,
        "libraries": card.libraries(order.algorithm),
        "model_sha256": card.sha256(model_folder / card.MODEL),
    }
    (model_folder / card.NAME).write_text(card.text(made), encoding="utf-8")
    version = f"{order.run_date}-{made['model_sha256'][:8]}"
    card_sha256 = card.sha256(model_folder / card.NAME)
    return {"version": version, "metadata_sha256": card_sha256, "metrics": metrics, "rows": made["rows"]}


def _asked(order: Train) -> dict[str, Any]:
    """What the card keeps of the order."""
    return {each.name: getattr(order, each.name) for each in fields(order) if each.name not in ("features", "positive")}


def _counts(parts: Sequence[split.Part]) -> dict[str, int]:
    """How many rows the model was fitted on and scored on: with folds each row for both."""
    held_out = sum(len(part.test) for part in parts)
    return {"train": held_out if len(parts) > 1 else len(parts[0].train), "test": held_out}


def _fit(order: Train, given: TrainingRows, target: Target, part: split.Part) -> _Fitted:
    """The model fitted on one part of the rows, with its scores on the other."""
    _check_classes(target, part)
    train = given.table.take(pa.array(part.train))
    described = features.described(train, given.features)
    model = pipeline(
        order.algorithm, order.kind, order.hyperparameters, [each.role == "categorical" for each in described]
    )
    try:
        model.fit(features.encode(train, described).matrix, target.values[part.train])
    except ValueError as error:
        raise JobError(f"{order.algorithm} can't be fitted: {error}") from error
    if "n_jobs" in model["model"].get_params():
        model["model"].set_params(n_jobs=None)
    if not len(part.test):
        return _Fitted(model, described, {})
    held_out = features.encode(given.table.take(pa.array(part.test)), described).matrix
    truth = target.values[part.test]
    if order.kind == "regression":
        return _Fitted(model, described, scores.regression(truth, model.predict(held_out)))
    return _Fitted(model, described, scores.classification(truth, model.predict_proba(held_out), target.positive))


def _check_classes(target: Target, part: split.Part) -> None:
    """Raise JobError where a class is only among the rows that are held out: the model can't know it."""
    absent = set(range(len(target.classes))) - set(np.unique(target.values[part.train]).tolist())
    if absent:
        names = listed(repr(target.classes[place]) for place in sorted(absent))
        raise JobError(f"the target is {names} only in rows that are held out: leave them out, or split in another way")


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
