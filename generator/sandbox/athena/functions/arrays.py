"""Trino's array functions (trino.io/docs/current/functions/array.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"cardinality(a)": "CAST(len(a) AS BIGINT)"})
