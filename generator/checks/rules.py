"""Rules for checks: what they name exists, their values fit the columns, and their keys go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.checks import patterns, values
from generator.checks.wanted import CONDITIONAL, KINDS, TOLERANT, columns_of, kind_of
from generator.model import Column, Table, Tables
from generator.problems import did_you_mean, either
from generator.template import Finding

_OPTIONS = {"where": CONDITIONAL, "max_failures": TOLERANT}
_FAMILIES = {
    "matches": ("text",),
    "length": ("text",),
    "freshness": ("date", "time"),
    "range": ("number", "date", "time"),
}
_WORDS = {"text": "text", "number": "numbers", "date": "dates", "time": "times"}


def check(
    checks: Sequence[Mapping[str, Any]], table: Table, tables: Tables, loaded: Sequence[str] | None = None
) -> Iterator[Finding]:
    """What is wrong with checks of a table. ``loaded`` are the columns that the task loads, where it does not all."""
    for index, given in enumerate(checks):
        path: tuple[str | int, ...] = ("checks", index)
        kind = kind_of(given)
        if kind is None:
            yield from _one_kind(given, path)
            continue
        yield from _options(kind, given, path)
        unknown = list(_columns(kind, given[kind], path, table, loaded))
        yield from unknown
        yield from _other_table(kind, given[kind], (*path, kind), table, tables)
        if isinstance(given[kind], Mapping):
            yield from _bounds(kind, given[kind], (*path, kind))
        column = next((each for each in table.all_columns if [each.name] == [*columns_of(kind, given[kind])]), None)
        if column and not unknown:
            yield from _values(kind, given[kind], (*path, kind), column)


_Path = tuple[str | int, ...]


def _one_kind(given: Mapping[str, Any], path: _Path) -> Iterator[Finding]:
    kinds = [key for key in given if key in KINDS]
    if kinds:
        message = f"'{kinds[0]}' and '{kinds[1]}' are two checks in one"
        yield Finding((*path, kinds[1]), "R314", message, "begin each check with a dash of its own")
    else:
        yield Finding(path, "R314", "the check does not say what it checks", f"one of {', '.join(KINDS)}")


def _options(kind: str, given: Mapping[str, Any], path: _Path) -> Iterator[Finding]:
    for key, kinds in _OPTIONS.items():
        if key in given and kind not in kinds:
            yield Finding((*path, key), "R316", f"'{key}' does not go together with {kind}", "take it out")


def _columns(kind: str, value: Any, path: _Path, table: Table, loaded: Sequence[str] | None) -> Iterator[Finding]:
    known = table.column_names if loaded is None else loaded
    for position, name in enumerate(columns_of(kind, value)):
        if name in known:
            continue
        whole: _Path = (*path, kind, position) if isinstance(value, list) else (*path, kind)
        if isinstance(value, Mapping):
            whole = (*whole, "column") if "column" in value else (*whole, "columns", position)
        if name in table.column_names:
            message = f"the column '{name}' of {table.name} is not loaded by this task"
            yield Finding(whole, "R311", message, "add it to 'columns', or take it out here")
        else:
            message = f"the table {table.name} has no column '{name}'"
            yield Finding(whole, "R311", message, did_you_mean(name, known))


def _other_table(kind: str, value: Any, path: _Path, table: Table, tables: Tables) -> Iterator[Finding]:
    if kind not in ("references", "same_count"):
        return
    if kind == "same_count" and ("table" in value) == ("from" in value):
        message = "same_count compares with a table or with a file"
        yield Finding(path, "R314", message, "give one of 'table' and 'from'")
        return
    if "from" in value:
        if "where" in value:
            yield Finding((*path, "where"), "R316", "'where' chooses rows of a table, and there is none", "take it out")
        return
    name = value["table"]
    other = tables.get(name)
    if other is None:
        yield Finding((*path, "table"), "R310", f"no pipeline declares the table '{name}'", did_you_mean(name, tables))
    elif other.engine != table.engine:
        message = f"{name} is a table of {other.engine}, and {table.name} is one of {table.engine}"
        yield Finding((*path, "table"), "R317", message)
    elif kind == "references":
        yield from _reference(value, path, table, other)


def _reference(value: Mapping[str, Any], path: _Path, table: Table, other: Table) -> Iterator[Finding]:
    names = value.get("to", value["columns"])
    where: _Path = (*path, "to") if "to" in value else (*path, "columns")
    if len(names) != len(value["columns"]):
        message = f"{len(value['columns'])} columns can't refer to {len(names)}"
        yield Finding(where, "R316", message, "name a column of the other table for each")
        return
    own = {column.name: column for column in table.all_columns}
    others = {column.name: column for column in other.all_columns}
    for position, (from_, to) in enumerate(zip(value["columns"], names, strict=True)):
        if to not in others:
            message = f"the table {other.name} has no column '{to}'"
            yield Finding((*where, position), "R311", message, did_you_mean(to, others))
        elif from_ in own and values.family(own[from_]) != values.family(others[to]):
            message = f"'{from_}' is {own[from_].type}, and '{to}' of {other.name} is {others[to].type}"
            yield Finding((*where, position), "R326", message)


def _bounds(kind: str, value: Mapping[str, Any], path: _Path) -> Iterator[Finding]:
    if kind in ("range", "length") and not value.keys() & {"min", "max"}:
        yield Finding(path, "R314", f"{kind} needs min or max", "min: 0")
    least, greatest = value.get("min"), value.get("max")
    if least is None or greatest is None or values.is_jinja(least) or values.is_jinja(greatest):
        return
    if isinstance(least, str) == isinstance(greatest, str) and least > greatest:
        yield Finding(path, "R316", f"{kind}: min {least} is greater than max {greatest}")


def _values(kind: str, value: Any, path: _Path, column: Column) -> Iterator[Finding]:
    """What a check compares a column with fits the column's type."""
    family = values.family(column)
    wanted = _FAMILIES.get(kind)
    if wanted and family not in wanted:
        message = f"{kind} is for {either([_WORDS[each] for each in wanted])}, and '{column.name}' is {column.type}"
        yield Finding((*path, "column"), "R326", message)
        return
    pattern = value["pattern"] if kind == "matches" else "{{"
    if not values.is_jinja(pattern) and (said := patterns.complaint(pattern)):
        yield Finding((*path, "pattern"), "R327", f"the regular expression does not fit: {said}")
    compared: list[tuple[_Path, Any]] = []
    if kind == "accepted_values":
        compared = [(("values", place), each) for place, each in enumerate(value["values"])]
    elif kind == "range":
        compared = [((key,), value[key]) for key in ("min", "max") if key in value]
    for place, each in compared:
        if fitting := values.complaint(column, each):
            message = f"'{column.name}' is {column.type}, and can't be compared with {each!r}"
            yield Finding((*path, *place), "R326", message, f"write {fitting}")
