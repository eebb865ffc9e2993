"""The Athena API in moto: requests are checked as AWS checks them, then really run.

Shapes and limits: "Amazon Athena API Reference" (docs.aws.amazon.com/athena/latest/APIReference). Workgroups,
named queries and data catalogs stay moto's own.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from moto.athena.responses import AthenaResponse

from generator.sandbox import shapes
from generator.sandbox.athena import metadata, prepared
from generator.sandbox.athena.engine import Engine, Task
from generator.sandbox.athena.errors import InvalidRequestError, MetadataError, QueryError
from generator.sandbox.athena.executions import Execution, Executions
from generator.sandbox.athena.objects import split
from generator.sandbox.athena.parse import parse
from generator.sandbox.athena.prepared import UnknownStatementError
from generator.sandbox.athena.results import ResultColumn, Row
from generator.sandbox.athena.statements import CreateTableAs, Execute, Insert, Statement
from generator.sandbox.athena.translate import parse_query

_LONGEST_QUERY = 262_144  # bytes of UTF-8
_TOO_DEEP = "statement is too large (stack overflow while parsing)"  # as Trino says it
_Body = dict[str, Any]
_WorkGroup = Callable[[str], _Body | None]


class Athena:
    """The service at the sandbox's `endpoint`; `install` puts it behind moto's API."""

    def __init__(self, endpoint: str) -> None:
        self.engine = Engine(endpoint)
        self.executions = Executions(self.engine)

    def close(self) -> None:
        """Stop all queries and forget them."""
        self.executions.close()
        self.engine.close()


def install(athena: Athena) -> None:
    """Make moto answer Athena's query and metadata calls from `athena`, in place of its canned answers."""
    for name, operation in _OPERATIONS.items():
        setattr(AthenaResponse, name, _method(operation, athena))


def _method(operation: "_Operation", athena: Athena) -> Callable[[Any], tuple[int, dict[str, str], str]]:
    def answer(response: Any) -> tuple[int, dict[str, Any], str]:
        try:
            body = shapes.read("athena", response._get_action(), response.body)
            return 200, {}, json.dumps(operation(athena, body, response.athena_backend.get_work_group))
        except shapes.MalformedRequestError as error:
            kind = "InvalidRequestException" if error.code == "ValidationException" else error.code
            return _refusal(kind, str(error))
        except InvalidRequestError as error:
            return _refusal("InvalidRequestException", str(error), AthenaErrorCode=error.code)
        except RecursionError:
            return _refusal("InvalidRequestException", _TOO_DEEP, AthenaErrorCode="MALFORMED_QUERY")
        except MetadataError as error:
            return _refusal("MetadataException", str(error))
        except UnknownStatementError as error:
            return _refusal("ResourceNotFoundException", str(error))

    return answer


def _refusal(kind: str, message: str, **details: str) -> tuple[int, dict[str, Any], str]:
    body = {"__type": kind, "Message": message, **details}
    return 400, {"status": 400, "x-amzn-ErrorType": kind}, json.dumps(body)


def _start_query_execution(athena: Athena, body: _Body, work_group: _WorkGroup) -> _Body:
    sql = body.get("QueryString", "")
    try:
        size = len(sql.encode())
    except UnicodeEncodeError as error:
        raise InvalidRequestError("QueryString is not UTF-8", "MALFORMED_QUERY") from error
    if not 1 <= size <= _LONGEST_QUERY:
        raise InvalidRequestError(f"1 validation error detected: QueryString has {size} bytes")
    if not 32 <= len(body.get("ClientRequestToken", " " * 32)) <= 128:
        raise InvalidRequestError("1 validation error detected: ClientRequestToken must have 32 to 128 characters")
    context = body.get("QueryExecutionContext", {})
    catalog = context.get("Catalog", "AwsDataCatalog")
    if catalog.lower() != "awsdatacatalog":
        raise InvalidRequestError(f"Catalog {catalog} does not exist")
    name = body.get("WorkGroup", "primary")
    results, enforced = _results_folder(athena, body, name, work_group)
    statement, parameters = _parsed(sql), tuple(body.get("ExecutionParameters", ()))
    if isinstance(statement, Execute):
        statement, parameters = _prepared(athena, name, statement, parameters)
    _check_query(statement, parameters)
    task = Task(statement, sql, context.get("Database", "").lower(), parameters, results, name, enforced)
    return {"QueryExecutionId": athena.executions.start(body, task, name).id}


