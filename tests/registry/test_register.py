"""The task that registers a version, killed at each of its requests, and what it tells."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowException

from generator import query
from generator.operators.ml_register import MlRegisterOperator
from generator.registry import statements, tables
from generator.sandbox import client
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import run_operator
from tests.registry.conftest import VALUES

_SCHEMAS = itertools.count(1000)
TRAINED: dict[str, Any] = {
    "version": "2013-01-14-bbbbbbbb",
    "location": "s3://lake/models/delay/2013-01-14-bbbbbbbb/",
    "metadata_sha256": "1" * 64,
    "metrics": {"auc": 0.8},
    "rows": {"train": 800, "test": 200, "without_target": 0},
    "model": "delay",
    "kind": "classification",
    "algorithm": "gradient_boosting",
    "run_date": "2013-01-14",
    "git_commit": "c0ffee",
    "trained_at": "2013-01-15 04:00:00",
}


class KilledError(BaseException):
    """The worker is gone."""


class Mortal:
    """The Data API, whose caller is killed before or after it has heard the answer to one of its requests."""

    def __init__(self, api: Any, at: int = -1, after: bool = False) -> None:
        self._api = api
        self._at = at
        self._after = after
        self.requests = 0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._api, name)
        if name == "get_paginator":
            return lambda operation: SimpleNamespace(paginate=self._counted(found(operation).paginate))
        return self._counted(found)

    def _counted(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        def request(*words: Any, **named: Any) -> Any:
            number, self.requests = self.requests, self.requests + 1
            if number == self._at and not self._after:
                raise KilledError
            answer = ask(*words, **named)
            if number == self._at:
                raise KilledError
            return answer

        return request


def registering(schema: str, api: Any, **more: Any) -> MlRegisterOperator:
    operator = MlRegisterOperator(
        task_id="register",
        trained_by="fit",
        log_schema=schema,
        promote_if={"auc": ">= 0.75", "compared_to_current": ">= 0"},
        database="dev",
        workgroup_name="local",
        aws_conn_id=None,
        region_name="us-east-1",
        deferrable=False,
        poll_interval=1,
        **more,
    )
    operator.__dict__["hook"] = SimpleNamespace(conn=api)
    return operator


def run(operator: MlRegisterOperator, trained: dict[str, Any] = TRAINED, day: str = "2013-01-14") -> Any:
    context = {"dag": SimpleNamespace(dag_id="delay_train"), "run_id": f"scheduled__{day}"}
    return run_operator(operator, context, {"fit": trained})


def registry(schema: str) -> tuple[Any, Any]:
    versions, promotions = query.redshift_batch(statements.everything(schema), VALUES, 99)
    return versions.rows, [row[:3] + row[4:] for row in promotions.rows]


@pytest.fixture
def api(sandbox: Sandbox) -> Any:
    return client.of("redshift-data", sandbox.environment)


def test_a_worker_that_is_killed_at_any_request(api: Any) -> None:
    whole = Mortal(api)
    told = run(registering("log_whole", whole))
    expected = registry("log_whole")
    assert (told["promoted"], len(expected[0]), len(expected[1])) == (True, 1, 1)
    for at, after in itertools.product(range(whole.requests), (False, True)):
        schema = f"log_{next(_SCHEMAS)}"
        with pytest.raises(KilledError):
            run(registering(schema, Mortal(api, at, after)))
        assert run(registering(schema, api)) == told
        assert registry(schema) == expected, (at, after)


def test_a_worse_one_is_told_with_its_reasons(api: Any) -> None:
    schema = f"log_{next(_SCHEMAS)}"
    run(registering(schema, api))
    operator = registering(schema, api)
    worse = {**TRAINED, "version": "2013-01-21-cccccccc", "metrics": {"auc": 0.77}, "run_date": "2013-01-21"}
    told = run(operator, worse, "2013-01-21")
    assert (told["promoted"], told["current_version"]) == (False, TRAINED["version"])
    assert [(each["name"], each["passed"]) for each in told["checks"]] == [
        ("auc", True),
        ("compared_to_current", False),
    ]
    assert told["checks"] == operator.check_results
    assert operator.rows_written is None


def test_a_warehouse_that_refuses_the_tables_is_told(api: Any) -> None:
    with pytest.raises(AirflowException, match="pg_catalog"):
        run(registering("pg_catalog", api))


def test_a_training_that_left_nothing(api: Any) -> None:
    with pytest.raises(AirflowException, match="'fit' left no result: clear it as well"):
        run_operator(registering("log", api), {"dag": None, "run_id": ""})


def test_the_tables_are_as_they_are_declared(api: Any) -> None:
    schema = f"log_{next(_SCHEMAS)}"
    run(registering(schema, api))
    for table, columns in tables.TABLES.items():
        described = api.describe_table(WorkgroupName="local", Database="dev", Schema=schema, Table=table)
        assert [column["name"] for column in described["ColumnList"]] == list(columns)
