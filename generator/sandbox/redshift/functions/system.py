"""What a session says of itself: "System information functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from generator.sandbox.section import Section

SECTION = Section(
    macros={
        "current_database()": "'{database}'",
        "current_schema()": "current_schema()",
    }
)