def _prepared(
    athena: Athena, workgroup: str, statement: Execute, parameters: tuple[str, ...]
) -> tuple[Statement, tuple[str, ...]]:
    """The statement that EXECUTE runs, and its parameters: those of USING, or the request's."""
    try:
        text = athena.engine.prepared.get(workgroup, statement.prepared).text
    except UnknownStatementError as error:
        raise InvalidRequestError(str(error)) from error
    return _parsed(text), statement.values or parameters


def _parsed(sql: str) -> Statement:
    try:
        return parse(sql)
    except QueryError as error:  # a statement that the sandbox does not know
        raise InvalidRequestError(str(error), "NOT_SUPPORTED") from error


def _check_query(statement: Statement, parameters: tuple[str, ...]) -> None:
    """Syntax errors are found before a query is queued."""
    query = getattr(statement, "query", None)
    if query is not None:
        with suppress(QueryError):  # what the sandbox can't read fails when it runs, and says so
            parse_query(query, parameters)
    elif parameters:
        raise InvalidRequestError("Execution parameters are not supported for this type of statement")


def _results_folder(athena: Athena, body: _Body, name: str, work_group: _WorkGroup) -> tuple[str, bool]:
    """Where results go: the workgroup's location if it enforces its settings (and whether), else the request's own."""
    found = work_group(name)
    if found is None:
        raise InvalidRequestError(f"WorkGroup {name} is not found.")
    configuration = found.get("Configuration") or {}
    own = (configuration.get("ResultConfiguration") or {}).get("OutputLocation", "")
    asked = (body.get("ResultConfiguration") or {}).get("OutputLocation", "")
    location = own or asked if configuration.get("EnforceWorkGroupConfiguration") else asked or own
    if not location:
        raise InvalidRequestError(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    try:
        bucket, _ = split(location)
    except QueryError as error:
        raise InvalidRequestError("outputLocation is not a valid S3 path.") from error
    if not athena.engine.objects.bucket_exists(bucket):
        raise InvalidRequestError(f"Unable to verify/create output bucket {bucket}")
    enforced = bool(own and configuration.get("EnforceWorkGroupConfiguration"))
    return (str(location) if location.endswith("/") else f"{location}/"), enforced


def _get_query_execution(athena: Athena, body: _Body, _: _WorkGroup) -> _Body:
    return {"QueryExecution": _described(athena.executions.get(body["QueryExecutionId"]))}


def _batch_get_query_execution(athena: Athena, body: _Body, _: _WorkGroup) -> _Body:
    found, missing = [], []
    for execution_id in body["QueryExecutionIds"]:
        try:
            found.append(_described(athena.executions.get(execution_id)))
        except InvalidRequestError as error:
            missing.append({
                "QueryExecutionId": execution_id, "ErrorCode": error.code, "ErrorMessage": str(error),
            })  # fmt: skip
    return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}


def _described(execution: Execution) -> _Body:
    request, statement = execution.request, execution.task.statement
    status: _Body = {"State": execution.state, "SubmissionDateTime": execution.submitted}
    if execution.completed is not None:
        status["CompletionDateTime"] = execution.completed
    if execution.state == "FAILED":
        status["StateChangeReason"] = execution.reason
        status["AthenaError"] = {
            "ErrorCategory": 2, "ErrorType": 1000, "Retryable": False, "ErrorMessage": execution.reason,
        }  # fmt: skip
    described = {
        "QueryExecutionId": execution.id,
        "Query": request["QueryString"],
        "StatementType": statement.kind,
        "SubstatementType": statement.substatement,
        "ResultConfiguration": {**request.get("ResultConfiguration", {}), "OutputLocation": execution.output},
        "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
        "QueryExecutionContext": request.get("QueryExecutionContext", {}),
        "Status": status,
        "Statistics": _statistics(execution),
        "WorkGroup": execution.workgroup,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3",
        },
    }  # fmt: skip
    if request.get("ExecutionParameters"):
        described["ExecutionParameters"] = request["ExecutionParameters"]
    return described


