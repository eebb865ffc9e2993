"""Arrays, maps and structs of text files, and the values in them, as JSON that DuckDB casts to a column's type.

The rules are those of Hive's SerDes, on "Supported SerDes and data formats" of Athena's user guide
(docs.aws.amazon.com/athena/latest/ug/supported-serdes.html): what is no value of its type is NULL.
"""

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.types import decimal_digits, element, fields, map_kinds

INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
_SHORT = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}  # with fewer digits any number fits
_INTEGER = re.compile(r"[+-]?\d+")
_FRACTION = re.compile(r"[+-]?(\d+\.\d*|\.\d+)")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d{1,6})?")


def is_nested(kind: str) -> bool:
    """Whether DuckDB's type `kind` is an array, a map or a struct."""
    return bool(element(kind) or map_kinds(kind) or fields(kind))


def dumped(value: object) -> str | None:
    """A value as a field of a row: its JSON, or None."""
    return None if value is None else json.dumps(value, ensure_ascii=False)


def leaf(text: str, kind: str) -> str | None:
    """A field as text that DuckDB casts to its type, None where it is no value of that type."""
    if kind == "VARCHAR":
        return text
    if kind == "BOOLEAN":
        return text.lower() if text.lower() in ("true", "false") else None
    if kind in INTEGERS:
        return integer(text, kind)
    if decimal_digits(kind):
        return _decimal(text, kind)
    if kind in ("DOUBLE", "FLOAT"):
        return text if _NUMBER.fullmatch(text) else None
    if kind in ("DATE", "TIMESTAMP"):
        return _moment(text, kind)
    raise UnsupportedError(f"values of the type {kind.lower()} in text files")


def integer(text: str, kind: str) -> str | None:
    """Raises UnsupportedError for a fraction, which Hive's reader cuts off and Trino's may not."""
    if text.isascii() and text.isdigit() and len(text) < _SHORT[kind]:
        return text
    if _FRACTION.fullmatch(text):
        raise UnsupportedError(f"a number with a fraction in an integer column: {text}")
    if not _INTEGER.fullmatch(text):
        return None
    bound = 1 << (INTEGERS[kind] - 1)
    return str(int(text)) if -bound <= int(text) < bound else None


def _decimal(text: str, kind: str) -> str | None:
    digits = decimal_digits(kind) or (0, 0)
    try:
        value = Decimal(text).quantize(Decimal(1).scaleb(-digits[1]), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    return f"{value:f}" if abs(value) < Decimal(10) ** (digits[0] - digits[1]) else None


def _moment(text: str, kind: str) -> str | None:
    pattern, check = (_DATE, date.fromisoformat) if kind == "DATE" else (_TIMESTAMP, datetime.fromisoformat)
    if not pattern.fullmatch(text):
        return None
    try:
        check(text)
    except ValueError:
        return None
    return text


def delimited(text: str, kind: str, delimiters: str, null: str, escape: str) -> object:
    """A field of LazySimpleSerDe as a value for JSON; `delimiters` part the items of this level and those within."""

    def inner(part: str, part_kind: str, levels: int = 1) -> object:
        return delimited(part, part_kind, delimiters[levels:], null, escape)

    if text == null:
        return None
    items = split(text, delimiters[:1], escape) if text else []
    if element(kind):
        return [inner(item, element(kind)) for item in items]
    pair = map_kinds(kind)
    if pair:
        entries = [split(item, delimiters[1:2], escape, most=2) for item in items]
        found: dict[str, object] = {}
        for key, *value in entries:
            name = inner(key, pair[0], 2)
            if name is not None:  # of equal keys Hive takes the first
                found.setdefault(str(name), inner(value[0], pair[1], 2) if value else None)
        return found
    members = fields(kind)
    if members:
        given = [*items, *[null] * len(members)]
        return {name: inner(part, part_kind) for (name, part_kind), part in zip(members, given, strict=False)}
    return leaf(unescaped(text, escape) if kind == "VARCHAR" else text, kind)


def split(text: str, delimiter: str, escape: str, most: int = 0) -> list[str]:
    """`text` cut at a delimiter, but where an escape character stands before it; escapes stay."""
    if not escape or escape not in text:
        return text.split(delimiter, most - 1) if most else text.split(delimiter)
    parts: list[str] = []
    start = place = 0
    while place < len(text):
        if text[place] == escape:
            place += 1
        elif text[place] == delimiter and (not most or len(parts) < most - 1):
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def unescaped(text: str, escape: str) -> str:
    """`text` without its escape characters."""
    if not escape or escape not in text:
        return text
    return re.sub(re.escape(escape) + "(.)", r"\1", text, flags=re.DOTALL)


def shaped(value: object, kind: str, wrong: Callable[[object, str], object], plain: Callable[[object, str], object],
           name_of: Callable[[str], str]) -> object:  # fmt: skip
    """A value of JSON in the shape of `kind`.

    Args:
        wrong: what a value becomes that is no array, map or struct although `kind` is one.
        plain: what values of other types become.
        name_of: a key as the name of a struct's field.
    """

    def inner(item: object, item_kind: str) -> object:
        return shaped(item, item_kind, wrong, plain, name_of)

    if value is None:
        return None
    pair, members = map_kinds(kind), fields(kind)
    if not is_nested(kind):
        return plain(value, kind)
    if not isinstance(value, list if element(kind) else dict):
        return wrong(value, kind)
    if isinstance(value, list):
        return [inner(item, element(kind)) for item in value]
    if pair and isinstance(value, dict):
        return {str(inner(key, pair[0])): inner(item, pair[1]) for key, item in value.items()}
    named = {name_of(key): item for key, item in value.items()} if isinstance(value, dict) else {}
    return {name: inner(named.get(name), item_kind) for name, item_kind in members}
