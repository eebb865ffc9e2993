"""Statements that a worker which was killed has left running in Redshift: nobody waits for them, and they go on.

A second try that began beside one would meet it: both make the same staging table, both append the same rows. And a
stage that is filled after its clean-up has run is left behind for good. So whoever comes next ends it first.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException
from botocore.exceptions import ClientError

_log = logging.getLogger("airflow.task")

# Amazon Redshift Data API Reference, DescribeStatement: the states in which a statement is at its end.
_OVER = ("FINISHED", "FAILED", "ABORTED")
_DENIED = ("AccessDeniedException", "AccessDenied")
_SECONDS = 120
_PAUSE = 0.5


def end(client: Any, name: str, *, of_group: bool, clock: Callable[[], float] = time.monotonic) -> None:
    """Cancel the statements of this name that are not over, and wait until they are.

    :param client: the Redshift Data API's
    :param name: a statement's name, which ends with the task's id
    :param of_group: also those of the other tasks of the task's group, which its id begins with

    Raises AirflowException where one goes on after two minutes: it is no good to begin beside it. Where the role may
    not list or cancel statements, a warning says what is missing, and there is no other protection than the SQL's own.
    """
    try:
        for number in _running(client, name, of_group):
            _log.warning("Statement %s of an earlier try is still running in Redshift, and is cancelled", number)
            _cancel(client, number, clock() + _SECONDS, clock)
    except ClientError as error:
        if error.response["Error"].get("Code") not in _DENIED:
            raise
        _log.warning("Statements of earlier tries may still run: the role needs redshift-data:ListStatements and "
                     "redshift-data:CancelStatement to end them. %s", error)  # fmt: skip


def _running(client: Any, name: str, of_group: bool) -> list[str]:
    group, dot, _ = name.rpartition(".")
    prefix = f"{group}{dot}" if of_group and dot else name
    pages = client.get_paginator("list_statements").paginate(StatementName=prefix, Status="ALL")
    return [
        statement["Id"]
        for page in pages
        for statement in page["Statements"]
        if statement["Status"] not in _OVER and (of_group or statement.get("StatementName") == name)
    ]


def _cancel(client: Any, number: str, deadline: float, clock: Callable[[], float]) -> None:
    try:
        client.cancel_statement(Id=number)
    except ClientError as error:
        if error.response["Error"].get("Code") != "ValidationException":  # it has ended meanwhile
            raise
    while client.describe_statement(Id=number)["Status"] not in _OVER:
        if clock() > deadline:
            raise AirflowException(f"statement {number} of an earlier try is still running, and can't be cancelled")
        time.sleep(_PAUSE)
