"""What models there are: the classes behind each algorithm, and how rows are prepared for them.

Their hyperparameters are the parameters of the classes; schemas/algorithms.json has those that a pipeline may set.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from generator.ml.errors import JobError, listed, meant

Kind = Literal["classification", "regression"]

# What is chosen here and is no hyperparameter; all else that a class takes may be one.
_OURS = frozenset({"categorical_features", "n_jobs", "verbose", "warm_start", "enable_categorical", "feature_types"})
_SEED = 0

# Shares of rows or columns: 1 is all of them here, and a single one to some classes if it is no float.
_SHARES = frozenset({"max_features", "max_samples", "validation_fraction"})


@dataclass(frozen=True)
class Algorithm:
    """An algorithm: its class for each kind of model, and whether it takes numbers only (`scaled`) or has its own way
    with categories and missing values."""

    classes: Mapping[Kind, str]
    scaled: bool = False
    package: str = "sklearn"


ALGORITHMS: Mapping[str, Algorithm] = {
    "gradient_boosting": Algorithm(
        {
            "classification": "sklearn.ensemble.HistGradientBoostingClassifier",
            "regression": "sklearn.ensemble.HistGradientBoostingRegressor",
        }
    ),
    "random_forest": Algorithm(
        {
            "classification": "sklearn.ensemble.RandomForestClassifier",
            "regression": "sklearn.ensemble.RandomForestRegressor",
        }
    ),
    "logistic_regression": Algorithm({"classification": "sklearn.linear_model.LogisticRegression"}, scaled=True),
    "linear_regression": Algorithm({"regression": "sklearn.linear_model.LinearRegression"}, scaled=True),
    "xgboost": Algorithm(
        {"classification": "xgboost.XGBClassifier", "regression": "xgboost.XGBRegressor"}, package="xgboost"
    ),
}


def estimator_class(name: str, kind: Kind) -> Any:
    """The class of an algorithm. Raises JobError for what there is not, or is not installed."""
    if name not in ALGORITHMS:
        raise JobError(f"there is no algorithm '{name}': {meant(name, ALGORITHMS)}")
    algorithm = ALGORITHMS[name]
    if kind not in algorithm.classes:
        others = listed(other for other, each in ALGORITHMS.items() if kind in each.classes)
        raise JobError(f"{name} is not for {kind}; these are: {others}")
    module, _, class_name = algorithm.classes[kind].rpartition(".")
    try:
        return getattr(importlib.import_module(module), class_name)
    except ImportError as error:
        raise JobError(f"{name} needs the package {algorithm.package}, which is not installed here: {error}") from error


def pipeline(name: str, kind: Kind, hyperparameters: Mapping[str, Any], categories: Sequence[bool]) -> Any:
    """An unfitted scikit-learn pipeline for rows that :func:`generator.ml.features.encode` made.

    `categories` says of each column whether its numbers are codes of categories. Raises JobError for hyperparameters
    that the algorithm has not.
    """
    from sklearn.pipeline import Pipeline

    made = estimator_class(name, kind)
    known = made().get_params().keys()
    for key in hyperparameters:
        if key not in known or key in _OURS:
            raise JobError(f"{name} has no hyperparameter '{key}': {meant(key, known - _OURS)}")
    seed = {"random_state": _SEED} if "random_state" in known else {}
    chosen = {key: float(value) if _is_share(key, value) else value for key, value in hyperparameters.items()}
    estimator = made(**{**seed, **chosen, **_own(name, categories)})
    return Pipeline(
        [("prepare", _scaled(categories) if ALGORITHMS[name].scaled else "passthrough"), ("model", estimator)]
    )


def _is_share(key: str, value: Any) -> bool:
    return key in _SHARES and isinstance(value, int)


def _own(name: str, categories: Sequence[bool]) -> dict[str, Any]:
    """How a class is told which columns are categories, and that it may use all cores."""
    if name == "gradient_boosting":
        return {"categorical_features": [place for place, text in enumerate(categories) if text] or None}
    if name == "xgboost":
        return {"enable_categorical": True, "feature_types": ["c" if text else "q" for text in categories]}
    return {"n_jobs": -1} if name == "random_forest" else {}


def _scaled(categories: Sequence[bool]) -> Any:
    """Numbers: the median where there is none, then mean 0 and variance 1. Categories: a column of 0 and 1 for each."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    missing = SimpleImputer(strategy="median", keep_empty_features=True)
    numbers = Pipeline([("missing", missing), ("scale", StandardScaler())])
    places = range(len(categories))
    return ColumnTransformer(
        [
            ("numbers", numbers, [place for place in places if not categories[place]]),
            ("categories", OneHotEncoder(handle_unknown="ignore"), [place for place in places if categories[place]]),
        ]
    )
