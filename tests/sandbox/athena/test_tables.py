"""Tables: how files become rows, and which files are read. The rules are those of Athena's user guide."""

import gzip
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from generator.sandbox import duck
from generator.sandbox.server import Sandbox

Athena = Callable[..., SimpleNamespace]
Put = Callable[[str, str], None]


@pytest.fixture(scope="module")
def put(s3: Any, athena: Athena) -> Put:
    def put_text(key: str, text: str) -> None:
        data = gzip.compress(text.encode()) if key.endswith(".gz") else text.encode()
        s3.put_object(Bucket="lake-test", Key=key, Body=data)

    return put_text


@pytest.fixture(scope="module")
def glue(sandbox: Sandbox) -> Any:
    return duck.client("glue", sandbox.endpoint)


def create(athena: Athena, name: str, columns: str, clauses: str) -> None:
    result = athena(f"CREATE EXTERNAL TABLE {name} ({columns}) {clauses} LOCATION 's3://lake-test/{name}/'")
    assert result.reason == ""


def test_delimited_text_is_read_by_position_and_bad_values_are_null(athena: Athena, put: Put) -> None:
    put(
        "lazy/a.csv.gz",
        "name,n,x,day,flag\n"
        'a,1,1.5,2013-01-31,true\n"b",x,,2013-13-01,TRUE\n\\N,\\N,\\N,\\N,\\N\nshort\nc,2,1e3,2013-01-01,no,more\n\n',
    )
    columns = "name string, n int, x double, day date, flag boolean"
    create(athena, "lazy", columns, "ROW FORMAT DELIMITED FIELDS TERMINATED BY ','")
    athena("ALTER TABLE lazy SET TBLPROPERTIES ('skip.header.line.count' = '1')")
    assert athena("SELECT * FROM lazy").rows == [
        ["a", "1", "1.5", "2013-01-31", "true"],
        ['"b"', None, None, None, "true"],
        [None, None, None, None, None],
        ["short", None, None, None, None],
        ["c", "2", "1000.0", "2013-01-01", None],
        ["", None, None, None, None],
    ]


def test_every_file_s_header_is_skipped(athena: Athena, put: Put) -> None:
    put("headers/a.csv", "n\n1\n2\n")
    put("headers/b.csv", "n\r\n3\r\n")
    put("headers/deeper/c.csv", "n\n4")
    put("headers/_hidden.csv", "n\n5\n")
    put("headers/.hidden/d.csv", "n\n6\n")
    athena(
        "CREATE EXTERNAL TABLE headers (n int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' "
        "LOCATION 's3://lake-test/headers' TBLPROPERTIES ('skip.header.line.count' = '1')"
    )
    assert athena("SELECT sum(n), count(*) FROM headers").rows == [["10", "4"]]


def test_null_defined_as(athena: Athena, put: Put) -> None:
    put("nulls/a.csv", "NA,1\n,NA\n")
    create(athena, "nulls", "a string, n int", "ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' NULL DEFINED AS 'NA'")
    assert athena("SELECT * FROM nulls").rows == [[None, "1"], ["", None]]


def test_open_csv_takes_quotes_off_and_keeps_empty_text(athena: Athena, put: Put) -> None:
    put("quoted/a.csv", '"a, b","1"\n"say ""hi""",2\n,3\n')
    serde = "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'"
    create(athena, "quoted", "a string, n int", serde)
    assert athena("SELECT * FROM quoted").rows == [["a, b", "1"], ['say "hi"', "2"], ["", "3"]]


def test_open_csv_fails_on_what_is_no_number(athena: Athena, put: Put) -> None:
    put("unquoted/a.csv", "1\n\nx\n")
    create(athena, "unquoted", "n int", "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'")
    assert athena("SELECT * FROM unquoted").reason.startswith("HIVE_BAD_DATA: Error parsing field value")


def test_json_is_read_by_name(athena: Athena, put: Put) -> None:
    put("events/a.json", '{"Name": "a", "n": 1, "more": true}\n{"n": "2", "x": 1.50}\n')
    create(
        athena, "events", "name string, n int, x decimal(9,2)", "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
    )
    assert athena("SELECT * FROM events").rows == [["a", "1", None], [None, "2", "1.50"]]


