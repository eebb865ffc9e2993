"""Predictions as files to copy into a table, and what rows they cannot be made of."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import skops.io

from generator.ml import columns, features
from generator.ml.errors import JobError
from tests.ml.folder import Folder
from tests.ml.samples import customers

_FEATURES = ["age", "country", "active", "fee", "score", "since"]
_INPUT = customers(500, seed=1).select(["id", *_FEATURES])
_ORDER: dict[str, Any] = {"kind": "classification", "target": "left", "keys": ["id"], "features": _FEATURES}
_ALGORITHMS: dict[str, dict[str, Any]] = {
    "gradient_boosting": {"max_iter": 20},
    "random_forest": {"n_estimators": 10},
    "logistic_regression": {},
    "xgboost": {"n_estimators": 10},
}
_EVERY = [("classification", "left"), ("classification", "plan"), ("regression", "spent")]
_TABLE = {
    "id": "bigint",
    "prediction": "boolean",
    "probability": "real",
    "model_version": "varchar(64)",
    "run_date": "date",
}


@pytest.fixture
def trained(folder: Folder) -> Folder:
    """A model of customers who leave."""
    assert not folder.train(customers(), **_ORDER, hyperparameters={"max_iter": 20}).message
    return folder


@pytest.mark.parametrize(("kind", "target"), _EVERY)
@pytest.mark.parametrize("algorithm", [*_ALGORITHMS, "linear_regression"])
def test_predictions_are_those_of_the_model(algorithm: str, kind: str, target: str, folder: Folder) -> None:
    """The file holds what the pipeline in it says of the same rows: whichever way it is asked."""
    order = {**_ORDER, "kind": kind, "target": target, "algorithm": algorithm}
    trained = folder.train(customers(), **order, hyperparameters=_ALGORITHMS.get(algorithm, {}))
    if trained.message:
        assert "is not for" in trained.message
        return
    assert not folder.predict(_INPUT, batch_rows=90).message
    made = folder.predictions()
    assert made.column("id").to_pylist() == list(range(500))
    file = folder.model / "model.skops"
    model = skops.io.load(file, trusted=skops.io.get_untrusted_types(file=file))
    known = features.described(customers().take(pa.array(range(200))), _FEATURES)
    matrix = features.encode(_INPUT, known).matrix
    predicted, classes = model.predict(matrix), folder.card()["classes"]
    if kind == "regression":
        assert made.column_names == ["id", "prediction", "model_version", "run_date"]
        np.testing.assert_allclose(made.column("prediction").to_numpy(), predicted, rtol=1e-12)
        return
    assert made.column("prediction").to_pylist() == [classes[place] for place in predicted]
    expected = model.predict_proba(matrix)
    expected = expected[:, 1] if len(classes) == 2 else expected.max(axis=1)
    np.testing.assert_allclose(made.column("probability").to_numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("algorithm", "target", "chosen"),
    [
        ("gradient_boosting", "spent", {"loss": "absolute_error"}),
        ("gradient_boosting", "spent", {"loss": "quantile", "quantile": 0.9}),
        ("gradient_boosting", "spent", {"loss": "poisson"}),
        ("gradient_boosting", "spent", {"loss": "gamma", "max_depth": 3}),
        ("gradient_boosting", "left", {"class_weight": "balanced", "early_stopping": True, "max_features": 0.5}),
        ("gradient_boosting", "plan", {"class_weight": "balanced", "l2_regularization": 0.5}),
        ("random_forest", "left", {"class_weight": "balanced_subsample", "max_features": "log2", "max_samples": 0.5}),
        ("random_forest", "spent", {"bootstrap": False, "ccp_alpha": 0.1, "random_state": 7}),
        ("logistic_regression", "left", {"solver": "newton-cholesky", "class_weight": "balanced"}),
        ("logistic_regression", "plan", {"solver": "saga", "max_iter": 1000, "random_state": 7}),
        ("linear_regression", "spent", {"positive": True}),
        ("xgboost", "left", {"scale_pos_weight": 2, "subsample": 0.5}),
        ("xgboost", "spent", {"max_leaves": 7, "reg_alpha": 0.5, "random_state": 7}),
    ],
    ids=str,
)
def test_what_is_trained_in_other_ways_is_read_again(
    algorithm: str, target: str, chosen: dict[str, Any], folder: Folder
) -> None:
    kind = "regression" if target == "spent" else "classification"
    order = {**_ORDER, "kind": kind, "target": target, "algorithm": algorithm}
    assert not folder.train(customers(), **order, hyperparameters=chosen).message
    assert not folder.predict(_INPUT).message


def test_columns_have_the_types_of_the_table(trained: Folder) -> None:
    trained.predict(_INPUT, columns=_TABLE, version="2026-01-31-0123abcd")
    assert trained.predictions().schema == pa.schema(
        {
            "id": pa.int64(),
            "prediction": pa.bool_(),
            "probability": pa.float32(),
            "model_version": pa.string(),
            "run_date": pa.date32(),
        }
    )
    last = trained.predictions().slice(499).to_pylist()[0]
    assert (last["model_version"], last["run_date"]) == ("2026-01-31-0123abcd", datetime.date(2026, 2, 1))


def test_the_probability_is_that_of_the_positive_class(folder: Folder) -> None:
    probabilities = []
    for positive in (True, False):
        folder.train(customers(), **_ORDER, positive=positive, algorithm="logistic_regression")
        folder.predict(_INPUT)
        probabilities.append(folder.predictions().column("probability").to_numpy())
    np.testing.assert_allclose(probabilities[0] + probabilities[1], 1)


@pytest.mark.parametrize("batch_rows", [1, 7, 499, 500, 501, 50_000])
def test_batches_change_nothing(batch_rows: int, trained: Folder) -> None:
    trained.predict(_INPUT)
    whole = trained.predictions()
    trained.predict(_INPUT, batch_rows=batch_rows)
    assert trained.predictions().equals(whole)


def test_each_file_of_rows_gives_one_of_predictions(trained: Folder) -> None:
    """Under names that are its own, also where several instances share the work."""
    trained.predict(_INPUT)
    whole = trained.predictions()
    for number in range(3):
        pq.write_table(_INPUT.slice(number * 200, 200), trained.rows / f"000{number}_part_00.parquet")
    (trained.rows / "0009_part_00.parquet").touch()
    (trained.rows / "manifest").write_text("{}")
    (trained.output / "part-0000_part_00.parquet").unlink()
    assert trained.again().result["rows"] == 500
    assert sorted(file.name for file in trained.output.glob("*.parquet")) == [
        f"part-000{number}_part_00.parquet" for number in range(3)
    ]
    assert trained.predictions().equals(whole)


@pytest.mark.parametrize("rows", [None, _INPUT.slice(0, 0)], ids=["no file", "a file without rows"])
def test_no_rows_give_a_file_without_rows(rows: pa.Table | None, trained: Folder) -> None:
    """So that the COPY finds something, and the table's types are in it."""
    ended = trained.predict(rows, columns=_TABLE)
    assert ended.result == {"rows": 0, "unseen_categories": {}, "nulls": {}}
    assert trained.predictions().num_rows == 0
    assert trained.predictions().column_names == list(_TABLE)


