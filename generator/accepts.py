"""Whether data fit a schema, fast: each part of the schema becomes a function once.

jsonschema goes through a schema's text for each value, which takes most of the time of a large project. Data that fit
are found here; what does not, jsonschema looks at again, and says what is wrong. So a function may be too strict, but
never too lenient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Accepts = Callable[[Any], bool]

_ANNOTATIONS = {"title", "description", "default", "examples", "x-expects"}
_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
    "null": (type(None),),
}


def compiled(schema: Mapping[str, Any]) -> Accepts:
    """A function that tells whether a value fits. Raises KeyError for a keyword that is not known here."""
    keywords = [key for key in schema if key not in _ANNOTATIONS]
    if "additionalProperties" in keywords and "properties" in keywords:
        keywords.remove("additionalProperties")
    checks = [_KEYWORDS[key](schema[key], schema) for key in keywords]
    if len(checks) == 1:
        return checks[0]

    def accepts(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 - all() with a generator takes twice as long
            if not check(value):
                return False
        return True

    return accepts


def _type(wanted: str | list[str], _schema: Mapping[str, Any]) -> Accepts:
    names = [wanted] if isinstance(wanted, str) else wanted
    exact = frozenset(kind for name in names for kind in _TYPES[name])
    return lambda value: type(value) in exact


def _properties(properties: Mapping[str, Any], schema: Mapping[str, Any]) -> Accepts:
    checks = {name: compiled(part) for name, part in properties.items()}
    others = _others(schema.get("additionalProperties", True))

    def accepts(value: Any) -> bool:
        if isinstance(value, dict):
            for name, part in value.items():
                if not checks.get(name, others)(part):
                    return False
        return True

    return accepts


def _others(schema: bool | Mapping[str, Any]) -> Accepts:
    return (lambda _value: bool(schema)) if isinstance(schema, bool) else compiled(schema)


def _additional(schema: bool | Mapping[str, Any], _whole: Mapping[str, Any]) -> Accepts:
    check = _others(schema)
    return lambda value: not isinstance(value, dict) or all(map(check, value.values()))


def _names(schema: Mapping[str, Any], _whole: Mapping[str, Any]) -> Accepts:
    check = compiled(schema)
    return lambda value: not isinstance(value, dict) or all(map(check, value))


def _items(schema: Mapping[str, Any], _whole: Mapping[str, Any]) -> Accepts:
    check = compiled(schema)
    return lambda value: not isinstance(value, list) or all(map(check, value))


def _required(names: list[str], _schema: Mapping[str, Any]) -> Accepts:
    wanted = frozenset(names)
    return lambda value: not isinstance(value, dict) or wanted <= value.keys()


def _pattern(pattern: str, _schema: Mapping[str, Any]) -> Accepts:
    search = re.compile(pattern).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _unique(unique: bool, _schema: Mapping[str, Any]) -> Accepts:
    def accepts(value: Any) -> bool:
        if not unique or not isinstance(value, list):
            return True
        try:
            return len(set(value)) == len(value)
        except TypeError:  # mappings: left to jsonschema
            return False

    return accepts


def _sized(
    kind: type[str] | type[list[Any]] | type[dict[str, Any]], least: bool
) -> Callable[[int, Mapping[str, Any]], Accepts]:
    def made(limit: int, _schema: Mapping[str, Any]) -> Accepts:
        if least:
            return lambda value: not isinstance(value, kind) or len(value) >= limit
        return lambda value: not isinstance(value, kind) or len(value) <= limit

    return made


def _number(least: bool) -> Callable[[float, Mapping[str, Any]], Accepts]:
    def made(limit: float, _schema: Mapping[str, Any]) -> Accepts:
        if least:
            return lambda value: not isinstance(value, (int, float)) or value >= limit
        return lambda value: not isinstance(value, (int, float)) or value <= limit

    return made


_KEYWORDS: dict[str, Callable[[Any, Mapping[str, Any]], Accepts]] = {
    "type": _type,
    "enum": lambda choices, _schema: lambda value: isinstance(value, str) and value in choices,
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "required": _required,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "minLength": _sized(str, least=True),
    "maxLength": _sized(str, least=False),
    "minItems": _sized(list, least=True),
    "maxItems": _sized(list, least=False),
    "minProperties": _sized(dict, least=True),
    "maxProperties": _sized(dict, least=False),
    "minimum": _number(least=True),
    "maximum": _number(least=False),
}
