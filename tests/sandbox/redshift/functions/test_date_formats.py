"""Datetime format strings: what TO_CHAR writes, TO_TIMESTAMP reads."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions.date_formats import write
from generator.sandbox.redshift.functions.date_reading import read

MOMENTS = st.datetimes(min_value=datetime.datetime(1900, 1, 1), max_value=datetime.datetime(2999, 12, 31))
DATES = [
    "YYYY-MM-DD", "YYYYMMDD", "DD Mon YYYY", "FMMonth FMDDth, YYYY", "YYYY-DDD", "IYYY-IW-ID", "J", "DD-RM-YYYY",
    "Y,YYY.MM.DD", "Day, DD MONTH YYYY",
]  # fmt: skip
TIMES = ["HH24:MI:SS.US", "HH12:MI:SS.US AM", "HH:MI:SS.US p.m."]


@given(moment=MOMENTS, date=st.sampled_from(DATES), time=st.sampled_from(TIMES))
def test_what_is_written_is_read(moment: datetime.datetime, date: str, time: str) -> None:
    form = f"{date} {time}"
    assert read(write(moment, form), form, True) == moment


@given(moment=MOMENTS)
def test_weeks_as_the_calendar_counts_them(moment: datetime.datetime) -> None:
    assert write(moment, "IYYY-IW-ID") == moment.strftime("%G-%V-%u")
    assert write(moment, "YYYY DDD Dy Day") == moment.strftime("%Y %j %a %A").ljust(13 + 9)


@pytest.mark.parametrize(
    ("text", "form"), [("20010631", "YYYYMMDD"), ("2001-13-01", "YYYY-MM-DD"), ("24:00", "HH24:MI")]
)
def test_strictly_nothing_runs_over(text: str, form: str) -> None:
    assert read(text, form)
    with pytest.raises(ValueError, match="out of range"):
        read(text, form, True)
