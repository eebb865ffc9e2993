"""Which rows a model is fitted on and which are held out to score it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from generator.ml.errors import JobError, row_count

Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Part:
    """The places of the rows of one fit."""

    train: Places
    test: Places


_TEST = 0.2


def parts(rows: pa.Table, target: np.ndarray[Any, Any], split: Mapping[str, Any], classes: int) -> list[Part]:
    """The parts to fit and score on: one, or one for each fold. `classes`: how many the target has, 0 for numbers.

    Random parts are scikit-learn's `train_test_split(test_size=test, random_state=seed)` and `KFold(folds,
    shuffle=True, random_state=seed)`; with each class in all parts alike (`stratify`, `StratifiedKFold`). Raises
    JobError where a part would be empty.
    """
    if "by" in split:
        return [_by_time(rows.column(split["by"]), split["by"], split.get("test", _TEST))]
    if classes:
        _check_classes(target, split.get("folds", 2))
    try:
        return _folds(target, split, classes) if "folds" in split else [_random(target, split, classes)]
    except ValueError as error:
        raise JobError(f"{row_count(len(target))} can't be split so: {error}") from error


def whole(count: int) -> Part:
    """All rows to fit on, none held out."""
    return Part(np.arange(count), np.arange(0))


def _by_time(column: pa.ChunkedArray, name: str, test: float) -> Part:
    """The latest rows are held out, with all rows as late as the first of them."""
    if column.null_count:
        raise JobError(f"'{name}' is NULL in {row_count(column.null_count)}: they belong to no side of the split by it")
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    order = pc.sort_indices(plain)
    first = plain[order[len(plain) - math.ceil(len(plain) * test)].as_py()]
    late = pc.greater_equal(plain, first)
    if pc.all(late).as_py():
        late = pc.greater(plain, first)
    if not pc.any(late).as_py():
        raise JobError(f"'{name}' is {first.as_py()} in all rows: nothing can be held out by it")
    held_out = late.to_numpy()
    return Part(np.flatnonzero(~held_out), np.flatnonzero(held_out))


def _random(target: np.ndarray[Any, Any], split: Mapping[str, Any], classes: int) -> Part:
    from sklearn.model_selection import train_test_split

    train, test = train_test_split(
        np.arange(len(target)),
        test_size=split.get("test", _TEST),
        random_state=split.get("seed", 0),
        stratify=target if classes else None,
    )
    return Part(train, test)


def _folds(target: np.ndarray[Any, Any], split: Mapping[str, Any], classes: int) -> list[Part]:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = StratifiedKFold if classes else KFold
    folds = kind(split["folds"], shuffle=True, random_state=split.get("seed", 0))
    return [Part(train, test) for train, test in folds.split(target, target)]


def _check_classes(target: np.ndarray[Any, Any], least: int) -> None:
    rarest = int(np.bincount(target).min())
    if rarest < least:
        raise JobError(f"the rarest class of the target has {row_count(rarest)}; the split needs {least} of each class")
