"""The number of rows that a file beside a delivery tells."""

from __future__ import annotations

import pytest

from generator.checks import count_file


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("957\n", 957),
        ("0", 0),
        ("rows\n957\n", 957),
        ("rows=957", 957),
        ("2013-01-31;flights_2013.csv.gz;957\r\n", 957),
        ("2013-01-31 04:30 957 rows.", 957),
        ('{"file": "flights.csv", "rows": 957, "complete": true}', 957),
        ('{"delivery": {"count": 957}}', 957),
        ('{"entries": [{"meta": {"record_count": 900}}, {"meta": {"record_count": 57}}], "meta": {}}', 957),
    ],
)
def test_counts(text: str, rows: int) -> None:
    assert count_file.rows(text) == rows


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "holds no whole numbers"),
        ("about 95.7", "holds no whole numbers"),
        ("1,957", "holds 2 whole numbers"),
        ("957 rows in 2 files", "holds 2 whole numbers"),
        ('{"rows": 957, "files": 2}', "holds 2 whole numbers"),
        ('{"rows": "957"}', "holds no whole numbers"),
        ("[957]", "holds no whole numbers"),
        ('{"entries": [{"url": "s3://b/1", "meta": {"content_length": 9}}]}', "MANIFEST VERBOSE"),
        ('{"entries": [{"meta": {"record_count": 9}}, {"url": "s3://b/2"}]}', "MANIFEST VERBOSE"),
        ('{"entries": []}', "MANIFEST VERBOSE"),
    ],
)
def test_what_tells_no_count(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        count_file.rows(text)
