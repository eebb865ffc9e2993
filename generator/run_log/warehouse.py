"""Writes to the run log through the Redshift Data API: soon, or not at all."""

from __future__ import annotations

import copy
import itertools
import random
import re
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from generator.run_log import tables
from generator.run_log.place import Place

# Airflow ends a task's process so long after a success, `task_success_overtime`, if nobody has set another: 20 s.
SECONDS = 15.0

# Of keys of rows: what is made of one is a token that no other key's can be.
_TOKENS = uuid.UUID("6f9a3c56-4d0b-4d8e-9d1e-6f0f5b1c2a77")
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0)
_CONFIG = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
_BUSY = {"ThrottlingException", "ActiveStatementsExceededException", "ActiveSessionsExceededException",
         "InternalServerException"}  # fmt: skip
_MISSING = re.compile(r"does not exist", re.IGNORECASE)
# Two that create the same name at once, and what Redshift says of transactions that can't both be.
_CONFLICT = re.compile(
    r"\b1023\b|serializable isolation|conflict with concurrent|deadlock|pg_namespace|pg_class|pg_type|already exists",
    re.IGNORECASE,
)


class RunLogError(Exception):
    """The run log can't be written or read; the message is Redshift's own, or AWS's."""


class RunLogTimeoutError(RunLogError, TimeoutError):
    """The time is over. What was sent may be done all the same."""


class Warehouse:
    """The run log of a place, for the time of one callback: all that is done with it ends `seconds` after the start."""

    def __init__(self, place: Place, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._place = place
        self._clock = clock
        self._deadline = clock() + seconds
        self._client = _client(place)

    def hurried(self, seconds: float) -> Warehouse:
        """The same with less time."""
        other = copy.copy(self)
        other._deadline = min(self._deadline, self._clock() + seconds)
        return other

    def add(self, rows: dict[str, Sequence[tables.Row]], key: str = "") -> None:
        """Add rows to tables, all or none, and make the tables where there are none yet. Raises RunLogError.

        Redshift lets INSERTs into one table wait for each other; what it refuses all the same is tried again.

        :param key: names what the rows tell of, so that a second process which tells of it at the same time adds
            nothing. Redshift knows it for 8 hours (Amazon Redshift Management Guide, "Idempotency considerations
            when calling the Amazon Redshift Data API"); without one, each call adds its rows.
        """
        schema = self._place.schema
        statements = [sql for table, items in rows.items() for sql in tables.insert(schema, table, items)]
        if not statements:
            return
        made = False
        for turn in itertools.count():
            # Both processes use these in the same order: the second meets each failure of the first, then its success.
            token = uuid.uuid5(_TOKENS, f"{schema} {key} {turn}") if key else uuid.uuid4()
            error = self._run(statements, token)["Error"]
            if not error:
                return
            if _MISSING.search(error) and not made:
                made = not (failed := self._run(tables.create(schema))["Error"])
                if failed and not _CONFLICT.search(failed):
                    raise RunLogError(f"{error}, and it can't be made: {failed}")
            elif not _CONFLICT.search(error):
                raise RunLogError(error)
            self.pause(random.uniform(0.05, 0.5), error)  # noqa: S311 - so that those who met part

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query, as many as one page of the Data API holds. Raises RunLogError."""
        answer = self._run([sql])
        if answer["Error"]:
            raise RunLogError(answer["Error"])
        page = self._ask(lambda: self._client.get_statement_result(Id=answer["Id"]))
        return [
            tuple(None if field.get("isNull") else next(iter(field.values())) for field in row)
            for row in page["Records"]
        ]

    def name(self, table: str) -> str:
        """A table of the log, for a query."""
        return tables.name_of(self._place.schema, table)

    @property
    def seconds_left(self) -> float:
        return self._deadline - self._clock()

    def _run(self, statements: Sequence[str], token: uuid.UUID | None = None) -> dict[str, Any]:
        """Run statements as one transaction: their id, and the error, which is empty where all is well.

        The token is the same for each repetition of a request, so that one that was heard twice runs once.
        """
        token = token or uuid.uuid4()
        request = {**self._place.target, "StatementName": "pipelines run log", "ClientToken": str(token)}
        if len(statements) == 1:
            submit = lambda: self._client.execute_statement(Sql=statements[0], **request)  # noqa: E731
        else:
            submit = lambda: self._client.batch_execute_statement(Sqls=list(statements), **request)  # noqa: E731
        number = self._ask(submit)["Id"]
        turn = 0
        while True:
            answer = self._ask(lambda: self._client.describe_statement(Id=number))
            if answer["Status"] == "FINISHED":
                return {"Id": number, "Error": ""}
            if answer["Status"] in ("FAILED", "ABORTED"):
                return {"Id": number, "Error": answer.get("Error") or "the statement was aborted"}
            self.pause(_PAUSES[min(turn, len(_PAUSES) - 1)], f"statement {number} is still {answer['Status']}")
            turn += 1

    def _ask(self, request: Callable[[], Any]) -> Any:
        """An answer of the API, which is asked again where it was too busy to give one."""
        while True:
            try:
                return request()
            except ReadTimeoutError as error:
                self.pause(0.5, str(error))
            except ClientError as error:
                if error.response["Error"].get("Code") not in _BUSY:
                    raise
                self.pause(random.uniform(0.2, 1.0), str(error))  # noqa: S311

    def pause(self, seconds: float, reason: str = "what was waited for did not come") -> None:
        """Wait. Raises RunLogTimeoutError where the time that is left is too short for it."""
        if self.seconds_left <= seconds:
            raise RunLogTimeoutError(f"no time is left: {reason}")
        time.sleep(seconds)


def _client(place: Place) -> Any:
    """The Data API, with the connection of the tasks' operators."""
    from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook

    return RedshiftDataHook(aws_conn_id=place.connection, region_name=place.region, config=_CONFIG).conn
