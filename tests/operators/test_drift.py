from __future__ import annotations

from typing import Any

import pytest

from generator.operators.drift import Drift, drift, existing_type, type_of


@pytest.mark.parametrize(
    ("declared", "described"),
    [
        ("integer", {"typeName": "int4"}),
        ("INT", {"typeName": "int4", "length": 10, "precision": 10}),
        ("bigint", {"typeName": "int8"}),
        ("smallint", {"typeName": "int2"}),
        ("varchar", {"typeName": "varchar", "length": 256}),
        ("varchar(64)", {"typeName": "varchar", "length": 64, "precision": 64}),
        ("varchar(max)", {"typeName": "varchar", "length": 65535}),
        ("character varying( 64 )", {"typeName": "varchar", "length": 0, "precision": 64}),
        ("text", {"typeName": "varchar", "length": 256}),
        ("char", {"typeName": "bpchar", "length": 1}),
        ("char(3)", {"typeName": "bpchar", "length": 3}),
        ("bpchar", {"typeName": "bpchar", "length": 256}),
        ("decimal", {"typeName": "numeric", "precision": 18, "scale": 0}),
        ("decimal(9)", {"typeName": "numeric", "precision": 9, "scale": 0}),
        ("numeric(9, 2)", {"typeName": "numeric", "precision": 9, "scale": 2}),
        ("real", {"typeName": "float4"}),
        ("float(24)", {"typeName": "float4"}),
        ("float", {"typeName": "float8"}),
        ("double precision", {"typeName": "float8"}),
        ("boolean", {"typeName": "bool"}),
        ("timestamp", {"typeName": "timestamp", "length": 29}),
        ("timestamp without time zone", {"typeName": "timestamp"}),
        ("timestamp with time zone", {"typeName": "timestamptz"}),
        ("timestamptz", {"typeName": "timestamptz"}),
        ("date", {"typeName": "date"}),
        ("super", {"typeName": "super"}),
        ("varbyte(100)", {"typeName": "varbyte", "length": 100}),
    ],
)
def test_names_of_the_same_type(declared: str, described: dict[str, Any]) -> None:
    assert type_of(declared) == existing_type(described)


@pytest.mark.parametrize(
    ("declared", "described"),
    [
        ("integer", {"typeName": "int8"}),
        ("varchar(64)", {"typeName": "varchar", "length": 65}),
        ("varchar(64)", {"typeName": "bpchar", "length": 64}),
        ("decimal(9, 2)", {"typeName": "numeric", "precision": 9, "scale": 3}),
        ("timestamp", {"typeName": "timestamptz"}),
    ],
)
def test_types_that_differ(declared: str, described: dict[str, Any]) -> None:
    assert type_of(declared) != existing_type(described)


def described(name: str, nullable: int, kind: str = "int4") -> dict[str, Any]:
    return {"name": name, "typeName": kind, "nullable": nullable}


def declared(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "integer", "definition": f'"{name}" INTEGER', **more}


@pytest.mark.parametrize(
    ("column", "nullable", "differs"),
    [
        (declared("a"), 1, False),
        (declared("a"), 2, False),  # JDBC's "unknown"
        (declared("a", not_null=True), 0, False),
        (declared("a", identity=True), 0, False),
        (declared("a", not_null=True), 1, True),
        (declared("a"), 0, True),
    ],
)
def test_nullability(column: dict[str, Any], nullable: int, differs: bool) -> None:
    assert bool(drift([column], [described("a", nullable)], "public.t").differences) is differs


def test_columns_are_added_in_their_order() -> None:
    found = drift([declared("a"), declared("b"), declared("c")], [described("a", 1)], "public.t")
    assert found == Drift(('"b" INTEGER', '"c" INTEGER'), ())


def test_a_numbered_column_cannot_be_added() -> None:
    (message,) = drift([declared("a"), declared("id", identity=True)], [described("a", 1)], "t.t").differences
    assert message.startswith("column id is new and is numbered by Redshift, so it can't be added to t.t")
