"""Dates as text and back, and their differences, against plain reckoning."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.athena import zones
from generator.sandbox.athena.functions.date_fields import Moment, parsed, written
from generator.sandbox.athena.functions.date_formats import joda_pattern, mysql_format
from generator.sandbox.athena.functions.date_texts import difference

MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
FORMS = (
    *map(mysql_format, ("%Y-%m-%d %H:%i:%s.%f", "%e %M %Y %r.%f", "%Y %j %T.%f", "%x-%v %W %T.%f")),
    *map(
        joda_pattern,
        ("yyyyMMddHHmmssSSS", "yyyy-MM-dd'T'hh:mm:ss.SSS a", "EEE d MMM yyyy k:m:s.SSS", "xxxx-'W'ww-e HH:mm:ss.SSS"),
    ),
)


@given(MOMENTS, st.sampled_from(FORMS))
def test_what_is_written_is_read(moment: datetime, form: tuple[object, ...]) -> None:
    assert parsed(form, written(form, Moment(moment))) == Moment(moment)  # type: ignore[arg-type]


@given(MOMENTS, st.sampled_from(["America/New_York", "Europe/Berlin", "UTC", "+05:30", "Asia/Kathmandu"]))
def test_instants_have_one_time_in_a_zone(instant: datetime, zone: str) -> None:
    shown = zones.local(instant, zone)
    # Of an hour that clocks show twice, the first is meant.
    assert zones.instant(shown, zone) in (instant, instant - timedelta(hours=1))


@given(MOMENTS, MOMENTS)
def test_differences_are_whole_units(first: datetime, last: datetime) -> None:
    days = difference("day", first, last)
    assert abs(last - first) - timedelta(days=abs(days)) < timedelta(days=1)
    assert difference("month", first, last) == -difference("month", last, first)
    assert difference("quarter", first, last) == int(difference("month", first, last) / 3)


@pytest.mark.parametrize(
    ("unit", "first", "last", "count"),
    [
        ("month", "2020-01-31", "2020-02-29", 1),
        ("month", "2020-01-31", "2020-02-28", 0),
        ("month", "2020-01-15", "2020-03-14", 1),
        ("year", "2020-02-29", "2021-02-28", 1),
        ("year", "2019-03-01", "2020-02-29", 0),
        ("year", "2019-03-01", "2020-03-01", 1),
        ("week", "2020-01-14", "2020-01-01", -1),
    ],
)
def test_differences(unit: str, first: str, last: str, count: int) -> None:
    assert difference(unit, datetime.fromisoformat(first), datetime.fromisoformat(last)) == count


@pytest.mark.parametrize(
    ("name", "shown"),
    [("UTC", "UTC"), ("Z", "UTC"), ("Etc/UTC", "UTC"), ("+5:30", "+05:30"), ("-0800", "-08:00"), ("+00:00", "UTC")],
)
def test_names_of_zones(name: str, shown: str) -> None:
    assert zones.canonical(name) == shown


@pytest.mark.parametrize("name", ["AMERICA/NEW_YORK", "nowhere", "+15:00", "05:30"])
def test_no_zones(name: str) -> None:
    with pytest.raises(ValueError, match="Time zone not supported"):
        zones.canonical(name)
