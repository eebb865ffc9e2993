"""A sandbox, and a way to run one operator as Airflow does, with the triggers that it defers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from generator.sandbox.server import Sandbox
from tests.airflow_tasks import run_operator

BUCKET = "flights-test"
REDSHIFT: dict[str, Any] = {
    "database": "dev",
    "workgroup_name": "local",
    "region_name": "us-east-1",
    "poll_interval": 1,
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch, Sandbox() as started:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        patch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://")
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        yield started


@pytest.fixture
def run(sandbox: Sandbox) -> Callable[[Any], Any]:
    return run_operator


@pytest.fixture
def sql(sandbox: Sandbox) -> Callable[..., list[tuple[Any, ...]]]:
    """Run statements in the sandbox's Redshift; the rows of the last one."""
    from generator.operators.statements import StatementsOperator

    class Query(StatementsOperator):
        def execute(self, context: Any) -> Any:
            return self.run_statements([self.sql])

        def finish(self, statement_ids: Any) -> Any:
            described = self.hook.conn.describe_statement(Id=statement_ids[0])
            return [tuple(row.values()) for row in self.rows(statement_ids[0])] if described["HasResultSet"] else []

    def query(*statements: str) -> list[tuple[Any, ...]]:
        rows = []
        for statement in statements:
            rows = run_operator(Query(task_id="query", sql=statement, **REDSHIFT))
        return rows

    return query
