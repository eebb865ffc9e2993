"""A sandbox for each test module, and small clients of its Redshift and its Athena."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from generator.sandbox import duck
from generator.sandbox.server import Sandbox

BUCKET = "sandbox-test"
ROLE = "iam_role 'arn:aws:iam::123456789012:role/redshift'"
_NUMBERS = itertools.count(1)


class StatementError(Exception):
    """A statement that did not finish; the text is the Data API's Error."""


@dataclass(frozen=True)
class Redshift:
    """One database of a workgroup, through the Data API."""

    api: Any
    database: str
    workgroup: str = "local"

    @property
    def target(self) -> dict[str, str]:
        return {"WorkgroupName": self.workgroup, "Database": self.database}

    def describe(self, *statements: str, **options: Any) -> Any:
        """Run one statement, or several as a batch; what DescribeStatement says once it is over."""
        where = {} if "SessionId" in options else self.target
        if len(statements) == 1:
            started = self.api.execute_statement(Sql=statements[0], **where, **options)
        else:
            started = self.api.batch_execute_statement(Sqls=list(statements), **where, **options)
        return self.api.describe_statement(Id=started["Id"], WaitTimeSeconds=30)

    def run(self, *statements: str, **options: Any) -> list[tuple[Any, ...]]:
        """Run statements one by one; the rows of the last one. Raises StatementError."""
        described: Any = {}
        for statement in statements:
            described = self.describe(statement, **options)
            if described["Status"] != "FINISHED":
                raise StatementError(described["Error"])
        return self.rows(described["Id"]) if described["HasResultSet"] else []

    def batch(self, *statements: str, **options: Any) -> Any:
        """Run statements as one transaction. Raises StatementError."""
        described = self.describe(*statements, **options)
        if described["Status"] != "FINISHED":
            raise StatementError(described["Error"])
        return described

    def rows(self, statement_id: str) -> list[tuple[Any, ...]]:
        pages = self.api.get_paginator("get_statement_result").paginate(Id=statement_id)
        return [tuple(_value(field) for field in row) for page in pages for row in page["Records"]]

    def columns(self, statement: str) -> list[dict[str, Any]]:
        """The ColumnMetadata of a query."""
        described = self.describe(statement)
        found: list[dict[str, Any]] = self.api.get_statement_result(Id=described["Id"])["ColumnMetadata"]
        return found


def _value(field: dict[str, Any]) -> Any:
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        duck.client("s3", started.endpoint).create_bucket(Bucket=BUCKET)
        yield started


@pytest.fixture(scope="module")
def s3(sandbox: Sandbox) -> Any:
    return duck.client("s3", sandbox.endpoint)


@pytest.fixture(scope="module")
def api(sandbox: Sandbox) -> Any:
    return duck.client("redshift-data", sandbox.endpoint)


@pytest.fixture
def redshift(api: Any) -> Redshift:
    """An empty database."""
    return Redshift(api, f"dev{next(_NUMBERS)}")


@pytest.fixture
def folder(s3: Any) -> str:
    """An empty prefix of the bucket, for the test alone: "s3://bucket/7/"."""
    return f"s3://{BUCKET}/{next(_NUMBERS)}/"


@pytest.fixture
def put(s3: Any, folder: str) -> Any:
    """Put a file into the test's folder; returns its URI."""

    def put_object(name: str, body: bytes | str) -> str:
        bucket, key = duck.split_uri(folder + name)
        s3.put_object(Bucket=bucket, Key=key, Body=body.encode() if isinstance(body, str) else body)
        return folder + name

    return put_object


@pytest.fixture
def get(s3: Any, folder: str) -> Any:
    """All files of the test's folder: {name: bytes}."""

    def get_objects() -> dict[str, bytes]:
        bucket, prefix = duck.split_uri(folder)
        found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        return {
            entry["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            for entry in found
        }

    return get_objects


@pytest.fixture(scope="module")
def athena(sandbox: Sandbox, s3: Any) -> Callable[..., SimpleNamespace]:
    """Runs a statement to its end: `.rows` (a SELECT's without the header), `.types`, `.reason`, `.execution`."""
    client = duck.client("athena", sandbox.endpoint)
    s3.create_bucket(Bucket="lake-test")

    def run(sql: str, database: str = "default", **more: Any) -> SimpleNamespace:
        started = client.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": database},
            ResultConfiguration={"OutputLocation": "s3://lake-test/results/"},
            **more,
        )
        identity = {"QueryExecutionId": started["QueryExecutionId"]}
        execution = client.get_query_execution(**identity)["QueryExecution"]
        while execution["Status"]["State"] in ("QUEUED", "RUNNING"):
            time.sleep(0.01)
            execution = client.get_query_execution(**identity)["QueryExecution"]
        reason = execution["Status"].get("StateChangeReason", "")
        result = SimpleNamespace(execution=execution, reason=reason, rows=[], header=[], types=[], updated=0)
        if not reason:
            found = client.get_query_results(**identity)
            rows = [[item.get("VarCharValue") for item in row["Data"]] for row in found["ResultSet"]["Rows"]]
            if execution["SubstatementType"] == "SELECT":
                result.header, *rows = rows
            result.rows, result.updated = rows, found["UpdateCount"]
            result.types = [column["Type"] for column in found["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]]
        return result

    return run
