"""COMPUPDATE: the encodings that COPY gives to the columns of an empty table.

"Data load operations" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from dataclasses import replace

from generator.sandbox import differences
from generator.sandbox.redshift import storage
from generator.sandbox.redshift.copy_options import Copy
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation

_NOTE = "COMPUPDATE ON chooses encodings by the columns' types; Redshift chooses them by a sample of the rows."


def is_compressed(session: Session, command: Copy, target: Relation) -> bool:
    """Whether the COPY, not yet run, is to change the table's encodings."""
    if command.compression_update == "OFF" or "NOLOAD" in command.flags:
        return False
    if not command.compression_update and any(column.encoding not in ("", "none") for column in target.columns):
        return False
    return session.sql(f"SELECT 1 FROM {session.names.place(target)} LIMIT 1").fetchone() is None


def compress(session: Session, command: Copy, target: Relation) -> None:
    """Give each column the encoding of its type."""
    if command.compression_update == "ON":
        differences.report(_NOTE)
    storage.save(session.connection, replace(target, columns=tuple(map(_compressed, target.columns))))


def _compressed(column: Column) -> Column:
    return replace(column, encoding="none" if column.sort_key else column.type.encoding)
