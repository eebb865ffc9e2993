"""Numeric format strings, as TO_CHAR writes and TO_NUMBER reads them.

"Numeric format strings" in the Amazon Redshift Database Developer Guide; where it is silent, as in PostgreSQL, of
which Redshift has these functions.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from generator.sandbox.redshift.functions.date_formats import ordinal

_TOKEN = re.compile(
    r'(?P<key>FM|MI|PL|PR|RN|SG|TH|EEEE|[09.,DGLSV])|"(?P<text>[^"]*)"|(?P<other>.)', re.IGNORECASE | re.DOTALL
)
_EXACT = Context(prec=120)
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
          (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
_SIGNS = ("S", "MI", "PL", "SG", "PR")


@dataclass(frozen=True)
class NumberFormat:
    """A format in its parts: (pattern, text), a text that stands for itself having no pattern.

    before, after: how many digits it has on each side of the decimal point; shift: those after V.
    zero_from: the place, from the left, from which zeros are written; zero_to: the decimal place up to which.
    """

    parts: tuple[tuple[str, str], ...]
    bare: bool
    before: int
    after: int
    shift: int
    zero_from: int | None
    zero_to: int

    def has(self, *keys: str) -> bool:
        return any(key in keys for key, _ in self.parts)


@functools.lru_cache(maxsize=512)
def format_of(text: str) -> NumberFormat:
    """The parts of a format. Raises ValueError."""
    parts: list[tuple[str, str]] = []
    before = after = shift = zero_to = 0
    zero_from, place = None, "before"
    for match in _TOKEN.finditer(text):
        key = (match["key"] or "").upper().replace(".", "D").replace(",", "G")
        parts.append((key, match[0] if key else (match["text"] if match["text"] is not None else match["other"])))
        if key in ("0", "9"):
            if place == "after":
                after += 1
                zero_to = after if key == "0" else zero_to
            else:
                zero_from = before if key == "0" and zero_from is None else zero_from
                before += 1
                shift += place == "shift"
        elif key in ("D", "V"):
            if place != "before":
                raise ValueError(f'cannot use "{match[0]}" and another decimal point or V in a format: "{text}"')
            place = "after" if key == "D" else "shift"
        elif key == "EEEE":
            raise ValueError('"EEEE" is not supported')
    bare = any(key == "FM" for key, _ in parts)
    return NumberFormat(tuple(parts), bare, before, after, shift, zero_from, zero_to)


def write(number: Decimal, text: str) -> str:
    """TO_CHAR of a number."""
    form = format_of(text)
    if form.has("RN"):
        return _roman(number, form)
    scaled = (
        number.copy_abs().scaleb(form.shift, _EXACT).quantize(Decimal(1).scaleb(-form.after), ROUND_HALF_UP, _EXACT)
    )
    whole, _, fraction = format(scaled, "f").partition(".")
    negative = number < 0 and bool(scaled)
    if len(whole.lstrip("0")) > form.before:
        whole, fraction = "#" * form.before, "#" * form.after
    elif whole == "0" and form.after and form.zero_from is None:
        whole = ""
    return _Writer(form, whole.rjust(form.before), fraction, negative, number == number.to_integral_value()).text()


class _Writer:
    """Writes one number; `whole` is filled with blanks to its places, `fraction` has all of its."""

    def __init__(self, form: NumberFormat, whole: str, fraction: str, negative: bool, is_whole: bool) -> None:
        self.form, self.whole, self.fraction, self.negative = form, whole, fraction, negative
        self.is_whole = is_whole
        self.shown = False
        self.in_fraction = False
        self.at = 0
        keys = [key for key, _ in form.parts]
        digits = [at for at, key in enumerate(keys) if key in ("0", "9", "D")]
        self.leading = "S" not in keys or keys.index("S") < (digits[0] if digits else 0)
        own = any(key in keys for key in ("MI", "SG")) or ("S" in keys and not self.leading)
        self.sign_due = not own
        kept = max(form.zero_to, len(fraction.rstrip("0")))
        self.kept = kept if form.bare else len(fraction)

    def text(self) -> str:
        return "".join(self._part(key, text) for key, text in self.form.parts)

    def _sign(self) -> str:
        """The sign right before the first digit, or the blank in its place."""
        if not self.sign_due:
            return ""
        self.sign_due = False
        if self.form.has("PR"):
            return "<" if self.negative else "" if self.form.bare else " "
        if self.form.has("S"):
            return "-" if self.negative else "+"
        return "-" if self.negative else "" if self.form.bare else " "

    def _part(self, key: str, text: str) -> str:
        blank = "" if self.form.bare else " "
        if key in ("0", "9"):
            return self._digit(blank)
        if key == "D":
            self.in_fraction, self.at = True, 0
            sign = self._sign()
            self.shown = True
            return sign + "."
        if key == "TH":
            return ordinal(self.whole.strip(), text) if not self.negative and self.is_whole else ""
        return self._symbol(key, blank) if key else text

    def _symbol(self, key: str, blank: str) -> str:
        sign = "-" if self.negative else "+"
        return {
            "G": "," if self.shown else blank,
            "L": "$",
            "S": "" if self.leading else sign,
            "SG": sign,
            "MI": "-" if self.negative else blank,
            "PL": blank if self.negative else "+",
            "PR": ">" if self.negative else blank,
        }.get(key, "")

    def _digit(self, blank: str) -> str:
        at, self.at = self.at, self.at + 1
        if self.in_fraction:
            return self.fraction[at] if at < self.kept else ""
        digit = self.whole[at]
        if digit == " ":
            if not self.shown and (self.form.zero_from is None or at < self.form.zero_from):
                return blank
            digit = "0"
        sign = self._sign()
        self.shown = True
        return sign + digit


def _roman(number: Decimal, form: NumberFormat) -> str:
    """A Roman numeral, right in 15 places; number signs where there is none."""
    rest = int(number.quantize(Decimal(1), ROUND_HALF_UP))
    text = "#" * 15
    if 1 <= rest <= 3999:
        text = ""
        for value, letters in _ROMAN:
            text += letters * (rest // value)
            rest %= value
    spelling = next(text for key, text in form.parts if key == "RN")
    text = text.lower() if spelling == "rn" else text
    return text if form.bare else text.rjust(15)


def read(text: str, form: str) -> Decimal:
    """TO_NUMBER. Raises ValueError."""
    shape = format_of(form)
    plain = re.sub(r"\s+", "", text)
    if shape.has("L") or "$" in form:
        plain = plain.replace("$", "")
    if shape.has("G"):
        plain = plain.replace(",", "")
    if shape.has("TH"):
        plain = re.sub(r"(st|nd|rd|th)$", "", plain, flags=re.IGNORECASE)
    for key, literal in shape.parts:
        if not key and literal.strip():
            plain = plain.replace(literal, "", 1)
    match = re.fullmatch(r"(?P<open><)?(?P<before>[+-]?)(?P<whole>\d*)(?:\.(?P<part>\d*))?(?P<after>[+-]?)>?", plain)
    if match is None or not (match["whole"] or match["part"]) or len(match["whole"].lstrip("0")) > shape.before:
        raise ValueError(f'invalid input syntax for type numeric: "{text}"')
    fraction = (match["part"] or "")[: shape.after]
    value = Decimal(f"{match['whole'] or '0'}.{fraction or '0'}")
    return value.copy_negate() if "-" in (match["before"], match["after"]) or match["open"] else value
