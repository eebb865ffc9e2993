"""Column types of Redshift and Athena: which are known, and which arguments they take."""

from __future__ import annotations

import pytest

from generator import types
from generator.model import Engine


@pytest.mark.parametrize(
    ("engine", "text"),
    [
        *(("redshift", text) for text in (
            "smallint", "INTEGER", "bigint", "double precision", "Double  Precision", "boolean", "date", "timestamptz",
            "timestamp without time zone", "super", "geometry", "char", "char(1)", "char( 4096 )", "varchar(65535)",
            "varchar(max)", "character varying(10)", "varbyte(1024000)", "decimal", "numeric(38)", "decimal(9, 2)",
            "decimal(9,0)", "text",
        )),
        *(("athena", text) for text in (
            "int", "bigint", "double", "string", "varchar(10)", "char(255)", "decimal(38, 38)", "timestamp", "binary",
            "array<string>", "array<array<int>>", "map<string, array<double>>", "struct<name: string, at: timestamp>",
            "array<struct<array_of: decimal(9, 2)>>",
        )),
    ],
)  # fmt: skip
def test_known(engine: Engine, text: str) -> None:
    assert types.complaint(text, engine) is None


@pytest.mark.parametrize(
    ("engine", "text", "message", "advice"),
    [
        ("redshift", "string", "is not a column type of Redshift", "write varchar(256)"),
        ("redshift", "smalint", "is not a column type of Redshift", "did you mean 'smallint'?"),
        ("redshift", "array<int>", "is not a column type of Redshift", ""),
        ("redshift", "varchar(0)", "the length is from 1 to 65,535", ""),
        ("redshift", "varchar(65536)", "the length is from 1 to 65,535", ""),
        ("redshift", "char(max", "is not a column type", ""),
        ("redshift", "int(4)", "takes no such length", "write int"),
        ("redshift", "varchar(4, 2)", "takes no such length", "write varchar"),
        ("redshift", "decimal(39)", "the precision is from 1 to 38", "such as decimal(18, 2)"),
        ("redshift", "decimal(4, 5)", "the scale at most the precision", "such as decimal(18, 2)"),
        ("redshift", "decimal(max)", "the precision is from 1 to 38", ""),
        ("redshift", "", "is not a column type", ""),
        ("redshift", "date; drop table x", "is not a column type", ""),
        ("athena", "text", "is not a column type of Athena", "write string"),
        ("athena", "varchar(max)", "the length is from 1 to 65,535", ""),
        ("athena", "array<strng>", "'strng' is not a column type of Athena", "did you mean 'string'?"),
        ("athena", "map<string, int", "is not a column type of Athena", "such as array<string>"),
        ("athena", "list<int>", "is not a column type of Athena", "such as array<string>"),
    ],
)
def test_unknown(engine: Engine, text: str, message: str, advice: str) -> None:
    found = types.complaint(text, engine)
    assert found is not None
    assert message in found[0]
    assert advice in found[1]


@pytest.mark.parametrize(
    "text",
    [
        "array<>", "array<int", "array<varchar(0)>", "array<int>>", "array<int; drop table x>", "map<int>",
        "struct<a int>", "struct<>", "array<int,int>", "><", "array<int>)", "array<int>; -- ", "map<int,,int>",
        "struct<a: int,>", "array<" * 5000 + ">" * 5000,
    ],
)  # fmt: skip
def test_nested_types_are_well_formed(text: str) -> None:
    assert types.complaint(text, "athena") is not None
