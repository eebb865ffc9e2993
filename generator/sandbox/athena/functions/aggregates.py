"""Trino's aggregate functions (trino.io/docs/current/functions/aggregate.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"every(b)": "bool_and(b)"})
