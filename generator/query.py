"""A query against an environment's Redshift or Athena, for a person who waits for the answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_POLL_SECONDS = (0.02, 0.1, 0.2, 0.5, 1.0, 2.0)


class QueryError(Exception):
    """The query failed, or AWS can't be reached; the message is the engine's own."""


@dataclass(frozen=True)
class Result:
    """Rows as Python values. ``total`` counts all rows, or the rows that a statement changed.

    ``types`` are the columns' types in the engine's words, such as int4 (Redshift) or bigint (Athena).
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    total: int
    seconds: float
    types: tuple[str, ...] = ()


def redshift(text: str, values: Mapping[str, Any], limit: int) -> Result:
    """Run one statement through the Redshift Data API; at most ``limit`` rows are fetched."""
    client, errors, target = _redshift_client(values)
    started = time.monotonic()
    try:
        statement = client.execute_statement(Sql=text, **target)["Id"]
        state = _redshift_end(client, statement)
        columns, types, rows = _redshift_rows(client, statement, limit) if state["HasResultSet"] else ((), (), ())
    except errors as error:
        raise QueryError(str(error)) from None
    return Result(columns, rows, max(0, state.get("ResultRows", 0)), time.monotonic() - started, types)


def redshift_batch(texts: Sequence[str], values: Mapping[str, Any], limit: int) -> tuple[Result, ...]:
    """Run queries through the Redshift Data API in one request and one transaction, so that they see the same data.

    At most 40 texts (BatchExecuteStatement's limit), one Result for each; at most ``limit`` rows of each are fetched.
    """
    client, errors, target = _redshift_client(values)
    started = time.monotonic()
    results = []
    try:
        batch = client.batch_execute_statement(Sqls=list(texts), **target)["Id"]
        for state in _redshift_end(client, batch)["SubStatements"]:
            found = _redshift_rows(client, state["Id"], limit) if state["HasResultSet"] else ((), (), ())
            columns, types, rows = found
            total = max(0, state.get("ResultRows", 0))
            results.append(Result(columns, rows, total, time.monotonic() - started, types))
    except errors as error:
        raise QueryError(str(error)) from None
    return tuple(results)


def athena(text: str, values: Mapping[str, Any], limit: int) -> Result:
    """Run one statement in Athena; at most ``limit`` rows are fetched."""
    settings = values.get("athena")
    if settings is None:
        raise QueryError("this environment has no athena")
    client, errors = _client("athena")
    started = time.monotonic()
    try:
        execution = client.start_query_execution(
            QueryString=text,
            QueryExecutionContext={"Database": settings["database"]},
            ResultConfiguration={"OutputLocation": settings["output"]},
            WorkGroup=settings.get("workgroup", "primary"),
        )["QueryExecutionId"]
        answer = _wait(
            lambda: client.get_query_execution(QueryExecutionId=execution)["QueryExecution"],
            lambda answer: answer["Status"]["State"] in ("SUCCEEDED", "FAILED", "CANCELLED"),
            lambda: client.stop_query_execution(QueryExecutionId=execution),
        )
        if answer["Status"]["State"] != "SUCCEEDED":
            raise QueryError(answer["Status"].get("StateChangeReason", answer["Status"]["State"]))
        columns, types, rows = _athena_rows(client, execution, answer.get("StatementType") == "DML", limit)
    except errors as error:
        raise QueryError(str(error)) from None
    return Result(columns, rows[:limit], len(rows), time.monotonic() - started, types)


def _client(service: str) -> tuple[Any, tuple[type[Exception], ...]]:
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        raise QueryError("this needs boto3: pip install 'pipeline-generator[airflow]' or [sandbox]") from None
    return boto3.client(service), (BotoCoreError, ClientError)


def _wait(ask: Callable[[], Any], is_done: Callable[[Any], bool], cancel: Callable[[], object]) -> Any:
    """Ask until it is done, less and less often; Ctrl-C cancels the query."""
    turn = 0
    try:
        while not is_done(answer := ask()):
            time.sleep(_POLL_SECONDS[min(turn, len(_POLL_SECONDS) - 1)])
            turn += 1
    except KeyboardInterrupt:
        cancel()
        raise
    return answer


def _redshift_client(values: Mapping[str, Any]) -> tuple[Any, tuple[type[Exception], ...], dict[str, Any]]:
    """The client, the errors that it raises, and the arguments that say where a statement runs."""
    settings = values.get("redshift")
    if settings is None:
        raise QueryError("this environment has no redshift")
    names = {
        "workgroup": "WorkgroupName",
        "cluster": "ClusterIdentifier",
        "db_user": "DbUser",
        "secret_arn": "SecretArn",
        "database": "Database",
    }
    client, errors = _client("redshift-data")
    return client, errors, {name: settings[key] for key, name in names.items() if key in settings}


def _redshift_end(client: Any, statement: str) -> Any:
    """What DescribeStatement says of a statement that has finished; raises QueryError where it failed."""
    state = _wait(
        lambda: client.describe_statement(Id=statement),
        lambda answer: answer["Status"] in ("FINISHED", "FAILED", "ABORTED"),
        lambda: client.cancel_statement(Id=statement),
    )
    if state["Status"] != "FINISHED":
        raise QueryError(state.get("Error", state["Status"]))
    return state


# Names and types of the columns, and the rows.
_Rows = tuple[tuple[str, ...], tuple[str, ...], tuple[tuple[object, ...], ...]]


def _redshift_rows(client: Any, statement: str, limit: int) -> _Rows:
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[object, ...]] = []
    for page in client.get_paginator("get_statement_result").paginate(Id=statement):
        columns = tuple(column["label"] for column in page["ColumnMetadata"])
        types = tuple(column["typeName"] for column in page["ColumnMetadata"])
        rows.extend(tuple(_redshift_value(field) for field in record) for record in page["Records"])
        if len(rows) >= limit:
            break
    return columns, types, tuple(rows[:limit])


def _redshift_value(field: Mapping[str, Any]) -> object:
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value


def _athena_rows(client: Any, execution: str, has_header: bool, limit: int) -> _Rows:
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[object, ...]] = []
    for page in client.get_paginator("get_query_results").paginate(QueryExecutionId=execution):
        found = page["ResultSet"]
        described = found["ResultSetMetadata"]["ColumnInfo"]
        columns = tuple(column["Label"] for column in described)
        types = tuple(column["Type"] for column in described)
        rows.extend(tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in found["Rows"])
        if len(rows) > limit:
            break
    # The first row of a SELECT's result repeats the column names.
    return columns, types, tuple(rows[1:] if has_header and rows and rows[0] == columns else rows)
