"""INSERT, UPDATE, DELETE and MERGE; the patterns that load a table twice without doubling it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create table t (id int, code char(3), n int)",
        "create table s (id int, code char(3), n int)",
        "insert into t values (1, 'a', 10), (2, 'b', 20)",
        "insert into s values (2, 'b', 21), (3, 'c', 30)",
    )
    return redshift


WRITES: list[tuple[str, int, list[Any]]] = [
    ("insert into t select * from s", 2, [(1, 10), (2, 20), (2, 21), (3, 30)]),
    ("insert into t (n, id) values (5, 5), (6, 6)", 2, [(1, 10), (2, 20), (5, 5), (6, 6)]),
    ("insert into t with q as (select * from s) select * from q where id = 3", 1, [(1, 10), (2, 20), (3, 30)]),
    ("insert into t (id) select max(id) + 1 from t", 1, [(1, 10), (2, 20), (3, None)]),
    ("update t set n = n / 3", 2, [(1, 3), (2, 6)]),
    ("update t set n = s.n from s where t.id = s.id", 1, [(1, 10), (2, 21)]),
    ("update t set n = (select max(n) from s)", 2, [(1, 30), (2, 30)]),
    ("delete from t where id in (select id from s)", 1, [(1, 10)]),
    ("delete from t using s where t.id = s.id and t.code = s.code", 1, [(1, 10)]),
    ("delete from t", 2, []),
    ("delete t where id = 1", 1, [(2, 20)]),
    (
        """merge into t using s on t.id = s.id
        when matched then update set n = s.n when not matched then insert (id, n) values (s.id, s.n)""",
        2,
        [(1, 10), (2, 21), (3, 30)],
    ),
    (
        """merge into t using s as src on t.id = src.id
        when matched then delete when not matched then insert values (src.id, 'z  ', src.n)""",
        2,
        [(1, 10), (3, 30)],
    ),
]


@pytest.mark.parametrize(("statement", "affected", "rows"), WRITES)
def test_writes(table: Redshift, statement: str, affected: int, rows: list[Any]) -> None:
    assert table.describe(statement)["ResultRows"] == affected
    assert table.run("select id, n from t order by id, n") == rows


def test_staged_upsert_is_safe_to_run_twice(table: Redshift) -> None:
    for _ in range(2):
        table.batch(
            "lock t",
            "delete from public.t using public.s where t.id = s.id",
            "insert into public.t (id, code, n) select id, code, n from public.s",
        )
    assert table.run("select * from t order by id") == [(1, "a  ", 10), (2, "b  ", 21), (3, "c  ", 30)]


def test_a_row_matched_twice_is_an_error(table: Redshift) -> None:
    table.run("insert into s values (2, 'b', 22)")
    with pytest.raises(StatementError):
        table.run(
            "merge into t using s on t.id = s.id when matched then update set n = s.n "
            "when not matched then insert values (s.id, s.code, s.n)"
        )


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("insert into nowhere values (1)", 'relation "nowhere" does not exist'),
        ("insert into t (nope) values (1)", 'column "nope" of relation "t" does not exist'),
        ("update t set nope = 1", 'column "nope"'),
        ("delete from t where nope = 1", 'column "nope" does not exist'),
        ("insert into v values (1)", 'cannot change view "v"'),
        ("select id, count(*) from t", 'column "id" must appear in the GROUP BY clause'),
        ("select * from t, s where id = 1", 'column reference "id" is ambiguous'),
        ("select (select id from t)", "more than one row"),
        ("select nope(0.5) within group (order by id) from t", "syntax error in WITHIN GROUP|function nope"),
    ],
)
def test_errors(table: Redshift, statement: str, error: str) -> None:
    table.run("create view v as select id from t")
    with pytest.raises(StatementError, match=error):
        table.run(statement)


TYPES = [
    ("code", "bpchar", 3),
    ("upper('x')", "varchar", None),
    ("id + n", "int4", 10),
    ("count(*)", "int8", 19),
    ("sum(id)", "int8", 19),
    ("cast(n as numeric(9, 2))", "numeric", 9),
    ("sum(cast(n as bigint))", "numeric", 38),
    ("sum(cast(n as numeric(5, 2)))", "numeric", 38),
    ("avg(n)", "int8", 19),
    ("avg(cast(n as numeric(5, 2)))", "numeric", 38),
    ("avg(cast(n as real))", "float8", None),
    ("avg(cast(n as bigint)) over ()", "numeric", 38),
    ("sum(n) over ()", "int8", 19),
    ("median(n)", "numeric", None),
    ("percentile_cont(0.5) within group (order by n)", "numeric", None),
    ("percentile_cont(0.5) within group (order by cast(n as float))", "float8", None),
    ("percentile_disc(0.5) within group (order by n) over ()", "int4", 10),
    ("stddev(n)", "float8", None),
    ("ratio_to_report(n) over ()", "float8", None),
    ("ntile(2) over (order by n)", "int8", 19),
    ("listagg(n, ',')", "varchar", 65535),
    ("first_value(n) over (order by n rows unbounded preceding)", "int4", 10),
]


@pytest.mark.parametrize(("expression", "type_name", "precision"), TYPES)
def test_types_of_results(table: Redshift, expression: str, type_name: str, precision: int | None) -> None:
    query = f"select {expression} as c from t" + (" group by code" if "code" in expression else "")
    (column,) = table.columns(query)
    assert column["typeName"] == type_name
    assert precision is None or column["precision"] == precision
