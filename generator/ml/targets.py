"""What a model is to predict: the target's values as numbers, and the classes that they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from generator.ml.algorithms import Kind
from generator.ml.errors import JobError, listed
from generator.ml.features import kind_of, plain

_MOST_CLASSES = 1000
_CLASS_KINDS = ("a whole number", "text", "a boolean")


@dataclass(frozen=True)
class Target:
    """The target of each row: a number, or the place of its class in `classes`, which are sorted."""

    values: np.ndarray[Any, Any]
    classes: tuple[Any, ...] = ()
    positive: int = 0

    @property
    def positive_class(self) -> Any:
        """The class that precision, recall, F1 and AUC are about; None where there are none or more than two."""
        return self.classes[self.positive] if len(self.classes) == 2 else None


def target(column: pa.ChunkedArray, name: str, kind: Kind, positive: Any) -> Target:
    """The target from a column without NULLs. Raises JobError where its type or its values are none for that kind."""
    came = plain(column.type)
    if kind == "regression":
        return Target(_numbers(column, name, came))
    if pa.types.is_decimal(came) and came.scale == 0:
        column, came = column.cast(pa.int64()), pa.int64()
    if kind_of(str(came)) not in _CLASS_KINDS:
        raise JobError(
            f"the target '{name}' is {kind_of(str(came)) or came}: classes are text, booleans or whole numbers"
        )
    classes = pc.unique(column.cast(came)).sort()
    if not 1 < len(classes) <= _MOST_CLASSES:
        seen = f"the value {classes[0].as_py()!r} only" if len(classes) == 1 else f"{len(classes):,} values"
        raise JobError(f"the target '{name}' has {seen}: a classification has 2 to {_MOST_CLASSES:,} classes")
    values = pc.index_in(column.cast(came), classes).to_numpy().astype(np.int64)
    return Target(values, tuple(classes.to_pylist()), _positive(classes.to_pylist(), name, positive))


def _positive(classes: list[Any], name: str, positive: Any) -> int:
    if positive is None:
        return 1
    if len(classes) > 2:
        raise JobError(f"positive is for two classes; the target '{name}' has {len(classes)}: {listed(classes)}")
    same = [place for place, each in enumerate(classes) if each == positive or str(each) == str(positive)]
    if not same:
        raise JobError(f"positive is {positive!r}, but the target '{name}' is {classes[0]!r} or {classes[1]!r}")
    return same[0]


def _numbers(column: pa.ChunkedArray, name: str, came: pa.DataType) -> np.ndarray[Any, Any]:
    if not (pa.types.is_integer(came) or pa.types.is_floating(came) or pa.types.is_decimal(came)):
        raise JobError(f"the target '{name}' is {kind_of(str(came)) or came}: a regression needs numbers")
    numbers: np.ndarray[Any, Any] = column.cast(pa.float64(), safe=False).to_numpy()
    if not np.isfinite(numbers).all():
        raise JobError(f"the target '{name}' has values that are infinite or no number: leave those rows out")
    return numbers
