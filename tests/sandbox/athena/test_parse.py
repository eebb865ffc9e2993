"""Athena's statements as values."""

import pytest

from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.athena.parse import parse
from generator.sandbox.athena.statements import (
    AddPartitions,
    Column,
    CreateDatabase,
    CreateTable,
    CreateTableAs,
    CreateView,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    Insert,
    Name,
    RepairTable,
    Select,
    ShowTables,
    Statement,
    Unload,
)


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
)
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
        ("CREATE VIEW v", "line 1:14: mismatched input '<EOF>'. Expecting: 'AS'"),
        ("SELECT 'a", "line 1:8: mismatched input '''"),
    ],
)
def test_syntax_errors(sql: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as raised:
        parse(sql)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    "sql", ["MERGE INTO a USING b ON true", "DELETE FROM t", "CREATE TABLE t (a int)", "EXPLAIN SELECT 1", "VACUUM t"]
)
def test_what_the_sandbox_can_t_run_it_says(sql: str) -> None:
    with pytest.raises(UnsupportedError, match="the sandbox can't run this"):
        parse(sql)
