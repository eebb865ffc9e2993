"""Trino's results for Trino's SQL; the expected values are those of Trino's documentation, or plain reason."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest

Athena = Callable[..., SimpleNamespace]


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        # literals and their types
        ("1", "1", "integer"),
        ("3000000000", "3000000000", "bigint"),
        ("1.50", "1.50", "decimal"),
        ("1e0", "1.0", "double"),
        ("'it''s'", "it's", "varchar"),
        ("true", "true", "boolean"),
        ("NULL", None, "unknown"),
        ("DATE '2013-01-31'", "2013-01-31", "date"),
        ("TIMESTAMP '2013-01-31 01:02:03'", "2013-01-31 01:02:03.000", "timestamp"),
        ("ARRAY[1, 2]", "[1, 2]", "array"),
        ("MAP(ARRAY['a'], ARRAY[1])", "{a=1}", "map"),
        # arithmetic: integers divide to integers, decimals to the greater scale
        ("7 / 2", "3", "integer"),
        ("-7 / 2", "-3", "integer"),
        ("-7 % 3", "-1", "integer"),
        ("7 / 2e0", "3.5", "double"),
        ("1.0 / 3", "0.3", "decimal"),
        ("1.00 / 3", "0.33", "decimal"),
        ("2 / 3.0", "0.7", "decimal"),
        ("-2 / 3.0", "-0.7", "decimal"),
        ("1e0 / 0", "Infinity", "double"),
        ("CAST(1 AS tinyint) + 1", "2", "integer"),
        ("round(2.567, 2)", "2.570", "decimal"),
        ("round(2.5e0)", "3.0", "double"),
        ("floor(CAST(7 AS integer))", "7", "integer"),
        ("ceil(2.1)", "3", "decimal"),
        ("coalesce(NULL, 1, 2.5)", "1.0", "decimal"),
        ("round(-2.5e0)", "-3.0", "double"),
        ("truncate(-2.9e0)", "-2.0", "double"),
        ("log10(1000)", "3.0", "double"),
        ("greatest(1, NULL)", None, "integer"),
        # arrays and maps: subscripts count from 1
        ("ARRAY['a', 'b'][1]", "a", "varchar"),
        ("element_at(ARRAY['a', 'b'], 3)", None, "varchar"),
        ("element_at(ARRAY['a', 'b'], -1)", "b", "varchar"),
        ("MAP(ARRAY['a'], ARRAY[1])['a']", "1", "integer"),
        ("element_at(MAP(ARRAY['a'], ARRAY[1]), 'b')", None, "integer"),
        ("cardinality(ARRAY[1, 2])", "2", "bigint"),
        ("contains(ARRAY[1, 2], 2)", "true", "boolean"),
        ("contains(ARRAY[1, NULL], 2)", None, "boolean"),
        ("array_max(ARRAY[1, 3, 2])", "3", "integer"),
        ("array_sort(ARRAY[2, NULL, 1])", "[1, 2, null]", "array"),
        ("slice(ARRAY[1, 2, 3], 2, 2)", "[2, 3]", "array"),
        ("transform(ARRAY[1, 2], x -> x * 10)", "[10, 20]", "array"),
        ("filter(ARRAY[1, 2], x -> x > 1)", "[2]", "array"),
        ("transform(ARRAY[3], x -> x / 2)[1] + transform(ARRAY[3e0], x -> x / 2)[1]", "2.5", "double"),
        ("if(false, 1)", None, "integer"),
        ("try(1 / 0)", None, "integer"),
        # types that casts and functions of time have
        ("CAST('12' AS bigint)", "12", "bigint"),
        ("TRY_CAST('300' AS tinyint)", None, "tinyint"),
        ("json_extract('{}', '$')", "{}", "json"),
        ("split('a,b', ',')", "[a, b]", "array"),
        ("from_unixtime(0)", "1970-01-01 00:00:00.000 UTC", "timestamp with time zone"),
        ("INTERVAL '3' MONTH", "0-3", "interval year to month"),
        ("parse_duration('1d')", "1 00:00:00.000", "interval day to second"),
        ("TIME '01:02'", "01:02:00.000", "time"),
        ("X'00'", "00", "varbinary"),
    ],
)
def test_expressions(athena: Athena, expression: str, value: str | None, kind: str) -> None:
    result = athena(f"SELECT {expression} AS x")
    assert (result.reason, result.rows, result.types) == ("", [[value]], [kind])


NUMBERS = "(VALUES (1, 'a', 10), (2, 'a', NULL), (3, 'b', 30)) AS t (x, g, y)"


@pytest.mark.parametrize(
    ("query", "rows", "types"),
    [
        (
            f"SELECT count(*), count(y), sum(x), avg(x) FROM {NUMBERS}",
            [["3", "2", "6", "2.0"]],
            ["bigint"] * 3 + ["double"],
        ),
        (f"SELECT count_if(x > 1), max_by(y, x), approx_distinct(g) FROM {NUMBERS}", [["2", "30", "2"]], None),
        (f"SELECT max_by(y, x) FROM {NUMBERS} WHERE x < 3", [[None]], ["integer"]),
        (f"SELECT array_agg(y ORDER BY x) FROM {NUMBERS}", [["[10, null, 30]"]], ["array"]),
        (f"SELECT sum(x) FILTER (WHERE g = 'a') FROM {NUMBERS}", [["3"]], ["bigint"]),
        (f"SELECT x FROM {NUMBERS} ORDER BY y DESC", [["3"], ["1"], ["2"]], ["integer"]),
        (
            f"SELECT x, sum(x) OVER (PARTITION BY g ORDER BY x) FROM {NUMBERS} ORDER BY 1",
            [["1", "1"], ["2", "3"], ["3", "3"]],
            ["integer", "bigint"],
        ),
        (
            f"SELECT x, lag(y) OVER (ORDER BY x) FROM {NUMBERS} ORDER BY 1",
            [["1", None], ["2", "10"], ["3", None]],
            None,
        ),
        (
            f"SELECT g, sum(x) / count(*) FROM {NUMBERS} GROUP BY g HAVING count(*) > 1",
            [["a", "1"]],
            ["varchar", "bigint"],
        ),
        (
            "SELECT x, y FROM (VALUES (1, ARRAY[5, 6]), (2, ARRAY[7])) AS t (x, a) CROSS JOIN UNNEST(a) AS u (y) "
            "ORDER BY 2",
            [["1", "5"], ["1", "6"], ["2", "7"]],
            None,
        ),
        (
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n",
            [["6"]],
            ["bigint"],
        ),
        ("SELECT 1 UNION SELECT 1", [["1"]], ["integer"]),
        ("VALUES (1, 'a'), (2, NULL)", [["1", "a"], ["2", None]], ["integer", "varchar"]),
        # a result's name hides the column of that name in ORDER BY, within expressions too
        ("SELECT -x AS x FROM (VALUES 1, 2) AS t (x) ORDER BY x + 1", [["-2"], ["-1"]], None),
        (
            "SELECT a.x FROM (VALUES 1, 2, 3) AS a (x) "
            "WHERE EXISTS (SELECT 1 FROM (VALUES 2) AS b (x) WHERE b.x = a.x)",
            [["2"]],
            None,
        ),
        ("SELECT x FROM (VALUES 1, 2, 3) AS t (x) ORDER BY x OFFSET 1 LIMIT 1", [["2"]], None),
    ],
)
def test_queries(athena: Athena, query: str, rows: list[list[str | None]], types: list[str] | None) -> None:
    result = athena(query)
    assert (result.reason, result.rows) == ("", rows)
    assert types in (None, result.types)


@pytest.mark.parametrize(
    ("query", "header"),
    [
        ("SELECT 1, 2 AS Two, x, 3 / 2 FROM (SELECT 1 AS x)", ["_col0", "Two", "x", "_col3"]),
        ("SELECT *, 1 + 1 FROM (SELECT 1 AS a, 2 AS b)", ["a", "b", "_col2"]),
        ("VALUES (1, 2)", ["_col0", "_col1"]),
    ],
)
def test_result_names(athena: Athena, query: str, header: list[str]) -> None:
    assert athena(query).header == header


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT 1 / 0", "DIVISION_BY_ZERO"),
        ("SELECT 1 / 0.0", "DIVISION_BY_ZERO"),
        ("SELECT nope FROM (SELECT 1 AS x)", "COLUMN_NOT_FOUND"),
        ("SELECT * FROM nope", "TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.default.nope' does not exist"),
        ("SELECT * FROM nope.t", "SCHEMA_NOT_FOUND: line 1:1: Schema 'nope' does not exist"),
        ("SELECT 1 = 'a'", "TYPE_MISMATCH: line 1:1: Cannot apply operator: integer = varchar"),
        ("SELECT DATE '2013-01-01' > '2013-01-01'", "Cannot apply operator: date > varchar"),
        ("SELECT 'a' || 1", "TYPE_MISMATCH"),
        ("SELECT sum('a')", "FUNCTION_NOT_FOUND"),
        ("SELECT coalesce(1, 'a')", "TYPE_MISMATCH: line 1:1: All COALESCE results must be the same type"),
        ("SELECT CASE WHEN true THEN 1 ELSE 'x' END", "TYPE_MISMATCH"),
        ("SELECT 'a' ILIKE 'A'", "SYNTAX_ERROR"),
        ("SELECT * EXCLUDE (a) FROM (SELECT 1 AS a, 2 AS b)", "SYNTAX_ERROR"),
        ("SELECT CAST('1.5' AS integer)", "INVALID_CAST_ARGUMENT"),
        ("SELECT CAST(300 AS tinyint)", "NUMERIC_VALUE_OUT_OF_RANGE"),
        ("SELECT ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT: Array subscript"),
        ("SELECT x, count(*) FROM (SELECT 1 AS x)", "EXPRESSION_NOT_AGGREGATE"),
        # names of results exist in ORDER BY alone
        ("SELECT 1 AS a, a + 1", "COLUMN_NOT_FOUND"),
        ("SELECT x AS y FROM (SELECT 1 AS x) WHERE y = 1", "COLUMN_NOT_FOUND"),
        ("SELECT x AS y, count(*) FROM (SELECT 1 AS x) GROUP BY y", "COLUMN_NOT_FOUND"),
    ],
)
def test_failures_are_athena_s(athena: Athena, query: str, reason: str) -> None:
    assert reason in athena(query).reason


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM (SELECT 1) TABLESAMPLE BERNOULLI (10)",
        "SELECT * FROM information_schema.views",
    ],
)
def test_what_has_no_sure_answer_is_refused(athena: Athena, query: str) -> None:
    assert athena(query).reason.startswith("the sandbox can't run this: ")


def test_execution_parameters(athena: Athena) -> None:
    result = athena("SELECT ? + 1, upper(?)", ExecutionParameters=["41", "'it''s'"])
    assert result.rows == [["42", "IT'S"]]
