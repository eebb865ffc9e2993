"""What sqlglot and DuckDB would run, and Athena does not."""

from __future__ import annotations

import pytest

from generator.sandbox.athena import foreign
from generator.sandbox.athena.errors import InvalidRequestError, QueryError


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1::varchar", "line 1:9: mismatched input '::'"),
        ("SELECT 1 == 1", "line 1:10: mismatched input '='"),
        ("SELECT 5 & 3", "mismatched input '&'"),
        ("SELECT 5 DIV 2", "mismatched input 'DIV'"),
        ("SELECT [1, 2]", "mismatched input '['"),
        ("SELECT {'a': 1}", "mismatched input '{'"),
        ("SELECT a,\nFROM t", "line 1:9: mismatched input ','"),
        ("FROM t SELECT a", "mismatched input 'FROM'"),
        ("SELECT a FROM t LIMIT 1, 2", "mismatched input ','"),
        ("SELECT a IS NOT TRUE", "mismatched input 'NOT'"),
        ("SELECT INTERVAL '1 day'", "mismatched input"),
        ("SELECT * FROM t LEFT SEMI JOIN u ON t.a = u.a", "mismatched input 'SEMI'"),
    ],
)
def test_syntax(sql: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match="mismatched") as raised:
        foreign.check(sql)
    assert message in str(raised.value)


@pytest.mark.parametrize("name", ["nvl", "ifnull", "string_agg", "len", "left", "datediff", "array_length", "hex"])
def test_functions_of_others(name: str) -> None:
    with pytest.raises(QueryError, match=f"Function '{name}' not registered"):
        foreign.check(f"SELECT {name}(a, b) FROM t")


def test_natural_joins() -> None:
    with pytest.raises(QueryError, match="Natural join not supported"):
        foreign.check("SELECT a FROM t NATURAL JOIN u")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a || b, a <> b, a != b, a >= b, x -> x + 1 FROM t",
        "SELECT ARRAY[1][1], m['a'][2], (a)[1], \"b\"[1]",
        "SELECT INTERVAL '1' DAY, DATE '2020-01-01', abs(1), now(), count(*), CAST(a AS char(3)) FROM t",
        "WITH list (a, b) AS (SELECT 1, 2), space (c) AS (SELECT 3) SELECT list.a FROM list, space AS left (c)",
        "SELECT CASE (a) WHEN 1 THEN 2 END, a IS NOT NULL, a IN (1, 2), '::' FROM t -- a::int",
        "SELECT st_area(a), approx_set(a), learn_classifier(a, b) FROM t LIMIT 5",
        "SELECT f(start => 1), ? FROM t",
        r"SELECT U&'\00e9'",
    ],
)
def test_what_is_athenas_own(sql: str) -> None:
    foreign.check(sql)
