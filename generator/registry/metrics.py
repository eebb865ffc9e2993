"""The metrics that models are judged by, and which of two values of one is better. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping

CLASSIFICATION = ("accuracy", "precision", "recall", "f1", "auc", "log_loss")
REGRESSION = ("rmse", "mae", "mape", "r2", "bias")
OF_KIND = {"classification": CLASSIFICATION, "regression": REGRESSION}

COMPARED = "compared_to_current"
_LESS_IS_BETTER = frozenset(("log_loss", "rmse", "mae", "mape"))
_BY_ITSELF = ("auc", "accuracy", "rmse")


def known(metrics: Mapping[str, float | None]) -> dict[str, float]:
    """The metrics that have a value: AUC has none where the held-out rows are of one class."""
    return {name: float(value) for name, value in metrics.items() if value is not None and math.isfinite(value)}


def compared(named: Mapping[str, str], metrics: Mapping[str, float | None]) -> str:
    """The metric by which a version is compared with the current one: the first that is named, or the usual one.

    That is AUC, accuracy where there are more than two classes, and RMSE for a regression.
    """
    first = next((name for name in named if name != COMPARED), None)
    return first or next((name for name in _BY_ITSELF if name in metrics), _BY_ITSELF[0])


def goodness(metric: str, expression: str) -> str:
    """SQL that grows as the metric gets better, from SQL of the metric: of a bias, 0 is best."""
    if metric == "bias":
        return f"-ABS({expression})"
    return f"-({expression})" if metric in _LESS_IS_BETTER else expression


def improvement(metric: str, new: float, before: float) -> float:
    """How much better a value is than another, computed as the SQL does."""
    if metric == "bias":
        return -abs(new) - -abs(before)
    return -new - -before if metric in _LESS_IS_BETTER else new - before
