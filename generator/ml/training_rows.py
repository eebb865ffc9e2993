"""The rows that a model is trained on, as they are after those without a target are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from generator.ml import rows
from generator.ml.errors import JobError, listed, row_count
from generator.ml.features import plain
from generator.ml.orders import Train

_MOST_WITHOUT_TARGET = 0.5


@dataclass(frozen=True)
class TrainingRows:
    """The rows in the order of their keys, the names of the features, and how many rows had no target."""

    table: pa.Table
    features: list[str]
    without_target: int


def read(order: Train, folder: Path) -> TrainingRows:
    """Read the columns that are used, and only those. Raises JobError for rows that nothing can be trained on."""
    table = rows.table(folder, _wanted(order))
    if not table.num_rows:
        raise JobError("no rows came: the query's result is empty")
    _check(order, table)
    known = table.filter(pc.is_valid(table.column(order.target)))
    without = table.num_rows - known.num_rows
    if without > table.num_rows * _MOST_WITHOUT_TARGET:
        raise JobError(
            f"the target '{order.target}' is NULL in {without:,} of {row_count(table.num_rows)}: more than half"
        )
    ordered = known.take(_places(known, order.keys)) if order.keys else known
    return TrainingRows(ordered, _features(order, table.column_names), without)


def _wanted(order: Train) -> list[str] | None:
    return None if order.features is None else [*order.features, *_needed(order)]


def _needed(order: Train) -> list[str]:
    """The columns that are there for other reasons than to be features."""
    by = [order.split["by"]] if "by" in order.split else []
    return [order.target, *order.keys, *by]


def _check(order: Train, table: pa.Table) -> None:
    for name in _needed(order):
        if name not in table.column_names:
            raise JobError(f"the query has no column '{name}'; it has {listed(table.column_names)}")
    for key in order.keys:
        if table.column(key).null_count:
            raise JobError(f"the key '{key}' is NULL in {row_count(table.column(key).null_count)}")


def _features(order: Train, names: Sequence[str]) -> list[str]:
    if order.target in (order.features or ()):
        raise JobError(f"'{order.target}' is among the features: it is what is to be predicted")
    if order.features is not None:
        return order.features
    found = [name for name in names if name != order.target and name not in order.keys]
    if not found:
        raise JobError("there is no feature: the query has nothing but the target and keys")
    return found


def _places(table: pa.Table, keys: Sequence[str]) -> pa.Array:
    """The places of the rows by their keys: Redshift unloads them in any order."""
    columns = {name: table.column(name).cast(plain(table.schema.field(name).type)) for name in keys}
    return pc.sort_indices(pa.table(columns), sort_keys=[(name, "ascending") for name in keys])
