"""Dates and times as text: all forms that Redshift reads say the same moment."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions import moments
from generator.sandbox.redshift.functions.zones import convert

STYLES = ["%Y-%m-%d", "%m/%d/%Y", "%b %d, %Y", "%d %B %Y", "%Y%m%d", "%A, %d %b %Y"]
MOMENTS = st.datetimes(min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2999, 12, 31))


@given(moment=MOMENTS, style=st.sampled_from(STYLES))
def test_all_forms_are_read(moment: datetime.datetime, style: str) -> None:
    assert moments.date(moment.strftime(style)) == moment.date()
    assert moments.timestamp(moment.strftime(f"{style} %H:%M:%S.%f")) == moment
    assert moments.timestamp(moment.strftime(f"{style} %I:%M:%S.%f %p")) == moment


@given(moment=MOMENTS, hours=st.integers(min_value=-12, max_value=14))
def test_an_offset_counts_with_a_time_zone_only(moment: datetime.datetime, hours: int) -> None:
    text = f"{moment:%Y-%m-%d %H:%M:%S.%f}{hours:+03d}"
    assert moments.timestamptz(text) == moment - datetime.timedelta(hours=hours)
    assert moments.timestamp(text) == moment


@given(moment=MOMENTS)
def test_time_zones_there_and_back(moment: datetime.datetime) -> None:
    assert convert("PST", "UTC", convert("UTC", "PST", moment)) == moment
    assert convert("UTC", "EST", moment) == moment - datetime.timedelta(hours=5)


@pytest.mark.parametrize("text", ["", "x", "2008-02-30", "2008-13-01", "25:00", "2008-01-01 10:61", "10"])
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError, match="invalid input syntax for type timestamp"):
        moments.timestamp(text)
