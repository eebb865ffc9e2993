"""How good predictions are: scikit-learn's own metrics on the rows that were held out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def classification(truth: Array, probabilities: Array, positive: int) -> dict[str, float]:
    """Metrics of classes 0, 1, …; `probabilities` has a column for each.

    Precision, recall and F1 are those of the class `positive` of two, and the mean over the classes where there are
    more. What is undefined on these rows, as the area under the curve where there is one class only, is left out.
    """
    from sklearn import metrics

    predicted, labels = probabilities.argmax(axis=1), range(probabilities.shape[1])
    two = len(labels) == 2
    how: dict[str, Any] = {"pos_label": positive, "average": "binary"} if two else {"average": "macro"}
    scores = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted, zero_division=0, **how),
        "recall": metrics.recall_score(truth, predicted, zero_division=0, **how),
        "f1": metrics.f1_score(truth, predicted, zero_division=0, **how),
        "log_loss": metrics.log_loss(truth, probabilities, labels=list(labels)),
    }
    if two and len(np.unique(truth)) == 2:
        scores["auc"] = metrics.roc_auc_score(truth == positive, probabilities[:, positive])
    return _floats(scores)


def regression(truth: Array, predicted: Array) -> dict[str, float]:
    """Metrics of numbers. `bias` is the mean of prediction - truth."""
    from sklearn import metrics

    scores = {
        "rmse": metrics.root_mean_squared_error(truth, predicted),
        "mae": metrics.mean_absolute_error(truth, predicted),
        "mape": metrics.mean_absolute_percentage_error(truth, predicted),
        "bias": np.mean(predicted - truth),
    }
    if len(truth) > 1:
        scores["r2"] = metrics.r2_score(truth, predicted)
    return _floats(scores)


def mean(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each metric that all have."""
    every = list(scores)
    shared = [name for name in every[0] if all(name in each for each in every)]
    return {name: float(np.mean([each[name] for each in every])) for name in shared}


def _floats(scores: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(value) for name, value in scores.items()}
