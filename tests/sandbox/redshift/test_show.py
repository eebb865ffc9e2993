"""SHOW of tables, columns and schemas, whose rows name the database."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create table t (id int not null encode raw, name varchar(9) default 'x', price numeric(5, 2)) "
        "distkey (id) sortkey (id)",
        "create view v as select id from t",
        "create view late as select id from public.t with no schema binding",
        "create schema lake",
    )
    return redshift


def test_columns(table: Redshift) -> None:
    start = (table.database, "public", "t")
    assert table.run(f"show columns from table {table.database}.public.t") == [
        (*start, "id", 1, None, "NO", "integer", None, 32, 0, None, "COMPOUND", 1, 1, "none", None),
        (*start, "name", 2, "'x'", "YES", "character varying", 9, None, None, None, None, None, None, "lzo", "default"),
        (*start, "price", 3, None, "YES", "numeric", None, 5, 2, None, None, None, None, "az64", None),
    ]
    assert [row[3] for row in table.run("show columns from table public.t like 'p%' limit 1")] == ["price"]


def test_tables(table: Redshift) -> None:
    found = table.run(f"show tables from schema {table.database}.public like '%'")
    assert [(row[2], row[3], row[10]) for row in found] == [
        ("late", "VIEW", "LATE BINDING VIEW"),
        ("t", "TABLE", "REGULAR TABLE"),
        ("v", "VIEW", "REGULAR VIEW"),
    ]
    with pytest.raises(StatementError, match='schema "nowhere" does not exist'):
        table.run("show tables from schema nowhere")


def test_schemas(table: Redshift) -> None:
    found = table.run(f"show schemas from database {table.database}")
    assert [row[1] for row in found] == ["information_schema", "lake", "pg_catalog", "public"]


def test_a_table_s_definition_makes_it_again(table: Redshift) -> None:
    ((definition,),) = table.run("show table t")
    table.run("drop table t cascade", definition.rstrip(";"))
    assert table.run("show table t") == [(definition,)]
