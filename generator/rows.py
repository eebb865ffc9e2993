"""Rows as tests give and expect them: from mappings in YAML, or from CSV text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


class _LeftOut:
    """The value of a column that a row says nothing of."""

    def __repr__(self) -> str:
        return "LEFT_OUT"


LEFT_OUT: Final = _LeftOut()


@dataclass(frozen=True)
class RowSet:
    """Rows with the names of their columns; a value may be LEFT_OUT, None, or what YAML has."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


class CsvError(ValueError):
    """The text is no CSV with a line of column names; ``line`` is the line in it, from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def of_mappings(items: Sequence[Mapping[str, Any]]) -> RowSet:
    """Rows that are mappings of columns to values; the columns in the order in which they first occur."""
    columns = tuple(dict.fromkeys(name for item in items for name in item))
    return RowSet(columns, tuple(tuple(item.get(name, LEFT_OUT) for name in columns) for item in items))


def of_csv(text: str) -> RowSet:
    """Rows below a line of column names; an empty value is NULL. Raises CsvError."""
    reader = csv.reader(io.StringIO(text), strict=True, skipinitialspace=True)
    try:
        columns = tuple(next(reader, []))
        if not any(columns):
            raise CsvError(1, "the first line must hold the column names")
        if len(set(columns)) < len(columns):
            repeated = next(name for name in columns if columns.count(name) > 1)
            raise CsvError(1, f"the column '{repeated}' is there twice")
        rows = []
        for values in reader:
            if values and len(values) != len(columns):
                raise CsvError(reader.line_num, f"{len(values)} values for {len(columns)} columns")
            if values:
                rows.append(tuple(value or None for value in values))
    except csv.Error as error:
        raise CsvError(reader.line_num, f"not CSV: {error}") from None
    return RowSet(columns, tuple(rows))
