"""DuckDB's errors in Athena's words."""

import re

import duckdb

from generator.sandbox.athena.errors import QueryError, UnsupportedError

# What our macros and Python functions raise.
_OURS = re.compile(
    r"Invalid Input Error: (?:Python exception occurred while executing the UDF: \w+: )?"
    r"((?:[A-Z_0-9]{6,}|the sandbox can't run this): .*)",
    re.DOTALL,
)
_KNOWN = (
    (
        r'Referenced column "([^"]+)" (?:was )?not found|does not have a column named "([^"]+)"'
        r'|Referenced table "([^"]+)"'
        r'|Column "([^"]+)" referenced that exists in the SELECT clause',
        "COLUMN_NOT_FOUND: line 1:1: Column '{}' cannot be resolved or requester is not authorized to access "
        "requested resources",
    ),
    (r'Ambiguous reference to column name "([^"]+)"', "AMBIGUOUS_NAME: line 1:1: Column '{}' is ambiguous"),
    (
        r'column "?([^" ]+)"? must appear in the GROUP BY clause',
        "EXPRESSION_NOT_AGGREGATE: line 1:1: '{}' must be an aggregate expression or appear in GROUP BY clause",
    ),
    (
        r"(ORDER|GROUP BY) term out of range",
        "INVALID_COLUMN_REFERENCE: line 1:1: {} position is not in select list",
    ),
    (r"Argument for ntile must be greater", "INVALID_FUNCTION_ARGUMENT: Buckets must be greater than 0"),
    (r"Map keys must be unique", "INVALID_FUNCTION_ARGUMENT: Duplicate map keys are not allowed"),
    (r"Map keys can not be NULL", "INVALID_FUNCTION_ARGUMENT: map key cannot be null"),
    (r"map key list does not align", "INVALID_FUNCTION_ARGUMENT: Key and value arrays must be the same length"),
    (r"Division by zero", "DIVISION_BY_ZERO: Division by zero"),
    (r"[Oo]verflow|out of range", "NUMERIC_VALUE_OUT_OF_RANGE: {message}"),
    (r"Conversion Error|Could not parse string", "INVALID_FUNCTION_ARGUMENT: {message}"),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    ),
)


def as_query_error(error: duckdb.Error) -> QueryError:
    """The failure that Athena would report, where there is a like one; otherwise what stopped the sandbox."""
    text = str(error)
    if isinstance(error, duckdb.InvalidInputException):
        ours = _OURS.match(text)
        if ours:
            return QueryError(ours[1])
    message = text.split("\n", maxsplit=1)[0]
    for pattern, athena in _KNOWN:
        found = re.search(pattern, text)
        if found:
            name = next((group for group in found.groups() if group), "")
            return QueryError(athena.replace("{}", name).replace("{message}", message))
    return UnsupportedError(message)
