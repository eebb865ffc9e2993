"""What columns of results are called, and what is refused; functions and operators are in `reference`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Redshift, StatementError


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create table n (i integer, b bigint, f double precision, t varchar(3))",
        "insert into n values (1, 1, 1.0, 'a'), (2, 2, 2.5, 'b'), (4, 4, 4.0, null)",
    )
    return redshift


QUERIES = [
    ("select i, avg(i) over (order by i rows unbounded preceding) from n order by i", [(1, 1), (2, 1), (4, 2)]),
    ("select i, lag(i) over (order by i) from n order by i", [(1, None), (2, 1), (4, 2)]),
    ("select i from n qualify row_number() over (order by i desc) = 1", [(4,)]),
    ("select t from n order by t", [("a",), ("b",), (None,)]),
    ("select t from n order by t desc", [(None,), ("b",), ("a",)]),
    ("select top 1 i from n order by i", [(1,)]),
    ("select i from n minus select 1 order by 1", [(2,), (4,)]),
    ("select i * 2 as twice, twice + 1 as more from n where i = 1", [(2, 3)]),
    ("with big as (select * from n where i > 1) select count(*) from big", [(2,)]),
    ("select 1 where sysdate > '2020-01-01' and getdate() <= sysdate", [(1,)]),
]


@pytest.mark.parametrize(("query", "rows"), QUERIES)
def test_query(table: Redshift, query: str, rows: list[Any]) -> None:
    assert table.run(query) == rows


NAMES = [
    ('select I as Foo, T as "Bar" from n', ["foo", "bar"]),
    (
        "select count(*), max(i), avg(f), 1 + 1, nvl(t, 'x'), t::varchar(2) from n group by t",
        ["count", "max", "avg", "?column?", "coalesce", "t"],
    ),
    ("select listagg(t) within group (order by t), substring('abc', 2) from n", ["listagg", "substring"]),
    (
        "select 'abc'::varbyte, cast('abc' as varchar(2)), 5::smallint::bigint, max(i)::text from n",
        ["varbyte", "varchar", "int8", "max"],
    ),
]


@pytest.mark.parametrize(("query", "names"), NAMES)
def test_names_of_columns(table: Redshift, query: str, names: list[str]) -> None:
    assert [column["name"] for column in table.columns(query)] == names


REFUSED = [
    "select read_csv('s3://bucket/key')",
    "select count(*) filter (where i > 1) from n",
    "select distinct on (i) i from n",
    "select * from stl_query",
    "call procedure()",
    "create external schema lake from data catalog database 'lake' iam_role default",
]


@pytest.mark.parametrize("statement", REFUSED)
def test_what_the_sandbox_cannot_do_is_refused(table: Redshift, statement: str) -> None:
    with pytest.raises(StatementError, match="sandbox"):
        table.run(statement)
