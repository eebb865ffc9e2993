"""Which rows are held out."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from generator.ml import split
from generator.ml.errors import JobError

_CLASSES = np.arange(100) % 5 // 4  # 20 of 100 rows are of class 1
_NUMBERS = np.arange(100) / 7
_NONE = pa.table({})
_DAYS = [datetime.date(2026, 1, 1) + datetime.timedelta(days=day) for day in range(10)]


def _by(values: Any, test: float = 0.2) -> tuple[list[int], list[int]]:
    (part,) = split.parts(pa.table({"t": values}), np.zeros(len(values)), {"by": "t", "test": test}, 0)
    return part.train.tolist(), part.test.tolist()


@pytest.mark.parametrize("seed", [0, 7])
def test_random_rows_of_numbers(seed: int) -> None:
    (part,) = split.parts(_NONE, _NUMBERS, {"test": 0.25, "seed": seed}, 0)
    train, test = train_test_split(np.arange(100), test_size=0.25, random_state=seed)
    assert (part.train.tolist(), part.test.tolist()) == (train.tolist(), test.tolist())


def test_random_rows_of_classes_have_all_classes_alike() -> None:
    (part,) = split.parts(_NONE, _CLASSES, {"test": 0.2, "seed": 3}, 2)
    train, test = train_test_split(np.arange(100), test_size=0.2, random_state=3, stratify=_CLASSES)
    assert (part.train.tolist(), part.test.tolist()) == (train.tolist(), test.tolist())
    assert _CLASSES[part.test].sum() == 4


@pytest.mark.parametrize(
    ("target", "classes", "peer"), [(_NUMBERS, 0, KFold), (_CLASSES, 2, StratifiedKFold)], ids=["numbers", "classes"]
)
def test_folds(target: np.ndarray[Any, Any], classes: int, peer: Any) -> None:
    parts = split.parts(_NONE, target, {"folds": 4, "seed": 1}, classes)
    expected = peer(4, shuffle=True, random_state=1).split(target, target)
    assert [part.test.tolist() for part in parts] == [test.tolist() for _, test in expected]


@pytest.mark.parametrize(
    ("values", "test", "held_out"),
    [
        (_DAYS, 0.2, [8, 9]),
        (_DAYS[::-1], 0.2, [0, 1]),
        (_DAYS, 0.25, [7, 8, 9]),  # as scikit-learn, rounded up
        ([1, 1, 2, 2, 2, 2], 0.2, [2, 3, 4, 5]),  # all that are as late as the first of them
        ([1, 1, 1, 1, 1, 2], 0.5, [5]),  # not all
        (pa.array(["2026-01", "2026-03", "2026-02"]).dictionary_encode(), 0.3, [1]),
    ],
    ids=str,
)
def test_the_latest_rows_by_a_column(values: Any, test: float, held_out: list[int]) -> None:
    train, late = _by(values, test)
    assert late == held_out
    assert sorted(train + late) == list(range(len(values)))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1, None, 2, None], "'t' is NULL in 2 rows: they belong to no side of the split by it"),
        ([_DAYS[0]] * 4, "'t' is 2026-01-01 in all rows: nothing can be held out by it"),
    ],
    ids=str,
)
def test_rows_that_no_time_splits(values: Any, message: str) -> None:
    with pytest.raises(JobError) as raised:
        _by(values)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("target", "how", "classes", "message"),
    [
        ([0, 0, 0, 1], {"test": 0.5}, 2, "the rarest class of the target has 1 row; the split needs 2 of each class"),
        (
            [0, 0, 0, 1, 1],
            {"folds": 3},
            2,
            "the rarest class of the target has 2 rows; the split needs 3 of each class",
        ),
        ([0.5], {"test": 0.2}, 0, "1 row can't be split so: "),
        ([0.5, 0.7], {"folds": 5}, 0, "2 rows can't be split so: "),
    ],
    ids=str,
)
def test_too_few_rows(target: list[float], how: dict[str, Any], classes: int, message: str) -> None:
    with pytest.raises(JobError) as raised:
        split.parts(_NONE, np.array(target), how, classes)
    assert str(raised.value).startswith(message)
