"""What AWS checks of every request before the service sees it: that it is JSON of the shape that the API declares."""

from __future__ import annotations

import functools
import json
from typing import Any

import botocore.session
from botocore.model import OperationModel
from botocore.validate import ParamValidator


class MalformedRequestError(Exception):
    """A request of the wrong shape; `code` is AWS's name of the error."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read(service: str, action: str, body: str | bytes | None) -> dict[str, Any]:
    """The members of a request.

    Args:
        service: botocore's name of it, such as "redshift-data".
        action: such as "ExecuteStatement".
        body: JSON.

    Raises MalformedRequestError where it is no JSON object, lacks a member, or has one of another type.
    """
    try:
        members = json.loads(body or "{}")
    except (ValueError, RecursionError) as error:
        raise MalformedRequestError("SerializationException", f"the request is no JSON: {error}") from error
    if not isinstance(members, dict):
        raise MalformedRequestError("SerializationException", "the request must be a JSON object")
    # A member that is null is one that is not there.
    given = {name: value for name, value in members.items() if value is not None}
    shape = _operation(service, action).input_shape
    report = ParamValidator().validate(given, shape) if shape is not None else None
    if report is not None and report.has_errors():
        raise MalformedRequestError("ValidationException", report.generate_report())
    return given


@functools.cache
def _operation(service: str, action: str) -> OperationModel:
    return botocore.session.get_session().get_service_model(service).operation_model(action)
