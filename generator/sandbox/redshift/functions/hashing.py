"""Redshift's hash functions: "Hash functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(
    macros={
        "func_sha1(t)": "sha1(t)",
        "sha2(t, n)": "CASE WHEN n IN (0, 256) THEN sha256(t) ELSE error('the sandbox has SHA2 of 256 bits only') END",
    }
)
