"""A few of the rows that fail a check, for the people who look into it. Sensitive columns are never among them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from generator import quoting, sql
from generator.checks import conditions
from generator.checks.wanted import ROWS, Subject, Wanted

ROWS_SHOWN = 5
_COLUMNS_SHOWN = 10


def statement(wanted: Wanted, subject: Subject) -> str:
    """A SELECT of rows that fail; nothing where the check has none to show."""
    if wanted.kind == "sql":
        return _of_query(wanted, subject)
    shown = _shown(wanted, subject)
    limit = f"LIMIT {ROWS_SHOWN}"
    if wanted.kind == "same_count" or not shown:
        return ""
    if wanted.kind == "unique":
        keys = [name for name in wanted.columns if not subject.column(name).sensitive]
        names = quoting.identifiers([*keys]) + ", " if keys else ""
        return (
            f"SELECT {names}COUNT(*) AS times\nFROM {subject.source}{conditions.where(subject.where, wanted.where)}\n"
            f"GROUP BY {quoting.identifiers(wanted.columns)}\nHAVING COUNT(*) > 1\n{limit}"
        )
    if wanted.kind == "references":
        return f"SELECT {quoting.identifiers(shown)}\n{unmatched(wanted, subject, shown)}\n{limit}"
    failing = conditions.where(subject.where, wanted.where, conditions.failing(wanted, subject))
    return f"SELECT {quoting.identifiers(shown)}\nFROM {subject.source}{failing}\n{limit}"


def unmatched(wanted: Wanted, subject: Subject, shown: Iterable[str] = ()) -> str:
    """The FROM and WHERE of the rows whose values another table does not have; NULL refers to nothing."""
    others = wanted.value.get("to", wanted.columns)
    names = dict.fromkeys((*wanted.columns, *shown))
    rows = f"SELECT {quoting.identifiers(names)} FROM {subject.source}{conditions.where(subject.where, wanted.where)}"
    known = ", ".join(f"{quoting.identifier(name)} AS known_{number}" for number, name in enumerate(others, 1))
    columns = [f"referring.{quoting.identifier(name)}" for name in wanted.columns]
    pairs = " AND ".join(f"{name} = known.known_{number}" for number, name in enumerate(columns, 1))
    filled = " AND ".join(f"{name} IS NOT NULL" for name in columns)
    return (
        f"FROM ({rows}) AS referring\n"
        f"  LEFT JOIN (SELECT DISTINCT {known} FROM {quoting.table(wanted.value['table'])}) AS known ON {pairs}\n"
        f"  WHERE known.known_1 IS NULL AND {filled}"
    )


def hidden(subject: Subject) -> list[str]:
    """The names of the table's sensitive columns."""
    return [column.name for column in subject.table.all_columns if column.sensitive]


def rows_as_table(subject: Subject) -> str:
    """The beginning of a query that may refer to the rows under check by name."""
    return f"WITH {ROWS} AS (\n  SELECT *\n  FROM {subject.source}{conditions.where(subject.where)}\n)\n"


def query_of(wanted: Wanted, subject: Subject) -> str:
    """The query of a check, without the semicolon and the space around it."""
    return sql.split(wanted.value, subject.engine)[0][1].strip()


def _of_query(wanted: Wanted, subject: Subject) -> str:
    """All columns of the query; a query that names a sensitive column could show it under another name."""
    if any(re.search(rf"\b{re.escape(name)}\b", wanted.value, re.IGNORECASE) for name in hidden(subject)):
        return ""
    before = rows_as_table(subject) if ROWS in wanted.value.lower() else ""
    return f"{before}SELECT *\nFROM (\n{query_of(wanted, subject)}\n) AS failing\nLIMIT {ROWS_SHOWN}"


def _shown(wanted: Wanted, subject: Subject) -> list[str]:
    """The columns of the check and the key, or all where there is no key."""
    others = subject.table.primary_key or subject.columns
    names = [name for name in dict.fromkeys((*wanted.columns, *others)) if name in subject.columns]
    return [name for name in names if not subject.column(name).sensitive][:_COLUMNS_SHOWN]
