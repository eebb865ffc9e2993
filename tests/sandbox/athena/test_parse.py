"""Athena's statements as values."""

import pytest

from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.athena.parse import parse
from generator.sandbox.athena.statements import (
    AddColumns,
    AddPartitions,
    ChangeColumn,
    ChangeRows,
    Column,
    CreateDatabase,
    CreateTable,
    CreateTableAs,
    CreateView,
    Deallocate,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    Execute,
    Explain,
    Insert,
    Name,
    Prepare,
    RenamePartition,
    RepairTable,
    ReplaceColumns,
    Select,
    SetDatabaseProperties,
    SetLocation,
    SetProperties,
    ShowProperties,
    ShowTables,
    Statement,
    Unload,
)

T = Name("", "t")


@pytest.mark.parametrize(
    ("sql", "statement"),
    [
        ("SELECT 1;", Select("SELECT 1")),
        ("-- note\nWITH a AS (SELECT 1) SELECT * FROM a", Select("WITH a AS (SELECT 1) SELECT * FROM a")),
        ("((SELECT 1))", Select("((SELECT 1))")),
        ("SELECT ';'", Select("SELECT ';'")),
        ("create schema if not exists Lake comment 'x'", CreateDatabase("lake", True, "x")),
        ("DROP DATABASE lake CASCADE", DropDatabase("lake", False, True)),
        ("DROP TABLE IF EXISTS `lake`.`flights`", DropTable(Name("lake", "flights"), True)),
        ("MSCK REPAIR TABLE lake.flights", RepairTable(Name("lake", "flights"))),
        ("SHOW TABLES IN lake 'f*'", ShowTables("lake", "f*")),
        ("DESCRIBE awsdatacatalog.lake.flights", Describe(Name("lake", "flights"))),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", CreateView(Name("", "v"), True, "SELECT 1")),
        ("INSERT INTO t (a, B) SELECT 1, 2", Insert(Name("", "t"), ("a", "b"), "SELECT 1, 2")),
        ("INSERT INTO t (SELECT 1)", Insert(Name("", "t"), (), "(SELECT 1)")),
        ("INSERT INTO t VALUES (1)", Insert(Name("", "t"), (), "VALUES (1)")),
        (
            "ALTER TABLE t ADD IF NOT EXISTS PARTITION (d = '1', n = 2) LOCATION 's3://b/x/' PARTITION (d='2', n=3)",
            AddPartitions(
                Name("", "t"), True, (((("d", "1"), ("n", "2")), "s3://b/x/"), ((("d", "2"), ("n", "3")), ""))
            ),
        ),
        (
            "ALTER TABLE t DROP PARTITION (d='1'), PARTITION (d='2')",
            DropPartitions(Name("", "t"), False, ((("d", "1"),), (("d", "2"),))),
        ),
        ("ALTER SCHEMA lake SET DBPROPERTIES ('a' = 'b')", SetDatabaseProperties("lake", {"a": "b"})),
        ("ALTER TABLE t PARTITION (d='1') ADD COLUMNS (a int)", AddColumns(T, (Column("a", "int"),), (("d", "1"),))),
        ("ALTER TABLE t REPLACE COLUMNS (a int, b date)",
         ReplaceColumns(T, (Column("a", "int"), Column("b", "date")))),
        ("ALTER TABLE t CHANGE COLUMN area zip int COMMENT 'c' AFTER b",
         ChangeColumn(T, "area", Column("zip", "int", "c"), after="b")),
        ("ALTER TABLE t PARTITION (d='1') RENAME TO PARTITION (d='2')",
         RenamePartition(T, (("d", "1"),), (("d", "2"),))),
        ("ALTER TABLE t PARTITION (d='1') SET LOCATION 's3://b/x/'", SetLocation(T, "s3://b/x/", (("d", "1"),))),
        ("ALTER TABLE t SET TBLPROPERTIES ('compression_level' = 4)", SetProperties(T, {"compression_level": "4"})),
        ("SHOW TBLPROPERTIES t('comment')", ShowProperties(T, "comment")),
        ("PREPARE P FROM SELECT ?;", Prepare("p", "SELECT ?")),
        ("EXECUTE p USING 'a,b', f(1, 2)", Execute("p", ("'a,b'", "f(1, 2)"))),
        ("DEALLOCATE PREPARE p", Deallocate("p")),
        ("EXPLAIN (TYPE VALIDATE, FORMAT TEXT) SELECT 1", Explain("SELECT 1", validate=True)),
        ("MERGE INTO t AS x USING u ON true WHEN MATCHED THEN DELETE", ChangeRows("MERGE", T)),
        (
            "CREATE TABLE t WITH (format = 'PARQUET', partitioned_by = ARRAY['a', 'b']) AS SELECT 1 WITH NO DATA",
            CreateTableAs(
                Name("", "t"), False, {"format": "PARQUET", "partitioned_by": ("a", "b")}, "SELECT 1", with_data=False
            ),
        ),
        (
            "UNLOAD (SELECT ')' FROM t) TO 's3://b/x/' WITH (format = 'JSON')",
            Unload("SELECT ')' FROM t", "s3://b/x/", {"format": "JSON"}),
        ),
    ],
)  # fmt: skip
def test_statements(sql: str, statement: Statement) -> None:
    assert parse(sql) == statement


