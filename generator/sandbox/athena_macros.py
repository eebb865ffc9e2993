"""Trino's functions as DuckDB macros, where DuckDB's own give another result, and no type decides.

Sources: "Functions and operators" of Trino's documentation (trino.io/docs/current/functions.html), which is
what Athena engine version 3 runs.
"""

import duckdb

_INVALID = "INVALID_FUNCTION_ARGUMENT: "

_MACROS = (
    # A start of 0, or one before the beginning, gives the empty string.
    """trino_substr(s, start) AS CASE WHEN start = 0 OR -start > length(s) THEN '' ELSE substring(s, start) END,
       (s, start, size) AS CASE WHEN start = 0 OR -start > length(s) OR size <= 0 THEN ''
                                ELSE substring(s, start, size) END""",
    # All white space goes, not blanks alone.
    r"trino_trim(s) AS regexp_replace(s, '^\s+|\s+$', '', 'g')",
    r"trino_ltrim(s) AS regexp_replace(s, '^\s+', '')",
    r"trino_rtrim(s) AS regexp_replace(s, '\s+$', '')",
    # NULL past the last field.
    f"""trino_split_part(s, part, n) AS CASE
        WHEN n < 1 THEN error('{_INVALID}Index must be greater than zero')
        WHEN n <= len(string_split(s, part)) THEN split_part(s, part, n) END""",
    "trino_regexp_extract(s, pattern, n) AS CASE WHEN regexp_matches(s, pattern) "
    "THEN regexp_extract(s, pattern, n) END",
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
        WHEN i < 1 THEN error('{_INVALID}Array subscript is less than 1')
        WHEN i > len(list) THEN error('{_INVALID}Array subscript must be less than or equal to array length')
        ELSE list[i] END""",
    f"""trino_element_at(list, i) AS CASE
        WHEN i = 0 THEN error('{_INVALID}SQL array indices start at 1') ELSE list[i] END""",
    f"""trino_map_subscript(m, k) AS CASE WHEN k IS NULL OR m IS NULL THEN NULL
        WHEN NOT map_contains(m, k) THEN error('{_INVALID}Key not present in map') ELSE m[k] END""",
    # Halves away from zero, as Trino rounds decimals.
    """trino_quotient(n, d) AS CASE WHEN d = 0 THEN error('DIVISION_BY_ZERO: Division by zero')
        ELSE ((2 * abs(n) + abs(d)) // (2 * abs(d))) * CASE WHEN (n < 0) <> (d < 0) THEN -1 ELSE 1 END END""",
    r"""trino_integer(s) AS CASE WHEN s IS NULL THEN NULL WHEN regexp_full_match(s, '[+-]?\d+') THEN s
        ELSE error('INVALID_CAST_ARGUMENT: Cannot cast ''' || s || ''' to an integer type') END""",
    r"""trino_number(s) AS CASE WHEN s IS NULL THEN NULL
        WHEN regexp_full_match(s, '\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|NaN|[+-]?Infinity') THEN trim(s)
        ELSE error('INVALID_CAST_ARGUMENT: Cannot cast ''' || s || ''' to a number') END""",
    """trino_boolean(s) AS CASE WHEN s IS NULL THEN NULL WHEN lower(s) IN ('t', 'true', '1') THEN true
        WHEN lower(s) IN ('f', 'false', '0') THEN false
        ELSE error('INVALID_CAST_ARGUMENT: Cannot cast ''' || s || ''' to BOOLEAN') END""",
    r"""trino_date(s) AS CASE WHEN s IS NULL THEN NULL
        WHEN regexp_full_match(s, '\s*\d{4}-\d{2}-\d{2}\s*') THEN CAST(trim(s) AS DATE)
        ELSE error('INVALID_CAST_ARGUMENT: Value cannot be cast to date: ' || s) END""",
    r"""trino_timestamp(s) AS CASE WHEN s IS NULL THEN NULL
        WHEN regexp_full_match(s, '\s*\d{4}-\d{2}-\d{2}( \d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?\s*')
        THEN CAST(CASE WHEN length(trim(s)) = 16 THEN trim(s) || ':00' ELSE trim(s) END AS TIMESTAMP)
        ELSE error('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || s) END""",
)


def install(database: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in a database; all its cursors see them."""
    for macro in _MACROS:
        database.execute(f"CREATE OR REPLACE MACRO {macro}")
