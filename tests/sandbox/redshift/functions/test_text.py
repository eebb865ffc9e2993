"""Functions of text that are written in Python."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.sandbox.redshift.functions import binary, text

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Robert", "R163"),
        ("Rupert", "R163"),
        ("Rubin", "R150"),
        ("Ashcraft", "A261"),
        ("Tymczak", "T522"),
        ("Pfister", "P236"),
        ("Honeyman", "H555"),
        ("o'Neil", "O540"),
    ],
)
def test_american_soundex(name: str, code: str) -> None:
    assert text.soundex(name) == code


@given(st.integers(-(2**63), 2**63 - 1), st.integers(2, 36))
def test_strtol_reads_what_is_written_in_a_base(number: int, base: int) -> None:
    left, digits = abs(number), ""
    while left:
        left, digit = divmod(left, base)
        digits = DIGITS[digit] + digits
    assert text.strtol(("-" if number < 0 else "") + (digits or "0"), base) == number


@given(st.text("aB1 _é-", max_size=20))
def test_initcap_changes_case_alone(given_text: str) -> None:
    changed = text.initcap(given_text)
    assert changed is not None
    assert changed.lower() == given_text.lower()
    assert text.initcap(changed) == changed


@given(st.binary(max_size=20), st.sampled_from(["hex", "BINARY"]))
def test_bytes_come_back_from_their_text(value: bytes, form: str) -> None:
    assert binary.of_text(binary.to_text(value, form), form) == value


@given(st.binary(min_size=1, max_size=4))
def test_bits_count_from_the_right(value: bytes) -> None:
    bits = [binary.get_bit(value, index) or 0 for index in range(8 * len(value))]
    assert sum(bit << index for index, bit in enumerate(bits)) == int.from_bytes(value, "big")
