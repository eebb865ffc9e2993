"""The check operators against the sandbox: verdicts, messages, samples, earlier runs and drift."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from generator import quoting
from generator.checks import statement
from generator.checks.history import SCHEMA
from generator.checks.wanted import Subject, listed
from generator.model import Column, Table
from generator.operators.athena_check import AthenaCheckOperator
from generator.operators.check_report import ChecksFailed
from generator.operators.redshift_check import RedshiftCheckOperator
from generator.run_log.tables import TABLES
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import run_operator
from tests.operators.conftest import BUCKET, REDSHIFT

Run = Callable[[Any], Any]
Sql = Callable[..., list[tuple[Any, ...]]]

COLUMNS = (
    Column("id", "integer"),
    Column("name", "varchar(20)", sensitive=True),
    Column("day", "date"),
    Column("amount", "decimal(6, 2)"),
)
AT = (Column("at", "timestamp"),)
ROWS = "(1, 'Anna', '2013-01-30', 10), (2, 'Otto', '2013-01-31', 20.5), (2, 'Eve', NULL, -1)"


@pytest.fixture(scope="module")
def _orders(sandbox: Sandbox) -> None:
    client = boto3.client("redshift-data")
    for text in (
        "CREATE TABLE public.orders (id integer, name varchar(20), day date, amount decimal(6, 2))",
        f"INSERT INTO public.orders VALUES {ROWS}",
    ):
        started = client.execute_statement(Sql=text, Database="dev", WorkgroupName="local")
        client.describe_statement(Id=started["Id"], WaitTimeSeconds=30)


def made(*checks: dict[str, Any], columns: tuple[Column, ...] = COLUMNS, **more: Any) -> RedshiftCheckOperator:
    table = Table("public.orders", "test", columns, primary_key=("id",))
    subject = Subject(table, quoting.table(table.name), table.column_names)
    select, compiled = statement.of([*listed(checks, subject, keys=False)], subject)
    select = select.replace("{{ run_date }}", "2013-01-31")
    return RedshiftCheckOperator(
        task_id="check", sql=select, checks=compiled, **{"subject": "orders", **REDSHIFT, **more}
    )


def results_of(operator: Any) -> list[dict[str, Any]]:
    """The results, whether or not the task fails."""
    try:
        found: list[dict[str, Any]] = run_operator(operator)["checks"]
    except ChecksFailed as failed:
        return failed.results
    return found


def failure(operator: Any) -> ChecksFailed:
    with pytest.raises(ChecksFailed) as raised:
        run_operator(operator)
    return raised.value


@pytest.mark.usefixtures("_orders")
class TestRedshift:
    def test_checks_that_pass(self, run: Run) -> None:
        found = run(made({"row_count": {"min": 3}}, {"freshness": {"column": "day", "within": "1d"}}))["checks"]
        assert found == [
            {"name": "row_count", "kind": "row_count", "severity": "error", "passed": True, "found": "3",
             "expected": "at least 3", "failures": None, "rows": 3, "samples": [], "description": ""},
            {"name": "freshness (day)", "kind": "freshness", "severity": "error", "passed": True,
             "found": "2013-01-31", "expected": "a value at most 1d before the end of {{ run_date }}",
             "failures": None, "rows": 3, "samples": [], "description": ""},
        ]  # fmt: skip

    def test_each_failed_check_is_named_with_its_numbers(self) -> None:
        error = failure(
            made(
                {"row_count": {"max": 2}},
                {"unique": ["id"], "description": "An order comes once."},
                {"not_null": ["day"], "max_failures": "33%"},
                {"not_null": ["day"], "max_failures": "34%"},
                {"range": {"column": "amount", "min": 0}},
            )
        )
        assert str(error) == (
            "4 of 5 checks of orders failed: row_count: 3 found, at most 2 expected; "
            "unique (id): 1 of 3 rows too many found, no value twice expected (An order comes once.); "
            "not_null (day): 1 of 3 rows without a value found, a value in each row (all but 33%) expected; "
            "range (amount): 1 of 3 rows out of range found, at least 0 expected"
        )

    def test_freshness_now(self, run: Run, sql: Sql) -> None:
        sql("CREATE TABLE public.orders_now AS SELECT DATEADD(minute, -90, GETDATE()) AS at")
        found = []
        for within in ("1h", "2h"):
            operator = made({"freshness": {"column": "at", "within": within, "of": "now"}}, columns=AT)
            operator.sql = str(operator.sql).replace('"orders"', '"orders_now"')
            found.append(results_of(operator)[0]["passed"])
        assert found == [False, True]

    def test_samples_are_without_sensitive_columns(self) -> None:
        error = failure(
            made(
                {"unique": ["id"]},
                {"length": {"column": "name", "min": 4}},
                {"sql": "SELECT * FROM checked WHERE amount < 0"},
                {"sql": "SELECT name AS who FROM checked WHERE amount < 0"},
            )
        )
        assert [result["samples"] for result in error.results] == [
            [{"id": 2, "times": 2}],
            [{"id": 2}],
            [{"id": 2, "day": None, "amount": "-1.00"}],
            [],
        ]

    def test_a_warning_lets_the_task_go_on(self, run: Run, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            (result,) = run(made({"not_null": ["day"], "severity": "warn"}))["checks"]
        assert not result["passed"]
        assert result["samples"] == [{"day": None, "id": 2}]

    def test_differences_from_the_declaration(self) -> None:
        other = (Column("id", "bigint"), COLUMNS[1], COLUMNS[2], Column("amount", "numeric(6,2)"), Column("x", "date"))
        error = failure(made({"columns": "exact"}, columns=other))
        assert error.results[0]["found"] == "id is int4, and int8 in the YAML file; x is missing"
        error = failure(made({"columns": "exact"}, columns=COLUMNS[:3]))
        assert error.results[0]["found"] == "amount is not in the YAML file"

    def test_more_columns_than_declared(self, run: Run) -> None:
        assert run(made({"columns": "at_least"}, columns=COLUMNS[:3]))["checks"][0]["passed"]
        assert run(made({"columns": "exact"}))["checks"][0]["passed"]

    def test_rows_to_show_that_cannot_be_had_change_no_verdict(self) -> None:
        operator = made({"not_null": ["day"]})
        operator.checks[0]["sample"] = "SELECT nothing FROM public.nowhere"
        assert failure(operator).results[0]["samples"] == []

    def test_a_failed_statement_says_why_first(self, run: Run) -> None:
        operator = made({"row_count": {"min": 1}})
        operator.sql = "SELECT COUNT(*) AS a FROM public.nowhere"
        with pytest.raises(AirflowException, match="nowhere") as raised:
            run(operator)
        assert not isinstance(raised.value, AirflowFailException)  # it may pass when it is tried again

    @pytest.mark.parametrize("text", ["SELECT 1 AS a UNION ALL SELECT 2", "SELECT 1 AS a WHERE 1 = 0"])
    def test_results_that_answer_nothing(self, run: Run, text: str) -> None:
        operator = made({"row_count": {"min": 1}})
        operator.sql = text
        with pytest.raises(AirflowFailException, match=r"the checks' query gave [02] rows, and must give one"):
            run(operator)


@pytest.mark.usefixtures("_orders")
def test_row_counts_of_earlier_runs(sql: Sql) -> None:
    def result() -> dict[str, Any]:
        operator = made({"row_count": {"change": {"within": "30%", "of": "3 runs"}}}, log_schema="audit")
        for name, value in (("dag.dag_id", "p"), ("run_id", "today"), ("task.task_id", "check")):
            history = operator.checks[0]["history"].replace(f"{{{{ {name} | literal }}}}", f"'{value}'")
            operator.checks[0]["history"] = history
        start = history.index('FROM "')
        operator.checks[0]["history"] = (
            f'{history[:start]}FROM "audit"."tables"{history[history.index(chr(10), start) :]}'
        )
        (found,) = results_of(operator)
        return {key: found[key] for key in ("passed", "found")}

    assert result() == {"passed": True, "found": "3 (no earlier runs to compare with)"}
    sql("CREATE SCHEMA audit", "CREATE TABLE audit.checks (pipeline varchar(9))")
    kinds = "pipeline varchar(9), run_id varchar(9), table_name varchar(99), rows bigint, logged_at timestamp"
    sql(f"CREATE TABLE audit.tables ({kinds})")
    assert result() == {"passed": True, "found": "3 (no earlier runs to compare with)"}
    log = "INSERT INTO audit.tables VALUES ('p', '{}', 'public.orders', {}, '2013-01-{}')"
    sql(*(log.format(*row) for row in [("a", 900, 1), ("b", 2, 2), ("c", 4, 3), ("d", 3, 4), ("today", 900, 5)]))
    assert result() == {"passed": True, "found": "3 (+0% from 3)"}
    sql(log.format("e", 6, 6), log.format("f", 6, 7))
    assert result() == {"passed": False, "found": "3 (-50% from 6)"}


@pytest.fixture(scope="module")
def _people(sandbox: Sandbox) -> None:
    boto3.client("glue").create_database(DatabaseInput={"Name": "lake"})
    client = boto3.client("athena")
    select = "SELECT * FROM (VALUES (1, 'Anna'), (2, 'Otto'), (2, NULL)) AS t (id, name)"
    started = client.start_query_execution(
        QueryString="CREATE TABLE lake.people WITH (format = 'PARQUET', "
        f"external_location = 's3://{BUCKET}/people/') AS {select}",
        ResultConfiguration={"OutputLocation": f"s3://{BUCKET}/results/"},
    )
    while client.get_query_execution(QueryExecutionId=started["QueryExecutionId"])["QueryExecution"]["Status"][
        "State"
    ] in ("QUEUED", "RUNNING"):
        time.sleep(0.01)


@pytest.mark.usefixtures("_people")
class TestAthena:
    def made(self, *checks: dict[str, Any], columns: tuple[Column, ...] = (), **more: Any) -> AthenaCheckOperator:
        declared = columns or (Column("id", "integer"), Column("name", "string", sensitive=True))
        table = Table("lake.people", "test", declared, "athena")
        subject = Subject(table, quoting.table(table.name), table.column_names)
        select, compiled = statement.of([*listed(checks, subject, keys=False)], subject)
        return AthenaCheckOperator(
            task_id="check",
            query=select,
            checks=compiled,
            subject="people",
            database="lake",
            output_location=f"s3://{BUCKET}/results/",
            region_name="us-east-1",
            sleep_time=1,
            **more,
        )

    def test_checks_that_pass(self, run: Run) -> None:
        checks = ({"row_count": {"min": 3}}, {"length": {"column": "name", "max": 4}})
        assert [result["passed"] for result in run(self.made(*checks))["checks"]] == [True, True]

    def test_freshness_now(self) -> None:
        found = []
        for within in ("1h", "2h"):
            operator = self.made({"freshness": {"column": "at", "within": within, "of": "now"}}, columns=AT)
            recent = "(SELECT CAST(CURRENT_TIMESTAMP AT TIME ZONE 'UTC' AS TIMESTAMP) - INTERVAL '90' MINUTE AS at)"
            operator.query = operator.query.replace('"lake"."people"', recent)
            found.append(results_of(operator)[0]["passed"])
        assert found == [False, True]

    def test_failures_and_their_samples(self) -> None:
        error = failure(self.made({"unique": ["id"]}, {"not_null": ["name"], "severity": "warn"}))
        assert str(error) == (
            "1 of 2 checks of people failed: unique (id): 1 of 3 rows too many found, no value twice expected"
        )
        assert [result["samples"] for result in error.results] == [[{"id": "2", "times": "2"}], [{"id": "2"}]]

    def test_differences_from_the_declaration(self, run: Run) -> None:
        assert run(self.made({"columns": "at_least"}, columns=(Column("id", "int"),)))["checks"][0]["passed"]
        error = failure(self.made({"columns": "exact"}, columns=(Column("id", "bigint"),)))
        assert error.results[0]["found"] == "id is int, and bigint in the YAML file; name is not in the YAML file"

    def test_as_many_rows_as_a_file_says(self, run: Run) -> None:
        uri = f"s3://{BUCKET}/counts/people.json"
        boto3.client("s3").put_object(Bucket=BUCKET, Key="counts/people.json", Body=b'{"rows": 4}')
        (result,) = run(self.made({"same_count": {"from": uri}, "severity": "warn"}))["checks"]
        assert (result["passed"], result["found"], result["failures"]) == (False, "3 and 4 rows", 1)
        assert run(self.made({"same_count": {"from": uri}, "max_failures": 1}))["checks"][0]["passed"]

    def test_a_query_that_fails_says_why(self, run: Run) -> None:
        operator = self.made({"row_count": {"min": 3}})
        operator.query = "SELECT nothing FROM lake.people"
        with pytest.raises(AirflowException, match="nothing") as raised:
            run(operator)
        assert not isinstance(raised.value, AirflowFailException)

    def test_row_counts_of_earlier_runs_come_from_the_run_log_in_redshift(self, sql: Sql) -> None:
        redshift = {"log_schema": "lake_log", "log_database": "dev", "workgroup_name": "local"}

        def found(**where: Any) -> str:
            operator = self.made({"row_count": {"change": {"within": "30%", "of": "3 runs"}}}, **where)
            for name, value in (("dag.dag_id", "p"), ("run_id", "today"), ("task.task_id", "check")):
                history = operator.checks[0]["history"].replace(f"{{{{ {name} | literal }}}}", f"'{value}'")
                operator.checks[0]["history"] = history
            operator.checks[0]["history"] = operator.checks[0]["history"].replace(SCHEMA, "lake_log")
            operator.query = "/* pipeline: p, task: check, run: today */\n" + operator.query
            (result,) = results_of(operator)
            return f"{result['passed']}: {result['found']}"

        assert found() == ("True: 3 (nothing to compare with: this environment has no Redshift, where the run log is)")
        assert found(**redshift) == "True: 3 (no earlier runs to compare with)"
        sql("CREATE SCHEMA lake_log", "CREATE TABLE lake_log.checks (pipeline varchar(9))")
        assert found(**redshift).startswith("True: 3 (nothing to compare with: the run log can't be read: ")
        columns = ", ".join(f"{name} {kind}" for name, kind in TABLES["checks"].items())
        sql("DROP TABLE lake_log.checks", f"CREATE TABLE lake_log.checks ({columns})")
        log = (
            "INSERT INTO lake_log.checks (pipeline, run_id, task, name, table_name, rows_checked, logged_at) "
            "VALUES ('p', '{}', 'check', 'row_count', 'lake.people', {}, '2013-01-{}')"
        )
        sql(*(log.format(*row) for row in [("a", 900, 1), ("b", 3, 2), ("c", 3, 3), ("d", 3, 4), ("today", 900, 5)]))
        assert found(**redshift) == "True: 3 (+0% from 3)"
        sql(log.format("e", 6, 6), log.format("f", 6, 7))
        assert found(**redshift) == "False: 3 (-50% from 6)"
        (sent,) = sql("SELECT COUNT(*) FROM sys_query_history WHERE query_text LIKE '/* pipeline: p, task: check, %'")
        assert sent[0] > 0
