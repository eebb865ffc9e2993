"""The Data API's calls about statements and sessions; each takes a request and gives an answer, as AWS's JSON."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from generator.sandbox.redshift import requests
from generator.sandbox.redshift.requests import invalid, page, statement_id
from generator.sandbox.redshift.results import result_size
from generator.sandbox.redshift.statements import Databases, DataSession, Part, Statement

Json = dict[str, Any]


def execute_statement(databases: Databases, request: Json) -> Json:
    """ExecuteStatement: start one SQL statement."""
    return _started(_submit(databases, request, [str(request.get("Sql", ""))], is_batch=False), request)


def batch_execute_statement(databases: Databases, request: Json) -> Json:
    """BatchExecuteStatement: start up to 40 SQL statements, as one transaction unless told otherwise."""
    return _started(_submit(databases, request, list(request.get("Sqls") or []), is_batch=True), request)


def _submit(databases: Databases, request: Json, texts: list[str], *, is_batch: bool) -> Statement:
    token = str(request.get("ClientToken") or "")
    before = databases.by_token(token) if token else None
    if before is not None:
        return before
    requests.statements(texts)
    parameters = requests.parameters(request, texts)
    held = _session(databases, request)
    number = str(uuid.uuid4())
    statement = Statement(
        id=number,
        target=held.target,
        held=held,
        parts=[Part(f"{number}:{at}" if is_batch else number, text) for at, text in enumerate(texts, 1)],
        parameters=parameters,
        is_batch=is_batch,
        auto_commit=request.get("ExecutionMode") == "AUTO_COMMIT",
        name=str(request.get("StatementName") or ""),
        result_format=str(request.get("ResultFormat") or "JSON"),
    )
    return databases.submit(statement, token)


def _session(databases: Databases, request: Json) -> DataSession:
    keep_alive = request.get("SessionKeepAliveSeconds")
    if keep_alive is not None and not 0 <= int(keep_alive) <= 86400:
        raise invalid("SessionKeepAliveSeconds must be between 0 and 86400.")
    if not request.get("SessionId"):
        return databases.open_session(requests.target(request), int(keep_alive or 0))
    if request.get("ClusterIdentifier") or request.get("WorkgroupName"):
        raise invalid("SessionId cannot be specified together with ClusterIdentifier or WorkgroupName.")
    held = databases.held_session(str(request["SessionId"]))
    if request.get("Database", held.target.database) != held.target.database:
        raise invalid("Database must be that of the session.")
    if keep_alive is not None:
        held.keep_alive = int(keep_alive)
    return held


def _started(statement: Statement, request: Json) -> Json:
    answer: Json = {"Id": statement.id, "CreatedAt": statement.created, **statement.target.echo}
    if request.get("SecretArn"):
        answer["SecretArn"] = request["SecretArn"]
    if statement.held.keep_alive:
        answer["SessionId"] = statement.held.id
    if request.get("WaitTimeSeconds"):
        statement.done.wait(min(float(request["WaitTimeSeconds"]), 30))
        answer |= {"Status": statement.status, "HasResultSet": _has_result(statement.parts)}
    return answer


def cancel_statement(databases: Databases, request: Json) -> Json:
    """CancelStatement: stop a statement that is not over; sub-statements can't be cancelled alone."""
    number = statement_id(request)
    if ":" in number:
        raise invalid("A sub-statement of a batch can't be cancelled; cancel the batch.")
    databases.cancel(databases.find(number))
    return {"Status": True}


def describe_statement(databases: Databases, request: Json) -> Json:
    """DescribeStatement, of a statement, a batch or one of a batch's sub-statements."""
    number = statement_id(request)
    statement = databases.find(number)
    if request.get("WaitTimeSeconds"):
        statement.done.wait(min(float(request["WaitTimeSeconds"]), 30))
    parts = [part for part in statement.parts if part.id == number] if ":" in number else statement.parts
    answer: Json = {
        **statement.target.echo,
        **(_part(parts[0]) if len(parts) == 1 else _whole(statement)),
        "RedshiftPid": statement.held.session.pid,
    }
    if ":" not in number:
        answer |= {"Id": statement.id, "Status": statement.status, "UpdatedAt": statement.updated}
        answer |= {"Error": statement.error} if statement.error else {}
        answer |= {"CreatedAt": statement.created, "ResultFormat": statement.result_format}
        if statement.is_batch:
            mode = "AUTO_COMMIT" if statement.auto_commit else "TRANSACTION"
            answer |= {"SubStatements": [_part(part) for part in statement.parts], "ExecutionMode": mode}
            answer.pop("QueryString", None)
    if statement.parameters:
        answer["QueryParameters"] = _parameters(statement)
    if statement.held.keep_alive:
        answer["SessionId"] = statement.held.id
    return answer


