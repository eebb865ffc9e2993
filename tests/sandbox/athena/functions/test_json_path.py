"""The examples of Trino's page on JSON paths, each on a sequence of items."""

from __future__ import annotations

import pytest

from generator.sandbox.athena.functions.json_items import PathError
from generator.sandbox.athena.functions.json_path import compiled
from generator.sandbox.athena.functions.json_values import read, write

CUSTOMERS = (
    '[{"customer": 100, "region": "AFRICA"}, {"region": "ASIA"}, '
    '{"customer": 300, "region": "AFRICA", "comment": null}]'
)
ARRAYS = '[[0, 1, 2], ["a", "b", "c", "d"], [null, null]]'


@pytest.mark.parametrize(
    ("path", "document", "items"),
    [
        ("lax $.customer", CUSTOMERS, "[100,300]"),
        ("lax $.*", CUSTOMERS, '[100,"AFRICA","ASIA",300,"AFRICA",null]'),
        ("lax $[*][last]", ARRAYS, '[2,"d",null]'),
        ("lax $[*][2 to 3]", ARRAYS, '[2,"c","d"]'),
        ("lax $[*][1, 0, 0]", ARRAYS, '[1,0,0,"b","a","a",null,null,null]'),
        ("lax $[*].size()", ARRAYS, "[3,4,2]"),
        ('lax $?(@.region != "ASIA").customer', CUSTOMERS, "[100,300]"),
        ("lax $?(!exists(@.customer))", CUSTOMERS, '[{"region":"ASIA"}]'),
        ('lax $?(@.region starts with "AF" && @.customer > 200).customer', CUSTOMERS, "[300]"),
        ("lax $[*].ceiling()", "[-1.5, -1, 1.3]", "[-1,-1,2]"),
        ("lax $[*].floor()", "[-1.5, -1, 1.3]", "[-2,-1,1]"),
        ("lax $[*].abs()", "[-1.5, -1, 1.3]", "[1.5,1,1.3]"),
        ("lax $.double()", '[-1, "5.6"]', "[-1.0,5.6]"),
        ("strict $.a + $.b * 2", '{"a": 1, "b": 3}', "[7]"),
        ("strict -$.a % 2", '{"a": 7}', "[-1]"),
        ("lax $.keyvalue().name", '{"a": 1, "b": 2}', '["a","b"]'),
        ("lax $..c", '{"x": [{"c": 1}], "c": [2, 3]}', "[[2,3],1]"),
        ('lax $."two words"', '{"two words": 1}', "[1]"),
        ("lax $.a.type()", '{"a": null}', '["null"]'),
        ("lax $[*]?((@ > 1) is unknown)", '[1, "a", 2]', '["a"]'),
    ],
)
def test_items(path: str, document: str, items: str) -> None:
    assert write(compiled(path)(read(document), {})) == items


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("strict $[*].customer", CUSTOMERS),
        ("strict $[5]", "[1]"),
        ("strict $.a", "[1]"),
        ("lax $.floor()", '[1, "a"]'),
        ("lax 1 / $", "0"),
    ],
)
def test_failures(path: str, document: str) -> None:
    with pytest.raises(PathError):
        compiled(path)(read(document), {})


@pytest.mark.parametrize("path", ["$.a", "lax $.", "lax $[", "lax $?(@)", "lax $ $"])
def test_no_paths(path: str) -> None:
    with pytest.raises(ValueError, match="INVALID_PATH"):
        compiled(path)
