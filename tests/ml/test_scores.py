"""Metrics against scikit-learn's, also where they are undefined."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from generator.ml import scores

_TRUTH = np.array([0, 0, 1, 1, 1])
_PROBABILITIES = np.array([[0.9, 0.1], [0.4, 0.6], [0.3, 0.7], [0.6, 0.4], [0.1, 0.9]])


def test_precision_and_the_like_are_those_of_the_positive_class() -> None:
    for positive, expected in ((1, (2 / 3, 2 / 3)), (0, (1 / 2, 1 / 2))):
        made = scores.classification(_TRUTH, _PROBABILITIES, positive)
        assert (made["precision"], made["recall"]) == pytest.approx(expected)
        assert made["auc"] == pytest.approx(5 / 6)
        assert made["accuracy"] == pytest.approx(3 / 5)


def test_of_three_classes_the_mean_and_no_auc() -> None:
    truth, predicted = np.array([0, 1, 2, 2, 1, 0]), np.array([0, 2, 2, 2, 1, 1])
    made = scores.classification(truth, np.eye(3)[predicted] * 0.8 + 0.2 / 3, 0)
    assert made == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(truth, predicted),
            "precision": metrics.precision_score(truth, predicted, average="macro"),
            "recall": metrics.recall_score(truth, predicted, average="macro"),
            "f1": metrics.f1_score(truth, predicted, average="macro"),
            "log_loss": metrics.log_loss(truth, np.eye(3)[predicted] * 0.8 + 0.2 / 3),
        }
    )


def test_what_is_undefined_is_left_out() -> None:
    one_class = scores.classification(np.array([1, 1]), np.array([[0.2, 0.8], [0.3, 0.7]]), 1)
    assert sorted(one_class) == ["accuracy", "f1", "log_loss", "precision", "recall"]
    assert sorted(scores.regression(np.array([1.0]), np.array([2.0]))) == ["bias", "mae", "mape", "rmse"]


def test_bias_is_positive_where_predictions_are_too_high() -> None:
    assert scores.regression(np.array([1.0, 2.0]), np.array([2.0, 2.5]))["bias"] == 0.75


def test_the_mean_is_of_what_all_have() -> None:
    assert scores.mean([{"auc": 0.5, "f1": 0.25}, {"f1": 0.75}]) == {"f1": 0.5}
