"""format(): Java's java.util.Formatter, as far as a text, a number, a boolean or a time goes through it.

See "Format String Syntax" of java.util.Formatter, to which trino.io/docs/current/functions/conversion.html points.
An argument reaches Python as a text whose first word says what it is.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext

from sqlglot import exp

from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.functions.date_fields import DAYS, MONTHS
from generator.sandbox.athena.functions.scalars import invalid, unable
from generator.sandbox.athena.results import java_double
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import decimal_digits, is_integer

_SPECIFIER = re.compile(r"%(?:(\d+)\$|(<))?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([tT]?[a-zA-Z%])|%")
_TEXTS = ("VARCHAR", "STRING_LITERAL")
_TIMES = {
    "Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "H": "%H", "I": "%I", "M": "%M", "S": "%S", "j": "%j",
    "R": "%H:%M", "T": "%H:%M:%S", "D": "%m/%d/%y", "F": "%Y-%m-%d",
}  # fmt: skip


def argument(value: exp.Expr, kind: str) -> exp.Expr:
    """The argument as a text for `formatted`: what it is, a blank, and its value. Raises UnsupportedError."""
    if kind in _TEXTS:
        return template("'text ' || :x", x=value)
    if kind == '"NULL"':
        return template("CAST(NULL AS VARCHAR)")
    if kind == "DOUBLE":
        return template("'double ' || CAST(:x AS VARCHAR)", x=value)
    if kind == "BOOLEAN":
        return template("'boolean ' || CAST(:x AS VARCHAR)", x=value)
    if kind == "DATE":
        return template("'date ' || strftime(:x, '%Y-%m-%dT%H:%M:%S.%f')", x=value)
    if kind == "TIMESTAMP":
        return template("'timestamp ' || strftime(:x, '%Y-%m-%dT%H:%M:%S.%f')", x=value)
    if kind == "JSON":
        return template("'text ' || CAST(:x AS VARCHAR)", x=value)
    if is_integer(kind):
        return template("'integer ' || CAST(:x AS VARCHAR)", x=value)
    if decimal_digits(kind):
        return template("'decimal ' || CAST(:x AS VARCHAR)", x=value)
    raise UnsupportedError(f"format() of a value of the type {kind}")


def formatted(form: str, arguments: list[str | None]) -> str:
    """The format filled. Raises ValueError where it does not fit the arguments."""
    place, last = 0, -1

    def fill(found: re.Match[str]) -> str:
        nonlocal place, last
        index, again, flags, width, precision, letter = found.groups()
        if letter is None:
            raise invalid(f"Invalid format string: {form} (UnknownFormatConversion: Conversion = '%')")
        if letter in ("%", "n"):
            return _padded("%" if letter == "%" else "\n", flags, width)
        if index:
            last = int(index) - 1
        elif not again:
            last, place = place, place + 1
        if not 0 <= last < len(arguments):
            raise invalid(f"Invalid format string: {form} (MissingFormatArgument: Format specifier '{found[0]}')")
        kind, _, text = (arguments[last] or "null ").partition(" ")
        value = _converted(form, letter, flags, precision, kind, text, int(width or 0))
        return _padded(value.upper() if letter[0].isupper() and letter[0] != "T" else value, flags, width)

    return _SPECIFIER.sub(fill, form)


def _padded(text: str, flags: str, width: str | None) -> str:
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


def _converted(form: str, letter: str, flags: str, precision: str | None, kind: str, text: str, width: int) -> str:
    conversion = letter[0].lower()
    if kind == "null":
        shown = "false" if conversion == "b" else "null"
        return shown if precision is None else shown[: int(precision)]
    if conversion == "s":
        shown = _plain(kind, text)
        return shown if precision is None else shown[: int(precision)]
    if conversion == "b":
        return text if kind == "boolean" else "true"
    if conversion in "dxo" and kind == "integer" and precision is None:
        return _whole(conversion, int(text), flags, width)
    if conversion in "fe" and kind in ("double", "decimal"):
        return _fraction(conversion, text, flags, 6 if precision is None else int(precision), width)
    if conversion == "t" and kind in ("date", "timestamp"):
        return _time(letter[1:], datetime.fromisoformat(text))
    if conversion in "dxofetc":
        known = conversion != "c" and not (conversion in "dxo" and precision is not None)
        if known:
            java = {"text": "java.lang.String", "integer": "java.lang.Long", "double": "java.lang.Double"}
            raise invalid(
                f"Invalid format string: {form} (IllegalFormatConversion: {letter} != {java.get(kind, kind)})"
            )
    raise unable(f"format() with %{letter}")


def _plain(kind: str, text: str) -> str:
    if kind == "double":
        return java_double(float(text))
    if kind == "date":
        return text[:10]
    if kind == "timestamp":  # as java.time.LocalDateTime.toString: seconds only where there are any
        moment = datetime.fromisoformat(text)
        timespec = "milliseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
        return moment.isoformat(timespec=timespec)
    return text


def _whole(conversion: str, number: int, flags: str, width: int) -> str:
    if conversion in "xo":
        if set(flags) - set("-0#"):
            raise unable(f"format() with the flags {flags!r}")
        unsigned = number if number >= 0 else number + 2**64
        digits = f"{unsigned:x}" if conversion == "x" else f"{unsigned:o}"
        prefix = {"x": "0x", "o": "0"}[conversion] if "#" in flags else ""
        return prefix + (digits.rjust(width - len(prefix), "0") if "0" in flags else digits)
    return _signed(f"{abs(number):{',' if ',' in flags else ''}}", number < 0, flags, width)


def _fraction(conversion: str, text: str, flags: str, precision: int, width: int) -> str:
    number = float(text)
    if number != number or number in (float("inf"), float("-inf")):
        return _signed("NaN" if number != number else "Infinity", number < 0, flags.replace("0", ""), width)
    exact = Decimal(text)
    if conversion == "f":
        shown = abs(exact).quantize(Decimal(1).scaleb(-precision), ROUND_HALF_UP)
        digits = f"{shown:{',' if ',' in flags else ''}f}"
    else:
        with localcontext() as context:
            context.rounding = ROUND_HALF_UP
            digits = f"{abs(exact):.{precision}e}"
        mantissa, _, power = digits.partition("e")
        digits = f"{mantissa}e{'-' if power.startswith('-') else '+'}{power.lstrip('+-').rjust(2, '0')}"
    return _signed(digits, exact.is_signed(), flags, width)


def _signed(digits: str, negative: bool, flags: str, width: int) -> str:
    if negative and "(" in flags:
        before, after = "(", ")"
    else:
        before, after = "-" if negative else "+" if "+" in flags else " " if " " in flags else "", ""
    if "0" in flags:
        digits = digits.rjust(width - len(before) - len(after), "0")
    return before + digits + after


def _time(letter: str, moment: datetime) -> str:
    named = {
        "B": MONTHS[moment.month - 1], "b": MONTHS[moment.month - 1][:3], "h": MONTHS[moment.month - 1][:3],
        "A": DAYS[moment.isoweekday() - 1], "a": DAYS[moment.isoweekday() - 1][:3], "e": str(moment.day),
        "k": str(moment.hour), "l": str(moment.hour % 12 or 12), "L": f"{moment.microsecond // 1000:03}",
        "p": "pm" if moment.hour >= 12 else "am",
    }  # fmt: skip
    if letter in named:
        return named[letter]
    if letter not in _TIMES:
        raise unable(f"format() with %t{letter}")
    return moment.strftime(_TIMES[letter]).rjust(4, "0") if letter == "Y" else moment.strftime(_TIMES[letter])


def interval_text(milliseconds: int) -> str:
    """An interval of days and less as Athena shows it: "2 03:00:00.000"."""
    days, rest = divmod(abs(milliseconds), 86_400_000)
    hours, rest = divmod(rest, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{'-' * (milliseconds < 0)}{days} {hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
