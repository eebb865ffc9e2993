"""Trino's date and time functions (trino.io/docs/current/functions/datetime.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"millisecond(t)": "millisecond(t) % 1000"})
