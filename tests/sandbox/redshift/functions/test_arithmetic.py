"""Quotients of NUMERICs, against exact fractions."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.functions.arithmetic import quotient

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=4)
SIZES = st.integers(min_value=1, max_value=38).flatmap(lambda p: st.tuples(st.just(p), st.integers(0, min(p, 37))))


@given(left=NUMBERS, right=NUMBERS.filter(bool), scale=st.integers(min_value=0, max_value=37))
def test_what_exceeds_the_scale_is_cut(left: Decimal, right: Decimal, scale: int) -> None:
    found = quotient(str(left), str(right), scale)
    assert found is not None
    assert Fraction(found) == Fraction(math.trunc(Fraction(left) / Fraction(right) * 10**scale), 10**scale)


@given(one=SIZES, other=SIZES, sign=st.sampled_from("+-*/"))
def test_a_result_fits_into_38_digits(one: tuple[int, int], other: tuple[int, int], sign: str) -> None:
    size = kinds.size(kinds.computed(sign, kinds.decimal(*one), kinds.decimal(*other)))
    assert size is not None
    assert size[0] <= 38
    assert size[1] >= (4 if sign == "/" else 0)
