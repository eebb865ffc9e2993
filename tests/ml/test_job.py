"""A job from its order to its result, against scikit-learn called directly on the same rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn import datasets, metrics
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from tests.ml.folder import Folder

_CLASSIFIERS = {
    "gradient_boosting": HistGradientBoostingClassifier(random_state=0),
    "random_forest": RandomForestClassifier(random_state=0),
    "logistic_regression": make_pipeline(StandardScaler(), LogisticRegression()),
    "xgboost": XGBClassifier(random_state=0),
}
_REGRESSORS = {
    "gradient_boosting": HistGradientBoostingRegressor(random_state=0),
    "random_forest": RandomForestRegressor(random_state=0),
    "linear_regression": make_pipeline(StandardScaler(), LinearRegression()),
    "xgboost": XGBRegressor(random_state=0),
}


def _table(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> pa.Table:
    """The rows with a key and a target, in no order."""
    columns = {"id": np.arange(len(y)), **{f"f{place}": x[:, place] for place in range(x.shape[1])}, "y": y}
    return pa.table(columns).take(pa.array(np.random.default_rng(1).permutation(len(y))))


@pytest.mark.parametrize("algorithm", _CLASSIFIERS)
def test_breast_cancer_is_scored_as_scikit_learn_scores_it(algorithm: str, folder: Folder) -> None:
    x, y = datasets.load_breast_cancer(return_X_y=True)
    ended = folder.train(_table(x, y), kind="classification", target="y", keys=["id"], algorithm=algorithm)
    assert not ended.message
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0, stratify=y)
    peer = _CLASSIFIERS[algorithm].fit(x_train, y_train)
    predicted, probability = peer.predict(x_test), peer.predict_proba(x_test)
    assert ended.result["rows"] == {"train": 455, "test": 114, "without_target": 0}
    assert ended.result["metrics"] == pytest.approx(
        {
            "accuracy": metrics.accuracy_score(y_test, predicted),
            "precision": metrics.precision_score(y_test, predicted),
            "recall": metrics.recall_score(y_test, predicted),
            "f1": metrics.f1_score(y_test, predicted),
            "auc": metrics.roc_auc_score(y_test, probability[:, 1]),
            "log_loss": metrics.log_loss(y_test, probability),
        },
        abs=1e-9,
        rel=0,
    )


@pytest.mark.parametrize("algorithm", _REGRESSORS)
def test_diabetes_is_scored_as_scikit_learn_scores_it(algorithm: str, folder: Folder) -> None:
    x, y = datasets.load_diabetes(return_X_y=True)
    ended = folder.train(_table(x, y), kind="regression", target="y", keys=["id"], algorithm=algorithm)
    assert not ended.message
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0)
    predicted = _REGRESSORS[algorithm].fit(x_train, y_train).predict(x_test)
    assert ended.result["metrics"] == pytest.approx(
        {
            "rmse": metrics.root_mean_squared_error(y_test, predicted),
            "mae": metrics.mean_absolute_error(y_test, predicted),
            "mape": metrics.mean_absolute_percentage_error(y_test, predicted),
            "r2": metrics.r2_score(y_test, predicted),
            "bias": np.mean(predicted - y_test),
        },
        abs=1e-9,
        rel=0,
    )
