"""The Data API's own behaviour: states, batches, results, sessions, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.conftest import Redshift, StatementError

ENDLESS = "select count(*) from (with recursive n(a) as (select 1 union all select a + 1 from n) select a from n) q"


def test_a_statement_is_described(redshift: Redshift) -> None:
    described = redshift.describe("select 1 as one union all select 2", StatementName="two_rows")
    assert {key: described[key] for key in ("Status", "HasResultSet", "ResultRows", "QueryString", "Database")} == {
        "Status": "FINISHED",
        "HasResultSet": True,
        "ResultRows": 2,
        "QueryString": "select 1 as one union all select 2",
        "Database": redshift.database,
    }
    assert described["WorkgroupName"] == "local"
    assert described["Duration"] > 0
    assert described["RedshiftPid"] > 0
    assert described["CreatedAt"] <= described["UpdatedAt"]


def test_a_cluster_is_echoed_and_has_databases_of_its_own(api: Any, redshift: Redshift) -> None:
    redshift.run("create table t (a int)")
    target = {"ClusterIdentifier": "cluster-1", "Database": redshift.database, "DbUser": "me"}
    started = api.execute_statement(Sql="select * from t", **target, WaitTimeSeconds=30)
    assert {key: started[key] for key in target} == target
    described = api.describe_statement(Id=started["Id"])
    assert described["Error"] == 'ERROR: relation "t" does not exist'
    assert described["ClusterIdentifier"] == "cluster-1"


def test_statements_run_in_the_background(api: Any, redshift: Redshift) -> None:
    started = api.execute_statement(Sql=ENDLESS, **redshift.target)
    assert "Status" not in started
    assert api.describe_statement(Id=started["Id"])["Status"] in ("SUBMITTED", "STARTED")
    assert api.cancel_statement(Id=started["Id"])["Status"] is True
    ended = api.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
    assert (ended["Status"], ended["Error"]) == ("ABORTED", "ERROR: Query cancelled on user's request")
    with pytest.raises(ClientError, match="already in ABORTED state"):
        api.cancel_statement(Id=started["Id"])


def test_a_failed_statement_has_an_error(redshift: Redshift) -> None:
    described = redshift.describe("select * from nowhere")
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'ERROR: relation "nowhere" does not exist'
    assert described["ResultRows"] == -1
    assert described["HasResultSet"] is False


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("insert into t values (3), (4)", 2),
        ("update t set a = 5", 2),
        ("delete from t where a = 1", 1),
        ("create table u (a int)", 0),
        ("select * from t", 2),
    ],
)
def test_result_rows(redshift: Redshift, statement: str, rows: int) -> None:
    redshift.run("create table t (a int)", "insert into t values (1), (2)")
    assert redshift.describe(statement)["ResultRows"] == rows


def test_a_batch_is_one_transaction(redshift: Redshift) -> None:
    redshift.run("create table t (a int)", "insert into t values (1)")
    described = redshift.describe("delete from t", "insert into t values (2)", "insert into t values ('x')", "select 1")
    assert described["Status"] == "FAILED"
    assert described["Error"] == 'Query #3 failed with ERROR: invalid input syntax for integer: "x"'
    parts = described["SubStatements"]
    assert [part["Id"] for part in parts] == [f"{described['Id']}:{number}" for number in (1, 2, 3, 4)]
    assert [part["Status"] for part in parts] == ["FINISHED", "FINISHED", "FAILED", "ABORTED"]
    assert [part["ResultRows"] for part in parts] == [1, 1, -1, -1]
    assert parts[2]["Error"] == 'ERROR: invalid input syntax for integer: "x"'
    assert redshift.run("select a from t") == [(1,)]


def test_a_batch_has_results_by_statement(api: Any, redshift: Redshift) -> None:
    described = redshift.batch("create temp table t as select 7 as a", "select a from t", "select 8")
    assert described["HasResultSet"] is True
    assert redshift.rows(f"{described['Id']}:2") == [(7,)]
    assert redshift.rows(f"{described['Id']}:3") == [(8,)]
    assert api.describe_statement(Id=f"{described['Id']}:2")["QueryString"] == "select a from t"
    with pytest.raises(ClientError, match="does not have result"):
        redshift.rows(f"{described['Id']}:1")


def test_auto_commit_keeps_what_succeeded(redshift: Redshift) -> None:
    redshift.run("create table t (a int)")
    described = redshift.describe(
        "insert into t values (1)", "select nope", "insert into t values (2)", ExecutionMode="AUTO_COMMIT"
    )
    assert [part["Status"] for part in described["SubStatements"]] == ["FINISHED", "FAILED", "FINISHED"]
    assert redshift.run("select count(*) from t") == [(2,)]


def test_parameters_are_values_never_text(redshift: Redshift) -> None:
    redshift.run("create table t (a int, b varchar(99))")
    nasty = "it's :a \\ -- ; drop table t"
    parameters = [{"name": "a", "value": "5"}, {"name": "b", "value": nasty}]
    redshift.run("insert into t values (:a, :b)", Parameters=parameters)
    found = redshift.run("select a, b, ':a' from t where a = :a and b = :b", Parameters=parameters)
    assert found == [(5, nasty, ":a")]
    day = [{"name": "day", "value": "2013-01-31"}, {"name": "n", "value": "1"}]
    assert redshift.run("select dateadd(day, :n, :day::date)::date, a + :n from t", Parameters=day) == [
        ("2013-02-01", 6)
    ]


def test_the_same_client_token_is_the_same_statement(api: Any, redshift: Redshift) -> None:
    redshift.run("create table t (a int)")
    ids = {
        api.execute_statement(Sql="insert into t values (1)", ClientToken="once", **redshift.target, WaitTimeSeconds=9)[
            "Id"
        ]
        for _ in range(2)
    }
    assert len(ids) == 1
    assert redshift.run("select count(*) from t") == [(1,)]


FIELDS = [
    ("1::smallint", {"longValue": 1}, "int2", (5, 0)),
    ("1", {"longValue": 1}, "int4", (10, 0)),
    ("1::bigint", {"longValue": 1}, "int8", (19, 0)),
    ("1.50::numeric(9, 2)", {"stringValue": "1.50"}, "numeric", (9, 2)),
    ("1.5::double precision", {"doubleValue": 1.5}, "float8", (17, 17)),
    ("1.5::real", {"doubleValue": 1.5}, "float4", (8, 8)),
    ("true", {"booleanValue": True}, "bool", (1, 0)),
    ("'x'::varchar(7)", {"stringValue": "x"}, "varchar", (7, 0)),
    ("'x'::char(3)", {"stringValue": "x  "}, "bpchar", (3, 0)),
    ("date '2013-01-02'", {"stringValue": "2013-01-02"}, "date", (13, 0)),
    ("timestamp '2013-01-02 03:04:05'", {"stringValue": "2013-01-02 03:04:05"}, "timestamp", (29, 6)),
    ("timestamp '2013-01-02 03:04:05.5'", {"stringValue": "2013-01-02 03:04:05.5"}, "timestamp", (29, 6)),
    ("'2013-01-02 03:04:05'::timestamptz", {"stringValue": "2013-01-02 03:04:05+00"}, "timestamptz", (35, 6)),
    ("null::int", {"isNull": True}, "int4", (10, 0)),
]


@pytest.mark.parametrize(("expression", "field", "type_name", "size"), FIELDS)
def test_fields(
    api: Any, redshift: Redshift, expression: str, field: dict[str, Any], type_name: str, size: tuple[int, int]
) -> None:
    described = redshift.describe(f"select {expression} as c")
    result = api.get_statement_result(Id=described["Id"])
    assert result["Records"] == [[field]]
    (column,) = result["ColumnMetadata"]
    assert (column["name"], column["label"], column["typeName"]) == ("c", "c", type_name)
    assert (column["precision"], column["scale"]) == size


def test_long_results_come_in_pages(api: Any, redshift: Redshift) -> None:
    redshift.run("create table t (a int)", "insert into t values (1), (2), (3), (4), (5), (6), (7)")
    described = redshift.describe("select a.a from t a, t b, t c, t d")
    first = api.get_statement_result(Id=described["Id"])
    assert first["TotalNumRows"] == 7**4
    assert "NextToken" in first
    assert len(redshift.rows(described["Id"])) == 7**4


def test_csv_results(api: Any, redshift: Redshift) -> None:
    described = redshift.describe("select 1, 'a,b', null", ResultFormat="CSV")
    result = api.get_statement_result_v2(Id=described["Id"])
    assert result["Records"] == [{"CSVRecords": '1,"a,b",\r\n'}]
    assert described["ResultFormat"] == "CSV"


def test_sessions_keep_temporary_tables_and_transactions(api: Any, redshift: Redshift) -> None:
    redshift.run("create table t (a int)")
    session = redshift.describe("create temp table mine (a int)", SessionKeepAliveSeconds=60)["SessionId"]
    redshift.run("begin", "insert into t values (1)", "insert into mine values (2)", SessionId=session)
    assert redshift.run("select count(*) from t") == [(0,)]
    redshift.run("commit", SessionId=session)
    assert redshift.run("select count(*) from t") == [(1,)]
    assert redshift.run("select a from mine", SessionId=session) == [(2,)]
    (listed,) = [each for each in api.list_sessions()["Sessions"] if each["SessionId"] == session]
    assert (listed["Status"], listed["Database"]) == ("AVAILABLE", redshift.database)


def test_an_expired_session_is_gone(redshift: Redshift) -> None:
    session = redshift.describe("select 1", SessionKeepAliveSeconds=60)["SessionId"]
    redshift.run("select 1", SessionId=session, SessionKeepAliveSeconds=0)
    with pytest.raises(ClientError, match="no longer available"):
        redshift.run("select 1", SessionId=session)


def test_list_statements(api: Any, redshift: Redshift) -> None:
    names = {"WorkgroupName": redshift.workgroup, "Database": redshift.database}
    for number in range(3):
        redshift.describe("select 1", StatementName=f"mine_{number}")
    redshift.describe("select nope", StatementName="mine_failed")
    finished = api.list_statements(StatementName="mine_", **names)["Statements"]
    assert [each["StatementName"] for each in finished] == ["mine_2", "mine_1", "mine_0"]
    failed = api.list_statements(Status="FAILED", **names)["Statements"]
    assert [each["StatementName"] for each in failed] == ["mine_failed"]
    page = api.list_statements(Status="ALL", MaxResults=3, **names)
    assert len(page["Statements"]) == 3
    assert len(api.list_statements(Status="ALL", MaxResults=3, NextToken=page["NextToken"], **names)["Statements"]) == 1


def test_listings(api: Any, redshift: Redshift) -> None:
    redshift.run(
        "create schema lake",
        "create table lake.t (a int)",
        "create table u (a int)",
        "create view v as select a from u",
    )
    assert redshift.database in api.list_databases(**redshift.target)["Databases"]
    assert api.list_schemas(SchemaPattern="la%", **redshift.target)["Schemas"] == ["lake"]
    assert api.list_tables(SchemaPattern="public", **redshift.target)["Tables"] == [
        {"name": "u", "type": "TABLE", "schema": "public"},
        {"name": "v", "type": "VIEW", "schema": "public"},
    ]
    assert [each["name"] for each in api.list_tables(TablePattern="t", **redshift.target)["Tables"]] == ["t"]


def test_describe_table(api: Any, redshift: Redshift) -> None:
    redshift.run("create table t (id bigint not null, name varchar(20) default 'x', price numeric(9, 2), code char(2))")
    described = api.describe_table(Schema="public", Table="t", **redshift.target)
    assert described["TableName"] == "t"
    found = [
        (
            each["name"],
            each["typeName"],
            each["length"],
            each["precision"],
            each["scale"],
            each["nullable"],
            each.get("columnDefault"),
        )
        for each in described["ColumnList"]
    ]
    assert found == [
        ("id", "int8", 19, 19, 0, 0, None),
        ("name", "varchar", 20, 20, 0, 1, "'x'"),
        ("price", "numeric", 9, 9, 2, 1, None),
        ("code", "bpchar", 2, 2, 0, 1, None),
    ]


def test_describe_table_of_no_table_has_no_columns(api: Any, redshift: Redshift) -> None:
    assert api.describe_table(Schema="public", Table="nowhere", **redshift.target)["ColumnList"] == []


REFUSED = [
    ({"Sql": "select 1"}, "must be specified"),
    (
        {"Sql": "select 1", "WorkgroupName": "local", "ClusterIdentifier": "c", "Database": "d"},
        "cannot both be specified",
    ),
    ({"Sql": "select 1", "WorkgroupName": "local"}, "Database is required"),
    ({"Sql": "select 1; select 2", "WorkgroupName": "local", "Database": "d"}, "Multiple statements"),
    ({"Sql": "select '" + "x" * 100_000 + "'", "WorkgroupName": "local", "Database": "d"}, "maximum length of 100 KB"),
    ({"Sql": "select 1", "WorkgroupName": "UPPER", "Database": "d"}, "regex pattern"),
    ({"Sql": "select 1", "SessionId": "00000000-0000-4000-8000-000000000000"}, "does not exist"),
    (
        {"Sql": "select 1", "WorkgroupName": "local", "Database": "d", "Parameters": [{"name": "a", "value": "1"}]},
        r"Unused parameters: \[a\]",
    ),
]


@pytest.mark.parametrize(("request_", "message"), REFUSED)
def test_refused_requests(api: Any, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        api.execute_statement(**request_)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def test_at_most_40_statements_in_a_batch(api: Any, redshift: Redshift) -> None:
    assert redshift.describe(*["select 1"] * 40)["Status"] == "FINISHED"
    with pytest.raises(ClientError, match="40"):
        api.batch_execute_statement(Sqls=["select 1"] * 41, **redshift.target)


def test_unknown_ids(api: Any) -> None:
    with pytest.raises(api.exceptions.ResourceNotFoundException, match="Query does not exist"):
        api.describe_statement(Id="00000000-0000-4000-8000-000000000000")
    with pytest.raises(api.exceptions.ValidationException, match="regex pattern"):
        api.describe_statement(Id="nonsense")


def test_missing_parameters_are_syntax_errors(redshift: Redshift) -> None:
    with pytest.raises(StatementError, match="syntax error"):
        redshift.run("select :missing")
