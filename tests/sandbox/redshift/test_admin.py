"""VACUUM, ANALYZE and other statements that change no rows."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import Redshift, StatementError

ACCEPTED = [
    "vacuum",
    "vacuum t",
    "vacuum full public.t to 95 percent boost",
    "vacuum sort only t",
    "vacuum delete only t to 75 percent",
    "vacuum reindex t",
    "analyze",
    "analyze verbose t",
    "analyze t (a, b)",
    "analyze t predicate columns",
    "grant select on t to public",
    "grant usage on schema public to group readers",
    "revoke all on table t from somebody",
    "set query_group to 'loads'",
    "set statement_timeout = 1000",
    "begin",
    "start transaction",
    "commit",
    "rollback",
    "lock table t",
]

REFUSED = [
    ("vacuum nowhere", 'relation "nowhere" does not exist'),
    ("vacuum t to 101 percent", "between 0 and 100"),
    ("vacuum t nonsense", "syntax error"),
    ("analyze nowhere", 'relation "nowhere" does not exist'),
    ("analyze t (nope)", 'column "nope"'),
    ("lock nowhere", 'relation "nowhere" does not exist'),
    ("set enable_case_sensitive_identifier to true", "the sandbox can't run this"),
    ("selec 1", 'syntax error at or near "selec"'),
    ("select 'open", "unterminated"),
]


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run("create table t (a int encode raw, b varchar(9) encode raw, c int) sortkey (c)")
    return redshift


@pytest.mark.parametrize("statement", ACCEPTED)
def test_accepted(table: Redshift, statement: str) -> None:
    assert table.run(statement) == []


@pytest.mark.parametrize(("statement", "error"), REFUSED)
def test_refused(table: Redshift, statement: str, error: str) -> None:
    with pytest.raises(StatementError, match=error):
        table.run(statement)


def test_vacuum_runs_alone(table: Redshift) -> None:
    described = table.describe("vacuum t", "select 1")
    assert described["Error"] == "Query #1 failed with ERROR: VACUUM cannot run inside a transaction block"


def test_analyze_compression_reports_what_could_be_better(table: Redshift) -> None:
    names = [column["name"] for column in table.columns("analyze compression t")]
    assert names == ["table", "column", "encoding", "est_reduction_pct"]
    assert table.run("analyze compression t") == [
        ("t", "a", "az64", "50.00"),
        ("t", "b", "zstd", "50.00"),
        ("t", "c", "raw", "0.00"),
    ]
    assert table.run("analyze compression t (a)") == [("t", "a", "az64", "50.00")]


def test_explain_gives_lines(table: Redshift) -> None:
    assert [column["name"] for column in table.columns("explain select * from t")] == ["QUERY PLAN"]
    assert table.run("explain select * from t")


def test_a_block_within_a_batch_is_the_batch_s(table: Redshift) -> None:
    table.batch("begin", "insert into t values (1, 'x', 2)", "end")
    assert table.run("select count(*) from t") == [(1,)]
