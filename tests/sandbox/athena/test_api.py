"""The Athena API through boto3: states, pages, files, tokens and refusals, as its API reference has them."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from generator.sandbox import duck
from generator.sandbox.server import Sandbox

Athena = Callable[..., SimpleNamespace]
OUTPUT = {"OutputLocation": "s3://lake-test/results/"}
LONG = "SELECT count(*) FROM UNNEST(sequence(1, 9000000)) AS a (x) CROSS JOIN UNNEST(sequence(1, 9000000)) AS b (y)"


@pytest.fixture(scope="module")
def client(sandbox: Sandbox, athena: Athena) -> Any:
    return duck.client("athena", sandbox.endpoint)


def state(client: Any, identity: dict[str, str], *awaited: str) -> Any:
    while True:
        execution = client.get_query_execution(**identity)["QueryExecution"]
        if execution["Status"]["State"] in awaited:
            return execution
        time.sleep(0.01)


def start(client: Any, sql: str, **more: Any) -> dict[str, str]:
    answer = client.start_query_execution(QueryString=sql, **{"ResultConfiguration": OUTPUT, **more})
    return {"QueryExecutionId": answer["QueryExecutionId"]}


def test_an_execution_is_described_whole(athena: Athena) -> None:
    execution = athena("SELECT 1 AS x", "default").execution
    identity = execution["QueryExecutionId"]
    assert execution["Query"] == "SELECT 1 AS x"
    assert (execution["StatementType"], execution["SubstatementType"]) == ("DML", "SELECT")
    assert execution["ResultConfiguration"] == {"OutputLocation": f"s3://lake-test/results/{identity}.csv"}
    assert execution["QueryExecutionContext"] == {"Database": "default"}
    assert execution["WorkGroup"] == "primary"
    assert execution["Status"]["SubmissionDateTime"] <= execution["Status"]["CompletionDateTime"]
    assert execution["Statistics"]["DataScannedInBytes"] == 0


@pytest.mark.parametrize(
    ("sql", "kind", "suffix"),
    [
        ("SHOW TABLES", "UTILITY", ".txt"),
        ("CREATE DATABASE IF NOT EXISTS default", "DDL", ".txt"),
        ("CREATE TABLE IF NOT EXISTS made AS SELECT 1 AS n", "DDL", ""),
        ("WITH a AS (SELECT 1) SELECT * FROM a", "DML", ".csv"),
    ],
)
def test_statement_types(athena: Athena, sql: str, kind: str, suffix: str) -> None:
    execution = athena(sql).execution
    assert execution["StatementType"] == kind
    assert execution["ResultConfiguration"]["OutputLocation"].endswith(execution["QueryExecutionId"] + suffix)


def test_the_result_file_holds_the_rows(s3: Any, athena: Athena) -> None:
    execution = athena("SELECT 1 AS a, 'x' AS b, NULL AS c").execution
    key = execution["ResultConfiguration"]["OutputLocation"].removeprefix("s3://lake-test/")
    body = s3.get_object(Bucket="lake-test", Key=key)["Body"].read()
    assert body == b'"a","b","c"\n"1","x",\n'


def test_results_come_in_pages_and_the_first_row_is_the_header(client: Any) -> None:
    identity = start(client, "SELECT x FROM UNNEST(sequence(1, 2500)) AS t (x) ORDER BY 1")
    state(client, identity, "SUCCEEDED")
    first = client.get_query_results(**identity)
    assert (len(first["ResultSet"]["Rows"]), "NextToken" in first) == (1000, True)
    pages = client.get_paginator("get_query_results").paginate(**identity)
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert values == ["x", *map(str, range(1, 2501))]


def test_a_token_that_was_used_gives_the_same_execution(client: Any) -> None:
    token = "t" * 32
    first = start(client, "SELECT 1", ClientRequestToken=token)
    assert start(client, "SELECT 1", ClientRequestToken=token) == first
    with pytest.raises(ClientError, match="Idempotent parameters do not match"):
        start(client, "SELECT 2", ClientRequestToken=token)


def test_a_running_query_can_be_stopped(client: Any) -> None:
    identity = start(client, LONG)
    state(client, identity, "RUNNING")
    with pytest.raises(ClientError, match="Query has not yet finished"):
        client.get_query_results(**identity)
    client.stop_query_execution(**identity)
    assert state(client, identity, "CANCELLED", "SUCCEEDED", "FAILED")["Status"]["State"] == "CANCELLED"
    following = start(client, "SELECT 1")
    assert state(client, following, "SUCCEEDED", "FAILED")["Status"]["State"] == "SUCCEEDED"


def test_a_failure_says_why(client: Any) -> None:
    identity = start(client, "SELECT 1 / 0")
    status = state(client, identity, "FAILED")["Status"]
    assert status["StateChangeReason"] == status["AthenaError"]["ErrorMessage"] == "DIVISION_BY_ZERO: Division by zero"
    assert status["AthenaError"]["ErrorCategory"] == 2
    with pytest.raises(ClientError, match="Final query state: FAILED"):
        client.get_query_results(**identity)


def test_executions_are_listed_newest_first_and_by_workgroup(client: Any) -> None:
    client.create_work_group(Name="listed", Configuration={"ResultConfiguration": OUTPUT})
    ids = [start(client, f"SELECT {n}", WorkGroup="listed")["QueryExecutionId"] for n in range(3)]
    first = client.list_query_executions(WorkGroup="listed", MaxResults=2)
    assert first["QueryExecutionIds"] == [ids[2], ids[1]]
    second = client.list_query_executions(WorkGroup="listed", NextToken=first["NextToken"])
    assert second["QueryExecutionIds"] == [ids[0]]
    batch = client.batch_get_query_execution(QueryExecutionIds=[ids[0], "nope"])
    assert [one["QueryExecutionId"] for one in batch["QueryExecutions"]] == [ids[0]]
    assert [one["QueryExecutionId"] for one in batch["UnprocessedQueryExecutionIds"]] == ["nope"]


@pytest.mark.parametrize(("enforced", "folder"), [(True, "s3://lake-test/own/"), (False, "s3://lake-test/results/")])
def test_a_workgroup_may_say_where_results_go(client: Any, enforced: bool, folder: str) -> None:
    configuration = {
        "ResultConfiguration": {"OutputLocation": "s3://lake-test/own/"},
        "EnforceWorkGroupConfiguration": enforced,
    }
    client.create_work_group(Name=f"own-{enforced}", Configuration=configuration)
    execution = state(client, start(client, "SELECT 1", WorkGroup=f"own-{enforced}"), "SUCCEEDED")
    assert execution["ResultConfiguration"]["OutputLocation"].startswith(folder)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"QueryString": "SELEC 1"}, "line 1:1: mismatched input 'SELEC'"),
        ({"QueryString": "SELECT 1 FROM"}, "line 1:"),
        ({"QueryString": "SELECT 1; SELECT 2"}, "Only one sql statement is allowed"),
        ({"QueryString": "SELECT 1", "WorkGroup": "nope"}, "WorkGroup nope is not found"),
        ({"QueryString": "SELECT 1", "ResultConfiguration": {}}, "No output location provided"),
        (
            {"QueryString": "SELECT 1", "ResultConfiguration": {"OutputLocation": "s3://no-such-bucket/"}},
            "output bucket",
        ),
        ({"QueryString": "SELECT ?"}, "Incorrect number of parameters: expected 1 but found 0"),
        ({"QueryString": "SELECT 1", "QueryExecutionContext": {"Catalog": "mine"}}, "Catalog mine does not exist"),
        ({"QueryString": "EXPLAIN ANALYZE SELECT 1"}, "the sandbox can't run this"),
        ({"QueryString": "EXECUTE nope"}, "PreparedStatement nope was not found in workGroup primary"),
    ],
)
def test_requests_that_are_refused_at_once(client: Any, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException) as raised:
        client.start_query_execution(**{"ResultConfiguration": OUTPUT, **request_})
    assert message in str(raised.value)


def test_an_unknown_execution_is_an_invalid_request(client: Any) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException, match="QueryExecution nope was not found"):
        client.get_query_execution(QueryExecutionId="nope")


def test_prepared_statements(client: Any, athena: Athena) -> None:
    """They are a workgroup's; SQL and the API share them; parameters come with USING or with the request."""
    client.create_work_group(Name="preparing", Configuration={"ResultConfiguration": OUTPUT})
    group = {"WorkGroup": "preparing"}
    client.create_prepared_statement(StatementName="by_api", QueryStatement="SELECT ? + 1", **group)
    for sql, parameters in (("EXECUTE by_api USING 41", []), ("execute by_api", ["41"])):
        identity = start(client, sql, **group, **({"ExecutionParameters": parameters} if parameters else {}))
        state(client, identity, "SUCCEEDED")
        rows = client.get_query_results(**identity)["ResultSet"]["Rows"]
        assert rows[1]["Data"] == [{"VarCharValue": "42"}]
    state(client, start(client, "PREPARE by_sql FROM SELECT 1", **group), "SUCCEEDED")
    listed = client.list_prepared_statements(**group)["PreparedStatements"]
    assert [one["StatementName"] for one in listed] == ["by_api", "by_sql"]
    found = client.get_prepared_statement(StatementName="by_sql", **group)["PreparedStatement"]
    assert (found["QueryStatement"], found["WorkGroupName"]) == ("SELECT 1", "preparing")
    client.update_prepared_statement(StatementName="by_sql", QueryStatement="SELECT 2", **group)
    assert client.list_prepared_statements(WorkGroup="primary")["PreparedStatements"] == []
    client.delete_prepared_statement(StatementName="by_sql", **group)
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="by_sql was not found in workGroup"):
        client.get_prepared_statement(StatementName="by_sql", **group)
    with pytest.raises(client.exceptions.InvalidRequestException, match="already exists"):
        client.create_prepared_statement(StatementName="by_api", QueryStatement="SELECT 1", **group)


