"""Types of expressions, told without binding a whole query; what queries cost is told by how often one is bound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from sqlglot import exp

from generator.sandbox.athena import translate
from generator.sandbox.athena.engine import Engine
from generator.sandbox.athena.kinds import Kinds
from generator.sandbox.server import Sandbox

SOURCE = "(VALUES (1, 'a', 1.50, DATE '2020-01-01', ARRAY[1], ROW(1, 'b'))) AS t (n, s, d, day, a, r)"


@pytest.fixture(scope="module")
def cursor(sandbox: Sandbox) -> Iterator[duckdb.DuckDBPyConnection]:
    engine = Engine(sandbox.endpoint)
    yield engine.cursor()
    engine.close()


def whole(sql: str, cursor: duckdb.DuckDBPyConnection) -> exp.Subquery:
    query = exp.Subquery(this=translate.parse_query(sql))
    translate.translate(query, cursor, lambda name, node: None)
    return query


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1", "INTEGER_LITERAL"),
        ("3000000000", "BIGINT"),
        ("1.50", "DECIMAL(3,2)"),
        ("0.5", "DECIMAL(1,1)"),
        ("1e0", "DOUBLE"),
        ("'a'", "STRING_LITERAL"),
        ("NULL", '"NULL"'),
        ("n", "INTEGER"),
        ("t.s", "VARCHAR"),
        ("d", "DECIMAL(3,2)"),
        ("a", "INTEGER[]"),
        ("r", "TUPLE(INTEGER, VARCHAR)"),
        ("n = 1", "BOOLEAN"),
        ("count(*)", "BIGINT"),
        ("max(day)", "DATE"),
        ("lag(s) OVER (ORDER BY n)", "VARCHAR"),
        ("n + n", "INTEGER"),
        ("upper(s)", "VARCHAR"),
        ("CAST(n AS bigint)", "BIGINT"),
        ("day + INTERVAL '1' DAY", "DATE"),
        ("(SELECT max(day) FROM (VALUES DATE '2020-01-01') AS u (day))", "DATE"),
    ],
)
def test_kind_of(cursor: duckdb.DuckDBPyConnection, expression: str, kind: str) -> None:
    grouped = " GROUP BY n, s, d, day, a, r" if "(" in expression and "OVER" not in expression else ""
    query = whole(f"SELECT {expression} AS x FROM {SOURCE}{grouped}", cursor)
    chosen = query.this.expressions[0].this
    assert Kinds(query, cursor, translate.to_duckdb).kind_of(chosen) == kind


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        (f"SELECT * FROM {SOURCE}", ["n", "s", "d", "day", "a", "r"]),
        ("WITH q (x) AS (SELECT 1) SELECT x, x + 1 AS y FROM q", ["x", "y"]),
        ("SELECT u.* FROM (SELECT 1 AS x, 'a' AS y) AS u", ["x", "y"]),
        ("SELECT x FROM (SELECT 1 AS x UNION SELECT 2)", ["x"]),
        ("SELECT * FROM (VALUES ARRAY[1]) AS t (a) CROSS JOIN UNNEST(a) AS u (e)", ["a", "e"]),
        ("WITH RECURSIVE q (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM q WHERE n < 3) SELECT n FROM q", ["n"]),
    ],
)
def test_columns_of_queries(cursor: duckdb.DuckDBPyConnection, query: str, columns: list[str]) -> None:
    tree = whole(query, cursor)
    found = Kinds(tree, cursor, translate.to_duckdb).sources.query(tree.this)
    assert found is not None
    assert [name for name, _ in found] == columns


MODERATE = f"""
WITH o AS (SELECT n, s, d, day, n * 2 AS twice FROM {SOURCE}),
q AS (SELECT s, date_trunc('month', day) AS month, sum(d) AS total, count(*) AS many FROM o WHERE n > 0 GROUP BY 1, 2)
SELECT q.s, q.month, round(total / many, 2) AS mean, coalesce(q.s, 'x') || '-' || q.s AS key,
    CASE WHEN total > 1 THEN 'hi' ELSE 'lo' END AS class, row_number() OVER (PARTITION BY q.s ORDER BY total) AS place
FROM q JOIN o ON o.s = q.s WHERE total BETWEEN 0 AND 100 AND o.twice IN (2, 4) ORDER BY 1
"""


def test_a_query_is_not_bound_for_each_operand(
    cursor: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(Kinds, "_probe", lambda self, node: asked.append(node))
    whole(MODERATE, cursor)
    assert asked == []
