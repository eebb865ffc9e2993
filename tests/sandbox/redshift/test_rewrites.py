"""Redshift's functions and operators. Values are those of the Amazon Redshift Database Developer Guide."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Redshift, StatementError

DATES = [
    ("dateadd(day, 30, date '2008-02-28')", "2008-03-29 00:00:00"),
    ("dateadd(month, 1, '2008-01-31')", "2008-02-29 00:00:00"),
    ("dateadd(m, 30, timestamp '2008-01-01 00:00:00')", "2008-01-01 00:30:00"),
    ("dateadd(week, -1, date '2008-01-08')", "2008-01-01 00:00:00"),
    ("dateadd(qtr, 1, date '2008-01-01')", "2008-04-01 00:00:00"),
    ("add_months('2008-03-31', 1)", "2008-04-30 00:00:00"),
    ("add_months('2008-04-30', 1)", "2008-05-31 00:00:00"),
    ("add_months(date '2008-04-15', -2)", "2008-02-15 00:00:00"),
    ("datediff(year, '2008-12-31', '2009-01-01')", 1),
    ("datediff(hour, timestamp '2009-01-01 08:30:00', timestamp '2009-01-01 10:00:00')", 2),
    ("datediff(week, '2009-01-01', '2009-12-31')", 52),
    ("datediff(qtr, '1998-07-01', '2017-10-01')", 77),
    ("datediff(day, '2009-01-02', '2009-01-01')", -1),
    ("date_trunc('month', date '2008-09-17')", "2008-09-01 00:00:00"),
    ("date_trunc('week', timestamp '2008-09-07 12:00:00')", "2008-09-01 00:00:00"),
    ("date_part(w, timestamp '2008-06-17 09:44:54')", 25.0),
    ("date_part('dow', date '2008-01-06')", 0.0),
    ("extract(month from date '2008-09-17')", 9),
    ("extract(epoch from timestamp '1970-01-02 00:00:00')", 86400),
    ("last_day(date '2008-02-05')", "2008-02-29"),
    ("months_between('1969-01-18', '1969-03-18')", -2.0),
    ("months_between('2008-03-31', '2008-02-29')", 1.0),
    ("next_day('2014-08-20', 'Tuesday')", "2014-08-26"),
    ("trunc(timestamp '2011-07-21 10:32:38')", "2011-07-21"),
    ("date '2008-01-03' - date '2008-01-01'", 2),
    ("date '2008-01-01' + 2", "2008-01-03"),
    ("timestamp '2008-01-01 10:00:00' + interval '90 minutes'", "2008-01-01 11:30:00"),
    ("convert_timezone('EST', timestamp '2008-01-01 12:00:00')", "2008-01-01 07:00:00"),
    ("to_char(timestamp '2009-12-31 23:15:59', 'YYYY-MM-DD HH24:MI:SS')", "2009-12-31 23:15:59"),
    ("to_char(date '2009-01-05', 'DD Mon YYYY')", "05 Jan 2009"),
    ("to_char(7, 'FM000')", "007"),
    ("to_date('02 Oct 2001', 'DD Mon YYYY')", "2001-10-02"),
    ("to_date('20010631', 'YYYYMM')", StatementError),
    ("to_timestamp('05 Dec 2000', 'DD Mon YYYY')", "2000-12-05 00:00:00+00"),
]

NUMBERS = [
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 % 3", 1),
    ("mod(10, 4)", 2),
    ("round(28.05, 1)", "28.1"),
    ("trunc(111.86)", "111"),
    ("ceiling(1.2::float)", 2.0),
    ("cast(2.5 as integer)", 3),
    ("cast(1.239 as decimal(9, 2))", "1.24"),
    ("cast(1.5 as decimal)", "2"),
    ("1 / 0", StatementError),
]

CONDITIONS = [
    ("nvl(null, 'b')", "b"),
    ("nvl2(null, 'a', 'b')", "b"),
    ("decode(2, 1, 'a', 2, 'b', 'c')", "b"),
    ("decode(null, null, 'same', 'other')", "same"),
    ("nullif(1, 1)", None),
    ("coalesce(null, 3)", 3),
    ("greatest(1, null, 3)", 3),
    ("case when 1 = 2 then 'a' end", None),
    ("'t'::boolean", True),
]


@pytest.mark.parametrize(("expression", "value"), [*DATES, *NUMBERS, *CONDITIONS])
def test_expression(redshift: Redshift, expression: str, value: Any) -> None:
    if value is StatementError:
        with pytest.raises(StatementError):
            redshift.run(f"select {expression}")
    else:
        assert redshift.run(f"select {expression}") == [(value,)]


AGGREGATES = [
    ("avg(i)", [(2,)]),
    ("avg(f)", [(2.5,)]),
    ("sum(i)", [(7,)]),
    ("sum(b)", [("7",)]),
    ("count(distinct t)", [(2,)]),
    ("approximate count(distinct t)", [(2,)]),
    ("listagg(t, ',') within group (order by t)", [("a,b",)]),
    ("listagg(t) within group (order by t desc)", [("ba",)]),
    ("listagg(distinct t, '-') within group (order by t)", [("a-b",)]),
    ("median(f)", [(2.5,)]),
    ("percentile_cont(0.5) within group (order by f)", [(2.5,)]),
    ("bool_or(t = 'a')", [(True,)]),
    ("max(t)", [("b",)]),
]


@pytest.fixture
def table(redshift: Redshift) -> Redshift:
    redshift.run(
        "create table n (i integer, b bigint, f double precision, t varchar(3))",
        "insert into n values (1, 1, 1.0, 'a'), (2, 2, 2.5, 'b'), (4, 4, 4.0, null)",
    )
    return redshift


@pytest.mark.parametrize(("expression", "rows"), AGGREGATES)
def test_aggregate(table: Redshift, expression: str, rows: list[Any]) -> None:
    assert table.run(f"select {expression} from n") == rows


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
]


@pytest.mark.parametrize(("query", "names"), NAMES)
def test_names_of_columns(table: Redshift, query: str, names: list[str]) -> None:
    assert [column["name"] for column in table.columns(query)] == names


REFUSED = [
    "select read_csv('s3://bucket/key')",
    "select to_char(12.5, '99.9')",
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
