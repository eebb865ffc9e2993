"""Trino's functions as DuckDB macros, where DuckDB's own give another result, and no type decides.

Sources: "Functions and operators" of Trino's documentation (trino.io/docs/current/functions.html), which is
what Athena engine version 3 runs.
"""

from collections.abc import Iterator

import duckdb

from generator.sandbox import section
from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.functions.scalars import BASIS

_INVALID = "INVALID_FUNCTION_ARGUMENT: "

_MACROS = (
    # Objects and arrays are no scalars.
    """trino_json_extract_scalar(document, path) AS CASE
        WHEN json_type(document, path) NOT IN ('OBJECT', 'ARRAY') THEN json_extract_string(document, path) END""",
    # NULL where the value is absent and the array holds a NULL.
    """trino_contains(list, x) AS CASE WHEN list_contains(list, x) THEN true
        WHEN x IS NULL OR list IS NULL OR len(list_filter(list, lambda e: e IS NULL)) > 0 THEN NULL
        ELSE false END""",
    "trino_array_max(list) AS CASE WHEN len(list_filter(list, lambda e: e IS NULL)) = 0 THEN list_max(list) END",
    "trino_array_min(list) AS CASE WHEN len(list_filter(list, lambda e: e IS NULL)) = 0 THEN list_min(list) END",
    f"""trino_subscript(list, i) AS CASE
        WHEN i < 1 THEN trino_fail('{_INVALID}Array subscript is less than 1')
        WHEN i > len(list) THEN trino_fail('{_INVALID}Array subscript must be less than or equal to array length')
        ELSE list[i] END""",
    f"""trino_element_at(list, i) AS CASE
        WHEN i = 0 THEN trino_fail('{_INVALID}SQL array indices start at 1') ELSE list[i] END""",
    f"""trino_map_subscript(m, k) AS CASE WHEN k IS NULL OR m IS NULL THEN NULL
        WHEN NOT map_contains(m, k) THEN trino_fail('{_INVALID}Key not present in map') ELSE m[k] END""",
    # Halves away from zero, as Trino rounds decimals.
    """trino_quotient(n, d) AS CASE WHEN d = 0 THEN trino_fail('DIVISION_BY_ZERO: Division by zero')
        ELSE ((2 * abs(n) + abs(d)) // (2 * abs(d))) * CASE WHEN (n < 0) <> (d < 0) THEN -1 ELSE 1 END END""",
)
# What text must look like to be cast, and how it is cast then; `{0}` is the text.
_FROM_TEXT = {
    "integer": (r"[+-]?\d+", "{0}", "an integer type"),
    "number": (r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|NaN|[+-]?Infinity", "trim({0})", "a number"),
    "boolean": (r"(?i)t|true|1|f|false|0", "lower({0}) IN ('t', 'true', '1')", "BOOLEAN"),
    "date": (r"\s*\d{4}-\d{2}-\d{2}\s*", "CAST(trim({0}) AS DATE)", "DATE"),
    "timestamp": (
        r"\s*\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?\s*",
        "CAST(CASE WHEN length(trim({0})) = 16 THEN trim({0}) || ':00' ELSE trim({0}) END AS TIMESTAMP)",
        "TIMESTAMP",
    ),
}


def _casts() -> Iterator[str]:
    """`trino_<type>(text)` fails where the text is no such value, `trino_<type>_or_null(text)` gives NULL."""
    for name, (pattern, template, described) in _FROM_TEXT.items():
        value = template.replace("{0}", "s")
        matches = f"regexp_full_match(s, '{pattern}')"
        failure = f"trino_fail('INVALID_CAST_ARGUMENT: Cannot cast \"' || s || '\" to {described}')"
        yield f"trino_{name}(s) AS CASE WHEN s IS NULL THEN NULL WHEN {matches} THEN {value} ELSE {failure} END"
        lenient = value.replace("CAST(", "TRY_CAST(")
        yield f"trino_{name}_or_null(s) AS CASE WHEN {matches} THEN {lenient} END"


def install(database: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in a database; all its cursors see them."""
    section.register(database, BASIS, PREFIX)
    for macro in (*_MACROS, *_casts()):
        database.execute(f"CREATE OR REPLACE MACRO {macro}")
