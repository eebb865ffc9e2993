"""Requests that no client library would send: each gets an error of AWS's form, and the sandbox goes on."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from generator.sandbox.server import Sandbox
from tests.sandbox.conftest import Redshift

TARGET = {"Database": "dev", "WorkgroupName": "local"}
RESULTS = {"ResultConfiguration": {"OutputLocation": "s3://sandbox-test/results/"}}


def send(sandbox: Sandbox, service: str, target: str, body: str) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(sandbox.endpoint.partition("//")[2], timeout=60)
    scope = f"Credential=sandbox/20260101/us-east-1/{service}/aws4_request"
    headers = {"X-Amz-Target": target, "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=x"}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("Nope", "{}", "UnknownOperationException"),
        ("ExecuteStatement", "", "ValidationException"),
        ("ExecuteStatement", "{nope", "SerializationException"),
        ("ExecuteStatement", "[]", "SerializationException"),
        ("ExecuteStatement", "[" * 100_000, "SerializationException"),
        ("ExecuteStatement", json.dumps(TARGET), "ValidationException"),
        ("ExecuteStatement", json.dumps({**TARGET, "Sql": 5}), "ValidationException"),
        ("ExecuteStatement", json.dumps({"Database": None, "WorkgroupName": "local", "Sql": "select 1"}),
         "ValidationException"),
        ("ExecuteStatement", json.dumps({**TARGET, "Sql": "x" * 200_000}), "ValidationException"),
        ("ExecuteStatement", json.dumps({**TARGET, "Sql": "select 1", "Parameters": "x"}), "ValidationException"),
        ("ExecuteStatement", json.dumps({**TARGET, "Sql": "select 1", "SessionKeepAliveSeconds": "x"}),
         "ValidationException"),
        ("BatchExecuteStatement", json.dumps({**TARGET, "Sqls": "select 1"}), "ValidationException"),
        ("BatchExecuteStatement", json.dumps({**TARGET, "Sqls": ["select 1"] * 41}), "ValidationException"),
        ("DescribeStatement", "{}", "ValidationException"),
        ("DescribeStatement", '{"Id": {}}', "ValidationException"),
        ("DescribeStatement", '{"Id": "nope"}', "ValidationException"),
        ("GetStatementResult", '{"Id": "00000000-0000-0000-0000-000000000000"}', "ResourceNotFoundException"),
        ("ListStatements", '{"MaxResults": "x"}', "ValidationException"),
    ],
)  # fmt: skip
def test_redshift(sandbox: Sandbox, action: str, body: str, code: str) -> None:
    status, answer = send(sandbox, "redshift-data", f"RedshiftData.{action}", body)
    assert (status, answer["__type"]) == (400, code)
    assert answer["message"]


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("Nope", "{}", "UnknownOperationException"),
        ("StartQueryExecution", "", "InvalidRequestException"),
        ("StartQueryExecution", "{", "SerializationException"),
        ("StartQueryExecution", '{"QueryString": 5}', "InvalidRequestException"),
        ("StartQueryExecution", '{"QueryString": "SELECT 1", "QueryExecutionContext": "x"}', "InvalidRequestException"),
        ("StartQueryExecution", json.dumps({"QueryString": "x" * 300_000, **RESULTS}), "InvalidRequestException"),
        ("StartQueryExecution", json.dumps({"QueryString": "\0\1 hello '", **RESULTS}), "InvalidRequestException"),
        ("GetQueryExecution", '{"QueryExecutionId": [1]}', "InvalidRequestException"),
        ("GetQueryExecution", '{"QueryExecutionId": "x"}', "InvalidRequestException"),
        ("GetQueryResults", '{"QueryExecutionId": "x", "MaxResults": -5}', "InvalidRequestException"),
        ("BatchGetQueryExecution", "{}", "InvalidRequestException"),
    ],
)
def test_athena(sandbox: Sandbox, s3: Any, action: str, body: str, code: str) -> None:
    status, answer = send(sandbox, "athena", f"AmazonAthena.{action}", body)
    assert (status, answer["__type"]) == (400, code)
    assert answer.get("message") or answer["Message"]


HARD = {
    "control characters": "\0\1 hello",
    "a quote": "'",
    "an open string": "select '",
    "parentheses": "select " + "(" * 3000 + "1" + ")" * 3000,
    "a long sum": "select " + "1 + " * 20_000 + "1",
    "unions": " union all ".join(["select 1"] * 4000),
    "branches": "select case " + "when 1 = 2 then 3 " * 3000 + "end",
}
HARD_FOR_ATHENA = {
    **HARD,
    "queries": "select * from " + "(select * from " * 800 + "(values 1)" + ")" * 800,
    "calls": "select " + "abs(" * 3000 + "1" + ")" * 3000,
    "conditions": "select 1 where " + " and ".join(["1 = 1"] * 5000),
    "a type": "create external table t (a " + "array<" * 3000 + "int" + ">" * 3000 + ") location 's3://lake-test/t/'",
    "a view": "create view v as select " + "1 + " * 5000 + "1 as a",
    "plans of plans": "explain " * 2000 + "select 1",
    "prepared statements": "prepare p from " * 2000 + "select 1",
    "an open list": "create table t with (a = array[",
    "an open partition": "alter table t add partition (",
    "an open column": "create external table t (a",
    "a name without text": 'select 1 as ""',
    "half a character": "select '\ud800'",
    "no statement": "-- nothing",
    "three semicolons": ";;;",
}


@pytest.mark.parametrize("sql", HARD.values(), ids=HARD)
def test_hard_statements_end(redshift: Redshift, sql: str) -> None:
    """Each gives rows or an error, and the next statement runs."""
    described = redshift.describe(sql)
    assert described["Status"] in ("FINISHED", "FAILED")
    assert "internal error" not in described.get("Error", "")
    assert redshift.run("select 1") == [(1,)]


@pytest.mark.parametrize("sql", HARD_FOR_ATHENA.values(), ids=HARD_FOR_ATHENA)
def test_hard_statements_end_in_athena(athena: Callable[..., SimpleNamespace], sql: str) -> None:
    """Each gives rows or an error of Athena's, and the next statement runs."""
    try:
        reason = athena(sql).reason
    except ClientError as error:
        reason = error.response["Error"]["Code"]
    assert not re.search("the sandbox has a bug|Internal", reason)
    assert athena("SELECT 1").rows == [["1"]]


def test_a_statement_too_deep_for_the_parser_is_too_large(athena: Callable[..., SimpleNamespace]) -> None:
    with pytest.raises(ClientError, match="statement is too large"):
        athena("SELECT " + "(" * 3000 + "1" + ")" * 3000)
    assert "statement is too large (stack overflow during analysis)" in athena("SELECT " + "1 + " * 20_000 + "1").reason
