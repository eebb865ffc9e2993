"""Types in their spellings: DuckDB's taken apart, and as DDL and results name them."""

from __future__ import annotations

import pytest

from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.types import canonical, duck_type, element, fields, hive_type, map_kinds, result_type


@pytest.mark.parametrize(
    ("duck", "expected"),
    [
        ("STRUCT(a INTEGER, b VARCHAR[])", [("a", "INTEGER"), ("b", "VARCHAR[]")]),
        ('STRUCT("b, c" DECIMAL(4,2), d STRUCT(e DATE))', [("b, c", "DECIMAL(4,2)"), ("d", "STRUCT(e DATE)")]),
        ("TUPLE(INTEGER, MAP(VARCHAR, BIGINT))", [("", "INTEGER"), ("", "MAP(VARCHAR, BIGINT)")]),
        ("STRUCT(a INTEGER)[]", []),
        ("INTEGER", []),
    ],
)
def test_fields(duck: str, expected: list[tuple[str, str]]) -> None:
    assert fields(duck) == expected


def test_elements_and_entries() -> None:
    assert (element("INTEGER[][]"), element("INTEGER")) == ("INTEGER[]", "")
    assert map_kinds("MAP(VARCHAR, STRUCT(a INTEGER, b DATE))") == ("VARCHAR", "STRUCT(a INTEGER, b DATE)")
    assert map_kinds("MAP(VARCHAR, DATE)[]") is None


def test_names_of_fields_are_equal_however_they_are_quoted() -> None:
    assert canonical('STRUCT("name" VARCHAR, Age INTEGER[])') == canonical('STRUCT(name VARCHAR, "age" INTEGER[])')
    assert canonical("MAP(VARCHAR, STRUCT(a DATE))") != canonical("MAP(VARCHAR, STRUCT(b DATE))")


@pytest.mark.parametrize(
    ("hive", "result"),
    [
        ("int", "integer"),
        ("decimal(4,2)", "decimal"),
        ("array<int>", "array"),
        ("map<string,double>", "map"),
        ("struct<name:string,age:int>", "row"),
        ("array<struct<n:bigint>>", "array"),
    ],
)
def test_there_and_back(hive: str, result: str) -> None:
    duck = duck_type(hive)
    assert hive_type(duck) == hive
    assert result_type(duck).name == result


def test_rows_without_names_are_no_type_of_a_table() -> None:
    with pytest.raises(QueryError, match="row"):
        hive_type("TUPLE(INTEGER, DATE)")
