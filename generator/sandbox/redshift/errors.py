"""Errors as Amazon Redshift words them, from our own checks and from what DuckDB reports."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb

SERIALIZABLE = (
    "1023 DETAIL: Serializable isolation violation on table - {table}, transactions forming the cycle are: "
    "{first}, {second} (pid:{pid})"
)


class RedshiftError(Exception):
    """A statement failed. The text is Redshift's, without the word ERROR that clients see before it."""


class Unsupported(RedshiftError):  # noqa: N818 (it says what it is, as RedshiftError does)
    """Valid Redshift that the sandbox can't run as Redshift would."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the sandbox can't run this: {what}")


def _check_failed(match: re.Match[str]) -> str:
    found = re.search(r"strlen\(.*\) <= (\d+)", match[2])
    if found is None:
        return f"constraint of {match[1]} failed: {match[2]}"
    kind = "character" if "rtrim" in match[2] else "character varying"
    return f"value too long for type {kind}({found[1]})"


_INTEGERS = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}


def _bad_number(match: re.Match[str]) -> str:
    kind = _INTEGERS.get(match[2], match[2].lower())
    return f'invalid input syntax for {"integer" if match[2] in _INTEGERS else "type " + kind}: "{match[1]}"'


# What DuckDB says (a pattern), and how Redshift says the same.
_WORDINGS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r'CHECK constraint failed on table "?([^"]+?)"? with expression (.*)', _check_failed),
    (r"NOT NULL constraint failed: (?:.*\.)?(\w+)", r"Cannot insert a NULL value into column \1"),
    (r'Table with name "?(.+?)"? does not exist', r'relation "\1" does not exist'),
    (r'View with name "?(.+?)"? does not exist', r'view "\1" does not exist'),
    (r"(?:Table|View) with name \"?([^\s\"]+)\"? already exists", r'Relation "\1" already exists'),
    (r'(?:Table|View) "([^"]+)" already exists', r'Relation "\1" already exists'),
    (r"Schema with name (\S+) does not exist", r'schema "\1" does not exist'),
    (r'Schema with name "?([^\s"]+)"? already exists', r'schema "\1" already exists'),
    (r'Referenced column "([^"]+)" not found', r'column "\1" does not exist'),
    (
        r'Table "([^"]+)" does not have a column (?:named|with name) "([^"]+)"',
        r'column "\2" of relation "\1" does not exist',
    ),
    (r"Referenced update column (\S+) not found in table", r'column "\1" of relation does not exist'),
    (r'Column "([^"]+)" referenced that exists in the SELECT clause', r'column "\1" does not exist'),
    (
        r"No columns found to join on in NATURAL JOIN",
        "the sandbox can't run this: NATURAL JOIN of tables without a common column",
    ),
    (r'Referenced table "([^"]+)" not found', r'relation "\1" does not exist'),
    (r'Ambiguous reference to column name "([^"]+)"', r'column reference "\1" is ambiguous'),
    (
        r'column "([^"]+)" must appear in the GROUP BY clause',
        r'column "\1" must appear in the GROUP BY clause or be used in an aggregate function',
    ),
    (
        r"(?:Scalar|Aggregate|Table) Function with name (\S+) does not exist",
        r"function \1 does not exist, or is not known to the sandbox",
    ),
    (r"Could not convert string '(.*)' to (\w+)", _bad_number),
    (r"with value (\S+) can't be cast because the value is out of range", r'Value out of range: "\1"'),
    (r"Could not cast value (\S+) to DECIMAL\((\d+),(\d+)\)", r"Numeric data overflow (result precision)"),
    (
        r"Casting value \"?(\S+?)\"? to type DECIMAL\((\d+),(\d+)\) failed",
        r"Numeric data overflow (result precision)",
    ),
    (r"Division by zero|Divide by zero", "Divide by zero"),
    (r"Overflow in (?:addition|subtraction|multiplication) of (\w+)", r"Numeric data overflow"),
    (r'invalid date field format: "([^"]+)"', r'invalid input syntax for type date: "\1"'),
    (r'invalid timestamp field format: "([^"]+)"', r'invalid input syntax for type timestamp: "\1"'),
    (r"More than one row returned by a subquery", "single-row subquery returns more than one row"),
    (r"Python exception occurred while executing the UDF: \w+: (.+)", r"\1"),
    (r"Macro rs_(\w+)\(\) does not support the supplied arguments", r"function \1 does not exist with these arguments"),
    (r"Query interrupted|Interrupted!", "Query cancelled on user's request"),
]


def from_duckdb(error: duckdb.Error) -> RedshiftError:
    """DuckDB's error in Redshift's words where they are known, otherwise in its own."""
    text = str(error)
    for pattern, wording in _WORDINGS:
        match = re.search(pattern, text)
        if match is not None:
            return RedshiftError(wording(match) if callable(wording) else match.expand(wording))
    first = text.partition("\n")[0]
    return RedshiftError(first.partition("Error: ")[2] or first)


def is_conflict(error: duckdb.Error) -> bool:
    """Whether another transaction wrote the same rows first."""
    return isinstance(error, duckdb.TransactionException) and "onflict" in str(error)
