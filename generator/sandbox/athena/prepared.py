"""Prepared statements, which belong to a workgroup: by SQL (PREPARE …) and by Athena's API.

See docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from generator.sandbox.athena.errors import InvalidRequestError
from generator.sandbox.athena.metadata import page

_Body = dict[str, Any]
_MOST = 1000  # in a workgroup


class UnknownStatementError(Exception):
    """A prepared statement that a workgroup does not have (ResourceNotFoundException)."""


@dataclass(frozen=True)
class PreparedStatement:
    name: str
    text: str
    workgroup: str
    description: str = ""
    modified: float = field(default_factory=time.time)

    def described(self) -> dict[str, Any]:
        """The API's PreparedStatement."""
        return {
            "StatementName": self.name,
            "QueryStatement": self.text,
            "WorkGroupName": self.workgroup,
            "Description": self.description,
            "LastModifiedTime": self.modified,
        }


class PreparedStatements:
    """All prepared statements of the account; names are kept in lower case."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], PreparedStatement] = {}

    def create(self, statement: PreparedStatement) -> None:
        """Raises InvalidRequestError where the name is taken, or the workgroup has as many as it may have."""
        key = (statement.workgroup, statement.name.lower())
        if key in self._found:
            raise InvalidRequestError(f"PreparedStatement {statement.name} already exists in {statement.workgroup}")
        if len(self.of(statement.workgroup)) >= _MOST:
            raise InvalidRequestError(f"WorkGroup {statement.workgroup} has {_MOST} prepared statements already")
        self._found[key] = statement

    def update(self, statement: PreparedStatement) -> None:
        """Raises UnknownStatementError where there is none of that name."""
        self.get(statement.workgroup, statement.name)
        self._found[statement.workgroup, statement.name.lower()] = statement

    def get(self, workgroup: str, name: str) -> PreparedStatement:
        """Raises UnknownStatementError."""
        found = self._found.get((workgroup, name.lower()))
        if found is None:
            raise UnknownStatementError(f"PreparedStatement {name} was not found in workGroup {workgroup}")
        return found

    def delete(self, workgroup: str, name: str) -> None:
        """Raises UnknownStatementError."""
        self.get(workgroup, name)
        del self._found[workgroup, name.lower()]

    def of(self, workgroup: str) -> Sequence[PreparedStatement]:
        """A workgroup's statements, by name."""
        found = (one for (owner, _), one in self._found.items() if owner == workgroup)
        return sorted(found, key=lambda one: one.name)


def create(statements: PreparedStatements, body: _Body) -> _Body:
    """CreatePreparedStatement. Raises InvalidRequestError; the others of the API raise UnknownStatementError."""
    statements.create(_given(body))
    return {}


def update(statements: PreparedStatements, body: _Body) -> _Body:
    """UpdatePreparedStatement."""
    statements.update(_given(body))
    return {}


def get(statements: PreparedStatements, body: _Body) -> _Body:
    """GetPreparedStatement."""
    return {"PreparedStatement": statements.get(body["WorkGroup"], body["StatementName"]).described()}


def delete(statements: PreparedStatements, body: _Body) -> _Body:
    """DeletePreparedStatement."""
    statements.delete(body["WorkGroup"], body["StatementName"])
    return {}


def listed(statements: PreparedStatements, body: _Body) -> _Body:
    """ListPreparedStatements."""
    found, token = page(statements.of(body["WorkGroup"]), body.get("NextToken"), body.get("MaxResults", 50))
    described = [{"StatementName": one.name, "LastModifiedTime": one.modified} for one in found]
    return {"PreparedStatements": described, **token}


def _given(body: _Body) -> PreparedStatement:
    return PreparedStatement(
        body["StatementName"], body["QueryStatement"], body["WorkGroup"], body.get("Description", "")
    )
