"""Numbers, durations and bars, as they are shown."""

from __future__ import annotations

import pytest

from generator.post_mortem import words


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (0, "0.0 s"),
        (2.34, "2.3 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (65, "1 min 5 s"),
        (3600, "1 h"),
        (7380, "2 h 3 min"),
        (100_800, "1 d 4 h"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert words.duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, ""),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1500, "1.5 kB"),
        (999_999, "1.0 MB"),
        (123_456_789_012, "123 GB"),
    ],
)
def test_size(count: int | None, shown: str) -> None:
    assert words.size(count) == shown


@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        ("unique", "12 of 91400 rows too many", "12 of 91,400 rows too many"),
        ("sql", "91400 returned", "91,400 returned"),
        ("accepted_values", "one of 10115, 80331", "one of 10115, 80331"),
        ("row_count", "91400", "91,400"),
        ("row_count", "10000 to 20000", "10,000 to 20,000"),
        ("row_count", "12345.5, 2013-12345, id_12345", "12345.5, 2013-12345, id_12345"),
        ("same_count", "10000, and 20000.", "10,000, and 20,000."),
        (None, "2013", "2013"),
    ],
)
def test_counts_in_text(kind: str | None, text: str, shown: str) -> None:
    assert words.counts_in(text, kind) == shown


@pytest.mark.parametrize(
    ("value", "unicode", "shown"),
    [
        (None, True, ""),
        (0, True, ""),
        (-1, True, ""),
        (0.001, True, "▏"),
        (5, True, "██"),
        (10, True, "████"),
        (6, True, "██▍"),
        (0.1, False, "#"),
        (10, False, "####"),
    ],
)
def test_bar(value: float | None, unicode: bool, shown: str) -> None:
    assert words.bar(value, 10, 4, unicode) == shown


@pytest.mark.parametrize(
    ("values", "shown"),
    [([], ""), ([None], ""), ([5], "▅"), ([1, None, 8], "▁ █"), ([8, 4, 1], "█▄▁"), ([7, 7], "▅▅")],
)
def test_trend(values: list[float | None], shown: str) -> None:
    assert words.trend(values) == shown


def test_text_can_not_move_the_cursor() -> None:
    assert words.printable("a\x1b[2J\tb\r\nc") == "a�[2J   b�\nc"
    assert words.first_line("\n  \n first\nsecond") == "first"
