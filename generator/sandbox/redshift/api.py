"""The Redshift Data API in moto: requests are checked as AWS checks them, then really run.

Shapes and limits: "Amazon Redshift Data API Reference". moto dispatches an API call to the method of that name
on its Response class, so the methods that `install` puts there are the API.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.redshiftdata.responses import RedshiftDataAPIServiceResponse

from generator.sandbox import shapes
from generator.sandbox.redshift.listings import describe_table, list_databases, list_schemas, list_tables
from generator.sandbox.redshift.operations import (
    batch_execute_statement,
    cancel_statement,
    describe_statement,
    execute_statement,
    list_sessions,
    list_statements,
)
from generator.sandbox.redshift.requests import ApiError
from generator.sandbox.redshift.results import get_statement_result, get_statement_result_v2
from generator.sandbox.redshift.statements import Databases

__all__ = ["Databases", "install"]

Operation = Callable[[Databases, dict[str, Any]], dict[str, Any]]

OPERATIONS: dict[str, Operation] = {
    "batch_execute_statement": batch_execute_statement,
    "cancel_statement": cancel_statement,
    "describe_statement": describe_statement,
    "describe_table": describe_table,
    "execute_statement": execute_statement,
    "get_statement_result": get_statement_result,
    "get_statement_result_v2": get_statement_result_v2,
    "list_databases": list_databases,
    "list_schemas": list_schemas,
    "list_sessions": list_sessions,
    "list_statements": list_statements,
    "list_tables": list_tables,
}


def install(databases: Databases) -> None:
    """Make moto answer the Redshift Data API from `databases`, in place of its canned answers."""
    for name, operation in OPERATIONS.items():
        setattr(RedshiftDataAPIServiceResponse, name, _method(operation, databases))


def _method(operation: Operation, databases: Databases) -> Callable[[Any], tuple[int, dict[str, str | int], str]]:
    def answer(response: Any) -> tuple[int, dict[str, str | int], str]:
        try:
            request = shapes.read("redshift-data", response._get_action(), response.body)
            return 200, {}, json.dumps(operation(databases, request))
        except shapes.MalformedRequestError as error:
            refusal = ApiError(error.code, str(error))
        except ApiError as error:
            refusal = error
        return 400, {"status": 400, "x-amzn-ErrorType": refusal.code}, json.dumps(refusal.body)

    return answer
