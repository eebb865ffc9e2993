"""Redshift's object functions: "Object functions" in the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.functions.calls import call, literal_text
from generator.sandbox.redshift.functions.super_values import all_of, of, on_super, strict
from generator.sandbox.redshift.super_values import REFUSED, Value, dump, load, quoted, value_of
from generator.sandbox.section import Python, Section

_PART = r'"((?:[^"]|"")*)"'


def _made(names: list[str | None], texts: list[str | None]) -> str | None:
    if None in names or len(set(names)) != len(names):
        raise ValueError(f"{REFUSED}OBJECT with a name twice, or NULL for a name")
    return dump({name: value_of(text) for name, text in zip(names, texts, strict=True)})


def _object(arguments: list[exp.Expr]) -> exp.Expr:
    if len(arguments) % 2:
        raise ValueError("object")
    names = exp.cast(exp.Array(expressions=arguments[::2]), exp.DataType.build("TEXT[]", dialect="duckdb"))
    return call("rs_object_made", names, all_of(arguments[1::2]))


def _renamed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, list):
        return [_renamed(each, change) for each in value]
    if not isinstance(value, dict):
        return value
    made = {change(name): _renamed(each, change) for name, each in value.items()}
    if len(made) != len(value):
        raise ValueError("Invalid input. SUPER value has duplicate attributes after case conversion.")
    return made


def _renaming(change: Callable[[str], str]) -> Callable[[str], str | None]:
    return lambda text: dump(_renamed(load(text), change))


def _transform(text: str | None, keep: str | None, paths: list[str], values: list[str | None]) -> str | None:
    """OBJECT_TRANSFORM: `keep` is a JSON array of paths, or NULL for all that the object has."""
    value = value_of(text)
    if not isinstance(value, dict) or (keep is None and not paths):
        return text
    made: dict[str, Any] = {} if keep is not None else _copied(value)
    for path in load(keep) if keep is not None else ():
        found = _at(value, path)
        if found is not _ABSENT:
            _put(made, path, _copied(found))
    for path, each in zip(paths, values, strict=True):
        _put(made, load(path), _copied(value_of(each)))
    return dump(made)


_ABSENT = object()


def _at(value: Value, path: list[str]) -> Value:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return _ABSENT
        value = value[name]
    return value


def _copied(value: Value) -> Value:
    return {name: _copied(each) for name, each in value.items()} if isinstance(value, dict) else value


def _put(made: dict[str, Any], path: list[str], value: Value) -> None:
    for name in path[:-1]:
        inner = made.setdefault(name, {})
        if not isinstance(inner, dict):
            raise ValueError(f"{REFUSED}OBJECT_TRANSFORM with a path through a value that is no object")
        made = inner
    made[path[-1]] = value


def _transformed(arguments: list[exp.Expr]) -> exp.Expr:
    """As `object_transform_parts` leaves them: the input, how many paths to keep (-1: no KEEP), these, SET's pairs."""
    value, count, *rest = arguments
    kept = int(count.name) if isinstance(count, exp.Literal) else -1
    pairs = rest[max(kept, 0) :]
    if len(pairs) % 2:
        raise ValueError("object_transform")
    keep = [_path(argument) for argument in rest[: max(kept, 0)]]
    listed = exp.Literal.string(f"[{','.join(keep)}]") if kept >= 0 else exp.null()
    paths = exp.Array(expressions=[exp.Literal.string(_path(argument)) for argument in pairs[::2]])
    texts = exp.cast(paths, exp.DataType.build("TEXT[]", dialect="duckdb"))
    return call("rs_object_changed", of(value), listed, texts, all_of(pairs[1::2]))


def _path(argument: exp.Expr) -> str:
    """'"a"."b"' as a JSON array."""
    text = literal_text(argument, "a path of OBJECT_TRANSFORM")
    if not re.fullmatch(rf"{_PART}(\.{_PART})*", text):
        raise RedshiftError(f"Invalid path format: {text}")
    return f"[{','.join(quoted(part.replace(chr(34) * 2, chr(34))) for part in re.findall(_PART, text))}]"


SECTION = Section(
    rewrites={
        "object": _object,
        "object_transform": _transformed,
        "lower_attribute_names": on_super("rs_object_lower", 1),
        "upper_attribute_names": on_super("rs_object_upper", 1),
    },
    returns=dict.fromkeys(("object", "object_transform", "lower_attribute_names", "upper_attribute_names"), "super"),
)
INTERNAL = Section(
    python={
        "object_made": Python(_made, ("VARCHAR[]", "JSON[]"), "JSON"),
        "object_changed": Python(_transform, ("VARCHAR", "VARCHAR", "VARCHAR[]", "JSON[]"), "JSON"),
        "object_lower": Python(strict(_renaming(str.lower)), ("VARCHAR",), "JSON"),
        "object_upper": Python(strict(_renaming(str.upper)), ("VARCHAR",), "JSON"),
    }
)
