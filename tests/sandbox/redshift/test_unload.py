"""UNLOAD: files, their names and their bytes, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import json
from collections.abc import Callable

import pytest

from tests.sandbox.conftest import ROLE, Redshift, StatementError

Get = Callable[[], dict[str, bytes]]

ROWS = (
    "select 1 as id, \\'a|b\\' as name, true as ok, date \\'2013-01-31\\' as day "
    "union all select 2, null, false, null order by 1"
)
JSON = b"""{"id":1,"name":"a|b","ok":"t","day":"2013-01-31"}
{"id":2,"name":null,"ok":"f","day":null}
"""


def unload(redshift: Redshift, folder: str, options: str, query: str = ROWS) -> None:
    redshift.run(f"unload ('{query}') to '{folder}' {ROLE} {options}")


TEXTS = [
    ("", "0000_part_00", b"1|a|b|t|2013-01-31\n2||f|\n"),
    ("parallel off", "000", b"1|a|b|t|2013-01-31\n2||f|\n"),
    ("delimiter ',' header", "0000_part_00", b"id,name,ok,day\n1,a|b,t,2013-01-31\n2,,f,\n"),
    ("escape", "0000_part_00", b"1|a\\|b|t|2013-01-31\n2||f|\n"),
    ("addquotes null as 'NA'", "0000_part_00", b'"1"|"a|b"|"t"|"2013-01-31"\n"2"|NA|"f"|NA\n'),
    ("csv", "0000_part_00", b"1,a|b,t,2013-01-31\n2,,f,\n"),
    ("format as csv delimiter '|' header", "0000_part_00", b'id|name|ok|day\n1|"a|b"|t|2013-01-31\n2||f|\n'),
    ("csv null as 'NA' extension 'csv'", "0000_part_00.csv", b"1,a|b,t,2013-01-31\n2,NA,f,NA\n"),
    ("format json", "0000_part_00", JSON),
]  # fmt: skip


@pytest.mark.parametrize(("options", "name", "body"), TEXTS)
def test_text_formats(redshift: Redshift, folder: str, get: Get, options: str, name: str, body: bytes) -> None:
    unload(redshift, folder, options)
    assert get() == {name: body}


def test_compression(redshift: Redshift, folder: str, get: Get) -> None:
    unload(redshift, folder + "a_", "gzip")
    unload(redshift, folder + "b_", "bzip2")
    unload(redshift, folder + "c_", "zstd")
    files = get()
    assert list(files) == ["a_0000_part_00.gz", "b_0000_part_00.bz2", "c_0000_part_00.zst"]
    assert gzip.decompress(files["a_0000_part_00.gz"]) == bz2.decompress(files["b_0000_part_00.bz2"])


def test_partitions(redshift: Redshift, folder: str, get: Get) -> None:
    query = "select 1 as a, \\'x y\\' as p union all select 2, null union all select 3, \\'x y\\'"
    unload(redshift, folder, "format parquet partition by (p)", query)
    assert list(get()) == ["p=__HIVE_DEFAULT_PARTITION__/0000_part_00.parquet", "p=x y/0000_part_00.parquet"]
    redshift.run("create table t (a int)", f"copy t from '{folder}p=x y/' {ROLE} parquet")
    assert redshift.run("select a from t order by a") == [(1,), (3,)]


def test_partition_columns_can_be_included(redshift: Redshift, folder: str, get: Get) -> None:
    unload(redshift, folder, "csv partition by (p) include", "select 1 as a, 2 as p")
    assert get() == {"p=2/0000_part_00": b"1,2\n"}


def test_existing_files_are_not_overwritten(redshift: Redshift, folder: str, get: Get) -> None:
    unload(redshift, folder, "", "select 1")
    with pytest.raises(StatementError, match="Specified unload destination on S3 is not empty"):
        unload(redshift, folder, "", "select 2")
    unload(redshift, folder, "allowoverwrite parallel off", "select 2")
    assert get() == {"0000_part_00": b"1\n", "000": b"2\n"}
    unload(redshift, folder, "cleanpath", "select 3")
    assert get() == {"0000_part_00": b"3\n"}


def test_cleanpath_of_partitions_leaves_the_others(redshift: Redshift, folder: str, get: Get) -> None:
    unload(redshift, folder, "csv partition by (p)", "select 1 as a, 1 as p union all select 2, 2")
    unload(redshift, folder, "csv partition by (p) cleanpath extension 'csv'", "select 3 as a, 2 as p")
    assert get() == {"p=1/0000_part_00": b"1\n", "p=2/0000_part_00.csv": b"3\n"}


def test_manifest_lists_the_files_for_copy(redshift: Redshift, folder: str, get: Get) -> None:
    unload(redshift, folder, "manifest verbose", "select 1 as a union all select 2")
    manifest = json.loads(get()["manifest"])
    assert manifest["entries"] == [{"url": f"{folder}0000_part_00", "meta": {"content_length": 4, "record_count": 2}}]
    assert manifest["meta"] == {"content_length": 4, "record_count": 2}
    redshift.run("create table t (a int)", f"copy t from '{folder}manifest' {ROLE} manifest")
    assert redshift.run("select count(*) from t") == [(2,)]


def test_dollar_quotes_and_rows(redshift: Redshift, folder: str, get: Get) -> None:
    described = redshift.describe(f"unload ($$select 'it''s' as a$$) to '{folder}' {ROLE}")
    assert described["ResultRows"] == 1
    assert get() == {"0000_part_00": b"it's\n"}


REFUSED = [
    ("select * from nowhere", ROLE, 'relation "nowhere" does not exist'),
    ("select 1 limit 1", ROLE, "Limit clause is not supported"),
    ("delete from t", ROLE, "must be a SELECT"),
    ("select 1", "", "CREDENTIALS argument is required"),
    ("select 1", f"{ROLE} cleanpath allowoverwrite", "cannot be specified together"),
    ("select 1", f"{ROLE} parquet gzip", "not compatible"),
    ("select 1", f"{ROLE} maxfilesize 1 mb", "MAXFILESIZE must be between"),
    ("select 1 as a", f"{ROLE} csv partition by (b)", 'column "b" of PARTITION BY'),
    ("select 1 as a", f"{ROLE} csv partition by (a)", "must have a column"),
    ("select 1", f"{ROLE} encrypted", "the sandbox can't run this"),
    ("select 1", f"{ROLE} nonsense", 'syntax error at or near "nonsense"'),
]


@pytest.mark.parametrize(("query", "options", "error"), REFUSED)
def test_refused(redshift: Redshift, folder: str, query: str, options: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        redshift.run(f"unload ('{query}') to '{folder}' {options}")
