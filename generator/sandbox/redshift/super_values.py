"""Values of type SUPER: JSON text in a form of its own, of which Python's values are made and which they become.

"SUPER type" and "Querying semi-structured data" in the Amazon Redshift Database Developer Guide. In the text an
integer has no point, a decimal has one (with all of its digits), a floating point number has an exponent (2.22e+0):
so the text alone tells the dynamic type of each number. Attributes keep their order and their names' case. A null
at the top is SQL's NULL.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Any

# None, bool, int, Decimal (a scale of its own), float, str, list, dict; none of them is ever changed.
Value = Any

REFUSED = "the sandbox can't run this: "
_DIGITS = 38
_LONGEST = 65535


class InvalidJsonError(ValueError):
    """A text is no JSON, or none that SUPER holds."""


@lru_cache(maxsize=4096)
def load(text: str) -> Value:
    """The value of a SUPER's own text."""
    return json.loads(text, parse_float=_number)


def value_of(text: str | None) -> Value:
    return None if text is None else load(text)


def parse(text: str) -> Value:
    """The value that JSON_PARSE makes of a JSON text.

    Raises InvalidJsonError for what is no JSON, for an object with an attribute twice and for a string of more than
    65,535 bytes ("Parsing options for SUPER").
    """
    try:
        value = json.loads(
            text, parse_int=_number, parse_float=_number, parse_constant=_constant, object_pairs_hook=_object
        )
        for each in _strings(value):
            if len(each.encode()) > _LONGEST:
                raise InvalidJsonError(f"String value exceeds the max size of {_LONGEST} bytes")
    except (json.JSONDecodeError, RecursionError, UnicodeEncodeError) as error:
        raise InvalidJsonError("JSON parsing error: The input string is not valid JSON") from error
    return value


def dump(value: Value) -> str | None:
    """A value's text, NULL for null."""
    return None if value is None else _text(value)


def _text(value: Value) -> str:
    if isinstance(value, list):
        return f"[{','.join(map(_text, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(name)}:{_text(each)}" for name, each in value.items()) + "}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return _scientific(value)
    return json.dumps(value, ensure_ascii=False)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _scientific(value: float) -> str:
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    texts = "".join(map(str, digits)).rstrip("0") or "0"
    power = 0 if texts == "0" else int(exponent) + len(digits) - 1
    fraction = f".{texts[1:]}" if len(texts) > 1 else ""
    return f"{'-' * sign}{texts[0]}{fraction}e{power:+d}"


def _number(text: str) -> int | Decimal | float:
    """A number of JSON: exact, unless it has an exponent or more digits than DECIMAL."""
    if "e" in text or "E" in text or sum(map(str.isdigit, text)) > _DIGITS:
        value = float(text)
        if math.isinf(value):
            raise InvalidJsonError("JSON parsing error: number out of range")
        return value
    return Decimal(text) if "." in text else int(text)


def _constant(text: str) -> Value:
    raise InvalidJsonError(f"JSON parsing error: {text} is not valid JSON")


def _object(pairs: list[tuple[str, Value]]) -> Value:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise InvalidJsonError("JSON parsing error: object has duplicate attributes")
    return made


def _strings(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _strings(each)


def from_sql(text: str | None, kind: str) -> str | None:
    """A value of one of DuckDB's types, given as DuckDB's text of it, as SUPER's text.

    Raises ValueError for dates, times and all else that Redshift does not cast to SUPER.
    """
    if kind == "JSON":
        return text
    known = _FROM.get(kind.partition("(")[0])
    if known is None:
        raise ValueError(f"cannot cast type {_NAMES.get(kind, kind.lower())} to super")
    return None if text is None else known(text)


def _from_float(text: str) -> str:
    value = float(text)
    if math.isnan(value) or math.isinf(value):
        raise ValueError(f"{REFUSED}{text} as a SUPER value")
    return _scientific(value)


def _same(text: str) -> str:
    return text


_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FROM = {
    **dict.fromkeys((*_INTEGERS, "DECIMAL", "BOOLEAN", '"NULL"', "NULL"), _same),
    "FLOAT": _from_float,
    "DOUBLE": _from_float,
    "VARCHAR": quoted,
}
_NAMES = {
    "TIMESTAMP": "timestamp without time zone",
    "TIME": "time without time zone",
    "BLOB": "binary varying",
}


def get(text: str | None, path: str) -> str | None:
    """Navigation in lax mode, along a JSON array of names and indices: NULL where there is no such thing."""
    value = value_of(text)
    for step in load(path):
        if isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        elif isinstance(step, str) and isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return dump(value)


def at(text: str | None, index: int | None) -> str | None:
    """An element whose index is a value of the row."""
    value = value_of(text)
    inside = isinstance(value, list) and index is not None and 0 <= index < len(value)
    return dump(value[index]) if inside else None


def elements(text: str | None) -> list[dict[str, Any]]:
    """What FROM iterates over: an array's elements (v) with their index (k). Raises ValueError for no array."""
    value = value_of(text)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{REFUSED}FROM over a SUPER value that is not an array")
    return [{"k": index, "v": dump(each)} for index, each in enumerate(value)]


def attributes(text: str | None) -> list[dict[str, Any]]:
    """What UNPIVOT iterates over: an object's values (v) with their names (k). Raises ValueError for no object."""
    value = value_of(text)
    if value is None:
        return []
    if not isinstance(value, dict):
        raise ValueError(f"{REFUSED}UNPIVOT of a SUPER value that is not an object")
    return [{"k": name, "v": dump(each)} for name, each in value.items()]
