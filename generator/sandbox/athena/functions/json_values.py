"""JSON texts as Trino reads and writes them: numbers keep what Java makes of them, texts their characters."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from generator.sandbox.athena.functions.scalars import unable
from generator.sandbox.athena.results import java_double

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
_UNSAFE = re.compile(r'["\\\x00-\x1f]')


class Number(str):
    """A JSON number as it is written."""

    __slots__ = ()

    @property
    def is_whole(self) -> bool:
        return self.lstrip("-").isdigit()

    @property
    def value(self) -> int | float:
        return int(self) if self.is_whole else float(self)

    def exact(self) -> Decimal:
        return Decimal(str(self))


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=_no_constant)


def read(text: str) -> Any:
    """A JSON text's value: dict, list, str, Number, bool or None. Raises ValueError where it is none."""
    try:
        return _DECODER.decode(text)
    except RecursionError as error:
        raise unable("JSON that is nested so deeply") from error


def write(value: Any, *, sort: bool = False) -> str:
    """A value as JSON text without blanks; `sort`: the keys of objects in order, as json_parse() has them."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return str(int(value)) if value.is_whole else java_double(float(value))
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, list):
        return "[" + ",".join(write(item, sort=sort) for item in value) + "]"
    items = sorted(value.items()) if sort else value.items()
    return "{" + ",".join(f"{quoted(key)}:{write(item, sort=sort)}" for key, item in items) + "}"


def quoted(text: str) -> str:
    """A text as a JSON string."""
    return '"' + _UNSAFE.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text) + '"'
