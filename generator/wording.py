"""What a schema refuses, in words: JSON Schema's keywords become sentences with the value and the way to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.nodes import Path_
from generator.problems import did_you_mean, either

_TYPE_WORDS = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}

_YES_NO = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
SHOWN = 60  # as much of a value is shown in a message


def of_value(error: Any, keyword: str, name: str) -> tuple[str, str, str]:
    """Code, message and help."""
    value, limit = error.instance, error.validator_value
    if keyword == "type":
        wanted = limit if isinstance(limit, list) else [limit]
        words = [_TYPE_WORDS[kind] for kind in wanted if not (kind == "integer" and "number" in wanted)]
        message = f"{name} must be {either(words)}, not {_kind_of(value)}"
        return "S202", message, _type_help(wanted, value)
    if keyword == "enum":
        return "S204", f"{name} can't be {shown(value)}", did_you_mean(str(value), [str(choice) for choice in limit])
    if keyword in ("pattern", "minLength", "maxLength"):
        return "S205", f"{name}: {shown(value)} is not {expected(error.schema)}", ""
    if keyword == "uniqueItems":
        return "S206", f"{name} holds {shown(value[repeated(value)])} twice", "keep one of the two"
    return "S206", f"{name} {_bound(keyword, limit, value)}", ""


def repeated(items: list[Any]) -> int:
    """The index of the first item that is there already."""
    return next(index for index, item in enumerate(items) if item in items[:index])


def _bound(keyword: str, limit: Any, value: Any) -> str:
    """What a value outside of its bounds should be, in words."""
    count = len(value) if isinstance(value, (list, dict)) else value
    texts = {
        "minimum": f"must be at least {limit}, not {count}",
        "maximum": f"must be at most {limit}, not {count}",
        "minItems": f"needs at least {limit} item{'s' * (limit != 1)}, it has {count}",
        "maxItems": f"takes at most {limit} items, it has {count}",
        "minProperties": f"needs at least {limit} key{'s' * (limit != 1)}, it has {count}",
        "maxProperties": f"takes at most {limit} key{'s' * (limit != 1)}, it has {count}",
    }
    return texts[keyword]


def expected(schema: Mapping[str, Any]) -> str:
    if "x-expects" in schema:
        return str(schema["x-expects"])
    if "pattern" in schema:
        return f"text that matches {schema['pattern']}"
    if "maxLength" in schema:
        at_most = schema["maxLength"]
        return "a single character" if at_most == 1 else f"text of 1 to {at_most} characters"
    at_least = schema.get("minLength", 1)
    return f"text of at least {at_least} character{'s' * (at_least != 1)}"


def _type_help(wanted: list[str], value: Any) -> str:
    if isinstance(value, str):
        if "boolean" in wanted and value.lower() in _YES_NO:
            return f"write {_YES_NO[value.lower()]} without quotes"
        if {"integer", "number"} & set(wanted) and value.isdecimal():
            return "take the quotation marks away"
    if "string" in wanted and isinstance(value, (int, float)):
        return "put it in quotes"
    if "string" in wanted and isinstance(value, list):
        return "put text of several lines below the key with |"
    if "array" in wanted and isinstance(value, (str, int)):
        return f"write a list: [{value}]"
    return ""


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return shown(value)
    kinds = ((str, "the text"), (int, "the number"), (float, "the number"))
    for kind, word in kinds:
        if isinstance(value, kind):
            return f"{word} {shown(value)}"
    return "a mapping" if isinstance(value, dict) else "a list"


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    text = str(value) if not isinstance(value, str) else f"'{value}'"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def of_path(path: Path_) -> str:
    """The path of a value as people write it, without the name of its task, table or test: ``checks[0]``."""
    parts = path[2:] if len(path) > 2 and path[0] in ("tables", "params", "tests") else path
    shown = ""
    for part in parts:
        shown += f"[{part}]" if isinstance(part, int) else (f".{part}" if shown else str(part))
    return shown if len(shown) <= SHOWN else f"…{shown[-SHOWN:]}"