def test_malformed_json_fails_unless_ignored(athena: Athena, put: Put) -> None:
    put("broken/a.json", '{"n": 1}\n{"n": \n')
    serde = "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'"
    create(athena, "broken", "n int", serde)
    assert athena("SELECT * FROM broken").reason.startswith("HIVE_CURSOR_ERROR: Row is not")
    athena("DROP TABLE broken")
    create(athena, "broken", "n int", f"{serde} WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')")
    assert athena("SELECT * FROM broken").rows == [["1"], [None]]


def test_a_parquet_column_is_found_by_name_and_never_converted(athena: Athena) -> None:
    assert athena("UNLOAD (SELECT 1 AS n, 'a' AS a) TO 's3://lake-test/byname/' WITH (format = 'PARQUET')").reason == ""
    create(athena, "byname", "a string, absent int, n bigint", "STORED AS PARQUET")
    assert athena("SELECT * FROM byname").rows == [["a", None, "1"]]
    athena("DROP TABLE byname")
    create(athena, "byname", "n string", "STORED AS PARQUET")
    assert "Field n's type integer in parquet file" in athena("SELECT * FROM byname").reason


def test_a_table_without_files_is_empty(athena: Athena) -> None:
    create(athena, "hollow", "n int", "STORED AS PARQUET")
    assert athena("SELECT * FROM hollow").rows == []


PARTITIONED = "PARTITIONED BY (day date) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','"


def test_only_registered_partitions_are_read(athena: Athena, put: Put) -> None:
    for day in range(1, 4):
        put(f"days/day=2013-01-0{day}/a.csv", "x" * day + "\n")
    create(athena, "days", "n string", PARTITIONED)
    assert athena("SELECT count(*) FROM days").rows == [["0"]]
    athena("ALTER TABLE days ADD PARTITION (day = '2013-01-02')")
    assert athena("SELECT * FROM days").rows == [["xx", "2013-01-02"]]
    repaired = athena("MSCK REPAIR TABLE days")
    assert repaired.rows[0] == ["Partitions not in metastore:\tday=2013-01-01\tday=2013-01-03"]
    assert athena("SHOW PARTITIONS days").rows == [["day=2013-01-01"], ["day=2013-01-02"], ["day=2013-01-03"]]
    athena("ALTER TABLE days DROP PARTITION (day = '2013-01-03')")
    assert athena("SELECT n FROM days ORDER BY day").rows == [["x"], ["xx"]]
    put("elsewhere/b.csv", "other\n")
    athena("ALTER TABLE days ADD PARTITION (day = '2013-01-09') LOCATION 's3://lake-test/elsewhere'")
    assert athena("SELECT * FROM days WHERE day > DATE '2013-01-05'").rows == [["other", "2013-01-09"]]


@pytest.fixture(scope="module")
def pruned(athena: Athena, put: Put) -> None:
    for day in range(1, 4):
        put(f"pruned/day=2013-01-0{day}/a.csv", "x" * day + "\n")
    create(athena, "pruned", "n string", PARTITIONED)
    athena("MSCK REPAIR TABLE pruned")


@pytest.mark.parametrize(
    ("query", "bytes_read"),
    [
        ("SELECT n FROM pruned WHERE day = DATE '2013-01-02'", 3),
        ("SELECT d.n FROM pruned AS d WHERE d.day <= DATE '2013-01-01' AND n <> 'z'", 2),
        ("SELECT n FROM pruned WHERE day < current_date AND day IN (DATE '2013-01-01', DATE '2013-01-02')", 5),
        ("SELECT x.n FROM pruned x JOIN (SELECT 1 AS one) ON true WHERE x.day = DATE '2013-01-02'", 3),
        ("WITH p AS (SELECT * FROM pruned WHERE date_trunc('month', day) > day) SELECT * FROM p", 0),
        ("SELECT n FROM pruned WHERE day = DATE '2013-01-02' OR n = 'x'", 9),
        ("SELECT x.n FROM (SELECT 1 AS one) LEFT JOIN pruned x ON true WHERE x.day = DATE '2013-01-02'", 9),
    ],
)
def test_partitions_that_a_query_does_not_need_are_not_read(
    athena: Athena, pruned: None, query: str, bytes_read: int
) -> None:
    result = athena(query)
    assert result.reason == ""
    assert result.execution["Statistics"]["DataScannedInBytes"] == bytes_read


