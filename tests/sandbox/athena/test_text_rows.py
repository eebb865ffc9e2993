"""Lines of text files as fields, as the SerDes of Hive read them."""

from dataclasses import replace

import pytest

from generator.sandbox.athena import csv_lines, json_lines, text
from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.formats import HIVE_JSON, LAZY_SIMPLE, OPENX_JSON
from generator.sandbox.athena.statements import Column, Name

EMPTY = Table(Name("d", "t"), (), (), "s3://b/t/", "", {}, {}, "", {})


def table(serde: str, *types: str, **properties: str) -> Table:
    columns = tuple(Column(name, kind) for name, kind in zip("abcdef", types, strict=False))
    given = {key.replace("_", "."): value for key, value in properties.items()}
    return replace(EMPTY, columns=columns, serde=serde, serde_properties=given)


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("", [""]),
        ("a,,b", ["a", "", "b"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say ""hi""",x', ['say "hi"', "x"]),
        (r'"a\"b",c', ['a"b', "c"]),
        (r'"a\\b",c', ["a\\b", "c"]),
        (r"a\tb,c", ["atb", "c"]),  # a backslash before any other character is left out
        ('a,bc"d"ef,g', ["a", 'bc"d"ef', "g"]),  # quotes within a field are text
        ('aaa,  "b",c', ["aaa", "b", "c"]),  # blanks before a quote are not
        ('a,"open, b', ["a"]),  # a quote without an end
    ],
)
def test_open_csv(line: str, fields: list[str]) -> None:
    assert csv_lines.reader({})([line]) == [fields]


@pytest.mark.parametrize(
    ("serde", "kind", "value", "field"),
    [
        (OPENX_JSON, "int", '"7"', "7"),
        (OPENX_JSON, "int", "99999999999", None),
        (OPENX_JSON, "boolean", '"yes"', "false"),
        (OPENX_JSON, "date", '"x"', None),
        (OPENX_JSON, "array<int>", "5", '["5"]'),
        (OPENX_JSON, "string", "12", "12"),
        (HIVE_JSON, "int", "1.9", "1"),
        (HIVE_JSON, "string", "1.50", "1.50"),
        (HIVE_JSON, "struct<x:int,y:string>", '{"Y": "q"}', '{"x": null, "y": "q"}'),
    ],
)
def test_json_values(serde: str, kind: str, value: str, field: str | None) -> None:
    assert json_lines.reader(table(serde, kind))([f'{{"A": {value}}}']) == [[field]]


@pytest.mark.parametrize(
    ("serde", "kind", "value", "error"),
    [
        (HIVE_JSON, "int", '"7"', QueryError),
        (HIVE_JSON, "array<int>", '{"x": 1}', QueryError),
        (OPENX_JSON, "int", "[1]", QueryError),
        (OPENX_JSON, "int", "1.5", UnsupportedError),
        (OPENX_JSON, "string", "1.50", UnsupportedError),  # 1.5 by some libraries, 1.50 by others
    ],
)
def test_json_values_that_fail(serde: str, kind: str, value: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        json_lines.reader(table(serde, kind))([f'{{"a": {value}}}'])


def test_rows_of_open_x_that_are_no_objects() -> None:
    read = json_lines.reader(table(OPENX_JSON, "int", "string"))
    assert read(["", "text", '[1, "x", 2]']) == [[None, None], [None, None], ["1", "x"]]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("array<int>", "1|x|\\N|3", '["1", null, null, "3"]'),
        ("array<array<string>>", "a:b|c", '[["a", "b"], ["c"]]'),
        ("map<string,string>", "k:1|k:2|l", '{"k": "1", "l": null}'),  # the first of equal keys
        ("struct<x:string,y:date>", "a~|b|more", '{"x": "a|b", "y": null}'),
        ("struct<x:string,y:date>", "a|2020-02-30", '{"x": "a", "y": null}'),
    ],
)
def test_nested_values_of_delimited_text(kind: str, field: str, value: str) -> None:
    properties = {"field_delim": ",", "collection_delim": "|", "mapkey_delim": ":", "escape_delim": "~"}
    read = text.reader(table(LAZY_SIMPLE, kind, "string", **properties))
    assert read is not None
    assert read([f"{field},~~"]) == [[value, "~"]]


def test_lines_without_the_first_and_the_last() -> None:
    assert text.lines("h\r\na\rb\nf\n", 1, 1) == ["a", "b"]
    assert text.lines("h\n", 1, 1) == []
    assert text.lines("", 0) == []
