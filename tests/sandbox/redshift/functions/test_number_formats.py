"""Numeric format strings: what TO_CHAR writes, TO_NUMBER reads."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions.number_formats import format_of, read, write

NUMBERS = st.decimals(min_value=-99999, max_value=99999, places=2)
FORMATS = ["99999D99", "99,999.99", "S99999D99", "99999D99S", "FM99G999D00", "99999D99MI", "SG00000D99", "$99999D99PR"]


@given(number=NUMBERS, form=st.sampled_from(FORMATS))
def test_to_number_reads_what_to_char_writes(number: Decimal, form: str) -> None:
    assert read(write(number, form), form) == number


@given(number=NUMBERS)
def test_a_format_has_one_width(number: Decimal) -> None:
    assert len(write(number, "99,999.99")) == len(" 99,999.99")


@given(number=st.integers(min_value=1, max_value=3999))
def test_roman_numerals(number: int) -> None:
    text = write(Decimal(number), "FMRN")
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[letter] for letter in text]
    signed = [-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True)]
    assert sum(signed) == number


@pytest.mark.parametrize("form", ["9.9.9", "9V9.9", "9.9EEEE"])
def test_formats_that_are_none(form: str) -> None:
    with pytest.raises(ValueError, match=r"cannot use|not supported"):
        format_of(form)
