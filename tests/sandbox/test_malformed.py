"""Requests that no client library would send: each gets an error of AWS's form, and the sandbox goes on."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest

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


@pytest.mark.parametrize(
    "sql",
    [
        "\0\1 hello",
        "'",
        "select '",
        "select " + "(" * 3000 + "1" + ")" * 3000,
        "select " + "1 + " * 20_000 + "1",
        " union all ".join(["select 1"] * 4000),
        "select case " + "when 1 = 2 then 3 " * 3000 + "end",
    ],
    ids=["control characters", "a quote", "an open string", "parentheses", "a long sum", "unions", "branches"],
)
def test_hard_statements_end(redshift: Redshift, sql: str) -> None:
    """Each gives rows or an error, and the next statement runs."""
    described = redshift.describe(sql)
    assert described["Status"] in ("FINISHED", "FAILED")
    assert "internal error" not in described.get("Error", "")
    assert redshift.run("select 1") == [(1,)]
