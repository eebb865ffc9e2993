"""The sample data: what a source delivers, and what a correct load makes of it."""

import csv
import gzip
import io
from datetime import date
from typing import Any

import pytest

from generator.sandbox import sample

FIRST, LAST = date(2013, 1, 31), date(2013, 2, 2)


@pytest.fixture(scope="module")
def counts(s3: Any) -> dict[str, int]:
    return sample.upload(s3, "sample-test", FIRST, LAST)


def rows(s3: Any, key: str) -> list[dict[str, str]]:
    body = s3.get_object(Bucket="sample-test", Key=key)["Body"].read()
    return list(csv.DictReader(io.StringIO(gzip.decompress(body).decode())))


def flight(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row[column] for column in sample.KEY)


def test_uploads_a_file_for_each_table_and_day(s3: Any, counts: dict[str, int]) -> None:
    assert list(counts) == [
        "raw/airlines.csv.gz",
        "raw/airports.csv.gz",
        "raw/planes.csv.gz",
        "raw/flights/2013-01-31.csv.gz",
        "raw/flights/2013-02-01.csv.gz",
        "raw/flights/2013-02-02.csv.gz",
        "raw/weather/2013-01-31.csv.gz",
        "raw/weather/2013-02-01.csv.gz",
        "raw/weather/2013-02-02.csv.gz",
    ]
    assert {key: len(rows(s3, key)) for key in counts} == counts


def test_the_package_s_rows_come_whole(s3: Any, counts: dict[str, int]) -> None:
    assert counts["raw/airlines.csv.gz"] == 16
    assert counts["raw/airports.csv.gz"] == 1458
    assert counts["raw/planes.csv.gz"] == 3322
    assert rows(s3, "raw/airlines.csv.gz")[0] == {"carrier": "9E", "name": "Endeavor Air Inc."}


def test_a_flight_that_landed_late_comes_again_in_the_next_day_s_file(s3: Any, counts: dict[str, int]) -> None:
    day, next_day = (rows(s3, f"raw/flights/2013-02-0{number}.csv.gz") for number in (1, 2))
    corrected = {flight(row): row for row in next_day if row["flight_date"] == "2013-02-01"}
    first = {flight(row): row for row in day if flight(row) in corrected}
    assert corrected.keys() == first.keys()
    assert corrected
    for key, row in corrected.items():
        assert {first[key][column] for column in sample.KNOWN_ON_ARRIVAL} == {"NA"}
        assert "NA" not in {row[column] for column in sample.KNOWN_ON_ARRIVAL}
        known = set(row) - set(sample.KNOWN_ON_ARRIVAL)
        assert {column: row[column] for column in known} == {column: first[key][column] for column in known}


def test_a_file_holds_nothing_older_than_the_day_before(s3: Any, counts: dict[str, int]) -> None:
    assert {row["flight_date"] for row in rows(s3, "raw/flights/2013-02-01.csv.gz")} == {"2013-01-31", "2013-02-01"}


@pytest.mark.parametrize("key", ["raw/flights/2013-02-01.csv.gz", "raw/weather/2013-02-01.csv.gz"])
def test_a_day_s_file_is_the_same_bytes_whatever_range_is_uploaded(s3: Any, counts: dict[str, int], key: str) -> None:
    before = s3.get_object(Bucket="sample-test", Key=key)["Body"].read()
    sample.upload(s3, "sample-test", date(2013, 2, 1), date(2013, 2, 1))
    assert s3.get_object(Bucket="sample-test", Key=key)["Body"].read() == before


def test_expected_flights_are_what_upserting_the_files_leaves(s3: Any, counts: dict[str, int]) -> None:
    state: dict[tuple[str, ...], dict[str, str]] = {}
    for key in sorted(key for key in counts if "/flights/" in key):
        state.update({flight(row): row for row in rows(s3, key)})
    expected = sample.expected_flights(FIRST, LAST)
    assert list(expected) == [date(2013, 1, 30), date(2013, 1, 31), date(2013, 2, 1), date(2013, 2, 2)]
    for day, totals in expected.items():
        loaded = [row for row in state.values() if row["flight_date"] == day.isoformat()]
        delays = [int(row["arr_delay"]) for row in loaded if row["arr_delay"] != "NA"]
        assert (totals.rows, totals.arrivals, totals.arr_delay) == (len(loaded), len(delays), sum(delays))


def test_the_bad_day_s_weather_has_hours_twice_and_rows_of_no_airport_and_a_right_file_waits(s3: Any) -> None:
    counts = sample.upload(s3, "sample-test", date(2013, 1, 3), date(2013, 1, 5))
    bad = rows(s3, "raw/weather/2013-01-04.csv.gz")
    right = rows(s3, "raw/weather/corrected/2013-01-04.csv.gz")
    named = [(row["origin"], row["time_hour"]) for row in bad if row["origin"] != "NA"]
    assert (len(bad), len(bad) - len(named), len(named) - len(set(named))) == (78, 4, 6)
    assert (len(right), len({(row["origin"], row["time_hour"]) for row in right})) == (72, 72)
    good = [count for key, count in counts.items() if key in (f"raw/weather/2013-01-0{day}.csv.gz" for day in (3, 5))]
    assert sample.expected_weather(date(2013, 1, 3), date(2013, 1, 5)) == sum(good) == 144


def test_the_first_day_of_the_data_completes_no_day_before() -> None:
    expected = sample.expected_flights(date(2013, 1, 1), date(2013, 1, 2))
    assert {day: totals.rows for day, totals in expected.items()} == {date(2013, 1, 1): 842, date(2013, 1, 2): 943}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2012, 12, 31), date(2013, 1, 1)),
        (date(2013, 12, 31), date(2014, 1, 1)),
        (date(2013, 2, 2), date(2013, 2, 1)),
    ],
)
def test_other_days_are_refused(first: date, last: date) -> None:
    with pytest.raises(ValueError, match="the sample data holds 2013-01-01 to 2013-12-31"):
        sample.expected_flights(first, last)
