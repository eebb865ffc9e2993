"""Redshift's string functions: "String functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from generator.sandbox.section import Section

_LENGTH = "CAST(length(t) AS INTEGER)"

SECTION = Section(
    macros={
        "concat(a, b)": "CAST(a AS VARCHAR) || CAST(b AS VARCHAR)",
        "octet_length(t)": "strlen(t)",
        "len(t)": _LENGTH,
        "length(t)": _LENGTH,
        "textlen(t)": _LENGTH,
        "char_length(t)": _LENGTH,
        "character_length(t)": _LENGTH,
        "regexp_replace(t, p)": "regexp_replace(t, p, '', 'g')",
        "regexp_replace(t, p, r)": "regexp_replace(t, p, r, 'g')",
        "regexp_substr(t, p)": "regexp_extract(t, p)",
        "regexp_count(t, p)": "CAST(len(regexp_extract_all(t, p)) AS INTEGER)",
    }
)

# What rewrites and COPY call; no functions of Redshift's.
INTERNAL = Section(
    macros={
        # Positions before the first character count, but have nothing to give.
        "cut(t, s)": "CASE WHEN s < 1 THEN CAST(t AS VARCHAR) ELSE substring(CAST(t AS VARCHAR), s) END",
        "cut(t, s, n)": """CASE WHEN s < 1 THEN left(CAST(t AS VARCHAR), greatest(0, s + n - 1))
            ELSE substring(CAST(t AS VARCHAR), s, n) END""",
        # At most `n` bytes of a text, whole characters only.
        "left_bytes(t, n)": """CASE WHEN strlen(t) <= n THEN t
            WHEN strlen(t) = length(t) THEN left(t, CAST(n AS BIGINT))
            ELSE left(t, list_max(list_filter(range(0, n + 1), lambda k: strlen(left(t, k)) <= n))) END""",
    }
)