def test_a_partition_s_folder_is_no_prefix_of_another_s(athena: Athena, put: Put) -> None:
    put("numbers/n=1/a.csv", "one\n")
    put("numbers/n=10/a.csv", "ten\n")
    create(athena, "numbers", "t string", "PARTITIONED BY (n int) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','")
    athena("ALTER TABLE numbers ADD PARTITION (n = 1)")
    assert athena("SELECT t FROM numbers").rows == [["one"]]


@pytest.mark.parametrize(
    ("properties", "rows"),
    [
        ("'projection.day.type' = 'date', 'projection.day.range' = '2013-01-01,2013-01-02', "
         "'projection.day.format' = 'yyyy-MM-dd'", [["1"], ["2"]]),
        ("'projection.day.type' = 'enum', 'projection.day.values' = '2013-01-02,2013-01-03'", [["2"], ["3"]]),
        ("'projection.day.type' = 'date', 'projection.day.range' = '2013-01-02,NOW', "
         "'projection.day.format' = 'yyyy-MM-dd'", [["2"], ["3"]]),
    ],
)  # fmt: skip
def test_projected_partitions_need_no_registration(
    athena: Athena, put: Put, properties: str, rows: list[list[str]]
) -> None:
    for day in range(1, 4):
        put(f"projected/2013-01-0{day}/a.csv", f"{day}\n")
    athena("DROP TABLE IF EXISTS projected")
    created = athena(
        "CREATE EXTERNAL TABLE projected (n int) PARTITIONED BY (day string) LOCATION 's3://lake-test/projected/' "
        f"TBLPROPERTIES ('projection.enabled' = 'true', {properties}, "
        "'storage.location.template' = 's3://lake-test/projected/${day}/')"
    )
    assert created.reason == ""
    assert athena("SELECT n FROM projected ORDER BY 1").rows == rows


def test_injected_partitions_need_an_equality(athena: Athena, put: Put) -> None:
    put("injected/k=a/a.csv", "1\n")
    athena(
        "CREATE EXTERNAL TABLE injected (n int) PARTITIONED BY (k string) LOCATION 's3://lake-test/injected/' "
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.k.type' = 'injected')"
    )
    assert athena("SELECT n FROM injected WHERE k = 'a'").rows == [["1"]]
    assert "must contain only static equality conditions" in athena("SELECT n FROM injected").reason


