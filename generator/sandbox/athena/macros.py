"""Trino's functions as DuckDB macros, where DuckDB's own give another result, and no type decides.

Sources: "Functions and operators" of Trino's documentation (trino.io/docs/current/functions.html), which is
what Athena engine version 3 runs.
"""

import duckdb

from generator.sandbox import section
from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.functions.scalars import BASIS

_INVALID = "INVALID_FUNCTION_ARGUMENT: "

_MACROS = (
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


def install(database: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in a database; all its cursors see them."""
    section.register(database, BASIS, PREFIX)
    for macro in _MACROS:
        database.execute(f"CREATE OR REPLACE MACRO {macro}")