def _statistics(execution: Execution) -> _Body:
    queued = (execution.started or execution.completed or execution.submitted) - execution.submitted
    ran = (execution.completed - execution.started) if execution.completed and execution.started else 0.0
    statistics: _Body = {
        "EngineExecutionTimeInMillis": round(ran * 1000),
        "DataScannedInBytes": execution.outcome.scanned_bytes,
        "TotalExecutionTimeInMillis": round((queued + ran) * 1000),
        "QueryQueueTimeInMillis": round(queued * 1000),
        "ServiceProcessingTimeInMillis": 0,
        "ResultReuseInformation": {"ReusedPreviousResult": False},
    }
    if execution.outcome.manifest is not None:
        statistics["DataManifestLocation"] = execution.manifest
    return statistics


def _get_query_results(athena: Athena, body: _Body, _: _WorkGroup) -> _Body:
    execution = athena.executions.get(body["QueryExecutionId"])
    if execution.state in ("QUEUED", "RUNNING"):
        raise InvalidRequestError(
            f"Query has not yet finished. Current state: {execution.state}", "QUERY_HAS_NOT_FINISHED"
        )
    if execution.state != "SUCCEEDED":
        raise InvalidRequestError(f"Query did not finish successfully. Final query state: {execution.state}")
    most = body.get("MaxResults", 1000)
    if not 1 <= most <= 1000:
        raise InvalidRequestError("MaxResults is more than maximum allowed length 1000.", "INVALID_INPUT")
    outcome = execution.outcome
    rows: tuple[Row, ...] = outcome.rows
    if outcome.header:
        rows = (tuple(column.name for column in outcome.columns), *rows)
    page, token = metadata.page(rows, body.get("NextToken"), most)
    columns = [_column_info(column) for column in outcome.columns]
    if isinstance(execution.task.statement, Insert | CreateTableAs):
        columns = [{"Name": "rows", "Label": "rows", "Type": "bigint", "CatalogName": "hive"}]
    result: _Body = {
        "UpdateCount": outcome.update_count,
        "ResultSet": {
            "Rows": [{"Data": [_datum(value) for value in row]} for row in page],
            "ResultSetMetadata": {"ColumnInfo": columns},
        },
    }
    return {**result, **token}


def _datum(value: str | None) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": value}


def _column_info(column: ResultColumn) -> _Body:
    return {
        "CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": column.name, "Label": column.name,
        "Type": column.type.name, "Precision": column.type.precision, "Scale": column.type.scale,
        "Nullable": "UNKNOWN", "CaseSensitive": column.type.name in ("varchar", "char"),
    }  # fmt: skip


def _list_query_executions(athena: Athena, body: _Body, _: _WorkGroup) -> _Body:
    found = athena.executions.newest_first(body.get("WorkGroup", "primary"))
    page, token = metadata.page([one.id for one in found], body.get("NextToken"), body.get("MaxResults", 50))
    return {"QueryExecutionIds": list(page), **token}


def _stop_query_execution(athena: Athena, body: _Body, _: _WorkGroup) -> _Body:
    athena.executions.stop(body["QueryExecutionId"])
    return {}


def _prepared_calls(operation: Callable[..., _Body]) -> "_Operation":
    def answer(athena: Athena, body: _Body, work_group: _WorkGroup) -> _Body:
        if work_group(body["WorkGroup"]) is None:
            raise InvalidRequestError(f"WorkGroup {body['WorkGroup']} is not found.")
        return operation(athena.engine.prepared, body)

    return answer


def _metadata(operation: Callable[..., _Body]) -> "_Operation":
    return lambda athena, body, _: operation(athena.engine.catalog, body)


_Operation = Callable[[Athena, _Body, _WorkGroup], _Body]
_OPERATIONS: dict[str, _Operation] = {
    "start_query_execution": _start_query_execution,
    "get_query_execution": _get_query_execution,
    "batch_get_query_execution": _batch_get_query_execution,
    "get_query_results": _get_query_results,
    "list_query_executions": _list_query_executions,
    "stop_query_execution": _stop_query_execution,
    "create_prepared_statement": _prepared_calls(prepared.create),
    "update_prepared_statement": _prepared_calls(prepared.update),
    "get_prepared_statement": _prepared_calls(prepared.get),
    "delete_prepared_statement": _prepared_calls(prepared.delete),
    "list_prepared_statements": _prepared_calls(prepared.listed),
    "get_database": _metadata(metadata.get_database),
    "list_databases": _metadata(metadata.list_databases),
    "get_table_metadata": _metadata(metadata.get_table_metadata),
    "list_table_metadata": _metadata(metadata.list_table_metadata),
}
