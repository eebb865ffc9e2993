"""Trino's mathematical functions (trino.io/docs/current/functions/math.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(
    macros={
        "infinity()": "CAST('Infinity' AS DOUBLE)",
        "nan()": "CAST('NaN' AS DOUBLE)",
    }
)