def test_what_the_model_has_not_seen_is_told_and_counted(trained: Folder) -> None:
    country = ["DE", "Atlantis", None, "Mu", "Mu"] * 100
    ended = trained.predict(_INPUT.set_column(2, "country", pa.array(country)), batch_rows=64)
    assert ended.result["unseen_categories"] == {"country": 300}
    assert ended.result["nulls"]["country"] == 100
    assert ended.output.splitlines() == [
        "'country' has 300 values that training did not see, such as 'Mu': taken as missing"
    ]


def test_a_stranger_is_predicted_as_a_missing_value(trained: Folder) -> None:
    made = []
    for value in ("Atlantis", None):
        trained.predict(_INPUT.set_column(2, "country", pa.array([value] * 500, pa.string())))
        made.append(trained.predictions().column("probability"))
    assert made[0] == made[1]


def test_columns_of_the_query_that_are_no_features_are_not_read(trained: Folder) -> None:
    extra = _INPUT.append_column("tags", pa.array([["a"]] * 500))
    reordered = extra.select(extra.column_names[::-1])
    trained.predict(_INPUT)
    expected = trained.predictions()
    assert not trained.predict(reordered).message
    assert trained.predictions().equals(expected)


@pytest.mark.parametrize("keys", [["country"], ["country", "age", "id"], ["seen", "fee"]], ids=str)
def test_keys_of_any_type(keys: list[str], trained: Folder) -> None:
    rows = customers().drop_columns(["plan", "spent", "left"])
    for name in keys:
        rows = rows.filter(rows.column(name).is_valid())
    kinds = {"country": "varchar(2)", "age": "integer", "id": "bigint", "seen": "timestamp", "fee": "decimal(10, 2)"}
    assert not trained.predict(rows, keys=keys, columns={key: kinds[key] for key in keys}).message
    assert trained.predictions().select(keys).to_pylist() == rows.select(keys).to_pylist()


def test_a_key_without_a_type_stays_what_it_is(trained: Folder) -> None:
    trained.predict(_INPUT)
    assert trained.predictions().schema.field("id").type == pa.int64()


