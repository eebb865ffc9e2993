"""Prepared statements, cursors, SQL functions and settings, through the Data API's batches and sessions."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run("create table t (id int, name varchar(9))", "insert into t values (1, 'a'), (2, 'b'), (3, 'c')")
    return redshift


def test_a_batch_is_a_transaction_for_cursors(table: Redshift) -> None:
    described = table.batch(
        "declare c cursor for select id, name from t order by id",
        "fetch forward 2 from c",
        "fetch all from c",
        "close c",
    )
    parts = [part["Id"] for part in described["SubStatements"] if part["HasResultSet"]]
    assert [table.rows(part) for part in parts] == [[(1, "a"), (2, "b")], [(3, "c")]]


def test_a_cursor_sees_what_was_there_when_it_was_declared(table: Redshift) -> None:
    described = table.batch("declare c cursor for select id from t order by id", "delete from t", "fetch all from c")
    assert table.rows(described["SubStatements"][-1]["Id"]) == [(1,), (2,), (3,)]


def test_a_prepared_statement_is_its_session_s(table: Redshift) -> None:
    prepare = "prepare p (int, varchar) as select name || $2 from t where id = $1"
    session = {"SessionId": table.describe(prepare, SessionKeepAliveSeconds=60)["SessionId"]}
    assert table.run("execute p (2, '''; $1')", **session) == [("b'; $1",)]
    with pytest.raises(StatementError, match='prepared statement "p" does not exist'):
        table.run("execute p (2, 'x')")


def test_calls_of_functions_keep_their_names(table: Redshift) -> None:
    table.run("create function f_twice(int) returns bigint stable as $$ select $1 * 2 as anything $$ language sql")
    columns = table.columns("select f_twice(id), f_twice(id) + 1 as more from t where f_twice(id) > 4")
    assert [(column["name"], column["typeName"]) for column in columns] == [("f_twice", "int8"), ("more", "int8")]
    table.run("create view v as select f_twice(id) as twice from t")
    assert table.run("select max(twice) from v") == [(6,)]


def test_settings_end_with_their_transaction_or_session(table: Redshift) -> None:
    table.run("create schema lake", "create table lake.t (id int)")
    session = {"SessionId": table.describe("begin", SessionKeepAliveSeconds=60)["SessionId"]}
    table.run("set local search_path to lake", **session)
    assert table.run("select count(*) from t", **session) == [(0,)]
    table.run("commit", **session)
    assert table.run("select count(*) from t", **session) == [(3,)]
    table.run("set query_group to 'mine'", **session)
    assert table.run("show query_group", **session) == [("mine",)]
    assert table.run("show query_group") == [("unset",)]
