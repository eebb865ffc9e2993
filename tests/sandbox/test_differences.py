"""What is said of known differences reaches whoever asks, once, from whichever thread."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest

from generator.sandbox import differences


def test_notes_are_collected_while_somebody_listens() -> None:
    differences.report("before")
    with differences.collected() as notes, ThreadPoolExecutor() as pool:
        list(pool.map(differences.report, ["one", "two", "one"]))
    differences.report("after")
    assert sorted(notes) == ["one", "two"]


def test_a_log_that_people_watch_has_each_note_once(caplog: pytest.LogCaptureFixture) -> None:
    logger, once = logging.getLogger(differences.LOGGER), differences.Once()
    logger.addFilter(once)
    try:
        for note in ("watched: one", "watched: two", "watched: one"):
            differences.report(note)
        with differences.statement("/* run log */ SELECT size FROM svv_table_info"):
            differences.report("watched: three")
    finally:
        logger.removeFilter(once)
    assert [record.args for record in caplog.records] == [("watched: one", ""), ("watched: two", "")]
