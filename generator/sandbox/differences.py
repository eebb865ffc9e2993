"""Known small differences from AWS: what runs although its result may differ is said in the log, never silent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGER = "generator.sandbox"
_log = logging.getLogger(LOGGER)
_listeners: list[list[str]] = []
_statement: ContextVar[str] = ContextVar("statement", default="")


@contextmanager
def statement(text: str) -> Iterator[None]:
    """Name the statement that runs in this thread, for the log."""
    token = _statement.set(text)
    try:
        yield
    finally:
        _statement.reset(token)


@contextmanager
def collected() -> Iterator[list[str]]:
    """The notes of all statements that run meanwhile, in any thread; each note once."""
    notes: list[str] = []
    _listeners.append(notes)
    try:
        yield notes
    finally:
        _listeners.remove(notes)


_OF_THE_LOG = "/* run log */"  # begins a statement that only reads the sizes of tables, for those who look there


class Once(logging.Filter):
    """Lets each note through once: for a log that people watch while the same statements run again and again.

    Statements that nobody wrote, which the run log sends, are passed over.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: set[object] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        note, text = record.args if isinstance(record.args, tuple) and len(record.args) == 2 else (record.msg, "")
        if str(text).startswith(_OF_THE_LOG):
            return False
        is_new = note not in self._shown
        self._shown.add(note)
        return is_new


def report(note: str) -> None:
    """Log that the current statement may differ from AWS in what `note` (one sentence) says."""
    for notes in _listeners:
        if note not in notes:
            notes.append(note)
    _log.warning("known difference from AWS: %s\n%s", note, _statement.get())
