"""TEXT_TO_INT_ALT and TEXT_TO_NUMERIC_ALT, which read numbers as Teradata does.

Their pages and "Teradata-style formatting characters for numeric data" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import functools
import re
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

_EXACT = Context(prec=120)
_UNSUPPORTED = "the sandbox can't run this: the format"
_NUMBER = re.compile(
    r"(?P<before>[+-]?)(?P<whole>\d*)(?:\.(?P<part>\d*))?(?:[eE](?P<exponent>[+-]?\d+))?(?P<after>[+-]?)"
)
# The last digit of a signed zoned decimal number says the sign.
_ZONED = {
    **{letter: ("+", digit) for digit, letter in enumerate("{ABCDEFGHI")},
    **{letter: ("-", digit) for digit, letter in enumerate("}JKLMNOPQR")},
    **{str(digit): ("+", digit) for digit in range(10)},
}
_FORMAT = re.compile(r"(?P<currency>[CLUON$]*)(?P<digits>(?:[9Z](?:\((?:\d+|I)\))?|[.DV])+)(?P<signed>S)?")


@functools.lru_cache(maxsize=256)
def _format(text: str) -> tuple[bool, bool, int | None, int]:
    """Whether a format has a currency and a zoned sign; its digits before the point (None: any number) and after it."""
    match = _FORMAT.fullmatch(text)
    if match is None or re.search(r"[.DV].*[.DV]", match["digits"]):
        raise ValueError(f"{_UNSUPPORTED} {text!r} of TEXT_TO_INT_ALT or TEXT_TO_NUMERIC_ALT")
    if "V" in match["digits"]:
        raise ValueError(f"{_UNSUPPORTED} {text!r}, which has V, of TEXT_TO_INT_ALT or TEXT_TO_NUMERIC_ALT")
    whole, _, part = match["digits"].replace("D", ".").partition(".")
    before = None if "(I)" in whole else _count(whole) + (match["signed"] is not None)
    return bool(match["currency"]), match["signed"] is not None, before, _count(part)


def _count(digits: str) -> int:
    return sum(int(number or 1) for number in re.findall(r"[9Z](?:\((\d+)\))?", digits))


def _read(text: str, form: str | None) -> Decimal:
    plain = re.sub(r"[/,:%]", "", text.strip(" "))
    if not plain:
        return Decimal(0)
    currency, signed, before, _ = _format(form.upper()) if form else (True, False, None, 0)
    if currency:
        plain = re.sub(r"^([+-]?)(?:[A-Z]{3}|[$€£¥])(?=[\d.])", r"\1", plain)
    if signed:
        sign, last = _ZONED.get(plain[-1].upper(), ("", 0))
        if not sign:
            raise ValueError(f"Invalid input: {text}")
        plain = f"{sign}{plain[:-1]}{last}"
    match = _NUMBER.fullmatch(plain)
    if match is None or (match["before"] and match["after"]) or not (match["whole"] or match["part"]):
        raise ValueError(f"Invalid input: {text}")
    if before is not None and len(match["whole"]) > before:
        raise ValueError(f"Invalid input: {text} is longer than the format {form}")
    number = Decimal(f"{match['whole'] or '0'}.{match['part'] or '0'}e{match['exponent'] or 0}")
    return number.copy_negate() if "-" in (match["before"], match["after"]) else number


def to_int(text: str | None, form: str | None) -> int | None:
    """TEXT_TO_INT_ALT: the whole part of the number. Raises ValueError."""
    if text is None:
        return None
    number = int(_read(text, form).to_integral_value(ROUND_DOWN))
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"Value out of range: {text}")
    return number


def to_numeric(text: str | None, form: str | None, precision: int | None, scale: int | None) -> str | None:
    """TEXT_TO_NUMERIC_ALT: the number, rounded half to even to its scale. Raises ValueError."""
    if text is None or precision is None or scale is None:
        return None
    try:
        number = _read(text, form).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN, _EXACT)
    except InvalidOperation as error:
        raise ValueError(f"Value out of range: {text}") from error
    if number.copy_abs() >= Decimal(10) ** (precision - scale):
        raise ValueError(f"Value out of range: {text}")
    return format(number, "f")
