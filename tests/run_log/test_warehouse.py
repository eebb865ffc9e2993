"""Rows reach the warehouse once, whoever else writes at the same time."""

from __future__ import annotations

import datetime
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from generator.run_log import tables, warehouse
from generator.run_log.place import Place, place
from generator.run_log.warehouse import RunLogError, Warehouse

MOMENT = datetime.datetime(2013, 1, 2, 3, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=-5)))


def row(**more: Any) -> dict[str, Any]:
    return {"pipeline": "flights", "run_id": "manual", "run_date": datetime.date(2013, 1, 1), **more}


def all_rows(here: Place, table: str, columns: str) -> list[tuple[Any, ...]]:
    log = Warehouse(here)
    return log.read(f"SELECT {columns} FROM {log.name(table)} ORDER BY 1, 2")


def test_values_come_back_as_they_were(here: Place) -> None:
    odd = 'it\'s a \\backslash\\n, "quotes", :name, {{ jinja }}, /* comment */ -- and 雪 ;'
    Warehouse(here).add({
        "tasks": [row(task="load.stage", try_number=2, state="failed", started_at=MOMENT, first_error=odd)],
        "checks": [row(task="load.check", passed=False, failures=3, samples=json.dumps([{"k": odd}]))],
    })  # fmt: skip
    columns = "pipeline, run_date, task, try_number, started_at, first_error, rows_written"
    assert all_rows(here, "tasks", columns) == [
        ("flights", "2013-01-01", "load.stage", 2, "2013-01-02 08:30:00", odd, None)
    ]
    ((passed, failures, samples),) = all_rows(here, "checks", "passed, failures, samples")
    assert (passed, failures, json.loads(samples)) == (False, 3, [{"k": odd}])


def test_long_texts_are_cut_to_bytes(here: Place) -> None:
    Warehouse(here).add({"runs": [row(first_error="é" * 5000, failed_task="x" * 256, url="\0u")]})
    ((error, task, url),) = all_rows(here, "runs", "first_error, failed_task, url")
    assert len(error.encode()) <= 4000
    assert error == "é" * 1998 + "…"
    assert (task, url) == ("x" * 256, "u")


def test_many_rows_are_several_statements_of_one_transaction(here: Place) -> None:
    rows = [row(name=f"check {number:02}", samples="x" * 20_000) for number in range(12)]
    assert [len(sql) < 100_000 for sql in tables.insert("log", "checks", rows)] == [True, True, True]
    Warehouse(here).add({"checks": rows})
    assert len(all_rows(here, "checks", "name, run_id")) == 12


def test_sixteen_that_log_at_once_lose_and_double_nothing(here: Place) -> None:
    def write(number: int) -> None:
        for turn in range(5):
            Warehouse(here).add({
                "tasks": [row(task=f"t{number:02}", try_number=turn)],
                "checks": [row(task=f"t{number:02}", try_number=turn, name=name) for name in ("a", "b")],
            })  # fmt: skip

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    expected = [(f"t{number:02}", turn) for number in range(16) for turn in range(5)]
    assert all_rows(here, "tasks", "task, try_number") == expected
    assert sorted(all_rows(here, "checks", "task, try_number, name")) == sorted(
        (*each, name) for each in expected for name in ("a", "b")
    )


class Refusing:
    """The Data API behind a network that loses the answers to some requests, or an AWS that is too busy for them."""

    def __init__(self, refused: list[str]) -> None:
        self._client = boto3.client("redshift-data")
        self._refused = refused

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            answer = getattr(self._client, name)(**request)
            if name in self._refused:
                self._refused.remove(name)
                raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}, name)
            return answer

        return call


@pytest.mark.parametrize("refused", ["execute_statement", "describe_statement"])
def test_a_request_whose_answer_is_lost_is_repeated_and_counts_once(
    here: Place, refused: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Warehouse(here).add({"runs": [row(state="before")]})
    monkeypatch.setattr(warehouse, "_client", lambda place: Refusing([refused, refused]))
    Warehouse(here).add({"runs": [row(state="success")]})
    assert all_rows(here, "runs", "state, run_id") == [("before", "manual"), ("success", "manual")]


def test_time_is_bounded(here: Place) -> None:
    ticks = iter(range(1000))
    with pytest.raises(RunLogError, match="no time is left"):
        Warehouse(here, clock=lambda: next(ticks) * 20.0).add({"runs": [row()]})


def test_an_error_that_no_repetition_mends_is_told(here: Place) -> None:
    Warehouse(here).add({"runs": [row()]})
    boto3.client("redshift-data").batch_execute_statement(
        Database="dev", WorkgroupName="local",
        Sqls=[f'DROP TABLE "{here.schema}".runs', f'CREATE TABLE "{here.schema}".runs (pipeline varchar(9))'],
    )  # fmt: skip
    with pytest.raises(RunLogError, match="run_id"):
        Warehouse(here).add({"runs": [row()]})


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ({}, "pipeline_log"),
        ({"run_log": True}, "pipeline_log"),
        ({"run_log": {"schema": "audit"}}, "audit"),
        ({"run_log": False}, None),
        ({"redshift": None}, None),
    ],
)
def test_where_the_log_is(values: dict[str, Any], schema: str | None) -> None:
    redshift = {"cluster": "c", "db_user": "u", "database": "d", "iam_role": "r"}
    found = place({"region": "eu-west-1", "aws_conn_id": "aws_production", "redshift": redshift, **values})
    assert (None if found is None else found.schema) == schema
    if found is not None:
        assert found.target == {"ClusterIdentifier": "c", "DbUser": "u", "Database": "d"}
        assert (found.region, found.connection) == ("eu-west-1", "aws_production")
