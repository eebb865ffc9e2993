"""The checks of a task as single values: what is written in YAML, and what the declared table implies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from generator.model import Column, Engine, Table

KINDS = (
    "row_count",
    "not_null",
    "unique",
    "accepted_values",
    "range",
    "matches",
    "length",
    "references",
    "freshness",
    "columns",
    "same_count",
    "sql",
)
# Kinds that count rows that fail, of which some may be tolerated; the others look at the table as a whole.
TOLERANT = frozenset(KINDS) - {"row_count", "freshness", "columns"}
# Kinds that look at rows, of which a condition can choose some.
CONDITIONAL = frozenset(KINDS) - {"columns", "sql"}
# The name by which the query of a check refers to the rows under check.
ROWS = "checked"


@dataclass(frozen=True)
class Wanted:
    """One check: its kind, the value under that key, the columns that it looks at, and the keys beside it."""

    kind: str
    value: Any = None
    columns: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    number: int = 1

    @property
    def name(self) -> str:
        """What it is called in logs and messages: ``unique (day, carrier)``; the second of that name has a 2."""
        return self.label if self.number == 1 else f"{self.label} {self.number}"

    @property
    def label(self) -> str:
        """The kind, and what it looks at."""
        about = ", ".join(self.columns)
        if self.kind == "same_count":
            about = self.value.get("table", "count file")
        return f"{self.kind} ({about})" if about else self.kind

    @property
    def where(self) -> str:
        return str(self.options.get("where", "")).strip()


@dataclass(frozen=True)
class Subject:
    """What is checked: rows of ``source`` (a quoted name) with these columns of a declared table, perhaps not all."""

    table: Table
    source: str
    columns: tuple[str, ...]
    where: str = ""

    @property
    def engine(self) -> Engine:
        return self.table.engine

    def column(self, name: str) -> Column:
        return next(column for column in self.table.all_columns if column.name == name)


def kind_of(given: Mapping[str, Any]) -> str | None:
    """The kind of a check as written; None where it has none, or several."""
    kinds = [key for key in KINDS if key in given]
    return kinds[0] if len(kinds) == 1 else None


def columns_of(kind: str, value: Any) -> tuple[str, ...]:
    """The columns of the table that a check names."""
    if kind in ("not_null", "unique"):
        return tuple(value)
    if kind == "references":
        return tuple(value["columns"])
    return (value["column"],) if isinstance(value, Mapping) and "column" in value else ()


def listed(checks: Sequence[Mapping[str, Any]], subject: Subject, *, keys: bool) -> Iterator[Wanted]:
    """All checks. With ``keys``, those of keys and ``not_null`` columns come first, without being asked for."""
    known: set[tuple[str, tuple[str, ...]]] = set()
    labels: Counter[str] = Counter()
    for wanted in (*(_implied(subject) if keys else ()), *_written(checks)):
        same = (wanted.kind, wanted.columns)
        if wanted.kind in ("not_null", "unique") and not wanted.options:
            if same in known:
                continue
            known.add(same)
        labels[wanted.label] += 1
        yield replace(wanted, number=labels[wanted.label])


def _implied(subject: Subject) -> Iterator[Wanted]:
    for column in subject.table.all_columns:
        if column.not_null and column.identity is None:
            yield Wanted("not_null", columns=(column.name,))
    if subject.table.primary_key:
        yield Wanted("unique", columns=subject.table.primary_key)


def _written(checks: Sequence[Mapping[str, Any]]) -> Iterator[Wanted]:
    for given in checks:
        kind = kind_of(given)
        if kind is None:
            continue
        options = {key: value for key, value in given.items() if key != kind}
        columns = columns_of(kind, given[kind])
        for group in [(name,) for name in columns] if kind == "not_null" else [columns]:
            yield Wanted(kind, given[kind], group, options)
