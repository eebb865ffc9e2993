"""The system tables and views that people query."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create schema lake",
        "create table lake.hidden (a int)",
        """create table t (id bigint not null, name varchar(20) default 'x', price numeric(9, 2), day date,
        primary key (id)) distkey (id) sortkey (day)""",
        "create view v as select id from t",
        "insert into t values (1, 'a', 1.5, '2013-01-31')",
    )
    return redshift


def test_svv_tables(table: Redshift) -> None:
    assert table.run("select table_schema, table_name, table_type from svv_tables order by 1, 2") == [
        ("lake", "hidden", "BASE TABLE"),
        ("public", "t", "BASE TABLE"),
        ("public", "v", "VIEW"),
    ]


def test_information_schema_columns(table: Redshift) -> None:
    assert table.run(
        """select column_name, ordinal_position, data_type, is_nullable, character_maximum_length,
        numeric_precision, numeric_scale, column_default
        from information_schema.columns where table_schema = 'public' and table_name = 't' order by ordinal_position"""
    ) == [
        ("id", 1, "bigint", "NO", None, 64, 0, None),
        ("name", 2, "character varying", "YES", 20, None, None, "'x'"),
        ("price", 3, "numeric", "YES", None, 9, 2, None),
        ("day", 4, "date", "YES", None, None, None, None),
    ]


def test_svv_table_info_has_tables_with_rows(table: Redshift) -> None:
    assert table.run(
        'select "schema", "table", tbl_rows, size > 0, encoded, diststyle, sortkey1, sortkey_num, max_varchar '
        "from svv_table_info"
    ) == [("public", "t", "1", True, "Y", "KEY(id)", "day", 1, 20)]


def test_pg_table_def_shows_the_search_path_only(table: Redshift) -> None:
    assert table.run("select distinct schemaname, tablename from pg_catalog.pg_table_def") == [("public", "t")]


def test_schemas(table: Redshift) -> None:
    assert table.run(
        "select nspname from pg_namespace where nspname in ('public', 'lake', '_redshift') order by 1"
    ) == [
        ("lake",),
        ("public",),
    ]
    assert table.run("select schema_name from information_schema.schemata where schema_name = 'lake'") == [("lake",)]


def test_primary_key_as_airflow_asks_for_it(table: Redshift) -> None:
    assert table.run(
        """select kcu.column_name from information_schema.table_constraints tco
        join information_schema.key_column_usage kcu
            on kcu.constraint_name = tco.constraint_name and kcu.constraint_schema = tco.constraint_schema
        where tco.constraint_type = 'PRIMARY KEY' and kcu.table_schema = 'public' and kcu.table_name = 't'"""
    ) == [("id",)]


def test_the_names_of_system_tables_can_be_aliased_and_qualified(table: Redshift) -> None:
    assert table.run("select svv_tables.table_name from svv_tables join svv_columns c using (table_name) limit 1")
    assert table.run('select i."table" from pg_catalog.svv_table_info i') == [("t",)]


@pytest.mark.parametrize("name", ["stl_query", "svl_qlog", "information_schema.routines", "pg_class"])
def test_other_system_tables_are_refused(table: Redshift, name: str) -> None:
    with pytest.raises(StatementError, match=r"the system table .* is not in the sandbox"):
        table.run(f"select * from {name}")
