"""INSERT, CREATE TABLE AS and UNLOAD: what they write, and what they refuse."""

import gzip
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

Athena = Callable[..., SimpleNamespace]
MANY_DAYS = "SELECT 1 AS n, day FROM UNNEST(sequence(DATE '2013-01-01', DATE '{}')) AS t (day)"


def keys(s3: Any, prefix: str) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket="lake-test", Prefix=prefix).get("Contents", [])]


def lines(s3: Any, prefix: str) -> list[str]:
    bodies = [s3.get_object(Bucket="lake-test", Key=key)["Body"].read() for key in keys(s3, prefix)]
    return [line for body in bodies for line in gzip.decompress(body).decode().splitlines()]


def create(athena: Athena, name: str, columns: str, clauses: str) -> None:
    result = athena(f"CREATE EXTERNAL TABLE {name} ({columns}) {clauses} LOCATION 's3://lake-test/{name}/'")
    assert result.reason == ""


def test_insert_writes_a_folder_for_each_partition_and_registers_it(athena: Athena, s3: Any) -> None:
    create(athena, "daily", "n bigint", "PARTITIONED BY (day date) STORED AS PARQUET")
    result = athena("INSERT INTO daily " + MANY_DAYS.format("2013-01-02"))
    assert (result.reason, result.updated) == ("", 2)
    folders = ["daily/day=2013-01-01", "daily/day=2013-01-02"]
    assert [key.rpartition("/")[0] for key in keys(s3, "daily/")] == folders
    assert athena("SELECT n, day FROM daily ORDER BY day").rows == [["1", "2013-01-01"], ["1", "2013-01-02"]]
    athena("INSERT INTO daily VALUES (2, DATE '2013-01-02')")
    assert athena("SELECT sum(n) FROM daily WHERE day = DATE '2013-01-02'").rows == [["3"]]


def test_insert_lists_its_files_in_a_manifest(athena: Athena, s3: Any) -> None:
    create(athena, "listed", "n int", "STORED AS PARQUET")
    result = athena("INSERT INTO listed SELECT 1")
    manifest = result.execution["Statistics"]["DataManifestLocation"]
    body = s3.get_object(Bucket="lake-test", Key=manifest.removeprefix("s3://lake-test/"))["Body"].read()
    assert body.decode().split() == [f"s3://lake-test/{key}" for key in keys(s3, "listed/")]


def test_insert_into_named_columns_leaves_the_others_null(athena: Athena) -> None:
    create(athena, "named", "a int, b string, c double", "STORED AS PARQUET")
    athena("INSERT INTO named (c, a) SELECT 1.5, 7")
    assert athena("SELECT * FROM named").rows == [["7", None, "1.5"]]


def test_a_partition_without_a_value(athena: Athena, s3: Any) -> None:
    create(athena, "unknowns", "n int", "PARTITIONED BY (k string) STORED AS PARQUET")
    athena("INSERT INTO unknowns VALUES (1, NULL), (2, 'a b=c')")
    folders = [key.split("/")[1] for key in keys(s3, "unknowns/")]
    assert folders == ["k=__HIVE_DEFAULT_PARTITION__", "k=a b%3Dc"]
    assert athena("SELECT n, k FROM unknowns ORDER BY n").rows == [["1", None], ["2", "a b=c"]]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("INSERT INTO narrow SELECT count(*) FROM (SELECT 1)", "TYPE_MISMATCH"),
        ("INSERT INTO narrow SELECT 'a'", "Table: [integer], Query: [varchar]"),
        ("INSERT INTO narrow SELECT 1, 2", "mismatched column types"),
        ("INSERT INTO narrow (m) SELECT 1", "Insert column name does not exist in target table: m"),
        ("INSERT INTO nope SELECT 1", "TABLE_NOT_FOUND"),
    ],
)
def test_insert_fits_columns_as_trino_does(athena: Athena, query: str, reason: str) -> None:
    athena("CREATE EXTERNAL TABLE IF NOT EXISTS narrow (n int) STORED AS PARQUET LOCATION 's3://lake-test/narrow/'")
    assert reason in athena(query).reason


def test_more_than_100_partitions_are_refused_and_nothing_is_written(athena: Athena, s3: Any) -> None:
    create(athena, "many", "n int", "PARTITIONED BY (day date) STORED AS PARQUET")
    result = athena("INSERT INTO many " + MANY_DAYS.format("2013-04-11"))
    assert result.reason.startswith("HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers")
    assert keys(s3, "many/") == []
    assert athena("INSERT INTO many " + MANY_DAYS.format("2013-04-10")).updated == 100


