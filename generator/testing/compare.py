"""Whether the rows that were found are those that a test expects: in any order, numbers within a tolerance. Pure."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal, InvalidOperation
from typing import Literal

from generator.rows import LEFT_OUT, RowSet

ANYTHING = "*"

Kind = Literal["number", "float", "boolean", "moment", "padded", "document", "text", "unknown"]

# What the types of Redshift's Data API, Athena and DuckDB (for Parquet files) hold, by the start of their names.
_KINDS: tuple[tuple[tuple[str, ...], Kind], ...] = (
    (("float", "double", "real"), "float"),
    (("int", "bigint", "smallint", "tinyint", "hugeint", "ubigint", "uinteger", "numeric", "decimal"), "number"),
    (("bool",), "boolean"),
    (("date", "time"), "moment"),
    (("bpchar", "char"), "padded"),
    (("super", "json", "array", "struct", "map", "row", "list"), "document"),
    (("varchar", "text", "string", "name"), "text"),
)
# Binary floating point keeps 15 decimal digits; sums in another order differ in the last of them.
_FLOAT_PRECISION = 1e-12


@dataclass(frozen=True)
class Pair:
    """An expected row and the one that was found in its place; one of them may be missing. ``differs`` are columns."""

    expected: tuple[object, ...] | None
    found: tuple[object, ...] | None
    differs: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Difference:
    """What differs: the compared columns, and the rows without an equal. ``equal`` counts the others.

    ``keys`` are the positions of the columns that identify a row.
    """

    columns: tuple[str, ...]
    pairs: tuple[Pair, ...]
    equal: int
    keys: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Rules:
    kinds: tuple[Kind, ...]
    tolerance: Decimal

    def equal(self, expected: object, found: object, column: int) -> bool:
        return is_equal(expected, found, self.kinds[column], self.tolerance)

    def differs(self, expected: Sequence[object], found: Sequence[object]) -> frozenset[int]:
        return frozenset(
            index for index, pair in enumerate(zip(expected, found, strict=True)) if not self.equal(*pair, index)
        )


def kind_of(type_name: str) -> Kind:
    """What values of a type are compared as."""
    name = type_name.lower()
    if name.endswith("[]"):
        return "document"
    return next((kind for starts, kind in _KINDS if name.startswith(starts)), "unknown")


def difference(
    expected: RowSet,
    found: RowSet,
    types: Sequence[str] = (),
    *,
    tolerance: float = 0.0,
    ignore: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> Difference | None:
    """What differs; None where nothing does. Columns that are not expected are not compared.

    :param types: the types of the columns found; without them values are compared by what they look like
    :param keys: columns that identify a row, by which rows that differ are shown side by side

    Raises LookupError with the name of an expected column that was not found.
    """
    columns = tuple(name for name in expected.columns if name not in ignore)
    kinds = tuple(_kind_in(found, types, name) for name in columns)
    rules = _Rules(kinds, Decimal(str(tolerance)))
    wanted = [_selected(expected, row, columns) for row in expected.rows]
    actual = [_selected(found, row, columns) for row in found.rows]
    if not columns:  # no rows are expected, or rows of which nothing matters
        columns, actual = found.columns, list(found.rows)
        wanted = [(LEFT_OUT,) * len(columns)] * len(wanted)
        rules = _Rules(tuple(_kind_in(found, types, name) for name in columns), rules.tolerance)
    missing, unexpected = _unmatched(wanted, actual, rules)
    if not missing and not unexpected:
        return None
    positions = [columns.index(name) for name in keys if name in columns]
    pairs = _paired(missing, unexpected, rules, positions)
    return Difference(columns, tuple(pairs), len(wanted) - len(missing), tuple(positions))


def _kind_in(found: RowSet, types: Sequence[str], name: str) -> Kind:
    if name not in found.columns:
        raise LookupError(name)
    return kind_of(types[found.columns.index(name)]) if types else "unknown"


def _selected(row_set: RowSet, row: Sequence[object], columns: Sequence[str]) -> tuple[object, ...]:
    return tuple(row[row_set.columns.index(name)] for name in columns)


Row = tuple[object, ...]


def _unmatched(wanted: list[Row], actual: list[Row], rules: _Rules) -> tuple[list[Row], list[Row]]:
    """The rows of each side that have no equal on the other, with as many matched as possible."""
    if not rules.tolerance:
        wanted, actual = _without_identical(wanted, actual, rules.kinds)
    choices = [[index for index, row in enumerate(actual) if not rules.differs(each, row)] for each in wanted]
    taken: dict[int, int] = {}
    missing = [row for index, row in enumerate(wanted) if not _match(index, choices, taken)]
    return missing, [row for index, row in enumerate(actual) if index not in taken]


def _without_identical(wanted: list[Row], actual: list[Row], kinds: Sequence[Kind]) -> tuple[list[Row], list[Row]]:
    """The rows without those that are the same to the letter, so that large tables are compared in linear time."""
    there = Counter(_canonical(row, kinds) for row in actual)
    left: list[Row] = []
    gone: Counter[tuple[str | None, ...]] = Counter()
    for row in wanted:
        text = _canonical(row, kinds)
        if _is_open(row) or there[text] <= gone[text]:
            left.append(row)
        else:
            gone[text] += 1
    rest: list[Row] = []
    for row in actual:
        text = _canonical(row, kinds)
        if gone[text]:
            gone[text] -= 1
        else:
            rest.append(row)
    return left, rest


def _canonical(row: Row, kinds: Sequence[Kind]) -> tuple[str | None, ...]:
    return tuple(None if value is None else _text(value, kind) for value, kind in zip(row, kinds, strict=True))


def _text(value: object, kind: Kind) -> str:
    if kind in ("number", "float"):
        number = _number(value)
        return str(value) if number is None else str(number.normalize() + 0)
    return f"{type(value).__name__} {value}" if kind == "unknown" else str(value)


def _is_open(row: Row) -> bool:
    return any(value == ANYTHING or value is LEFT_OUT for value in row)


def _match(index: int, choices: list[list[int]], taken: dict[int, int]) -> bool:
    """Find a partner for an expected row; others move to another one where they can (Kuhn's algorithm).

    An augmenting path is searched breadth first, without recursion.
    """
    came_from: dict[int, int] = {}
    queue = [index]
    for row in queue:
        for choice in choices[row]:
            if choice in came_from:
                continue
            came_from[choice] = row
            if choice in taken:
                queue.append(taken[choice])
                continue
            _move(choice, came_from, taken, index)
            return True
    return False


def _move(choice: int, came_from: dict[int, int], taken: dict[int, int], first: int) -> None:
    partner = {row: found for found, row in taken.items()}
    while True:
        row = came_from[choice]
        taken[choice] = row
        if row == first:
            return
        choice = partner[row]


def _paired(missing: list[Row], unexpected: list[Row], rules: _Rules, keys: Sequence[int]) -> list[Pair]:
    """The rows that differ side by side: those with the same key, or else with at least half of their values equal."""
    left = list(unexpected)
    pairs = []
    for row in missing:
        best = min(left, key=lambda other: _distance(row, other, rules, keys), default=None)
        if best is None or _distance(row, best, rules, keys) > 0.5:
            pairs.append(Pair(row, None))
            continue
        left.remove(best)
        pairs.append(Pair(row, best, rules.differs(row, best)))
    return pairs + [Pair(None, row) for row in left]


def _distance(row: Row, other: Row, rules: _Rules, keys: Sequence[int]) -> float:
    """The share of columns that differ; rows of the same key are closest, and those of another one far apart."""
    differs = rules.differs(row, other)
    share = len(differs) / max(1, len(row))
    if keys:
        return share / 4 if differs.isdisjoint(keys) else 1 + share
    return share


def is_equal(expected: object, found: object, kind: Kind, tolerance: Decimal = Decimal(0)) -> bool:
    """Whether a value is as expected. ``*`` and what is left out are equal to anything, NULL to NULL alone."""
    if expected is LEFT_OUT or expected == ANYTHING:
        return True
    if expected is None or found is None:
        return expected is found
    if kind in ("number", "float"):
        return _equal_numbers(expected, found, kind, tolerance)
    if kind == "boolean":
        return _boolean(expected) == _boolean(found)
    if kind == "moment":
        return _moment(expected) == _moment(found)
    if kind == "padded":
        return str(expected).rstrip(" ") == str(found).rstrip(" ")
    if kind == "document":
        return _document(expected) == _document(found)
    if kind == "text":
        return str(expected) == str(found)
    return _equal_unknown(expected, found, tolerance)


def _equal_unknown(expected: object, found: object, tolerance: Decimal) -> bool:
    """Values of a file without types: a number is compared as one, all else as text."""
    if isinstance(expected, bool) or isinstance(found, bool):
        return _boolean(expected) == _boolean(found)
    if isinstance(expected, (int, float)) or isinstance(found, (int, float)):
        return _equal_numbers(expected, found, "float", tolerance)
    if isinstance(expected, (dict, list)) or isinstance(found, (dict, list)):
        return _document(expected) == _document(found)
    return str(expected) == str(found)


def _equal_numbers(expected: object, found: object, kind: Kind, tolerance: Decimal) -> bool:
    first, second = _number(expected), _number(found)
    if first is None or second is None:
        return str(expected) == str(found)
    if abs(first - second) <= tolerance:
        return True
    return kind == "float" and math.isclose(first, second, rel_tol=_FLOAT_PRECISION)


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _boolean(value: object) -> object:
    text = str(value).lower()
    return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(text, text)


def _moment(value: object) -> object:
    """A date is midnight; a timestamp may be written with a T, without seconds, or with its time zone."""
    text = str(value).strip()
    for parse in (datetime.fromisoformat, time.fromisoformat):
        try:
            return parse(text.removesuffix(" UTC"))
        except ValueError:
            continue
    return text


def _document(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
