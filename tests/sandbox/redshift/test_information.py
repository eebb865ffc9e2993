"""What a session says of itself: its last COPY and UNLOAD, its settings, its process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import ROLE, Redshift, StatementError

COPIES = "select pg_last_copy_id(), pg_last_copy_count()"
UNLOADS = "select pg_last_unload_id(), pg_last_unload_count()"


def _lines(*values: object) -> str:
    return "".join(f"{value}\n" for value in values)


@pytest.fixture
def session(redshift: Redshift) -> dict[str, Any]:
    """Options that run statements in one session."""
    redshift.run("create table t (i integer)")
    started = redshift.api.execute_statement(Sql="select 1", SessionKeepAliveSeconds=60, **redshift.target)
    redshift.api.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
    return {"SessionId": started["SessionId"]}


def test_the_last_copy(redshift: Redshift, session: dict[str, Any], put: Any) -> None:
    assert redshift.run(COPIES, **session) == [(-1, 0)]
    redshift.run(f"copy t from '{put('good', _lines(1, 2))}' {ROLE} csv", **session)
    ((good, count),) = redshift.run(COPIES, **session)
    assert good > 0
    assert count == 2
    with pytest.raises(StatementError, match="failed"):
        redshift.run(f"copy t from '{put('bad', _lines('x'))}' {ROLE} csv", **session)
    ((bad, count),) = redshift.run(COPIES, **session)
    assert bad > good
    assert count == 0
    errors = "select count(*) from stl_load_errors where query = pg_last_copy_id()"
    assert redshift.run(errors, **session) == [(1,)]
    assert redshift.run(COPIES) == [(-1, 0)]


def test_a_copy_that_is_rolled_back_is_not_the_last(redshift: Redshift, session: dict[str, Any], put: Any) -> None:
    copy = f"copy t from '{put('good', _lines(1))}' {ROLE} csv"
    redshift.run("begin", copy, "rollback", **session)
    assert redshift.run(COPIES, **session) == [(-1, 0)]
    redshift.run("begin", copy, "commit", **session)
    assert redshift.run("select pg_last_copy_count()", **session) == [(1,)]


def test_the_last_unload(redshift: Redshift, session: dict[str, Any], folder: str) -> None:
    assert redshift.run(UNLOADS, **session) == [(-1, 0)]
    redshift.run("insert into t values (1), (2), (3)", **session)
    redshift.run(f"unload ('select * from t') to '{folder}' {ROLE} parquet", **session)
    ((number, count),) = redshift.run(UNLOADS, **session)
    assert number > 0
    assert count == 3


def test_the_last_query_is_of_tables(redshift: Redshift, session: dict[str, Any]) -> None:
    last = "select pg_last_query_id()"
    assert redshift.run("select 1", last, **session) == [(-1,)]
    ((first,),) = redshift.run("insert into t values (1)", last, **session)
    ((second,),) = redshift.run("select * from t", last, **session)
    assert 0 < first < second
    assert redshift.run("select * from pg_tables", last, **session) == [(second,)]


def test_settings_are_the_sessions(redshift: Redshift, session: dict[str, Any]) -> None:
    redshift.run("select set_config('app.user', 'cuddy', false)", **session)
    assert redshift.run("select current_setting('app.user')", **session) == [("cuddy",)]
    assert redshift.run("select current_setting('app.user', false)") == [(None,)]


def test_a_session_keeps_its_process(redshift: Redshift, session: dict[str, Any]) -> None:
    pid = "select pg_backend_pid()"
    assert redshift.run(pid, **session) == redshift.run(pid, **session) != redshift.run(pid)


def test_results_are_named_after_the_functions(redshift: Redshift) -> None:
    query = "select current_user, user, current_schema(), version(), pg_backend_pid(), trim('a'), position('a' in 'b')"
    names = [column["name"] for column in redshift.columns(query)]
    assert names == [
        "current_user", "current_user", "current_schema", "version", "pg_backend_pid", "btrim", "position",
    ]  # fmt: skip
