"""Columns of type SUPER through COPY, UNLOAD and the Data API: "Loading" and "Unloading semi-structured data"."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.sandbox.conftest import ROLE, Redshift, StatementError

Put = Callable[[str, bytes | str], str]
Get = Callable[[], dict[str, bytes]]

NATION = '{"r_regionkey": 0, "r_name": "AFRICA", "r_nations": [{"N_Name": "KENYA", "n": 1.50}, 2e1, null]}'
NATIONS = '[{"N_Name":"KENYA","n":1.50},2e+1,null]'


@pytest.fixture
def nations(redshift: Redshift) -> Redshift:
    redshift.run("create table nations (r_regionkey smallint, r_name varchar, r_nations super)")
    return redshift


@pytest.mark.parametrize(
    ("document", "options"),
    [
        (NATION, "json 'auto'"),
        (NATION.replace("r_", "R_"), "json 'auto ignorecase'"),
    ],
)
def test_json_is_spread_over_columns(nations: Redshift, put: Put, document: str, options: str) -> None:
    uri = put("a.json", document + '\n{"r_regionkey": 1, "r_nations": "text"} {"r_regionkey": 2, "r_nations": null}')
    nations.run(f"copy nations from '{uri}' {ROLE} format {options}")
    rows = nations.run("select * from nations order by 1")
    assert rows == [(0, "AFRICA", NATIONS), (1, None, '"text"'), (2, None, None)]


def test_jsonpaths_lead_to_parts_and_to_the_whole(nations: Redshift, put: Put) -> None:
    paths = put("paths.json", """{"jsonpaths": ["$.r_regionkey", "$['r_nations'][0].N_Name", "$"]}""")
    uri = put("data/a.json", NATION)
    nations.run(f"copy nations from '{uri}' {ROLE} json '{paths}'")
    expected = NATION.replace(": ", ":").replace(", ", ",").replace("2e1", "2e+1")
    assert nations.run("select * from nations") == [(0, "KENYA", expected)]


def test_noshred_loads_whole_documents(redshift: Redshift, put: Put) -> None:
    uri = put("a.json", f"{NATION}\n[1, 2]")
    redshift.run("create table whole (rdata super)")
    redshift.run(f"copy whole from '{uri}' {ROLE} format json 'noshred'")
    assert redshift.run("select rdata.r_name, rdata[1] from whole order by 1") == [('"AFRICA"', None), (None, "2")]
    redshift.run("create table two (a super, b super)")
    with pytest.raises(StatementError, match="noshred option needs one column"):
        redshift.run(f"copy two from '{uri}' {ROLE} format json 'noshred'")


def test_text_and_csv_hold_json(nations: Redshift, put: Put) -> None:
    csv = put("a.csv", '0,"AFRICA","[1,""abc"",null]"\n1,ASIA,"""word"""\n2,,null\n3,,\n')
    nations.run(f"copy nations from '{csv}' {ROLE} format csv")
    text = put("a.txt", "4|x|3.14\n")
    nations.run(f"copy nations from '{text}' {ROLE} delimiter '|'")
    rows = nations.run("select r_regionkey, r_nations, json_typeof(r_nations) from nations order by 1")
    assert rows == [
        (0, '[1,"abc",null]', "array"),
        (1, '"word"', "string"),
        (2, None, "null"),
        (3, None, "null"),
        (4, "3.14", "number"),
    ]


def test_what_is_no_json_is_reported(nations: Redshift, put: Put) -> None:
    uri = put("a.csv", "0,AFRICA,[1\n")
    with pytest.raises(StatementError, match="Invalid JSON value"):
        nations.run(f"copy nations from '{uri}' {ROLE} format csv")


def test_nested_parquet_is_serialized(nations: Redshift, put: Put, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.sql(
        f"""COPY (SELECT CAST(k AS SMALLINT) AS k, n, s FROM (VALUES
            (0, 'x', {{'a': [2.5::DOUBLE, NULL], 'd': NULL::DATE, 's': 't'}}),
            (1, 'y', NULL),
            (2, 'z', {{'a': [], 'd': DATE '1971-01-01', 's': NULL}})) t(k, n, s)) TO '{path}'"""
    )
    uri = put("a.parquet", path.read_bytes())
    with pytest.raises(StatementError, match="incompatible Parquet schema"):
        nations.run(f"copy nations from '{uri}' {ROLE} format parquet")
    nations.run(f"copy nations from '{uri}' {ROLE} format parquet serializetojson")
    assert nations.run("select r_nations from nations order by r_regionkey") == [
        ('{"a":[2.5e+0,null],"d":null,"s":"t"}',),
        (None,),
        ('{"a":[],"d":"1971-01-01","s":null}',),
    ]


ROWS = """insert into nations values (1, 'a|b', json_parse('{"x": [1.50, 2e1, "ä,b"]}')), (2, null, null)"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("delimiter '|' null as 'NIL'", '1|a|b|{"x":[1.50,2e+1,"ä,b"]}\n2|NIL|null\n'),
        ("csv null as 'NIL'", '1,a|b,"{""x"":[1.50,2e+1,""ä,b""]}"\n2,NIL,null\n'),
        (
            "json",
            '{"r_regionkey":1,"r_name":"a|b","r_nations":{"x":[1.50,2e+1,"ä,b"]}}\n'
            '{"r_regionkey":2,"r_name":null,"r_nations":null}\n',
        ),
    ],
)
def test_unload_writes_json_texts(nations: Redshift, folder: str, get: Get, options: str, expected: str) -> None:
    nations.run(ROWS, f"unload ('select * from nations order by 1') to '{folder}' {ROLE} {options}")
    (written,) = get().values()
    assert written.decode() == expected


