"""The Soundex code of a word, as Apache Commons Codec's US_ENGLISH (which Trino uses) tells it."""

from __future__ import annotations

from generator.sandbox.athena.functions.scalars import invalid

_CODES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "01230120022455012623010202", strict=True))
_SIZE = 4


def soundex(text: str) -> str:
    """A letter and three digits; an empty text where `text` has no letters.

    H and W between two letters of the same code keep these together, vowels part them.
    """
    letters = [char.upper() for char in text if char.isalpha()]
    if not letters:
        return ""
    for letter in letters:
        if letter not in _CODES:
            raise invalid(f"The character is not mapped: {letter} (index={ord(letter) - ord('A')})")
    result, last = letters[0], _CODES[letters[0]]
    for letter in letters[1:]:
        if letter in "HW":
            continue
        code = _CODES[letter]
        if code not in ("0", last):
            result += code
        last = code
    return result[:_SIZE].ljust(_SIZE, "0")
