"""What training makes of rows: the model's card, the version, and the messages where it can make nothing."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from tests.ml.folder import Folder
from tests.ml.samples import customers

_FEATURES = ["age", "country", "active", "fee", "score", "since"]
_LEFT: dict[str, Any] = {"kind": "classification", "target": "left", "keys": ["id"], "features": _FEATURES}
_SPENT: dict[str, Any] = {**_LEFT, "kind": "regression", "target": "spent"}

# Ways that fit in a moment.
_QUICK: dict[str, dict[str, Any]] = {
    "gradient_boosting": {"max_iter": 10},
    "random_forest": {"n_estimators": 5},
    "logistic_regression": {},
    "linear_regression": {},
    "xgboost": {"n_estimators": 5},
}


def _matrix(table: pa.Table) -> np.ndarray[Any, Any]:
    """The features as scikit-learn takes them: text in an array of objects."""
    columns = [
        table.column("age").cast(pa.float64()),
        table.column("country"),
        table.column("active").cast(pa.int8()).cast(pa.float64()),
        table.column("fee").cast(pa.float64()),
        table.column("score"),
        table.column("since").cast(pa.int32()).cast(pa.float64()),
    ]
    return np.array([[np.nan if value is None else value for value in each.to_pylist()] for each in columns], object).T


_NUMBERS, _TEXTS = [0, 2, 3, 4, 5], [1]
_PEERS = {
    "gradient_boosting": make_pipeline(
        make_column_transformer((OrdinalEncoder(encoded_missing_value=np.nan), _TEXTS), remainder="passthrough"),
        HistGradientBoostingClassifier(max_iter=10, random_state=0, categorical_features=[0]),
    ),
    "logistic_regression": make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), _NUMBERS),
            (OneHotEncoder(handle_unknown="ignore"), _TEXTS),
        ),
        LogisticRegression(),
    ),
}


@pytest.mark.parametrize("algorithm", _PEERS)
def test_missing_values_and_categories_are_those_of_scikit_learn(algorithm: str, folder: Folder) -> None:
    rows = customers()
    ended = folder.train(rows, **_LEFT, algorithm=algorithm, hyperparameters=_QUICK[algorithm])
    x, y = _matrix(rows), np.array(rows.column("left").to_pylist())
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.2, random_state=0, stratify=y)
    probability = _PEERS[algorithm].fit(x_train, y_train).predict_proba(x_test)[:, 1]
    assert ended.result["metrics"]["auc"] == pytest.approx(metrics.roc_auc_score(y_test, probability), abs=1e-9)
    assert ended.result["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(y_test, probability), abs=1e-9)


def test_the_card_says_how_the_model_came_to_be(folder: Folder) -> None:
    order = {**_LEFT, "split": {"by": "seen", "test": 0.25}, "git_commit": "0a1b", "file_hash": "2c3d"}
    ended = folder.train(customers(), **order, hyperparameters={"max_iter": 10})
    card = folder.card()
    libraries, sha256, made = card.pop("libraries"), card.pop("model_sha256"), card.pop("metrics")
    assert sorted(libraries) == ["numpy", "pyarrow", "python", "scikit-learn", "skops"]
    assert (ended.result["version"], ended.result["metrics"]) == (f"2026-01-31-{sha256[:8]}", made)
    assert sorted(made) == ["accuracy", "auc", "f1", "log_loss", "precision", "recall"]
    assert card == {
        "model": "churn",
        "kind": "classification",
        "target": "left",
        "run_date": "2026-01-31",
        "keys": ["id"],
        "algorithm": "gradient_boosting",
        "hyperparameters": {"max_iter": 10},
        "split": {"by": "seen", "test": 0.25},
        "query": "SELECT …",
        "git_commit": "0a1b",
        "file_hash": "2c3d",
        "positive": True,
        "classes": [False, True],
        "features": [
            {"name": "age", "type": "int32", "role": "numeric"},
            {
                "name": "country",
                "type": "string",
                "role": "categorical",
                "categories": ["DE", "FR", "US"],
                "other": False,
            },
            {"name": "active", "type": "bool", "role": "boolean"},
            {"name": "fee", "type": "decimal128(10, 2)", "role": "numeric"},
            {"name": "score", "type": "double", "role": "numeric"},
            {"name": "since", "type": "date32[day]", "role": "time"},
        ],
        "rows": {"train": 150, "test": 50, "without_target": 0},
        "window": {
            "column": "seen",
            "train": ["2026-01-01 00:00:00", "2026-01-07 05:00:00"],
            "test": ["2026-01-07 06:00:00", "2026-01-09 07:00:00"],
        },
    }


@pytest.mark.parametrize("algorithm", _QUICK)
def test_the_same_rows_give_the_same_version(algorithm: str, folder: Folder) -> None:
    """In whatever order they come, since they are put in the order of their keys."""
    rows = customers()
    order = {**(_SPENT if algorithm == "linear_regression" else _LEFT), "algorithm": algorithm}
    first = folder.train(rows, **order, hyperparameters=_QUICK[algorithm])
    mixed = rows.take(pa.array(np.random.default_rng(2).permutation(len(rows))))
    second = folder.train(mixed, **order, hyperparameters=_QUICK[algorithm])
    assert first.result == second.result != {}
    third = folder.train(rows.slice(1), **order, hyperparameters=_QUICK[algorithm])
    assert third.result["version"] != first.result["version"]


def test_features_are_all_but_target_and_keys(folder: Folder) -> None:
    folder.train(customers().drop_columns(["plan", "spent"]), kind="classification", target="left", keys=["id"])
    assert [each["name"] for each in folder.card()["features"]] == [*_FEATURES, "seen"]


def test_columns_that_are_not_used_are_not_read(folder: Folder) -> None:
    """A list is a type that no model takes, and no complaint."""
    rows = customers().append_column("tags", pa.array([["a"]] * 200))
    assert not folder.train(rows, **_LEFT, hyperparameters={"max_iter": 2}).message


def test_metrics_of_folds_are_means_and_the_model_is_of_all_rows(folder: Folder) -> None:
    rows = customers()
    ended = folder.train(rows, **_LEFT, split={"folds": 4, "seed": 5}, algorithm="logistic_regression")
    x, y = _matrix(rows), np.array(rows.column("left").to_pylist())
    peer, aucs = _PEERS["logistic_regression"], []
    for train, test in StratifiedKFold(4, shuffle=True, random_state=5).split(x, y):
        aucs.append(metrics.roc_auc_score(y[test], peer.fit(x[train], y[train]).predict_proba(x[test])[:, 1]))
    assert ended.result["metrics"]["auc"] == pytest.approx(np.mean(aucs), abs=1e-9)
    assert ended.result["rows"] == {"train": 200, "test": 200, "without_target": 0}
    folder.predict(rows.select(["id", *_FEATURES]))
    probabilities = folder.predictions().column("probability").to_numpy()
    np.testing.assert_allclose(probabilities, peer.fit(x, y).predict_proba(x)[:, 1], atol=1e-9, rtol=0)


def test_rows_without_a_target_are_left_out_and_counted(folder: Folder) -> None:
    rows = customers()
    holes = pc.if_else(pc.less(rows.column("id"), 40), None, rows.column("left"))
    with_holes = rows.set_column(rows.column_names.index("left"), "left", holes)
    ended = folder.train(with_holes, **_LEFT, hyperparameters={"max_iter": 2})
    assert ended.result["rows"] == {"train": 128, "test": 32, "without_target": 40}


def test_the_positive_class_can_be_chosen(folder: Folder) -> None:
    chosen = {}
    for positive in (None, True, False, "false"):
        folder.train(customers(), **_LEFT, positive=positive, hyperparameters={"max_iter": 2})
        chosen[positive] = folder.card()["positive"]
    assert chosen == {None: True, True: True, False: False, "false": False}


def test_more_than_two_classes(folder: Folder) -> None:
    ended = folder.train(customers(), **{**_LEFT, "target": "plan"}, hyperparameters={"max_iter": 5})
    assert (folder.card()["classes"], folder.card()["positive"]) == (["basic", "gold", "none"], None)
    assert "auc" not in ended.result["metrics"]
    assert ended.result["metrics"]["accuracy"] > 0.5


def _column(name: str, values: Any) -> pa.Table:
    """The customers with one column that is something else."""
    rows = customers()
    made = pa.array(values if isinstance(values, list) else [values] * 200)
    return rows.set_column(rows.column_names.index(name), name, made)


@pytest.mark.parametrize(
    ("rows", "order", "message"),
    [
        (None, {}, "no rows came: the query's result is empty"),
        (customers().slice(0, 0), {}, "no rows came: the query's result is empty"),
        (
            customers().select(["id", "left", "age"]),
            {"features": ["age", "country", "fee"]},
            "the query has no column country, fee; it has id, left, age",
        ),
        (customers().select(["id", "age"]), {"features": None}, "the query has no column 'left'; it has id, age"),
        (
            customers().select(["id", "left"]),
            {"features": None},
            "there is no feature: the query has nothing but the target and keys",
        ),
        (
            customers(),
            {"features": ["age", "left"]},
            "'left' is among the features: it is what is to be predicted",
        ),
        (_column("id", [None, *range(199)]), {}, "the key 'id' is NULL in 1 row"),
        (
            _column("left", [None] * 101 + [True, False] * 49 + [True]),
            {},
            "the target 'left' is NULL in 101 of 200 rows: more than half",
        ),
        (
            _column("left", True),
            {},
            "the target 'left' has the value True only: a classification has 2 to 1,000 classes",
        ),
        (
            customers(),
            {"target": "score", "features": ["age"]},
            "the target 'score' is a floating-point number: classes are text, booleans or whole numbers",
        ),
        (
            customers(),
            {"kind": "regression", "target": "plan"},
            "the target 'plan' is text: a regression needs numbers",
        ),
        (
            customers(),
            {"target": "plan", "positive": "gold"},
            "positive is for two classes; the target 'plan' has 3: basic, gold, none",
        ),
        (
            customers(),
            {"positive": "yes"},
            "positive is 'yes', but the target 'left' is False or True",
        ),
        (
            _column("spent", [1.0, float("nan")] * 100),
            {"kind": "regression", "target": "spent"},
            "the target 'spent' has values that are infinite or no number: leave those rows out",
        ),
        (_column("age", float("inf")), {}, "infinite numbers in 'age': make them NULL in the query"),
        (
            _column("since", [[1]] * 200),
            {},
            "the column 'since' is of type list<element: int64>, which no model takes: leave it out of features",
        ),
        (
            _column("plan", ["a", "b"] * 90 + ["new"] * 20),
            {"target": "plan", "split": {"by": "seen", "test": 0.1}},
            "the target is 'new' only in rows that are held out: leave them out, or split in another way",
        ),
        (
            customers(),
            {"hyperparameters": {"learning_rate": -1}},
            "gradient_boosting can't be fitted: The 'learning_rate' parameter of HistGradientBoostingClassifier must "
            "be a float in the range (0.0, inf). Got -1 instead.",
        ),
        (
            _column("spent", -1.5),
            {"kind": "regression", "target": "spent", "hyperparameters": {"loss": "gamma"}},
            "gradient_boosting can't be fitted: loss='gamma' requires strictly positive y.",
        ),
        (customers(), {"algorithm": "svm"}, "there is no algorithm 'svm': there are gradient_boosting, "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nothing_can_be_trained_on(
    rows: pa.Table | None, order: dict[str, Any], message: str, folder: Folder
) -> None:
    ended = folder.train(rows, **{**_LEFT, **order})
    assert ended.message.startswith(message)
    assert not (folder.model / "metadata.json").exists()


def test_an_order_with_something_else_in_it(folder: Folder) -> None:
    assert folder.train(customers(), **_LEFT, sed=1).message == "job.json: missing [], unknown ['sed']"
    assert folder.train(customers(), kind="regression").message == "job.json: missing ['target'], unknown []"
    assert folder.train(customers(), job="tune").message == "job.json has no job 'train' or 'predict'"


def test_a_failure_of_an_earlier_try_is_gone(folder: Folder) -> None:
    assert folder.train(None, **_LEFT).message
    assert not folder.train(customers(), **_LEFT, hyperparameters={"max_iter": 2}).message
    assert not (folder.output / "failure").exists()


def test_warnings_of_the_libraries_are_lines_of_the_log(folder: Folder) -> None:
    ended = folder.train(customers(), **_LEFT, algorithm="logistic_regression", hyperparameters={"max_iter": 1})
    assert "\nConvergenceWarning: lbfgs failed to converge" in ended.output


def test_a_column_without_any_value_does_no_harm(folder: Folder) -> None:
    nothing = customers().append_column("nothing", pa.nulls(200, pa.float64()))
    rows = nothing.append_column("no_text", pa.nulls(200, pa.string()))
    order = {**_LEFT, "features": [*_FEATURES, "nothing", "no_text"]}
    for algorithm in ("gradient_boosting", "random_forest", "logistic_regression", "xgboost"):
        ended = folder.train(rows, **order, algorithm=algorithm, hyperparameters=_QUICK[algorithm])
        assert not ended.message
        assert "'nothing', 'no_text': no value in any row of the training" in ended.output
        assert not folder.predict(rows.select(["id", *order["features"]])).message
        nobody_knows = folder.predictions().column("prediction")
        later = rows.set_column(rows.column_names.index("nothing"), "nothing", pa.array([1.5] * 200))
        assert not folder.predict(later.select(["id", *order["features"]])).message
        assert folder.predictions().column("prediction") == nobody_knows


def test_the_card_is_json_that_others_read(folder: Folder) -> None:
    """Numbers, text, true and null, but neither NaN nor dates."""
    day = datetime.date(2026, 1, 1)
    rows = pa.table(
        {"x": range(20), "day": [day + datetime.timedelta(days=each) for each in range(20)], "y": range(20)}
    )
    folder.train(rows, kind="regression", target="y", split={"by": "day", "test": 0.05}, algorithm="linear_regression")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    card = json.loads((folder.model / "metadata.json").read_text(encoding="utf-8"), parse_constant=refuse)
    assert card["window"]["test"] == ["2026-01-20", "2026-01-20"]
    assert (card["classes"], card["positive"]) == (None, None)
