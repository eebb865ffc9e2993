"""Redshift's math functions: "Math functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(macros={"dexp(a)": "exp(CAST(a AS DOUBLE))"})