def test_create_external_table_with_every_clause() -> None:
    statement = parse(
        r"""
        CREATE EXTERNAL TABLE IF NOT EXISTS `lake`.`Flights` (
          carrier string COMMENT 'two letters; it\'s upper case',
          `date` date,                                   -- a reserved word
          tags map<string, array<decimal(9, 2)>>
        )
        COMMENT 'all flights'
        PARTITIONED BY (year int COMMENT 'of departure')
        ROW FORMAT DELIMITED FIELDS TERMINATED BY '\001' NULL DEFINED AS 'NA'
        STORED AS TEXTFILE
        LOCATION 's3://bucket/flights/'
        TBLPROPERTIES ("skip.header.line.count" = "1")
        """
    )
    assert statement == CreateTable(
        name=Name("lake", "flights"),
        if_not_exists=True,
        columns=(
            Column("carrier", "string", "two letters; it's upper case"),
            Column("date", "date"),
            Column("tags", "map<string,array<decimal(9,2)>>"),
        ),
        comment="all flights",
        partition_keys=(Column("year", "int", "of departure"),),
        serde_properties={"field.delim": "\x01", "serialization.null.format": "NA"},
        stored_as="TEXTFILE",
        location="s3://bucket/flights/",
        properties={"skip.header.line.count": "1"},
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("", "Query string is empty"),
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed"),
        ("DROP TABLE\n  a b", "line 2:5: mismatched input 'b'"),
        ("COMMIT", "Queries of this type are not supported"),
        ("SHOW GRANT", "Queries of this type are not supported"),
        ("ALTER TABLE t RENAME TO u", "Queries of this type are not supported"),
        ("CREATE TABLE t LIKE u", "Queries of this type are not supported"),
        ("CREATE TABLE `t` (a int)", "makes Iceberg tables alone"),
        ("PREPARE p FROM DROP TABLE t", "PREPARE takes"),
        ("DROP TABLE partition", "line 1:12: mismatched input 'partition'"),
        ("CREATE EXTERNAL TABLE _t (n int)", "mismatched input '_t'"),
        ("CREATE TABLE table AS SELECT 1", "mismatched input 'table'"),
        ("CREATE VIEW v", "line 1:14: mismatched input '<EOF>'. Expecting: 'AS'"),
        ("SELECT 'a", "line 1:8: mismatched input '''"),
    ],
)
def test_syntax_errors(sql: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse(sql)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t (a int) LOCATION 's3://b/t/' TBLPROPERTIES ('table_type' = 'ICEBERG')",
        "EXPLAIN ANALYZE SELECT 1",
        "EXPLAIN (FORMAT JSON) SELECT 1",
        "EXPLAIN INSERT INTO t SELECT 1",
        "DESCRIBE FORMATTED t",
        "DESCRIBE t a",
        "SHOW FUNCTIONS",
    ],
)
def test_what_the_sandbox_can_t_run_it_says(sql: str) -> None:
    with pytest.raises(UnsupportedError, match="the sandbox can't run this"):
        parse(sql)
