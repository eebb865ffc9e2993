"""Functions of Redshift as DuckDB macros named `rs_…`, where DuckDB lacks them or means something else.

One entry a function: `name(parameters)` and its body. A function listed here is called as its macro; see "SQL
functions reference" in the Amazon Redshift Database Developer Guide for what each must do.
"""

from __future__ import annotations

import duckdb

# Called in Redshift's SQL by the name after `rs_`; several numbers of parameters are several entries.
FUNCTIONS: dict[str, str] = {
    "concat(a, b)": "CAST(a AS VARCHAR) || CAST(b AS VARCHAR)",
    # The last day of a month stays the last day.
    "add_months(d, n)": """CASE WHEN CAST(d AS DATE) = last_day(CAST(d AS DATE))
        THEN CAST(last_day(CAST(d AS DATE) + to_months(CAST(n AS INTEGER))) AS TIMESTAMP)
            + (CAST(d AS TIMESTAMP) - CAST(CAST(d AS DATE) AS TIMESTAMP))
        ELSE CAST(d AS TIMESTAMP) + to_months(CAST(n AS INTEGER)) END""",
    "months_between(a, b)": """rs_months_apart(CAST(a AS DATE), CAST(b AS DATE))""",
    "last_day(d)": "CAST(last_day(CAST(d AS DATE)) AS DATE)",
    "getdate()": "date_trunc('second', current_localtimestamp())",
    "isnull(a, b)": "coalesce(a, b)",
    "octet_length(t)": "strlen(t)",
    "charlen(t)": "length(t)",
    "regexp_replace(t, p)": "regexp_replace(t, p, '', 'g')",
    "regexp_replace(t, p, r)": "regexp_replace(t, p, r, 'g')",
    "regexp_substr(t, p)": "regexp_extract(t, p)",
    "regexp_count(t, p)": "CAST(len(regexp_extract_all(t, p)) AS INTEGER)",
    "is_valid_json(t)": "json_valid(t)",
    "json_serialize(j)": "CAST(j AS VARCHAR)",
    "date_part_year(d)": "CAST(year(d) AS INTEGER)",
    "date_cmp(a, b)": "CAST(sign(CAST(a AS DATE) - CAST(b AS DATE)) AS INTEGER)",
    "dexp(a)": "exp(CAST(a AS DOUBLE))",
    "func_sha1(t)": "sha1(t)",
    "sha2(t, n)": "CASE WHEN n IN (0, 256) THEN sha256(t) ELSE error('the sandbox has SHA2 of 256 bits only') END",
    "to_number(t, f)": "error('the sandbox can''t run this: TO_NUMBER')",
    "current_database()": "'{database}'",
    "current_schema()": "current_schema()",
    "space(n)": "repeat(' ', n)",
    "len(t)": "CAST(length(t) AS INTEGER)",
    "length(t)": "CAST(length(t) AS INTEGER)",
    "bool_and(b)": "bool_and(b)",
    "nullifzero(a)": "nullif(a, 0)",
}
SPELLINGS = {"char_length": "charlen", "character_length": "charlen", "textlen": "len"}

# Used by the rewrites and by COPY; no names of Redshift.
OWN: dict[str, str] = {
    # Positions before the first character count, but have nothing to give.
    "substring(t, s)": "CASE WHEN s < 1 THEN CAST(t AS VARCHAR) ELSE substring(CAST(t AS VARCHAR), s) END",
    "substring(t, s, n)": """CASE WHEN s < 1 THEN left(CAST(t AS VARCHAR), greatest(0, s + n - 1))
        ELSE substring(CAST(t AS VARCHAR), s, n) END""",
    "months_apart(a, b)": """CAST((year(a) - year(b)) * 12 + month(a) - month(b) AS DOUBLE)
        + CASE WHEN day(a) = day(b) OR (a = last_day(a) AND b = last_day(b)) THEN 0.0
            ELSE (day(a) - day(b)) / 31.0::DOUBLE END""",
    # The number of a week that begins on Sunday.
    "week(d)": "CAST(floor((CAST(d AS DATE) - DATE '1970-01-04') / 7.0::DOUBLE) AS BIGINT)",
    # At most `n` bytes of a text, whole characters only.
    "left_bytes(t, n)": """CASE WHEN strlen(t) <= n THEN t WHEN strlen(t) = length(t) THEN left(t, CAST(n AS BIGINT))
        ELSE left(t, list_max(list_filter(range(0, n + 1), lambda k: strlen(left(t, k)) <= n))) END""",
}

NAMES = {signature.partition("(")[0] for signature in FUNCTIONS} | SPELLINGS.keys()


def create(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Make the macros in a new database of that name."""
    entries = {**OWN, **FUNCTIONS}
    for name in dict.fromkeys(signature.partition("(")[0] for signature in entries):
        forms = [
            f"({signature.partition('(')[2]} AS ({body.replace('{database}', database)})"
            for signature, body in entries.items()
            if signature.partition("(")[0] == name
        ]
        connection.execute(f"CREATE MACRO rs_{name}{', '.join(forms)}")
