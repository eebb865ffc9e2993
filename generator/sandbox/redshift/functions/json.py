"""Redshift's JSON functions: "JSON functions" in the Amazon Redshift Database Developer Guide.

Those of JSON as text read the text anew with each call, and want an object or an array at its root.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.super_values import on_super, strict
from generator.sandbox.redshift.super_values import REFUSED, InvalidJsonError, dump, parse, quoted
from generator.sandbox.section import Python, Section

_DEEPEST = 5
_LONGEST = 65535


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _read(text: str) -> Any:
    """The object or array that a text is. Raises ValueError where it is none."""

    def refuse(word: str) -> Any:
        raise ValueError(word)

    try:
        value = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise ValueError("JSON parsing error") from error
    if not isinstance(value, dict | list):
        raise ValueError("JSON parsing error")
    return value


def _shown(value: Any) -> str | None:
    """A part of a JSON text as text: strings without quotes, null as NULL."""
    if value is None or isinstance(value, str):
        return None if value is None else str(value)
    return _written(value)


def _written(value: Any) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, list):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{quoted(name)}:{_written(each)}" for name, each in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _is_a(kind: type) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return isinstance(_read(text), kind)
        except ValueError:
            return False

    return check


def _tried(null_if_invalid: bool, run: Callable[..., Any], *given: Any) -> Any:
    """What a function gives, NULL for NULL; `null_if_invalid`: for what can't be read too."""
    if any(argument is None for argument in given):
        return None
    try:
        return run(*given)
    except ValueError:
        if null_if_invalid:
            return None
        raise


def _array(text: str) -> list[Any]:
    value = _read(text)
    if not isinstance(value, list):
        raise ValueError("JSON parsing error: not an array")
    return value


def _array_length(text: str) -> int:
    return len(_array(text))


def _array_element(text: str, position: int) -> str | None:
    values = _array(text)
    return _shown(values[position]) if 0 <= position < len(values) else None


def _path(text: str, names: list[str | None]) -> str | None:
    value = _read(text)
    for name in names:
        if isinstance(value, list):
            raise ValueError(f"{REFUSED}JSON_EXTRACT_PATH_TEXT with a path into an array")
        value = value.get(name) if isinstance(value, dict) else None
    return _shown(value)


def _is_flag(argument: exp.Expr) -> bool:
    return isinstance(argument, exp.Boolean)


def _with_flag(name: str, count: int) -> Callable[[list[exp.Expr]], exp.Expr]:
    """Calls of `count` arguments and null_if_invalid, which is false where it is left out."""

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        if not count <= len(arguments) <= count + 1:
            raise ValueError(name)
        flag = arguments[count] if len(arguments) > count else exp.false()
        return call(name, *arguments[:count], flag)

    return rewrite


def _extract_path(arguments: list[exp.Expr]) -> exp.Expr:
    flag = arguments.pop() if _is_flag(arguments[-1]) else exp.false()
    text, *names = arguments
    if not 1 <= len(names) <= _DEEPEST:
        raise ValueError("json_extract_path_text")
    return call("rs_json_path_text", text, exp.Array(expressions=names), flag)


def _parse(text: str | None) -> str | None:
    return None if text is None else dump(parse(text))


def _can_parse(text: str) -> bool:
    try:
        parse(text)
    except InvalidJsonError:
        return False
    return True


def _try_parse(text: str) -> str | None:
    """NULL for what is no JSON, which COPY then reports."""
    try:
        return dump(parse(text))
    except InvalidJsonError:
        return None


def _serialize(text: str) -> str:
    if len(text.encode()) > _LONGEST:
        raise ValueError(f"JSON_SERIALIZE: the result exceeds the maximum length of {_LONGEST} bytes")
    return text


def _text(name: str) -> Callable[[list[exp.Expr]], exp.Expr]:
    """Calls with one argument of JSON text, VARCHAR or VARBYTE."""

    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        (argument,) = arguments
        return call(name, call("rs_json_source", argument))

    return rewrite


SECTION = Section(
    rewrites={
        "is_valid_json": lambda arguments: call("rs_json_is_object", *arguments),
        "is_valid_json_array": lambda arguments: call("rs_json_is_array", *arguments),
        "json_array_length": _with_flag("rs_json_length", 1),
        "json_extract_array_element_text": _with_flag("rs_json_element_text", 2),
        "json_extract_path_text": _extract_path,
        "json_parse": _text("rs_json_value"),
        "can_json_parse": _text("rs_json_has_value"),
        "json_serialize": on_super("rs_json_text", 1),
        "json_serialize_to_varbyte": on_super("rs_json_bytes", 1),
    },
    returns={
        "is_valid_json": "boolean",
        "is_valid_json_array": "boolean",
        "json_array_length": "integer",
        "json_extract_array_element_text": "varchar",
        "json_extract_path_text": "varchar",
        "json_parse": "super",
        "can_json_parse": "boolean",
        "json_serialize": "varchar",
        "json_serialize_to_varbyte": "varbyte",
    },
)
INTERNAL = Section(
    macros={
        "json_source(x)": "CASE WHEN typeof(x) = 'BLOB' THEN decode(CAST(x AS BLOB)) ELSE CAST(x AS VARCHAR) END",
        "json_bytes(j)": "encode(CAST(j AS VARCHAR))",
    },
    python={
        "json_is_object": Python(strict(_is_a(dict)), ("VARCHAR",), "BOOLEAN"),
        "json_is_array": Python(strict(_is_a(list)), ("VARCHAR",), "BOOLEAN"),
        "json_length": Python(lambda text, lax: _tried(lax, _array_length, text), ("VARCHAR", "BOOLEAN"), "INTEGER"),
        "json_element_text": Python(
            lambda text, at, lax: _tried(lax, _array_element, text, at), ("VARCHAR", "BIGINT", "BOOLEAN"), "VARCHAR"
        ),
        "json_path_text": Python(
            lambda text, names, lax: _tried(lax, _path, text, names), ("VARCHAR", "VARCHAR[]", "BOOLEAN"), "VARCHAR"
        ),
        "json_value": Python(_parse, ("VARCHAR",), "JSON"),
        "json_tried": Python(strict(_try_parse), ("VARCHAR",), "JSON"),
        "json_has_value": Python(strict(_can_parse), ("VARCHAR",), "BOOLEAN"),
        "json_text": Python(strict(_serialize), ("VARCHAR",), "VARCHAR"),
    },
)
