"""What AWS checks of a Redshift Data API request before it accepts it, and how it refuses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from generator.sandbox.sql import SqlSyntaxError, lex, quote_string, split_statements

MAX_STATEMENT_BYTES = 100_000
MAX_BATCH = 40

_ID = re.compile(r"[a-z0-9]{8}(-[a-z0-9]{4}){3}-[a-z0-9]{12}(:\d{0,2})?")
_CLUSTER = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORKGROUP = re.compile(r"[a-z0-9-]{3,63}|arn:aws[a-z-]*:redshift-serverless:.*")


class ApiError(Exception):
    """A refused request; `code` is AWS's name of the error."""

    def __init__(self, code: str, message: str, **members: str) -> None:
        super().__init__(message)
        self.code = code
        self.body = {"__type": code, "Message": message, "message": message, **members}


def invalid(message: str) -> ApiError:
    return ApiError("ValidationException", message)


@dataclass(frozen=True)
class Target:
    """Where statements run: `place` is ClusterIdentifier or WorkgroupName, which AWS echoes in answers."""

    place: str
    identifier: str
    database: str
    user: str

    @property
    def echo(self) -> dict[str, str]:
        user = {"DbUser": self.user} if self.user else {}
        return {self.place: self.identifier, "Database": self.database, **user}


def target(request: dict[str, Any]) -> Target:
    """The cluster or workgroup, and database, that a request names. Raises ApiError."""
    places = [place for place in ("ClusterIdentifier", "WorkgroupName") if request.get(place)]
    if len(places) != 1:
        raise invalid(
            "ClusterIdentifier and WorkgroupName cannot both be specified."
            if places
            else "Either ClusterIdentifier or WorkgroupName must be specified."
        )
    place, identifier = places[0], str(request[places[0]])
    pattern = _CLUSTER if place == "ClusterIdentifier" else _WORKGROUP
    if not pattern.fullmatch(identifier):
        raise invalid(f"{place} must satisfy regex pattern: {pattern.pattern}")
    if not request.get("Database"):
        raise invalid("Database is required.")
    user = "" if request.get("SecretArn") else str(request.get("DbUser") or "")
    return Target(place, identifier, str(request["Database"]), user)


def statement_id(request: dict[str, Any]) -> str:
    """The Id of a request. Raises ApiError where it has not the form of one."""
    value = str(request.get("Id", ""))
    if not _ID.fullmatch(value):
        raise invalid(f"id must satisfy regex pattern: ^{_ID.pattern}$")
    return value


def statements(texts: list[str]) -> list[str]:
    """Check the texts of ExecuteStatement or BatchExecuteStatement: each is one statement of at most 100 KB."""
    if not 1 <= len(texts) <= MAX_BATCH:
        raise invalid(f"The number of SQL statements must be between 1 and {MAX_BATCH}.")
    return [_statement(text) for text in texts]


def _statement(text: str) -> str:
    if not text.strip():
        raise invalid("Sql must not be empty.")
    if len(text.encode()) > MAX_STATEMENT_BYTES:
        raise invalid("The SQL statement exceeds the maximum length of 100 KB.")
    try:
        found = split_statements(text)
    except SqlSyntaxError:
        return text  # the database reports it, as on AWS
    if len(found) > 1:
        raise invalid("Multiple statements are not allowed in a single request; use BatchExecuteStatement.")
    return text


def parameters(request: dict[str, Any], texts: list[str]) -> dict[str, str]:
    """The named parameters by name. Raises ApiError where one is malformed, given twice or not used."""
    given = request.get("Parameters")
    if given is None:
        return {}
    values: dict[str, str] = {}
    for parameter in given:
        name, value = parameter.get("name", ""), parameter.get("value", "")
        if not re.fullmatch(r"[0-9A-Za-z_]+", name) or not value:
            raise invalid("Parameters need a name of letters, digits and _, and a value of at least one character.")
        if name in values:
            raise invalid(f"Parameters list contains duplicate parameters. Duplicate parameters: [{name}]")
        values[name] = value
    unused = values.keys() - {name for text in texts for name in _named(text)}
    if unused:
        names = ", ".join(sorted(unused))
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: [{names}]")
    return values


def _named(text: str) -> set[str]:
    try:
        return {token.text[1:] for token in lex(text) if token.kind == "parameter"}
    except SqlSyntaxError:
        return set()


def bind(text: str, values: dict[str, str]) -> str:
    """The statement with its parameters as string literals, whose type Redshift infers from where they stand.

    Nothing within strings, names or comments is touched, and no value can end its literal.
    """
    parts, end = [], 0
    for token in lex(text) if values else []:
        if token.kind == "parameter" and token.text[1:] in values:
            literal = quote_string(values[token.text[1:]].replace("\\", "\\\\"))
            parts += [text[end : token.start], literal]
            end = token.end
    return "".join((*parts, text[end:]))


def page(member: str, items: Sequence[Any], request: dict[str, Any], limit: int) -> dict[str, Any]:
    """One page of a listing, and a NextToken where more follow. Raises ApiError for a made-up token."""
    size = int(request.get("MaxResults") or limit)
    if not 0 < size <= limit:
        raise invalid(f"MaxResults must be between 0 and {limit}.")
    begin = token_offset(request)
    answer: dict[str, Any] = {member: list(items[begin : begin + size])}
    return answer | ({"NextToken": f"{begin + size}"} if begin + size < len(items) else {})


def token_offset(request: dict[str, Any]) -> int:
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise invalid("NextToken is not valid.")
    return int(token)
