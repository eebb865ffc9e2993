"""Columns as a model takes them: types, missing values, categories."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from generator.ml import features
from generator.ml.errors import JobError

_NAN = float("nan")
_DAY = datetime.date(1970, 1, 3)
_NOON = datetime.datetime(1970, 1, 3, 12)


def _encoded(values: Any, seen: Any | None = None) -> features.Encoded:
    """One column as numbers, by what was seen in training (by default the same values)."""
    trained = features.described(pa.table({"x": values if seen is None else seen}), ["x"])
    return features.encode(pa.table({"x": values}), trained)


@pytest.mark.parametrize(
    ("values", "role", "numbers"),
    [
        (pa.array([1, None, 3], pa.int16()), "numeric", [1, _NAN, 3]),
        (pa.array([1, 2**40], pa.int64()), "numeric", [1, 2**40]),
        (pa.array([1, 2], pa.uint8()), "numeric", [1, 2]),
        (pa.array([0.5, None, _NAN], pa.float32()), "numeric", [0.5, _NAN, _NAN]),
        (pa.array([Decimal("1.25"), None], pa.decimal128(10, 2)), "numeric", [1.25, _NAN]),
        (pa.array([True, False, None]), "boolean", [1, 0, _NAN]),
        (pa.array([_DAY, None]), "time", [2, _NAN]),
        (pa.array([_NOON, None], pa.timestamp("us")), "time", [2.5, _NAN]),
        (pa.array([_NOON], pa.timestamp("ns")), "time", [2.5]),
        (pa.array([_NOON], pa.timestamp("ms", "UTC")), "time", [2.5]),
        (pa.array([datetime.time(6), None], pa.time64("us")), "time", [0.25, _NAN]),
        (pa.array([datetime.time(6)], pa.time32("s")), "time", [0.25]),
        (pa.array(["b", None, "a", "b", ""]), "categorical", [2, _NAN, 1, 2, 0]),
        (pa.array(["b", None, "a"]).dictionary_encode(), "categorical", [1, _NAN, 0]),
        (pa.array(["b", "a"], pa.large_string()), "categorical", [1, 0]),
        (pa.array([None, None], pa.string()), "categorical", [0, 0]),
        (pa.array([None, _NAN], pa.float64()), "numeric", [0, 0]),
    ],
    ids=str,
)
def test_values_become_numbers(values: pa.Array, role: str, numbers: list[float]) -> None:
    encoded = _encoded(values)
    assert features.role_of(pa.field("x", values.type)) == role
    np.testing.assert_array_equal(encoded.matrix[:, 0], numbers)
    assert encoded.nulls == ({"x": values.null_count} if values.null_count else {})
    assert encoded.unseen == {}


def test_a_category_that_training_did_not_see_is_missing_and_counted() -> None:
    encoded = _encoded(pa.array(["a", "zebra", "b", None, "zebra"]), seen=pa.array(["a", "b", None]))
    np.testing.assert_array_equal(encoded.matrix[:, 0], [0, _NAN, 1, _NAN, _NAN])
    assert (encoded.unseen, encoded.samples, encoded.nulls) == ({"x": 2}, {"x": "zebra"}, {"x": 1})


def test_of_many_categories_the_frequent_ones_have_a_code_and_the_others_share_one() -> None:
    texts = [f"c{number:03}" for number in range(300) for _ in range(1 + (number >= 46))]
    (feature,) = features.described(pa.table({"x": texts}), ["x"])
    assert (len(feature.categories), feature.categories[0], feature.other) == (254, "c046", True)
    encoded = features.encode(pa.table({"x": ["c046", "c299", "c000", "never seen", None]}), (feature,))
    np.testing.assert_array_equal(encoded.matrix[:, 0], [0, 253, 254, 254, _NAN])
    assert encoded.unseen == {}


def test_columns_keep_the_order_of_training() -> None:
    trained = features.described(pa.table({"a": [1], "b": ["x"], "c": [2.5]}), ["c", "a", "b"])
    encoded = features.encode(pa.table({"b": ["x"], "extra": [9], "a": [7], "c": [0.5]}), trained)
    assert encoded.matrix.tolist() == [[0.5, 7, 0]]


def test_infinite_numbers_name_their_columns() -> None:
    rows = pa.table({"a": [1.0, float("inf")], "b": [1.0, 2.0], "c": [float("-inf"), 1.0]})
    with pytest.raises(JobError, match=r"^infinite numbers in 'a', 'c': make them NULL in the query$"):
        features.encode(rows, features.described(rows, ["a", "b", "c"]))


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.int8()), pa.binary(), pa.struct([("a", pa.int8())]), pa.null(), pa.duration("s")], ids=str
)
def test_types_that_no_model_takes(kind: pa.DataType) -> None:
    with pytest.raises(JobError, match=f"the column 'x' is of type {kind}, which no model takes".replace("[", r"\[")):
        features.role_of(pa.field("x", kind))


@pytest.mark.parametrize(
    ("trained", "came"),
    [
        (pa.int32(), pa.int64()),
        (pa.float32(), pa.float64()),
        (pa.decimal128(10, 2), pa.decimal128(18, 4)),
        (pa.string(), pa.large_string()),
        (pa.string(), pa.dictionary(pa.int32(), pa.string())),
        (pa.timestamp("us"), pa.timestamp("ns")),
        (pa.timestamp("us", "UTC"), pa.timestamp("us", "Europe/Berlin")),
    ],
    ids=str,
)
def test_the_same_kind_in_another_width_is_the_same(trained: pa.DataType, came: pa.DataType) -> None:
    known = features.described(pa.table({"x": pa.array([], trained)}), ["x"])
    features.check(known, pa.schema([("x", came)]), "the rows came")


@pytest.mark.parametrize(
    ("trained", "came", "message"),
    [
        (
            pa.int64(),
            pa.string(),
            "the column 'x' is text (string); the model was trained on a whole number (int64): "
            "cast it in the query, or train a new version",
        ),
        (
            pa.float64(),
            pa.int32(),
            "the column 'x' is a whole number (int32); the model was trained on a floating-point number (double): "
            "cast it in the query, or train a new version",
        ),
        (
            pa.timestamp("us"),
            pa.timestamp("us", "UTC"),
            "the column 'x' is a timestamp with time zone (timestamp[us, tz=UTC]); the model was trained on "
            "a timestamp (timestamp[us]): cast it in the query, or train a new version",
        ),
        (
            pa.bool_(),
            pa.list_(pa.bool_()),
            "the column 'x' is something else (list<item: bool>); the model was trained on a boolean (bool): "
            "cast it in the query, or train a new version",
        ),
    ],
    ids=str,
)
def test_another_kind_is_told_with_both_types(trained: pa.DataType, came: pa.DataType, message: str) -> None:
    known = (features.Feature("x", str(trained), features.role_of(pa.field("x", trained))),)
    with pytest.raises(JobError) as raised:
        features.check(known, pa.schema([("x", came)]), "the rows came")
    assert str(raised.value) == message


def test_missing_columns_are_told_with_what_there_is() -> None:
    known = features.described(pa.table({"a": [1], "b": ["x"], "c": [True]}), ["a", "b", "c"])
    with pytest.raises(JobError) as raised:
        features.check(known, pa.schema([("b", pa.string()), ("d", pa.int8())]), "the rows came")
    assert str(raised.value) == (
        "the rows came without 'a' (int64), 'c' (bool), which the model was trained on; there are b, d"
    )