def test_a_workgroup_that_enforces_its_location_takes_no_external_location(client: Any) -> None:
    client.create_work_group(
        Name="strict",
        Configuration={"ResultConfiguration": OUTPUT, "EnforceWorkGroupConfiguration": True},
    )
    sql = "CREATE TABLE strictly WITH (external_location = 's3://lake-test/strictly/') AS SELECT 1 AS n"
    execution = state(client, start(client, sql, WorkGroup="strict"), "FAILED", "SUCCEEDED")
    assert "submitted with an 'external_location' property" in execution["Status"]["StateChangeReason"]


def test_metadata(client: Any, athena: Athena) -> None:
    athena("CREATE DATABASE meta COMMENT 'about'")
    athena("CREATE EXTERNAL TABLE meta.t (a int COMMENT 'x') PARTITIONED BY (d date) LOCATION 's3://lake-test/meta/'")
    catalog = {"CatalogName": "AwsDataCatalog"}
    names = [one["Name"] for one in client.list_databases(**catalog)["DatabaseList"]]
    assert {"default", "meta"} <= set(names)
    assert client.get_database(**catalog, DatabaseName="meta")["Database"]["Description"] == "about"
    table = client.get_table_metadata(**catalog, DatabaseName="meta", TableName="T")["TableMetadata"]
    assert table["Columns"] == [{"Name": "a", "Type": "int", "Comment": "x"}]
    assert table["PartitionKeys"] == [{"Name": "d", "Type": "date"}]
    assert table["Parameters"]["location"] == "s3://lake-test/meta/"
    listed = client.list_table_metadata(**catalog, DatabaseName="meta")["TableMetadataList"]
    assert [one["Name"] for one in listed] == ["t"]
    with pytest.raises(client.exceptions.MetadataException):
        client.get_table_metadata(**catalog, DatabaseName="meta", TableName="nope")


def test_other_regions_and_accounts_see_the_same_catalog(sandbox: Sandbox, athena: Athena) -> None:
    session = boto3.session.Session(aws_access_key_id="other", aws_secret_access_key="other", region_name="eu-west-1")
    other = session.client("athena", endpoint_url=sandbox.endpoint)
    identity = start(other, "SHOW DATABASES")
    assert state(other, identity, "SUCCEEDED", "FAILED")["Status"]["State"] == "SUCCEEDED"
