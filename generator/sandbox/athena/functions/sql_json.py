"""The SQL standard's JSON functions (trino.io/docs/current/functions/json.html), as `json_calls` rewrites them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.athena import casts
from generator.sandbox.athena.calls import call
from generator.sandbox.athena.functions.json_items import PathError
from generator.sandbox.athena.functions.json_path import compiled
from generator.sandbox.athena.functions.json_values import quoted, read, write
from generator.sandbox.athena.templates import template
from generator.sandbox.section import Python, Section

KindOf = Callable[[exp.Expr], str]
_EMPTY = {"EMPTY ARRAY": "[]", "EMPTY OBJECT": "{}"}
_TEXTS = ("VARCHAR", "STRING_LITERAL")


def _items(text: str, path: str, names: list[str], values: list[str | None]) -> list[Any]:
    """What a path finds. Raises PathError."""
    passed = {name: None if value is None else read(value) for name, value in zip(names, values, strict=True)}
    run = compiled(path)
    try:
        document = read(text)
    except ValueError as error:
        raise PathError(f"JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed for {text}") from error
    return run(document, passed)


def _exists(text: str | None, path: str, mode: str, names: list[str], values: list[str | None]) -> bool | None:
    if text is None:
        return None
    try:
        return bool(_items(text, path, names, values))
    except PathError as error:
        if mode == "ERROR":
            raise ValueError(f"PATH_EVALUATION_ERROR: path evaluation failed: {error}") from error
        return {"TRUE": True, "FALSE": False, "UNKNOWN": None}[mode]


def _query(
    text: str | None, path: str, wrapper: str, quotes: str, modes: list[str], names: list[str], values: list[str | None]
) -> str | None:
    if text is None:
        return None
    on_empty, on_error = modes
    try:
        items = _items(text, path, names, values)
    except PathError as error:
        return _otherwise(on_error, f"PATH_EVALUATION_ERROR: path evaluation failed: {error}")
    if not items:
        return _otherwise(on_empty, "JSON_VALUE_RESULT_ERROR: JSON path found no items")
    single = len(items) == 1
    if wrapper == "UNCONDITIONAL" or (wrapper == "CONDITIONAL" and not (single and isinstance(items[0], list | dict))):
        return write(items)
    if not single:
        return _otherwise(on_error, "JSON_VALUE_RESULT_ERROR: JSON path found multiple items")
    return str(items[0]) if quotes == "OMIT" and type(items[0]) is str else write(items[0])


def _otherwise(mode: str, message: str) -> str | None:
    if mode == "ERROR":
        raise ValueError(message)
    return _EMPTY.get(mode)


def _value(text: str | None, path: str, names: list[str], values: list[str | None]) -> dict[str, str | None] | None:
    """How it went ("ok", "empty" or "error"), and the scalar as text."""
    if text is None:
        return {"state": "ok", "value": None}
    try:
        items = _items(text, path, names, values)
    except PathError:
        return {"state": "error", "value": None}
    if not items:
        return {"state": "empty", "value": None}
    if len(items) > 1 or isinstance(items[0], list | dict):
        return {"state": "error", "value": None}
    item = items[0]
    return {"state": "ok", "value": None if item is None else item if isinstance(item, str) else write(item)}


def _object(mode: str, unique: str, keys: list[str | None], values: list[str | None]) -> str:
    found: list[str] = []
    seen: set[str] = set()
    for key, value in zip(keys, values, strict=True):
        if key is None:
            raise ValueError("INVALID_FUNCTION_ARGUMENT: null value passed for JSON object key to JSON_OBJECT function")
        if unique and key in seen:
            raise ValueError("INVALID_FUNCTION_ARGUMENT: duplicate key passed to JSON_OBJECT function")
        seen.add(key)
        if value is not None or mode == "NULL":
            found.append(f"{quoted(key)}:{'null' if value is None else value}")
    return "{" + ",".join(found) + "}"


def _array(mode: str, values: list[str | None]) -> str:
    kept = ["null" if value is None else value for value in values if value is not None or mode == "NULL"]
    return "[" + ",".join(kept) + "]"


def _compact(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return write(read(text))
    except ValueError as error:
        raise ValueError(f"JSON_INPUT_CONVERSION_ERROR: conversion to JSON failed for {text}") from error


def _passed(arguments: list[exp.Expr], kind_of: KindOf) -> list[exp.Expr]:
    """Names and values that are passed to a path, as two lists of texts."""
    names, values = arguments[::2], arguments[1::2]
    return [_texts(names), _texts([casts.json_text(value, kind_of(value)) for value in values])]


def _texts(values: list[exp.Expr]) -> exp.Expr:
    return template("CAST(:x AS VARCHAR[])", x=exp.Array(expressions=[value.copy() for value in values]))


def _rewrite_exists(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    return call("trino__json_exists", *arguments[:3], *_passed(arguments[3:], kind_of))


def _rewrite_query(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    text, path, wrapper, quotes, on_empty, on_error, *passed = arguments
    modes = _texts([on_empty, on_error])
    return call("trino__json_query", text, path, wrapper, quotes, modes, *_passed(passed, kind_of))


def _rewrite_value(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    text, path, typed, empty_mode, empty_default, error_mode, error_default, *passed = arguments
    found = call("trino__json_value", text, path, *_passed(passed, kind_of))
    kind = kind_of(typed)
    converted = casts.from_text(template("struct_extract(:v, 'value')", v=found), kind)
    sql = (
        "CASE WHEN struct_extract(:v, 'state') = 'empty' THEN :empty "
        "WHEN struct_extract(:v, 'state') = 'error' OR (struct_extract(:v, 'value') IS NOT NULL "
        "AND TRY(:converted) IS NULL) THEN :wrong ELSE TRY(:converted) END"
    )
    empty = _default(empty_mode, empty_default, "JSON path found no items")
    wrong = _default(error_mode, error_default, "JSON path evaluation or conversion failed")
    return template(sql, v=found, converted=converted, empty=empty, wrong=wrong)


def _default(mode: exp.Expr, default: exp.Expr, message: str) -> exp.Expr:
    if mode.name == "ERROR":
        return template(f"trino_fail('JSON_VALUE_RESULT_ERROR: cannot extract SQL scalar from JSON: {message}')")
    return default.copy()


def _json_items(arguments: list[exp.Expr], kind_of: KindOf) -> list[exp.Expr]:
    """Values with their flags as the texts of JSON items."""
    found = []
    for value, flag in zip(arguments[::2], arguments[1::2], strict=True):
        is_json = flag.name == "JSON" and kind_of(value) in _TEXTS
        found.append(call("trino__json_compact", value) if is_json else casts.json_text(value, kind_of(value)))
    return found


def _rewrite_object(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    mode, unique, *members = arguments
    keys, items = members[::3], [part for index, part in enumerate(members) if index % 3]
    return call("trino__json_object", mode, unique, _texts(keys), _texts(_json_items(items, kind_of)))


def _rewrite_array(arguments: list[exp.Expr], kind_of: KindOf) -> exp.Expr:
    return call("trino__json_array", arguments[0], _texts(_json_items(arguments[1:], kind_of)))


_LISTS = ("VARCHAR[]", "VARCHAR[]")
_TEXT = "VARCHAR"

SECTION = Section(
    python={
        "_json_exists": Python(_exists, (_TEXT, _TEXT, _TEXT, *_LISTS), "BOOLEAN"),
        "_json_query": Python(_query, (_TEXT, _TEXT, _TEXT, _TEXT, "VARCHAR[]", *_LISTS), _TEXT),
        "_json_value": Python(_value, (_TEXT, _TEXT, *_LISTS), "STRUCT(state VARCHAR, value VARCHAR)"),
        "_json_object": Python(_object, (_TEXT, _TEXT, *_LISTS), _TEXT),
        "_json_array": Python(_array, (_TEXT, "VARCHAR[]"), _TEXT),
        "_json_compact": Python(_compact, (_TEXT,), _TEXT),
    },
    rewrites={
        "json_exists": _rewrite_exists,
        "json_query": _rewrite_query,
        "json_value": _rewrite_value,
        "json_object": _rewrite_object,
        "json_array": _rewrite_array,
    },
)