def _part(part: Part) -> Json:
    outcome = part.outcome
    answer: Json = {
        "Id": part.id,
        "Status": part.status,
        "QueryString": part.text,
        "CreatedAt": part.created,
        "UpdatedAt": part.updated,
        "Duration": part.nanoseconds,
        "HasResultSet": _has_result([part]),
        "ResultRows": -1 if outcome is None else len(outcome.rows) if outcome.columns else outcome.affected,
        "ResultSize": -1 if outcome is None else result_size(outcome),
        "RedshiftQueryId": 0 if part.status == "SUBMITTED" else int(part.created * 1000) % 10**9,
    }
    return answer | ({"Error": part.error} if part.error else {})


def _whole(statement: Statement) -> Json:
    """The figures of a batch; rows and sizes are its sub-statements' own."""
    return {
        "Duration": sum(part.nanoseconds for part in statement.parts),
        "HasResultSet": _has_result(statement.parts),
        "ResultRows": -1,
        "ResultSize": -1,
        "RedshiftQueryId": 0,
    }


def _has_result(parts: Iterable[Part]) -> bool:
    return any(part.outcome is not None and part.outcome.columns is not None for part in parts)


def _parameters(statement: Statement) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in statement.parameters.items()]


def list_statements(databases: Databases, request: Json) -> Json:
    """ListStatements: the newest first; only finished ones unless a Status is given."""
    wanted = str(request.get("Status") or "FINISHED")
    found = [
        _listed(statement)
        for statement in databases.statements()
        if wanted in ("ALL", statement.status)
        and statement.name.startswith(str(request.get("StatementName") or ""))
        and _is_of(statement.target.echo, request)
    ]
    return page("Statements", found, request, limit=100)


def _is_of(echo: dict[str, str], request: Json) -> bool:
    return all(
        request.get(member, echo.get(member)) == echo.get(member)
        for member in ("ClusterIdentifier", "WorkgroupName", "Database")
    )


def _listed(statement: Statement) -> Json:
    texts = [part.text for part in statement.parts]
    answer: Json = {
        "Id": statement.id,
        "Status": statement.status,
        "IsBatchStatement": statement.is_batch,
        "CreatedAt": statement.created,
        "UpdatedAt": statement.updated,
        "ResultFormat": statement.result_format,
        **({"QueryStrings": texts} if statement.is_batch else {"QueryString": texts[0]}),
    }
    answer |= {"StatementName": statement.name} if statement.name else {}
    answer |= {"QueryParameters": _parameters(statement)} if statement.parameters else {}
    return answer | ({"SessionId": statement.held.id} if statement.held.keep_alive else {})


def list_sessions(databases: Databases, request: Json) -> Json:
    """ListSessions: those that are open, unless a Status is given."""
    wanted = str(request.get("Status") or "")
    found = []
    for held in databases.sessions():
        status = "CLOSED" if held.closed else "BUSY" if held.current else "AVAILABLE"
        chosen = request.get("SessionId", held.id) == held.id and _is_of(held.target.echo, request)
        if chosen and (status == wanted or (not wanted and (status != "CLOSED" or "SessionId" in request))):
            found.append(_session_data(held, status))
    return page("Sessions", found, request, limit=100)


def _session_data(held: DataSession, status: str) -> Json:
    answer: Json = {
        "SessionId": held.id,
        "Status": status,
        "CreatedAt": held.created,
        "UpdatedAt": held.idle_since,
        "SessionAliveSeconds": held.keep_alive,
        "SessionTtl": held.expires,
        **held.target.echo,
    }
    return answer | ({"CurrentStatementId": held.current} if held.current else {})