def test_glue_shows_what_ddl_made(athena: Athena, glue: Any) -> None:
    athena(
        "CREATE EXTERNAL TABLE shown (a int COMMENT 'first', b varchar(5)) COMMENT 'about' PARTITIONED BY (d date) "
        "STORED AS PARQUET LOCATION 's3://lake-test/shown/' TBLPROPERTIES ('owner' = 'me')"
    )
    table = glue.get_table(DatabaseName="default", Name="shown")["Table"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert table["StorageDescriptor"]["Columns"] == [
        {"Name": "a", "Type": "int", "Comment": "first"},
        {"Name": "b", "Type": "varchar(5)"},
    ]
    assert table["PartitionKeys"] == [{"Name": "d", "Type": "date"}]
    assert table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("ParquetHiveSerDe")
    assert table["Parameters"].pop("transient_lastDdlTime").isdigit()
    assert table["Parameters"] == {"EXTERNAL": "TRUE", "comment": "about", "owner": "me"}
    assert athena("SHOW COLUMNS IN shown").rows == [["a"], ["b"], ["d"]]
    described = [row[0].split() for row in athena("DESCRIBE shown").rows]
    assert described[:3] == [["a", "int", "first"], ["b", "varchar(5)"], ["d", "date"]]


def test_show_create_table_makes_the_same_table_again(athena: Athena, glue: Any) -> None:
    create(
        athena,
        "again",
        "a int COMMENT 'it''s', b string",
        r"PARTITIONED BY (d date) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t' NULL DEFINED AS 'NA'",
    )
    before = glue.get_table(DatabaseName="default", Name="again")["Table"]
    ddl = "\n".join(row[0] for row in athena("SHOW CREATE TABLE again").rows)
    athena("DROP TABLE again")
    assert athena(ddl).reason == ""
    after = glue.get_table(DatabaseName="default", Name="again")["Table"]
    same = ("StorageDescriptor", "PartitionKeys", "Parameters", "TableType")
    assert {key: after[key] for key in same} == {key: before[key] for key in same}


def test_views(athena: Athena, glue: Any) -> None:
    athena("CREATE DATABASE other")
    athena("CREATE EXTERNAL TABLE base (n int) LOCATION 's3://lake-test/base/'", "other")
    assert athena("CREATE VIEW v AS SELECT count(*) AS n, 'a' AS a FROM base", "other").reason == ""
    assert athena("SELECT n, a FROM other.v AS x WHERE x.n = 0").rows == [["0", "a"]]
    assert glue.get_table(DatabaseName="other", Name="v")["Table"]["TableType"] == "VIRTUAL_VIEW"
    assert "already exists" in athena("CREATE VIEW other.v AS SELECT 1 AS n").reason
    assert athena("CREATE OR REPLACE VIEW other.v AS SELECT 1 AS n").reason == ""
    assert athena("SHOW VIEWS IN other").rows == [["v"]]
    assert athena("SELECT * FROM other.v").rows == [["1"]]


def test_information_schema(athena: Athena) -> None:
    athena("CREATE DATABASE known")
    athena(
        "CREATE EXTERNAL TABLE known.t (a string COMMENT 'x', b decimal(9,2)) PARTITIONED BY (d date) "
        "LOCATION 's3://lake-test/known/'"
    )
    where = "WHERE table_schema = 'known'"
    assert athena(f"SELECT table_name, table_type FROM information_schema.tables {where}").rows == [["t", "BASE TABLE"]]
    columns = "column_name, ordinal_position, data_type, comment, extra_info"
    assert athena(f"SELECT {columns} FROM information_schema.columns {where} ORDER BY 2").rows == [
        ["a", "1", "varchar", "x", None],
        ["b", "2", "decimal(9,2)", None, None],
        ["d", "3", "date", None, "partition key"],
    ]
    assert athena("SELECT count(*) FROM information_schema.schemata WHERE schema_name = 'known'").rows == [["1"]]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("CREATE DATABASE default", "Database default already exists"),
        ("DROP DATABASE nope", "Database does not exist: nope"),
        ("CREATE EXTERNAL TABLE nope.t (n int) LOCATION 's3://lake-test/t/'", "Database does not exist: nope"),
        ("CREATE EXTERNAL TABLE t (n int)", "An S3 location must be specified"),
        ("CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (n int) LOCATION 's3://lake-test/t/'", "Column repeated"),
        ("CREATE EXTERNAL TABLE t (n money) LOCATION 's3://lake-test/t/'", "money"),
        ("CREATE EXTERNAL TABLE t (n int) STORED AS ORC LOCATION 's3://lake-test/t/'", "the sandbox can't run this"),
        ("DROP TABLE nope", "Table not found default.nope"),
        ("DESCRIBE nope", "Table not found default.nope"),
        ("MSCK REPAIR TABLE nope", "Table not found default.nope"),
    ],
)
def test_ddl_that_fails(athena: Athena, sql: str, reason: str) -> None:
    assert reason in athena(sql).reason


def test_a_database_with_tables_is_dropped_by_cascade_alone(athena: Athena) -> None:
    athena("CREATE SCHEMA IF NOT EXISTS filled")
    athena("CREATE EXTERNAL TABLE filled.t (n int) LOCATION 's3://lake-test/t/'")
    assert "is not empty" in athena("DROP DATABASE filled").reason
    assert athena("DROP DATABASE filled CASCADE").reason == ""
    assert ["filled"] not in athena("SHOW DATABASES").rows


def test_if_not_exists_keeps_the_table_that_is_there(athena: Athena) -> None:
    create(athena, "kept", "a int", "STORED AS PARQUET")
    again = "CREATE EXTERNAL TABLE {} kept (b int) STORED AS PARQUET LOCATION 's3://lake-test/kept/'"
    assert athena(again.format("IF NOT EXISTS")).reason == ""
    assert "AlreadyExistsException" in athena(again.format("")).reason
    assert athena("SHOW COLUMNS IN kept").rows == [["a"]]
