"""A sandbox, and a way to run one operator as Airflow does, with the triggers that it defers to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from airflow.providers.common.compat.module_loading import import_string
from airflow.providers.common.compat.sdk import TaskDeferred

from generator.sandbox.server import Sandbox

BUCKET = "flights-test"
REDSHIFT: dict[str, Any] = {
    "database": "dev",
    "workgroup_name": "local",
    "region_name": "us-east-1",
    "poll_interval": 1,
}


class TaskInstance:
    """As much of a task instance as the stock operators use."""

    def xcom_push(self, key: str, value: Any) -> None: ...


def run_operator(operator: Any) -> Any:
    """Run a task to its end, deferrals through their real triggers; its result, or the error it raises."""
    context = {"ti": TaskInstance(), "task_instance": TaskInstance(), "task": operator}
    step: Callable[[], Any] = lambda: operator.execute(context)  # noqa: E731
    while True:
        try:
            return step()
        except TaskDeferred as deferred:
            classpath, arguments = deferred.trigger.serialize()
            event = asyncio.run(_first_event(import_string(classpath)(**arguments)))
            method = getattr(operator, deferred.method_name)
            kwargs = {**(deferred.kwargs or {}), "event": event}
            step = lambda: method(context, **kwargs)  # noqa: B023, E731


async def _first_event(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


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
