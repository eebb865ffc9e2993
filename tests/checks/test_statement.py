"""How checks become SQL: few scans, names that don't meet, and rows to show that hold nothing sensitive."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from generator import quoting
from generator.checks import patterns, statement
from generator.checks.history import DATABASE, SCHEMA
from generator.checks.wanted import Subject, listed
from generator.environment import Environment
from generator.model import Column, Engine, Table

PLANES = Table(
    "public.planes",
    "fleet",
    (
        Column("id", "bigint", not_null=True, identity=(1, 1)),
        Column("tailnum", "char(6)", not_null=True),
        Column("owner", "varchar(64)", sensitive=True),
        Column("seats", "integer"),
        Column("built", "date"),
    ),
    primary_key=("tailnum",),
)


def made(
    *checks: dict[str, Any], table: Table = PLANES, source: str = "", where: str = "", keys: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    subject = Subject(table, source or quoting.table(table.name), table.column_names, where)
    return statement.of([*listed(checks, subject, keys=keys)], subject)


def test_what_aggregates_is_one_scan() -> None:
    select, _ = made(
        {"row_count": {"min": 1}},
        {"not_null": ["seats", "owner"]},
        {"range": {"column": "seats", "max": 900}},
        {"length": {"column": "tailnum", "max": 6}},
        {"matches": {"column": "tailnum", "pattern": "^N"}},
        {"freshness": {"column": "built", "within": "1d"}},
    )
    assert select.count('FROM "public"."planes"') == 1


def test_what_is_counted_twice_is_counted_once() -> None:
    select, checks = made(
        {"not_null": ["seats"]}, {"not_null": ["seats"], "severity": "warn"}, {"row_count": {"min": 1}}
    )
    assert select.count("COUNT(") == 2
    assert [check["name"] for check in checks] == ["not_null (seats)", "not_null (seats) 2", "row_count"]


def test_groups_other_tables_and_queries_are_a_subquery_each() -> None:
    select, _ = made(
        {"unique": ["seats"]},
        {"references": {"columns": ["seats"], "table": "public.kinds"}},
        {"same_count": {"table": "public.kinds"}},
        {"sql": "SELECT 1 FROM checked"},
    )
    assert select.count("CROSS JOIN") == 4


def test_keys_of_staged_rows_are_checked_unasked_and_once() -> None:
    _, checks = made({"not_null": ["tailnum", "seats"]}, {"unique": ["tailnum"]}, keys=True)
    assert [check["name"] for check in checks] == ["not_null (tailnum)", "unique (tailnum)", "not_null (seats)"]


def test_a_warning_of_a_key_does_not_replace_the_check_of_the_key() -> None:
    _, checks = made({"unique": ["tailnum"], "severity": "warn"}, keys=True)
    assert [(check["name"], check["severity"]) for check in checks][1:] == [
        ("unique (tailnum)", "error"),
        ("unique (tailnum) 2", "warn"),
    ]


@pytest.mark.parametrize(
    "check",
    [
        {"not_null": ["owner"]},
        {"length": {"column": "owner", "min": 1}},
        {"unique": ["owner"]},
        {"unique": ["owner", "seats"]},
        {"references": {"columns": ["owner"], "table": "public.owners"}},
    ],
)
def test_no_sensitive_column_is_selected_for_show(check: dict[str, Any]) -> None:
    _, (compiled,) = made(check)
    assert "owner" not in compiled["sample"].partition("\nFROM")[0]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT tailnum FROM checked", True),
        ("SELECT * FROM checked", True),
        ("SELECT owner AS who FROM checked", False),
        ("SELECT MAX(Owner) FROM checked", False),
        ("SELECT owners FROM public.fleets", True),
    ],
)
def test_a_query_that_names_a_sensitive_column_shows_nothing(query: str, shown: bool) -> None:
    _, (compiled,) = made({"sql": query})
    assert ("sample" in compiled) is shown
    assert compiled["hidden"] == ["owner"]


def test_the_newest_value_of_a_sensitive_column_is_not_asked_for() -> None:
    secret = Table("public.t", "p", (Column("born", "date", sensitive=True),))
    select, (check,) = made({"freshness": {"column": "born", "within": "1d"}}, table=secret)
    assert "newest" not in check
    assert "VARCHAR" not in select


def history(**how: Any) -> str:
    where = {"where": how.pop("only")} if "only" in how else {}
    _, (check,) = made({"row_count": {"change": {"within": "10%", "of": "7 runs"}}, **where}, **how)
    return str(check["history"])


def test_a_whole_table_is_compared_with_its_rows_after_earlier_runs() -> None:
    assert '."tables"' in history()
    assert "LIMIT 7" in history()


@pytest.mark.parametrize(
    "how",
    [
        {"where": "seats > 1"},
        {"only": "seats > 1"},
        {"source": '"public"."staged"'},
        {"table": replace(PLANES, engine="athena")},
    ],
)
def test_other_rows_are_compared_with_what_the_check_found(how: dict[str, Any]) -> None:
    assert '."checks"' in history(**how)
    assert "name = 'row_count'" in history(**how)


@pytest.mark.parametrize(
    ("engine", "kind", "value", "condition"),
    [
        ("redshift", "varchar(9)", "it's \\ {{ run_date }}", r"""NOT IN ('it''s \\ {{ run_date }}')"""),
        ("athena", "string", "it's \\ {{ params['x'] }}", r"""NOT IN ('it''s \ {{ params['x'] }}')"""),
        ("redshift", "integer", "{{ params.n }}", "NOT IN (CAST('{{ params.n }}' AS BIGINT))"),
        ("redshift", "decimal(9, 2)", 1e-7, "NOT IN (0.0000001)"),
        ("athena", "int", -5, "NOT IN (-5)"),
        ("redshift", "boolean", True, "NOT IN (TRUE)"),
        ("athena", "date", "2013-01-31", "NOT IN (CAST('2013-01-31' AS DATE))"),
        ("redshift", "timestamptz", "2013-01-31T12:00", "NOT IN (CAST('2013-01-31 12:00:00' AS TIMESTAMPTZ))"),
    ],
)
def test_values_in_the_words_of_the_engine(engine: Engine, kind: str, value: Any, condition: str) -> None:
    table = Table("a.t", "p", (Column("c", kind),), engine)
    select, _ = made({"accepted_values": {"column": "c", "values": [value]}}, table=table)
    assert condition in select


def test_names_of_columns_are_quoted() -> None:
    table = Table("public.order", "p", (Column("group", "integer"), Column("select", "date")))
    select, _ = made({"not_null": ["group"]}, {"unique": ["group", "select"]}, table=table)
    assert '"group" IS NULL' in select
    assert re.search(r'GROUP BY "group", "select"', select)
    assert 'FROM "public"."order"' in select


@pytest.mark.parametrize(
    "pattern", ["^[A-Z0-9]{2}$", r"\d+\.\d*", "a|b", "(ab)+?c".replace("?", ""), "[^]x]", r"\\", "[a-z-]", r"\(\?", ""]
)
def test_patterns_of_both_engines(pattern: str) -> None:
    assert patterns.complaint(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "word"),
    [
        ("(?i)a", "(?"),
        ("a(?=b)", "(?"),
        ("(?:a)", "(?"),
        (r"(a)\1", r"\1"),
        (r"\bx", r"\b"),
        (r"\p{L}", r"\p"),
        (r"[\w.]", r"[\w.]"),
        ("[[:digit:]]", "[:digit:]"),
        ("a*?", "*?"),
        ("a++", "++"),
        ("a{2}?", "}?"),
        ("a(", "can't be read"),
        ("[a", "can't be read"),
        ("*a", "can't be read"),
    ],
)
def test_patterns_that_not_both_engines_read(pattern: str, word: str) -> None:
    assert word in patterns.complaint(pattern)


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ({}, "pipeline_log"),
        ({"run_log": False}, "pipeline_log"),
        ({"run_log": {}}, "pipeline_log"),
        ({"run_log": {"schema": "audit"}}, "audit"),
    ],
)
def test_the_schema_of_the_run_log_is_the_environments(values: dict[str, Any], schema: str) -> None:
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    assert jinja.from_string(SCHEMA).render(env=Environment("test", values).names) == schema


@pytest.mark.parametrize(("values", "database"), [({}, ""), ({"redshift": {"database": "dev"}}, "dev")])
def test_the_run_log_is_in_the_environments_redshift(values: dict[str, Any], database: str) -> None:
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    assert jinja.from_string(DATABASE).render(env=Environment("test", values).names) == database
