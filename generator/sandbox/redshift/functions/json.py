"""Redshift's JSON functions: "JSON functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(
    macros={
        "is_valid_json(t)": "json_valid(t)",
        "json_serialize(j)": "CAST(j AS VARCHAR)",
    }
)
