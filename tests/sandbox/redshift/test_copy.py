"""COPY: formats, options, and what is said of lines that don't load."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.conftest import ROLE, Redshift, StatementError

Put = Callable[[str, bytes | str], str]

TABLE = "create table t (id integer not null, name varchar(5), day date, price numeric(7, 2), ok boolean)"
WHOLE = [(1, "a", "2013-01-31", "1.50", True), (2, None, None, None, None)]


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(TABLE)
    return redshift


FORMATS: list[tuple[str, bytes | str, str]] = [
    ("csv", "1,a,2013-01-31,1.50,t\n2,NA,,,\n", "csv null as 'NA'"),
    ("csv header", "id,name,d,p,ok\n1,a,2013-01-31,1.5,t\n2,NA,NA,NA,NA\n", "format as csv ignoreheader 1 null 'NA'"),
    ("csv quoted", '1,"a","2013-01-31","1.50",1\r\n2,"",,,\r\n', "csv emptyasnull"),
    ("csv other quote", "1|%a%|2013-01-31|1.5|y\n2||||\n", "csv quote as '%' delimiter '|' emptyasnull"),
    ("text", "1|a|2013-01-31|1.50|t\n2|\\N|||\n", ""),
    ("text tab", "1\ta\t2013-01-31\t1.50\tt\n2\t\\N\t\t\t\n", "delimiter '\\t'"),
    ("text removequotes", '1,"a","2013-01-31",1.50,t\n2,,,,\n', "delimiter ',' removequotes emptyasnull"),
    ("text escape", "1|\\a|2013-01-31|1.50|t\n2|\\N|||\n", "escape"),
    ("gzip", gzip.compress(b"1,a,2013-01-31,1.50,t\n2,NA,,,\n"), "csv gzip null as 'NA'"),
    ("bzip2", bz2.compress(b"1,a,2013-01-31,1.50,t\n2,NA,,,\n"), "csv bzip2 null as 'NA'"),
    ("utf-16", "1,a,2013-01-31,1.50,t\n2,NA,,,\n".encode("utf-16"), "csv encoding utf16 null as 'NA'"),
    ("fillrecord", "1,a,2013-01-31,1.50,t\n2\n", "csv fillrecord emptyasnull"),
    ("fixed width", "1 a    2013-01-311.50t\n2\n", "fixedwidth 'id:2,name:5,day:10,price:4,ok:1' emptyasnull"),
    ("json", '{"id":1,"name":"a","day":"2013-01-31","price":1.5,"ok":true}\n{"id":2}\n', "json 'auto'"),
    ("json ignorecase", '{"ID":1,"Name":"a","DAY":"2013-01-31","price":1.5,"ok":1} {"Id":2}', "json 'auto ignorecase'"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "options"), [each[1:] for each in FORMATS], ids=[each[0] for each in FORMATS])
def test_formats(table: Redshift, put: Put, body: bytes | str, options: str) -> None:
    uri = put("file", body)
    assert table.describe(f"copy t from '{uri}' {ROLE} {options}")["Status"] == "FINISHED"
    assert table.run("select * from t order by id") == WHOLE


def test_json_paths(table: Redshift, put: Put) -> None:
    paths = put("paths.json", json.dumps({"jsonpaths": ["$.key", "$['names'][0]", "$.d", "$.p.v", "$.ok"]}))
    uri = put(
        "data/a.json",
        '{"key": 1, "names": ["a", "b"], "d": "2013-01-31", "p": {"v": 1.5}, "ok": true}{"key": 2, "names": [null]}',
    )
    table.run(f"copy t from '{uri}' {ROLE} json '{paths}'")
    assert table.run("select * from t order by id") == WHOLE


JSON_FILES: list[tuple[str, bytes, str, list[int]]] = [
    ("between documents", b'{"id":1} junk\n{"id":2}\n', "maxerror 2", [1, 2]),
    ("not closed", b'{"id":1}\n{"id":\n', "maxerror 3", [1]),
    ("a number", b'7 {"id":2}', "ignoreallerrors", [2]),
    ("header", b'# data\n{"id":1}', "ignoreheader 1", [1]),
    ("bzip2", bz2.compress(b'{"id":1}'), "bzip2", [1]),
    ("utf-16", '{"id":1}'.encode("utf-16"), "encoding utf16", [1]),
]


@pytest.mark.parametrize(("body", "options", "ids"), [each[1:] for each in JSON_FILES], ids=[e[0] for e in JSON_FILES])
def test_json_files(table: Redshift, put: Put, body: bytes, options: str, ids: list[int]) -> None:
    table.run(f"copy t from '{put('a.json', body)}' {ROLE} json 'auto' {options}")
    assert [row[0] for row in table.run("select id from t order by id")] == ids


def test_what_is_not_json_is_a_load_error(table: Redshift, put: Put) -> None:
    uri = put("a.json", '{"id":1}\n{"id":2} junk\n')
    with pytest.raises(StatementError, match=r"line 2: Invalid JSON"):
        table.run(f"copy t from '{uri}' {ROLE} json 'auto'")
    assert table.run("select line_number, raw_line from sys_load_error_detail") == [(2, "junk")]


def test_json_paths_lead_into_arrays(table: Redshift, put: Put) -> None:
    paths = put("paths.json", json.dumps({"jsonpaths": ["$.ids[1]"]}))
    uri = put("data/a.json", '{"ids": [1]}')
    with pytest.raises(StatementError, match="Invalid JSONPath format: Not an array or index out of range"):
        table.run(f"copy t (id) from '{uri}' {ROLE} json '{paths}'")
    other = put("other.json", json.dumps({"nothing": []}))
    uri = put("named/a.json", '{"id": 3}')
    table.run(f"copy t (id) from '{uri}' {ROLE} json '{other}'")
    assert table.run("select id from t") == [(3,)]


def test_parquet(table: Redshift, folder: str) -> None:
    table.run("insert into t values (1, 'a', '2013-01-31', 1.5, true), (2, null, null, null, null)")
    table.run(f"unload ('select * from t') to '{folder}' {ROLE} format parquet", "delete from t")
    table.run(f"copy t from '{folder}' {ROLE} format as parquet")
    assert table.run("select * from t order by id") == WHOLE


def test_parquet_must_match_the_table(table: Redshift, folder: str) -> None:
    table.run(f"unload ('select 1 as a') to '{folder}one/' {ROLE} format parquet")
    with pytest.raises(StatementError, match=r"Unmatched number of columns.*Table columns: 5, Data columns: 1"):
        table.run(f"copy t from '{folder}one/' {ROLE} format parquet")
    table.run(f"unload ('select 1 as a, 2 as b') to '{folder}two/' {ROLE} format parquet")
    with pytest.raises(StatementError, match="incompatible Parquet schema for column 'b'"):
        table.run(f"copy t (id, name) from '{folder}two/' {ROLE} format parquet")


def test_a_prefix_is_many_files_each_with_its_header(table: Redshift, put: Put, folder: str) -> None:
    for number in (1, 2):
        put(f"part-{number}.csv", f"id\n{number}\n")
    put("other.csv", "id\n9\n")
    described = table.describe(f"copy t (id) from '{folder}part-' {ROLE} csv ignoreheader 1")
    assert described["ResultRows"] == 2
    assert table.run("select id from t order by id") == [(1,), (2,)]


def test_manifest(table: Redshift, put: Put, folder: str) -> None:
    entries = [{"url": put("a.csv", "1\n"), "mandatory": True}, {"url": folder + "gone.csv", "mandatory": False}]
    put("b.csv", "2\n")
    manifest = put("manifest", json.dumps({"entries": entries}))
    table.run(f"copy t (id) from '{manifest}' {ROLE} csv manifest")
    assert table.run("select id from t") == [(1,)]
    manifest = put("strict", json.dumps({"entries": [{"url": folder + "gone.csv", "mandatory": True}]}))
    with pytest.raises(StatementError, match=r"mandatory file .* does not exist"):
        table.run(f"copy t (id) from '{manifest}' {ROLE} csv manifest")


def test_columns_not_listed_get_their_defaults(redshift: Redshift, put: Put) -> None:
    redshift.run("create table t (k bigint identity(1, 1), a int, b varchar(5) default 'x', c date)")
    uri = put("a.csv", "2013-01-31,7\n")
    redshift.run(f"copy t (c, a) from '{uri}' {ROLE} csv")
    assert redshift.run("select * from t") == [(1, 7, "x", "2013-01-31")]


def test_explicit_ids(redshift: Redshift, put: Put) -> None:
    redshift.run("create table t (k bigint identity(1, 1), a int)")
    uri = put("a.csv", "42,7\n")
    with pytest.raises(StatementError, match="cannot set an identity column"):
        redshift.run(f"copy t (k, a) from '{uri}' {ROLE} csv")
    redshift.run(f"copy t (k, a) from '{uri}' {ROLE} csv explicit_ids")
    assert redshift.run("select * from t") == [(42, 7)]


VALUES: list[tuple[str, str, str, Any]] = [
    ("varchar(3)", "abcdef", "truncatecolumns", "abc"),
    ("varchar(4)", "aéé", "truncatecolumns", "aé"),
    ("varchar(9)", "  a  ", "", "  a  "),
    ("varchar(9)", "  a  ", "trimblanks", "  a"),
    ("varchar(9)", "   ", "blanksasnull", None),
    ("varchar(9)", '""', "", ""),
    ("varchar(9)", '""', "emptyasnull", None),
    ("char(3)", "a", "", "a  "),
    ("numeric(5, 2)", "1.239", "", "1.23"),
    ("numeric(5, 2)", "1.239", "roundec", "1.24"),
    ("integer", " 7 ", "", 7),
    ("double precision", "1e3", "", 1000.0),
    ("boolean", "No", "", False),
    ("date", "31.01.2013", "dateformat 'DD.MM.YYYY'", "2013-01-31"),
    ("date", "01/31/2013", "dateformat 'auto'", "2013-01-31"),
    ("date", "2013-01-31 10:00:00", "", "2013-01-31"),
    ("date", "nonsense", "acceptanydate", None),
    ("timestamp", "2013-01-31 10:11:12", "", "2013-01-31 10:11:12"),
    ("timestamp", "2013-01-31T10:11:12Z", "timeformat 'auto'", "2013-01-31 10:11:12"),
    ("timestamp", "31.01.2013 10:11", "timeformat 'DD.MM.YYYY HH24:MI'", "2013-01-31 10:11:00"),
    ("timestamp", "1359627072", "timeformat 'epochsecs'", "2013-01-31 10:11:12"),
    ("timestamp", "1359627072500", "timeformat 'epochmillisecs'", "2013-01-31 10:11:12.5"),
]


@pytest.mark.parametrize(("type_", "text", "options", "value"), VALUES)
def test_values(redshift: Redshift, put: Put, type_: str, text: str, options: str, value: Any) -> None:
    redshift.run(f"create table t (a int, v {type_})")
    uri = put("a.csv", f"1,{text}\n")
    redshift.run(f"copy t from '{uri}' {ROLE} csv {options}")
    assert redshift.run("select v from t") == [(value,)]


ERRORS = [
    ("1,x,2013-01-31,1,t\nxy,b,,,\n", 2, "id", "Invalid digit, Value 'x', Pos 0, Type: Integer", 1207),
    ("1,x,2013-01-31,1,t\n,b,,,\n", 2, "id", "Missing data for not-null field", 1213),
    ("1,toolong,,,\n", 1, "name", "String length exceeds DDL length", 1204),
    ("1,a,2013-1-1,,\n", 1, "day", "Invalid Date Format - length must be 10 or more", 1205),
    ("1,a,,1.x,\n", 1, "price", "Invalid digit, Value 'x', Pos 2, Type: Decimal", 1207),
    ("1,a,,,maybe\n", 1, "ok", "Unknown boolean format", 1210),
    ("1,a,,,\n2,b\n", 2, "", "Delimiter not found", 1214),
    ("1,a,,,,extra\n", 1, "", "Extra column(s) found", 1202),
    ("99999999999,a,,,\n", 1, "id", "Overflow, Value '99999999999', Type: Integer", 1204),
]


@pytest.mark.parametrize(("body", "line", "column", "reason", "code"), ERRORS)
def test_load_errors(table: Redshift, put: Put, body: str, line: int, column: str, reason: str, code: int) -> None:
    uri = put("a.csv", "id,name,day,price,ok\n" + body)
    with pytest.raises(StatementError) as failed:
        table.run(f"copy t from '{uri}' {ROLE} csv ignoreheader 1")
    message = str(failed.value)
    assert message.startswith("ERROR: Load into table 't' failed.  Check 'sys_load_error_detail' system table")
    assert all(part in message for part in (uri, f"line {line + 1}", reason))
    assert table.run("select * from t") == []
    (row,) = table.run(
        "select file_name, line_number, error_code, error_message, table_name from sys_load_error_detail"
    )
    assert row == (uri, line + 1, code, reason, "t")
    if column:
        assert table.run("select trim(colname), err_code from stl_load_errors") == [(column, code)]


def test_multibyte_characters_are_not_for_char(redshift: Redshift, put: Put) -> None:
    redshift.run("create table t (a int, c char(4))")
    uri = put("a.csv", "1,é\n")
    with pytest.raises(StatementError, match="Multibyte character not supported for CHAR"):
        redshift.run(f"copy t from '{uri}' {ROLE} csv")


def test_max_error_skips_bad_lines(table: Redshift, put: Put) -> None:
    uri = put("a.csv", "1,a,,,\nx,b,,,\n3\n4,d,,,\n")
    assert table.describe(f"copy t from '{uri}' {ROLE} csv maxerror 3")["ResultRows"] == 2
    assert table.run("select id from t order by id") == [(1,), (4,)]
    assert table.run("select line_number from sys_load_error_detail order by 1") == [(2,), (3,)]
    with pytest.raises(StatementError, match="Load into table"):
        table.run(f"copy t from '{uri}' {ROLE} csv maxerror 2")


def test_load_errors_outlive_a_rolled_back_batch(table: Redshift, put: Put) -> None:
    uri = put("a.csv", "x,a,,,\n")
    described = table.describe("delete from t", f"copy t from '{uri}' {ROLE} csv")
    assert described["Status"] == "FAILED"
    assert table.run("select count(*) from sys_load_error_detail") == [(1,)]


def test_invalid_utf8(table: Redshift, put: Put) -> None:
    uri = put("a.csv", b"1,a\xff,,,\n")
    with pytest.raises(StatementError, match="invalid or unsupported UTF8"):
        table.run(f"copy t from '{uri}' {ROLE} csv")
    table.run(f"copy t from '{uri}' {ROLE} csv acceptinvchars as '^'")
    assert table.run("select name from t") == [("a^",)]


def test_invalid_bytes_are_replaced_one_by_one(table: Redshift, put: Put) -> None:
    uri = put("a.csv", b"1,\xe2\x82z,,,\n")
    table.run(f"copy t from '{uri}' {ROLE} csv acceptinvchars '?'")
    assert table.run("select name from t") == [("??z",)]


def test_blank_lines_are_lines(redshift: Redshift, put: Put) -> None:
    redshift.run("create table one (a varchar(9))", "create table two (a int, b int)")
    uri = put("a.csv", "x\n\ny\n")
    redshift.run(f"copy one from '{uri}' {ROLE} csv")
    assert redshift.run("select a from one order by a") == [("",), ("x",), ("y",)]
    uri = put("b.csv", "1,2\n\n3,4\n")
    with pytest.raises(StatementError, match=r"line 2.*Delimiter not found"):
        redshift.run(f"copy two from '{uri}' {ROLE} csv")
    redshift.run(f"copy two from '{uri}' {ROLE} csv ignoreblanklines")
    assert redshift.run("select count(*) from two") == [(2,)]


def test_not_null_columns_get_their_defaults(redshift: Redshift, put: Put) -> None:
    redshift.run("create table t (a int not null default 7, b int)")
    redshift.run(f"copy t from '{put('a.csv', ',1')}' {ROLE} csv")
    assert redshift.run("select * from t") == [(7, 1)]


def test_noload_checks_and_loads_nothing(table: Redshift, put: Put) -> None:
    table.run(f"copy t from '{put('a.csv', '1,a,,,')}' {ROLE} csv noload")
    assert table.run("select * from t") == []
    with pytest.raises(StatementError, match="Load into table"):
        table.run(f"copy t from '{put('b.csv', 'x,a,,,')}' {ROLE} csv noload")


REFUSED = [
    ("copy t from '{uri}' csv", "CREDENTIALS argument is required"),
    ("copy t from '{uri}' credentials 'aws_access_key_id=a;aws_secret_access_key=b' csv", "keys do not belong in SQL"),
    ("copy t from '{uri}' iam_role 'nonsense' csv", "Invalid IAM role"),
    ("copy nowhere from '{uri}' iam_role default csv", "Cannot COPY into nonexistent table nowhere"),
    ("copy t (nope) from '{uri}' iam_role default csv", 'column "nope" of relation "t" does not exist'),
    ("copy t from '{uri}missing' iam_role default csv", "The specified S3 prefix '.*missing' does not exist"),
    ("copy t from 's3://no-such-bucket/a' iam_role default csv", "The specified bucket does not exist"),
    ("copy t from '{uri}' iam_role default format orc", "the sandbox can't run this"),
    ("copy t from '{uri}' iam_role default format avro 'auto'", "the sandbox can't run this"),
    ("copy t from '{uri}' iam_role default lzop", "the sandbox can't run this"),
    ("copy t from '{uri}' iam_role default csv escape", "CSV is not compatible with ESCAPE"),
    ("copy t from '{uri}' iam_role default csv nonsense", 'syntax error at or near "nonsense"'),
    ("copy t from 'dynamodb://x' iam_role default", "the sandbox can't run this"),
]


@pytest.mark.parametrize(("statement", "error"), REFUSED)
def test_refused(table: Redshift, put: Put, statement: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        table.run(statement.format(uri=put("a.csv", "1,a,,,\n")))
