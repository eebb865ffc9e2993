"""The columns that a model takes: what they are in the Parquet files, and what they are to the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from generator.ml.errors import JobError, listed

Role = Literal["numeric", "categorical", "boolean", "time"]

# The words of Arrow's types, before any [unit] or (precision).
_KINDS = {
    **dict.fromkeys(("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"), "a whole number"),
    **dict.fromkeys(("halffloat", "float", "double"), "a floating-point number"),
    **dict.fromkeys(("decimal32", "decimal64", "decimal128", "decimal256"), "a decimal"),
    **dict.fromkeys(("string", "large_string", "string_view"), "text"),
    **dict.fromkeys(("date32", "date64"), "a date"),
    **dict.fromkeys(("time32", "time64"), "a time of day"),
    "bool": "a boolean",
    "timestamp": "a timestamp",
}
_ROLES: dict[str, Role] = {
    "a whole number": "numeric",
    "a floating-point number": "numeric",
    "a decimal": "numeric",
    "text": "categorical",
    "a boolean": "boolean",
    "a date": "time",
    "a time of day": "time",
    "a timestamp": "time",
    "a timestamp with time zone": "time",
}

_UNITS_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}

# Histograms of trees have 255 bins: 254 categories and one for all others.
MOST_CATEGORIES = 254


@dataclass(frozen=True)
class Feature:
    """A column as the model was trained on it.

    `type`: Arrow's name of it. `categories`: of text, those that have a code of their own, sorted. `other`: whether
    rarer ones were seen, which share the code after the last. `empty`: whether no row of training had a value; then
    no value says anything to the model.
    """

    name: str
    type: str
    role: Role
    categories: tuple[str, ...] = ()
    other: bool = False
    empty: bool = False

    def as_json(self) -> dict[str, Any]:
        """The feature in the model's card."""
        known = {"categories": list(self.categories), "other": self.other} if self.role == "categorical" else {}
        empty = {"empty": True} if self.empty else {}
        return {"name": self.name, "type": self.type, "role": self.role, **known, **empty}


def plain(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values, however they are stored."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def kind_of(type_name: str) -> str:
    """What values of an Arrow type are, in words: all widths alike. Empty for types that are no feature."""
    kind = _KINDS.get(re.split(r"[\[(]", type_name, maxsplit=1)[0], "")
    return f"{kind} with time zone" if kind == "a timestamp" and "tz=" in type_name else kind


def role_of(column: pa.Field) -> Role:
    """What a column is to a model. Raises JobError for types that can be no feature."""
    name = str(plain(column.type))
    if kind_of(name) not in _ROLES:
        raise JobError(f"the column '{column.name}' is of type {name}, which no model takes: leave it out of features")
    return _ROLES[kind_of(name)]


def described(rows: pa.Table, names: Sequence[str]) -> tuple[Feature, ...]:
    """The columns as features, with the categories of these rows."""
    return tuple(_described(rows.schema.field(name), rows.column(name)) for name in names)


def _described(column: pa.Field, values: pa.ChunkedArray) -> Feature:
    role, name = role_of(column), str(plain(column.type))
    if pc.all(pc.is_null(values, nan_is_null=True)).as_py():
        return Feature(column.name, name, role, empty=True)
    if role != "categorical":
        return Feature(column.name, name, role)
    counts = pc.value_counts(values.cast(pa.string())).to_pylist()
    ordered = sorted((-count["counts"], count["values"]) for count in counts if count["values"] is not None)
    kept = sorted(text for _, text in ordered[:MOST_CATEGORIES])
    return Feature(column.name, name, role, tuple(kept), len(ordered) > MOST_CATEGORIES)


def check(features: Sequence[Feature], schema: pa.Schema, where: str) -> None:
    """Raise JobError where a column of the model is not there, or is something else than it was in training."""
    missing = [feature.name for feature in features if feature.name not in schema.names]
    if missing:
        wanted = ", ".join(f"'{feature.name}' ({feature.type})" for feature in features if feature.name in missing)
        raise JobError(f"{where} without {wanted}, which the model was trained on; there are {listed(schema.names)}")
    for feature in features:
        came = str(plain(schema.field(feature.name).type))
        if kind_of(came) != kind_of(feature.type):
            raise JobError(
                f"the column '{feature.name}' is {kind_of(came) or 'something else'} ({came}); the model was trained "
                f"on {kind_of(feature.type)} ({feature.type}): cast it in the query, or train a new version"
            )


@dataclass(frozen=True)
class Encoded:
    """Rows as the model takes them: a matrix of rows x features, NaN where there is no value.

    `unseen`: how many values each text column has that training did not see, and `samples` of them.
    """

    matrix: np.ndarray[Any, np.dtype[np.float64]]
    nulls: Mapping[str, int]
    unseen: Mapping[str, int]
    samples: Mapping[str, str]


def encode(rows: pa.Table | pa.RecordBatch, features: Sequence[Feature]) -> Encoded:
    """The rows as numbers. Text becomes the code of its category; text that training did not see is a rare one if there
    were such, else it is missing. Raises JobError for infinite numbers."""
    matrix = np.empty((rows.num_rows, len(features)))
    nulls: dict[str, int] = {}
    unseen: dict[str, int] = {}
    samples: dict[str, str] = {}
    for position, feature in enumerate(features):
        column = rows.column(feature.name)
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if feature.role == "categorical":
            numbers, strangers = _codes(values, feature)
            if strangers:
                unseen[feature.name], samples[feature.name] = len(strangers), strangers[0]
        else:
            numbers = _numbers(values, feature)
        matrix[:, position] = 0 if feature.empty else numbers
        if values.null_count:
            nulls[feature.name] = values.null_count
    _check_finite(matrix, features)
    return Encoded(matrix, nulls, unseen, samples)


def _codes(values: pa.Array, feature: Feature) -> tuple[np.ndarray[Any, Any], list[str]]:
    """The code of each value, and the values that training did not see, one for each row."""
    words = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    known = pa.array(feature.categories, pa.string())
    codes = pc.index_in(words.dictionary.cast(pa.string()), known).to_numpy(zero_copy_only=False).astype(np.float64)
    strange = np.append(np.isnan(codes), False)
    if feature.other:
        codes = np.nan_to_num(codes, nan=len(feature.categories))
        strange[:] = False
    places = pc.fill_null(words.indices, len(codes)).to_numpy(zero_copy_only=False)
    strangers = words.dictionary.take(pa.array(places[strange[places]])).to_pylist() if strange.any() else []
    return np.append(codes, np.nan)[places], strangers


def _numbers(values: pa.Array, feature: Feature) -> np.ndarray[Any, Any]:
    """Numbers as they are; times as days: since 1970 of dates and timestamps, since midnight of times of day."""
    if feature.role != "time":
        return _floats(values)
    if pa.types.is_date(values.type):
        return _floats(values.cast(pa.date32()).cast(pa.int32()))
    whole = pa.int32() if pa.types.is_time32(values.type) else pa.int64()
    return _floats(values.cast(whole)) / _UNITS_PER_DAY[values.type.unit]


def _floats(values: pa.Array) -> np.ndarray[Any, Any]:
    numbers = values.cast(pa.int8()) if pa.types.is_boolean(values.type) else values
    floats: np.ndarray[Any, Any] = numbers.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return floats


def _check_finite(matrix: np.ndarray[Any, Any], features: Sequence[Feature]) -> None:
    infinite = np.isinf(matrix)
    if infinite.any():
        names = listed(f"'{each.name}'" for each, some in zip(features, infinite.any(axis=0), strict=True) if some)
        raise JobError(f"infinite numbers in {names}: make them NULL in the query")
