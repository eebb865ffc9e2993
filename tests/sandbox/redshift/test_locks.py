"""Transactions side by side: what waits, what conflicts, what others see."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.locks import TableLocks
from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run("create table t (day int, n int)", "insert into t values (1, 1), (2, 2)")
    return redshift


def open_session(redshift: Redshift, *statements: str) -> dict[str, Any]:
    """A session with an open transaction that ran these statements."""
    session = {"SessionId": redshift.describe("begin", SessionKeepAliveSeconds=60)["SessionId"]}
    redshift.run(*statements, **session) if statements else None
    return session


def test_locked_batches_both_succeed(table: Redshift) -> None:
    batch = ["lock t", "delete from t where day = 1", "insert into t values (1, 7)"]
    started = [table.api.batch_execute_statement(Sqls=batch, **table.target)["Id"] for _ in range(4)]
    ended = [table.api.describe_statement(Id=each, WaitTimeSeconds=30) for each in started]
    assert [each["Status"] for each in ended] == ["FINISHED"] * 4
    assert table.run("select n from t order by day") == [(7,), (2,)]


def test_a_lock_waits_for_the_transaction_that_has_it(table: Redshift) -> None:
    first = open_session(table, "lock table t", "delete from t")
    second = table.api.batch_execute_statement(Sqls=["lock t", "insert into t values (9, 9)"], **table.target)["Id"]
    assert table.api.describe_statement(Id=second, WaitTimeSeconds=1)["Status"] == "STARTED"
    table.run("commit", **first)
    assert table.api.describe_statement(Id=second, WaitTimeSeconds=30)["Status"] == "FINISHED"
    assert table.run("select * from t") == [(9, 9)]


@pytest.mark.parametrize("rows", ["day = 1", "day = 2"])
def test_changes_of_the_same_table_conflict(table: Redshift, rows: str) -> None:
    first = open_session(table, "select count(*) from t")
    second = open_session(table, "delete from t where day = 1", "insert into t values (1, 5)")
    table.run("commit", **second)
    with pytest.raises(StatementError, match="1023 DETAIL: Serializable isolation violation on table - t"):
        table.run(f"update t set n = 6 where {rows}", **first)
    table.run("rollback", **first)
    assert table.run("select n from t order by day") == [(5,), (2,)]


def test_appending_does_not_conflict(table: Redshift) -> None:
    first = open_session(table, "insert into t values (3, 3)")
    waiting = table.api.execute_statement(Sql="insert into t values (4, 4)", **table.target)["Id"]
    table.run("commit", **first)
    assert table.api.describe_statement(Id=waiting, WaitTimeSeconds=30)["Status"] == "FINISHED"
    assert table.run("select count(*) from t") == [(4,)]


def test_readers_do_not_wait_and_see_what_is_committed(table: Redshift) -> None:
    writer = open_session(table, "lock t", "delete from t")
    assert table.run("select count(*) from t") == [(2,)]
    table.run("commit", **writer)
    assert table.run("select count(*) from t") == [(0,)]


def test_a_waiting_statement_can_be_cancelled(table: Redshift) -> None:
    open_session(table, "lock t")
    waiting = table.api.execute_statement(Sql="delete from t", **table.target)["Id"]
    table.api.describe_statement(Id=waiting, WaitTimeSeconds=1)
    table.api.cancel_statement(Id=waiting)
    assert table.api.describe_statement(Id=waiting, WaitTimeSeconds=30)["Status"] == "ABORTED"


def test_two_clients_create_the_same_table(redshift: Redshift) -> None:
    sql = "create table if not exists log (a int)"
    started = [redshift.api.execute_statement(Sql=sql, **redshift.target)["Id"] for _ in range(6)]
    ended = [redshift.api.describe_statement(Id=each, WaitTimeSeconds=30) for each in started]
    assert [each.get("Error") for each in ended] == [None] * 6


def test_truncate_commits(table: Redshift) -> None:
    described = table.describe(
        "insert into t values (3, 3)", "truncate t", "insert into t values (4, 4)", "select nope"
    )
    assert described["Status"] == "FAILED"
    assert table.run("select * from t") == [(4, 4)]


def test_an_aborted_transaction_runs_nothing_more(table: Redshift) -> None:
    session = open_session(table, "delete from t")
    with pytest.raises(StatementError, match="nope"):
        table.run("select nope from t", **session)
    with pytest.raises(StatementError, match="current transaction is aborted"):
        table.run("select 1", **session)
    table.run("commit", **session)
    assert table.run("select count(*) from t") == [(2,)]


def test_ddl_rolls_back(table: Redshift) -> None:
    table.describe("create table u (a int)", "alter table t add column x int", "drop table t", "select nope")
    assert table.run("select * from t order by day") == [(1, 1), (2, 2)]
    assert table.run("select table_name from svv_tables") == [("t",)]


def test_crossed_locks_are_a_deadlock() -> None:
    locks = TableLocks()
    locks.acquire("first", "a")
    locks.acquire("second", "b")
    waiting = threading.Thread(target=locks.acquire, args=("first", "b"))
    waiting.start()
    while not locks._waiting:
        pass
    with pytest.raises(RedshiftError, match="deadlock detected"):
        locks.acquire("second", "a")
    locks.release("second")
    waiting.join()
