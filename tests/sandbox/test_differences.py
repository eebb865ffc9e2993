"""What is said of known differences reaches whoever asks, once, from whichever thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from generator.sandbox import differences


def test_notes_are_collected_while_somebody_listens() -> None:
    differences.report("before")
    with differences.collected() as notes, ThreadPoolExecutor() as pool:
        list(pool.map(differences.report, ["one", "two", "one"]))
    differences.report("after")
    assert sorted(notes) == ["one", "two"]