def test_what_is_unloaded_can_be_copied(nations: Redshift, folder: str) -> None:
    nations.run(ROWS, "create table again (like nations)")
    for name, unload, copy in (("c", "csv", "csv"), ("j", "json", "json 'auto'")):
        nations.run(f"unload ('select * from nations') to '{folder}{name}/' {ROLE} {unload}")
        nations.run(f"copy again from '{folder}{name}/' {ROLE} {copy}")
    nations.run("create table first as select r_nations from again where r_regionkey = 1")
    assert nations.run("select r_nations from first") == [('{"x":[1.50,2e+1,"ä,b"]}',)] * 2


def test_the_data_api_says_super(nations: Redshift) -> None:
    nations.run(ROWS)
    (column,) = nations.columns("select r_nations.x[0] from nations")
    assert (column["label"], column["typeName"]) == ("x", "super")
    assert nations.run("select r_nations.x[2], r_nations.x[2]::varchar from nations where r_regionkey = 1") == [
        ('"ä,b"', "ä,b")
    ]


def test_attributes_keep_their_case_where_the_session_says_so(redshift: Redshift) -> None:
    table = '(select json_parse(\'{"ITEMS": {"Name": "TV"}, "price": 345}\') as data) as json_table'
    query = f"select json_table.data.ITEMS.Name, json_table.data.price from {table}"
    opened = redshift.describe("set enable_case_sensitive_super_attribute to true", SessionKeepAliveSeconds=60)
    session = {"SessionId": opened["SessionId"]}
    assert redshift.run(query, **session) == [('"TV"', "345")]
    redshift.run("reset enable_case_sensitive_super_attribute", **session)
    assert redshift.run(query, **session) == [(None, "345")]


def test_super_columns_are_no_keys(redshift: Redshift) -> None:
    for attributes in ("(s super distkey)", "(s super sortkey)", "(a int, s super) sortkey (a, s)"):
        with pytest.raises(StatementError, match="of type super cannot be a distribution key or a sort key"):
            redshift.run(f"create table t {attributes}")


def test_functions_and_prepared_statements_take_super(nations: Redshift) -> None:
    nations.run(
        ROWS,
        "create function nth (super, int) returns super immutable as $$ select $1.x[$2] $$ language sql",
        "create view firsts as select r_regionkey, nth(r_nations, 0) as first from nations",
    )
    assert nations.run("select first + 1 from firsts where first = 1.5") == [("2.50",)]
