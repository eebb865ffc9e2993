"""How a table that exists differs from its declaration, and which of the differences can be mended. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator import quoting

# "Data types" in the Amazon Redshift Database Developer Guide, and the names that drivers show for them.
_SYNONYMS = {
    "smallint": "int2",
    "integer": "int4",
    "int": "int4",
    "serial": "int4",
    "bigint": "int8",
    "bigserial": "int8",
    "decimal": "numeric",
    "real": "float4",
    "float": "float8",
    "double precision": "float8",
    "boolean": "bool",
    "character": "char",
    "nchar": "char",
    "bpchar": "char",
    "character varying": "varchar",
    "nvarchar": "varchar",
    "text": "varchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "varbinary": "varbyte",
    "binary varying": "varbyte",
}
_DEFAULT_SIZES = {
    "char": (1,),
    "bpchar": (256,),
    "varchar": (256,),
    "text": (256,),
    "numeric": (18, 0),
    "varbyte": (64_000,),
}
_SIZES = re.compile(r"\(\s*((?:max|\d+)\s*(?:,\s*\d+\s*)?)\)", re.IGNORECASE)
_MAX_VARCHAR = 65_535
_SINGLE_PRECISION_BITS = 24


@dataclass(frozen=True)
class Drift:
    """New columns that can be added, as SQL definitions, and differences that only a person can mend."""

    additions: tuple[str, ...]
    differences: tuple[str, ...]


def drift(declared: Sequence[Mapping[str, Any]], existing: Sequence[Mapping[str, Any]], table: str) -> Drift:
    """Compare declared columns with a ColumnList of DescribeTable.

    A declared column is {name, type, not_null, identity, definition}, where `definition` is for ADD COLUMN.
    """
    present = {column["name"]: column for column in existing}
    additions, differences = [], []
    for column in declared:
        name = column["name"]
        if name in present:
            differences += _changes(column, present[name], table)
        elif column.get("not_null") or column.get("identity"):
            differences.append(_not_addable(column, table))
        else:
            additions.append(column["definition"])
    names = {column["name"] for column in declared}
    differences += [_undeclared(column, table) for column in existing if column["name"] not in names]
    return Drift(tuple(additions), tuple(differences))


def _changes(declared: Mapping[str, Any], existing: Mapping[str, Any], table: str) -> list[str]:
    name, changes = declared["name"], []
    wanted, found = type_of(declared["type"]), existing_type(existing)
    if wanted != found:
        changes.append(f"column {name} is {shown_type(found)} in Redshift, and {shown_type(wanted)} in the YAML file"
                       f": {_type_advice(name, wanted, found, table)}")  # fmt: skip
    nullable = existing.get("nullable")
    if declared.get("identity"):  # Redshift numbers it, so it is never NULL, and the declaration need not say so
        return changes
    if nullable == 1 and declared.get("not_null"):
        changes.append(f"column {name} may be NULL in Redshift, and not in the YAML file: remove not_null, {_COPY}")
    if nullable == 0 and not declared.get("not_null"):
        changes.append(f"column {name} may not be NULL in Redshift: add not_null: true, {_COPY}")
    return changes


_COPY = "or create a new table from the declaration, copy the rows and rename it"


def _type_advice(name: str, wanted: _Type, found: _Type, table: str) -> str:
    if wanted[0] == found[0] == "varchar" and wanted[1] > found[1]:
        column = quoting.identifier(name)
        statement = f"ALTER TABLE {quoting.table(table)} ALTER COLUMN {column} TYPE {shown_type(wanted)}"
        return f"widen it with {statement}, or change the YAML file"
    return f"change the YAML file, {_COPY}"


def _not_addable(column: Mapping[str, Any], table: str) -> str:
    reason = "is numbered by Redshift" if column.get("identity") else "may not be NULL"
    return f"column {column['name']} is new and {reason}, so it can't be added to {table}: drop that, {_COPY}"


def _undeclared(column: Mapping[str, Any], table: str) -> str:
    name = quoting.identifier(column["name"])
    return (
        f"column {column['name']} is in Redshift, and not in the YAML file: declare it there, or remove it "
        f"with ALTER TABLE {quoting.table(table)} DROP COLUMN {name}"
    )


_Type = tuple[str, tuple[int, ...]]


def type_of(text: str) -> _Type:
    """A declared type as (name, sizes) in one spelling: ("varchar", (64,)), ("numeric", (9, 2))."""
    word = " ".join(_SIZES.sub(" ", text).lower().split())
    sizes = _sizes(text)
    name = _SYNONYMS.get(word, word)
    if word == "float" and sizes and sizes[0] <= _SINGLE_PRECISION_BITS:
        return ("float4", ())
    if name not in _DEFAULT_SIZES:
        return (name, ())
    if not sizes:
        return (name, _DEFAULT_SIZES[word if word in _DEFAULT_SIZES else name])
    scale = (sizes[1] if len(sizes) > 1 else 0,) if name == "numeric" else ()
    return (name, (sizes[0], *scale))


def _sizes(text: str) -> tuple[int, ...]:
    given = _SIZES.search(text)
    words = given[1].lower().split(",") if given else ()
    return tuple(_MAX_VARCHAR if word.strip() == "max" else int(word) for word in words)


def existing_type(column: Mapping[str, Any]) -> _Type:
    """The type of a column of DescribeTable, in the same spelling."""
    name = type_of(column["typeName"])[0]
    if name == "numeric":
        return (name, (int(column.get("precision", 0)), int(column.get("scale", 0))))
    if name in _DEFAULT_SIZES:
        return (name, (int(column.get("length") or column.get("precision") or 0),))
    return (name, ())


def shown_type(kind: _Type) -> str:
    """A type as SQL writes it."""
    name, sizes = kind
    return f"{name}({', '.join(map(str, sizes))})" if sizes else name
