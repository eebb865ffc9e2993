"""The rows of a test from wherever they come: YAML, CSV, a file, or a query."""

from __future__ import annotations

from generator import inside, rows
from generator.model import Engine
from generator.query import QueryError
from generator.rows import RowSet
from generator.scenario import Content
from generator.testing.place import Place


class GivenError(Exception):
    """What a test gives can't be put into the sandbox, or what it expects can't be read; the message says why."""


def row_set(content: Content, place: Place, engine: Engine) -> RowSet:
    """The rows of a content; queries run in ``engine``. Raises GivenError."""
    try:
        if content.kind == "rows":
            return rows.of_mappings(content.value)
        if content.kind == "sql":
            result = place.ask(engine, content.value)
            return RowSet(result.columns, result.rows)
        return rows.of_csv(file_bytes(content, place).decode() if content.kind == "file" else content.value)
    except (rows.CsvError, UnicodeDecodeError, QueryError) as error:
        raise GivenError(str(error)) from None


def file_bytes(content: Content, place: Place) -> bytes:
    """The bytes of a file of a test. Raises GivenError where it can't be read."""
    path = inside.resolved(place.root, place.folder, content.value)
    if path is None:
        raise GivenError(f"'{content.value}' is outside of the pipelines folder")
    try:
        return path.read_bytes()
    except OSError as error:
        raise GivenError(f"{content.value} can't be read: {error.strerror}") from None