_MESSAGES: list[tuple[Any, dict[str, Any], str]] = [
    (
        _INPUT.drop_columns(["age", "score"]),
        {},
        "the rows came without 'age' (int32), 'score' (double), which the model was trained on; there are id, country, "
        "active, fee, since",
    ),
    (
        _INPUT.set_column(1, "age", pa.array(["40"] * 500)),
        {},
        "the column 'age' is text (string); the model was trained on a whole number (int32): cast it in the query, or "
        "train a new version",
    ),
    (
        _INPUT.set_column(6, "since", pa.array(["2026-01-01"] * 500)),
        {},
        "the column 'since' is text (string); the model was trained on a date (date32[day]): cast it in the query, or "
        "train a new version",
    ),
    (
        _INPUT.set_column(5, "score", pa.array([float("inf")] * 500)),
        {},
        "infinite numbers in 'score': make them NULL in the query",
    ),
    (_INPUT.drop_columns(["id"]), {}, "the query has no column 'id', which is a key"),
    (_INPUT.set_column(0, "id", pa.array([None, 1, 2, None] * 125)), {}, "the key 'id' is NULL in 250 rows"),
    (
        _INPUT,
        {"columns": {**_TABLE, "prediction": "integer", "id": "smallint", "probability": "super"}},
        "a column of type super cannot be written",
    ),
    (
        _INPUT.set_column(0, "id", pa.array([70_000] * 500)),
        {"columns": {**_TABLE, "id": "smallint"}},
        "the column 'id' is int64 and does not fit the table's int16: Integer value 70000 not in range",
    ),
    (
        _INPUT,
        {"columns": {**_TABLE, "prediction": "date"}},
        "the column 'prediction' is bool and does not fit the table's date32[day]: ",
    ),
]


@pytest.mark.parametrize(("rows", "order", "message"), _MESSAGES, ids=[message for _, _, message in _MESSAGES])
def test_rows_that_nothing_can_be_predicted_of(
    rows: pa.Table, order: dict[str, Any], message: str, trained: Folder
) -> None:
    ended = trained.predict(rows, **order)
    assert ended.message.startswith(message)
    assert not (trained.output / "result.json").exists()


@pytest.mark.parametrize(
    ("kind", "arrow"),
    [
        ("smallint", pa.int16()),
        ("INTEGER", pa.int32()),
        ("int8", pa.int64()),
        ("real", pa.float32()),
        ("double precision", pa.float64()),
        ("float", pa.float64()),
        ("boolean", pa.bool_()),
        ("varchar(64)", pa.string()),
        ("character varying (10)", pa.string()),
        ("varchar(max)", pa.string()),
        ("text", pa.string()),
        ("char(2)", pa.string()),
        ("date", pa.date32()),
        ("timestamp", pa.timestamp("us")),
        ("timestamptz", pa.timestamp("us", "UTC")),
        ("time", pa.time64("us")),
        ("decimal(10, 2)", pa.decimal128(10, 2)),
        ("numeric(5)", pa.decimal128(5, 0)),
        ("decimal", pa.decimal128(18, 0)),
    ],
)
def test_types_of_redshift(kind: str, arrow: pa.DataType) -> None:
    assert columns.arrow_type(kind) == arrow


@pytest.mark.parametrize("kind", ["super", "varbyte", "geometry", "timetz", "hllsketch", "", "varchar(", "list<int>"])
def test_types_that_no_prediction_has(kind: str) -> None:
    with pytest.raises(JobError, match="cannot be written"):
        columns.arrow_type(kind)


@pytest.mark.parametrize(
    ("values", "kind", "made"),
    [
        ([1.0, 2.0], pa.int32(), [1, 2]),
        ([1.126, None], pa.decimal128(5, 2), [Decimal("1.13"), None]),
        ([1.1], pa.float32(), [np.float32(1.1)]),
        ([1, 2], pa.string(), ["1", "2"]),
        ([1, 0], pa.bool_(), [True, False]),
        ([True, False], pa.int16(), [1, 0]),
        ([datetime.date(2026, 1, 1)], pa.timestamp("us"), [datetime.datetime(2026, 1, 1)]),
    ],
    ids=str,
)
def test_values_that_fit(values: list[Any], kind: pa.DataType, made: list[Any]) -> None:
    assert columns.fitted(pa.array(values), kind, "x").to_pylist() == made


@pytest.mark.parametrize(
    ("values", "kind"),
    [([1.5], pa.int32()), (["a"], pa.int32()), ([1000.0], pa.decimal128(4, 2)), ([2**40], pa.int32())],
    ids=str,
)
def test_values_that_do_not_fit(values: list[Any], kind: pa.DataType) -> None:
    with pytest.raises(JobError, match=r"^the column 'x' is .* and does not fit the table's "):
        columns.fitted(pa.array(values), kind, "x")
