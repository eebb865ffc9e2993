"""The hyperparameters that a pipeline may set are those of the classes: their names, defaults and bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft7Validator

from generator import schema
from generator.algorithms import hyperparameters
from generator.ml import algorithms
from generator.ml.algorithms import ALGORITHMS, Kind
from generator.ml.errors import JobError
from generator.reference import editor

_EACH = [(name, kind) for name, each in ALGORITHMS.items() for kind in each.classes]
_ROWS = np.random.default_rng(0).uniform(1, 2, (40, 3))
_CHEAP = {"max_iter": 2, "n_estimators": 2, "early_stopping": False, "n_iter_no_change": 2}

# Their default depends on the rows, or is scikit-learn's None for the seed.
_NO_DEFAULT = {"early_stopping", "random_state"}


def _known(name: str, kind: Kind) -> dict[str, Any]:
    every = hyperparameters()[name]["properties"]
    return {key: part for key, part in every.items() if part.get("x-kind", kind) == kind}


def _values(part: dict[str, Any]) -> Iterator[Any]:
    """The ends of what the schema lets through."""
    kinds = part["type"] if isinstance(part["type"], list) else [part["type"]]
    if "boolean" in kinds:
        yield from (True, False)
    if "null" in kinds:
        yield None
    yield from part.get("enum", [])
    yield from re.findall(r"\w+", part.get("pattern", ""))
    if {"integer", "number"} & set(kinds):
        yield from (part["minimum"], part["maximum"])


def test_each_algorithm_has_a_schema() -> None:
    assert list(hyperparameters()) == list(ALGORITHMS)


@pytest.mark.parametrize(("name", "kind"), _EACH)
def test_names_and_defaults_are_those_of_the_class(name: str, kind: Kind) -> None:
    actual = algorithms.estimator_class(name, kind)().get_params()
    known = _known(name, kind)
    assert known.keys() <= actual.keys()
    if name != "xgboost":  # says None for all, and documents what that is
        stated = {key: part["default"] for key, part in known.items() if "default" in part and key not in _NO_DEFAULT}
        assert stated == {key: actual[key] for key in stated}


@pytest.mark.parametrize(("name", "kind"), _EACH)
def test_the_ends_of_the_bounds_are_taken(name: str, kind: Kind) -> None:
    target = _ROWS.sum(axis=1) if kind == "regression" else (_ROWS[:, 0] > 1.5).astype(int)
    for key, part in _known(name, kind).items():
        for value in _values(part):
            if key in ("max_iter", "n_estimators") and value == part["maximum"]:
                continue
            chosen = {**_cheap(name, kind), key: value, **({"quantile": 0.5} if value == "quantile" else {})}
            algorithms.pipeline(name, kind, chosen, [False] * 3).fit(_ROWS, target)


def _cheap(name: str, kind: Kind) -> dict[str, Any]:
    cheap = {key: value for key, value in _CHEAP.items() if key in _known(name, kind)}
    return cheap if name in ("gradient_boosting", "random_forest", "xgboost") else {}


@pytest.mark.parametrize(
    ("name", "kind", "chosen", "message"),
    [
        ("forest", "regression", {}, "there is no algorithm 'forest': did you mean random_forest?"),
        (
            "logistic_regression",
            "regression",
            {},
            "logistic_regression is not for regression; these are: gradient_boosting, random_forest, "
            "linear_regression, xgboost",
        ),
        (
            "gradient_boosting",
            "classification",
            {"max_itr": 3},
            "gradient_boosting has no hyperparameter 'max_itr': did you mean max_iter?",
        ),
        (
            "random_forest",
            "regression",
            {"n_jobs": 3},
            "random_forest has no hyperparameter 'n_jobs': there are bootstrap, ccp_alpha, criterion, max_depth, "
            "max_features, max_leaf_nodes, max_samples, min_impurity_decrease and 7 more",
        ),
    ],
)
def test_what_there_is_not(name: str, kind: Kind, chosen: dict[str, Any], message: str) -> None:
    with pytest.raises(JobError) as raised:
        algorithms.pipeline(name, kind, chosen, [])
    assert str(raised.value) == message


@pytest.mark.parametrize("whole", [1, 1.0])
def test_a_share_of_one_is_all_of_them(whole: float) -> None:
    model = algorithms.pipeline("random_forest", "regression", {"max_features": whole, "max_samples": whole}, [False])
    chosen = model["model"].get_params()
    assert (repr(chosen["max_features"]), repr(chosen["max_samples"])) == ("1.0", "1.0")


@pytest.mark.parametrize(
    ("task", "good"),
    [
        ({"algorithm": "xgboost", "hyperparameters": {"max_bin": 64}}, True),
        ({"algorithm": "xgboost", "hyperparameters": {"max_iter": 64}}, False),
        ({"algorithm": "xgboost", "hyperparameters": {"max_bin": "{{ item.bins }}"}}, True),
        ({"algorithm": "random_forest", "hyperparameters": {"max_depth": 0}}, False),
        ({"algorithm": "random_forest", "hyperparameters": {"max_depth": None, "max_features": "sqrt"}}, True),
        ({"hyperparameters": {"max_iter": 64}}, True),
        ({"hyperparameters": {"max_bin": 64}}, True),  # the algorithm may come from project.yaml
    ],
    ids=str,
)
def test_editors_know_the_hyperparameters_of_each_algorithm(task: dict[str, Any], good: bool) -> None:
    validator = Draft7Validator(editor.pipeline_schema())
    whole = {**schema.fragment("ml.train")["examples"][0], "hyperparameters": {}, **task}
    if "algorithm" not in task:
        whole.pop("algorithm", None)
    pipeline = {"pipeline": "p", "schedule": None, "tasks": {"t": whole}}
    assert validator.is_valid(pipeline) is good
