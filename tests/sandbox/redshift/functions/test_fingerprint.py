"""FarmHash's Fingerprint64. The values are those of the open-source library, one for each of its ways."""

from __future__ import annotations

import pytest

from generator.sandbox.redshift.functions.fingerprint import fingerprint64

LETTERS = bytes(65 + number % 26 for number in range(130))


@pytest.mark.parametrize(
    ("size", "value"),
    [
        (0, 11160318154034397263),
        (3, 228873345217803866),
        (7, 14166691519184888993),
        (16, 7615456968737443800),
        (17, 6239885668307526477),
        (32, 17292963391154708123),
        (33, 5843334635037663918),
        (64, 11237284963138497873),
        (65, 12407686829448143660),
        (130, 17156249072446558698),
    ],
)
def test_values_of_each_length(size: int, value: int) -> None:
    assert fingerprint64(LETTERS[:size]) == value
