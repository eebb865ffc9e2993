"""Trino's JSON functions (trino.io/docs/current/functions/json.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"json_array_length(j)": "CAST(json_array_length(j) AS BIGINT)"})