def test_create_table_as(athena: Athena, s3: Any) -> None:
    result = athena(
        "CREATE TABLE copied WITH (format = 'PARQUET', external_location = 's3://lake-test/copied/', "
        "partitioned_by = ARRAY['day']) AS " + MANY_DAYS.format("2013-01-02")
    )
    assert (result.reason, result.updated, result.execution["SubstatementType"]) == ("", 2, "CREATE_TABLE_AS_SELECT")
    assert athena("SELECT * FROM copied ORDER BY day").rows == [["1", "2013-01-01"], ["1", "2013-01-02"]]
    assert athena("SHOW PARTITIONS copied").rows == [["day=2013-01-01"], ["day=2013-01-02"]]


def test_create_table_as_without_a_location_writes_beside_the_results(athena: Athena, s3: Any) -> None:
    assert athena("CREATE TABLE placed AS SELECT 1 AS n, CAST(1.5 AS decimal(9, 2)) AS d").reason == ""
    assert len(keys(s3, "results/tables/")) == 1
    assert athena("SELECT * FROM placed").rows == [["1", "1.50"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE TABLE busy AS SELECT 1 AS n", "TABLE_ALREADY_EXISTS"),
        (
            "CREATE TABLE t WITH (external_location = 's3://lake-test/busy/') AS SELECT 1 AS n",
            "HIVE_PATH_ALREADY_EXISTS",
        ),
        ("CREATE TABLE t AS SELECT 1", "COLUMN_NAME_NOT_SPECIFIED: line 1:1: Column name not specified at position 1"),
        ("CREATE TABLE t AS SELECT 1 AS a, 2 AS a", "DUPLICATE_COLUMN_NAME"),
        ("CREATE TABLE t WITH (partitioned_by = ARRAY['a']) AS SELECT 1 AS a, 2 AS b", "HIVE_COLUMN_ORDER_MISMATCH"),
        ("CREATE TABLE t WITH (format = 'ORC') AS SELECT 1 AS a", "the sandbox can't run this"),
        ("CREATE TABLE t WITH (bucketed_by = ARRAY['a']) AS SELECT 1 AS a", "the sandbox can't run this"),
    ],
)
def test_create_table_as_that_fails(athena: Athena, sql: str, reason: str) -> None:
    busy = "CREATE TABLE IF NOT EXISTS busy WITH (external_location = 's3://lake-test/busy/') AS SELECT 1 AS n"
    assert athena(busy).reason == ""
    assert reason in athena(sql).reason


def test_unload_to_parquet_and_never_to_a_folder_that_holds_something(athena: Athena, s3: Any) -> None:
    options = "format = 'PARQUET', partitioned_by = ARRAY['k']"
    unload = f"UNLOAD (SELECT 1 AS n, 'a' AS k) TO 's3://lake-test/out/' WITH ({options})"
    assert athena(unload).reason == ""
    assert [key.rpartition("/")[0] for key in keys(s3, "out/")] == ["out/k=a"]
    assert athena(unload).reason.startswith("HIVE_PATH_ALREADY_EXISTS")


def test_unload_to_text(athena: Athena, s3: Any) -> None:
    rows = "(1, 'a', true, 1.5e0, DATE '2013-01-01'), (NULL, '', false, NULL, NULL)"
    query = f"SELECT * FROM (VALUES {rows}) AS t (a, b, c, d, e)"
    athena(f"UNLOAD ({query}) TO 's3://lake-test/text/' WITH (format = 'TEXTFILE', field_delimiter = ',')")
    assert lines(s3, "text/") == ["1,a,true,1.5,2013-01-01", r"\N,,false,\N,\N"]


def test_unload_to_json(athena: Athena, s3: Any) -> None:
    rows = "SELECT 1 AS n, 'ä' AS t, CAST(NULL AS integer) AS x, DATE '2013-01-01' AS d"
    athena(f"UNLOAD ({rows}) TO 's3://lake-test/json/' WITH (format = 'JSON')")
    assert lines(s3, "json/") == ['{"n": 1, "t": "ä", "x": null, "d": "2013-01-01"}']


def test_rows_that_were_written_as_text_come_back(athena: Athena) -> None:
    columns = "a int, b string, c double, d date, e timestamp, f boolean"
    for name, clauses in (
        ("text_copy", "ROW FORMAT DELIMITED FIELDS TERMINATED BY '|'"),
        ("json_copy", "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'"),
    ):
        create(athena, name, columns, clauses)
        athena(f"INSERT INTO {name} SELECT 1, 'x', 1e10, DATE '2013-01-01', TIMESTAMP '2013-01-01 01:02:03.5', true")
        athena(f"INSERT INTO {name} (a) SELECT NULL")
        assert athena(f"SELECT * FROM {name} ORDER BY a").rows == [
            ["1", "x", "1.0E10", "2013-01-01", "2013-01-01 01:02:03.500", "true"],
            [None, None, None, None, None, None],
        ]


def test_dropping_a_table_leaves_its_files(athena: Athena, s3: Any) -> None:
    create(athena, "dropped", "n int", "STORED AS PARQUET")
    athena("INSERT INTO dropped SELECT 1")
    athena("DROP TABLE dropped")
    assert len(keys(s3, "dropped/")) == 1
