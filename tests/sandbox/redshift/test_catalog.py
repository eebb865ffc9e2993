"""The names of system tables and views; tests/sandbox/reference/redshift/catalog.yaml has what they hold."""

from __future__ import annotations

import pytest

from generator.sandbox.redshift.catalog import VIEWS
from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run("create table t (id bigint)", "insert into t values (1)")
    return redshift


def test_the_names_of_system_tables_can_be_aliased_and_qualified(table: Redshift) -> None:
    assert table.run("select svv_tables.table_name from svv_tables join svv_columns c using (table_name) limit 1")
    assert table.run('select i."table" from pg_catalog.svv_table_info i') == [("t",)]


def test_their_own_schema_is_not_shown(table: Redshift) -> None:
    for query in (
        "select count(*) from pg_namespace where nspname like '%redshift%' or nspname = 'main'",
        "select count(*) from svv_all_columns where schema_name <> 'public'",
    ):
        assert table.run(query) == [(0,)]


def test_a_table_of_a_user_may_look_like_a_system_table(table: Redshift) -> None:
    table.run("create table sys_events (a int)", "insert into sys_events values (7)")
    assert table.run("select e.a from sys_events e join t on t.id < e.a") == [(7,)]


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_counted(table: Redshift, view: str) -> None:
    assert table.run(f"select count(*) from {view}")


@pytest.mark.parametrize("name", ["stl_explain", "svl_qlog", "information_schema.routines", "pg_database"])
def test_other_system_tables_are_refused(table: Redshift, name: str) -> None:
    with pytest.raises(StatementError, match=r"the system table .* is not in the sandbox"):
        table.run(f"select * from {name}")


@pytest.mark.parametrize("query", ["select * from pg_class", "select c.*, 1 from pg_class c"])
def test_all_columns_of_a_view_that_lacks_some_are_refused(table: Redshift, query: str) -> None:
    with pytest.raises(StatementError, match="the sandbox can't run this: all columns of pg_class"):
        table.run(query)
