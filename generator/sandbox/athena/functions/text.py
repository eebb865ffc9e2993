"""Trino's string functions (trino.io/docs/current/functions/string.html) that sqlglot does not know."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"codepoint(c)": "unicode(c)"})
