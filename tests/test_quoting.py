"""Quoted names and literals come back from the SQL engines as they were, whatever is in them."""

from __future__ import annotations

import duckdb
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st

from generator import quoting

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"))


@pytest.fixture(scope="module")
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("UA", "'UA'"),
        ("O'Hare", "'O''Hare'"),
        ("", "''"),
        ("a\\b", "('a' || CHR(92) || 'b')"),
        ("\\'; DROP TABLE x; --", "('' || CHR(92) || '''; DROP TABLE x; --')"),
    ],
)
def test_literal(text: str, expected: str) -> None:
    assert quoting.literal(text) == expected


@given(TEXT)
def test_a_literal_is_the_text_where_backslashes_do_not_escape(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    assert engine.sql(f"SELECT {quoting.literal(text)}").fetchall() == [(text,)]


@given(TEXT)
def test_a_literal_is_one_expression_where_backslashes_escape(text: str) -> None:
    (statement,) = sqlglot.parse(f"SELECT {quoting.literal(text)} AS value", read="redshift")
    assert statement is not None
    assert len(statement.expressions) == 1
    pieces = [literal.this for literal in statement.find_all(sqlglot.exp.Literal, bfs=False) if literal.is_string]
    assert "\\".join(pieces) == text


@given(TEXT)
def test_a_redshift_string_is_the_text(text: str) -> None:
    (statement,) = sqlglot.parse(f"SELECT {quoting.redshift_string(text)}", read="redshift")
    assert statement is not None
    assert statement.expressions[0].this == text


@given(TEXT.filter(bool))
def test_an_identifier_is_the_name(engine: duckdb.DuckDBPyConnection, text: str) -> None:
    assert engine.sql(f"SELECT 1 AS {quoting.identifier(text)}").columns == [text]


@pytest.mark.parametrize(
    ("function", "name", "expected"),
    [
        (quoting.table, "public.flights", '"public"."flights"'),
        (quoting.hive_table, "lake.flights", "`lake`.`flights`"),
        (quoting.hive_identifier, "a`b", "`a``b`"),
        (quoting.option, "s3://b/o'hare\\t", "'s3://b/o''hare\\t'"),
    ],
)
def test_names_and_options(function: object, name: str, expected: str) -> None:
    assert callable(function)
    assert function(name) == expected
