"""Query executions: started, queued, run on a thread of their own, kept with their results."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import duckdb

from generator.sandbox.athena.engine import Engine, Task
from generator.sandbox.athena.errors import InvalidRequestError, QueryError
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import CreateTableAs, Insert, Select, Unload

_AT_ONCE = 4
_TOO_DEEP = "STACK_OVERFLOW: statement is too large (stack overflow during analysis)"  # as Trino says it
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


@dataclass
class Execution:
    """One query execution; `request` is StartQueryExecution's, `output` the URI of its result file."""

    id: str
    request: dict[str, Any]
    task: Task
    output: str
    workgroup: str
    submitted: float = field(default_factory=time.time)
    state: str = "QUEUED"
    reason: str = ""
    started: float | None = None
    completed: float | None = None
    outcome: Outcome = field(default_factory=Outcome)
    cursor: duckdb.DuckDBPyConnection | None = None

    @property
    def ended(self) -> bool:
        return self.state in _ENDED

    @property
    def manifest(self) -> str:
        return f"{self.output}-manifest.csv"


def output_name(task: Task, execution_id: str) -> str:
    """The result file's name in the results folder: rows are `.csv`, texts `.txt`."""
    if isinstance(task.statement, CreateTableAs | Insert | Unload):
        return execution_id
    return f"{execution_id}.{'csv' if isinstance(task.statement, Select) else 'txt'}"


class Executions:
    """All executions since the sandbox started."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="athena")
        self._lock = threading.Lock()
        self._by_id: dict[str, Execution] = {}
        self._id_by_token: dict[str, str] = {}

    def start(self, request: dict[str, Any], task: Task, workgroup: str) -> Execution:
        """Queue a query; a ClientRequestToken that was used before gives the execution of that time.

        Raises InvalidRequestError where that was for another request.
        """
        token = request.get("ClientRequestToken")
        with self._lock:
            known = self._by_id.get(self._id_by_token.get(token, "")) if token else None
            if known is not None:
                if known.request != request:
                    raise InvalidRequestError("Idempotent parameters do not match")
                return known
            execution_id = str(uuid.uuid4())
            output = task.results + output_name(task, execution_id)
            execution = Execution(execution_id, request, task, output, workgroup)
            self._by_id[execution_id] = execution
            if token:
                self._id_by_token[token] = execution_id
        self._pool.submit(self._run, execution)
        return execution

    def get(self, execution_id: str) -> Execution:
        """Raises InvalidRequestError for an id that is not known."""
        found = self._by_id.get(execution_id)
        if found is None:
            raise InvalidRequestError(f"QueryExecution {execution_id} was not found")
        return found

    def newest_first(self, workgroup: str) -> list[Execution]:
        with self._lock:
            found = [one for one in self._by_id.values() if one.workgroup == workgroup]
        return found[::-1]

    def stop(self, execution_id: str) -> None:
        """Cancel a query that has not ended; one that has stays as it is."""
        execution = self.get(execution_id)
        with self._lock:
            if execution.ended:
                return
            self._end(execution, "CANCELLED")
            if execution.cursor is not None:
                execution.cursor.interrupt()

    def close(self) -> None:
        """Stop all queries, and take no more."""
        for execution_id in list(self._by_id):
            self.stop(execution_id)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, execution: Execution) -> None:
        with self._lock:
            if execution.ended:
                return
            execution.state, execution.started = "RUNNING", time.time()
            cursor = execution.cursor = self._engine.cursor()
        try:
            outcome = self._engine.run(execution.task, cursor, lambda: execution.ended)
            self._write_results(execution, outcome)
            self._finish(execution, "SUCCEEDED", outcome=outcome)
        except (QueryError, InvalidRequestError) as error:
            self._finish(execution, "FAILED", reason=str(error))
        except RecursionError:
            self._finish(execution, "FAILED", reason=_TOO_DEEP)
        except Exception as error:  # noqa: BLE001 (whatever went wrong, the query must end)
            self._finish(execution, "FAILED", reason=f"the sandbox has a bug: {type(error).__name__}: {error}")
        finally:
            with self._lock:
                execution.cursor = None
            cursor.close()

    def _finish(self, execution: Execution, state: str, reason: str = "", outcome: Outcome | None = None) -> None:
        with self._lock:
            if not execution.ended:  # a query that was stopped stays CANCELLED
                execution.outcome = outcome or Outcome()
                self._end(execution, state, reason)

    @staticmethod
    def _end(execution: Execution, state: str, reason: str = "") -> None:
        execution.state, execution.reason, execution.completed = state, reason, time.time()

    def _write_results(self, execution: Execution, outcome: Outcome) -> None:
        if outcome.manifest is not None:
            listed = "".join(f"{uri}\n" for uri in outcome.manifest)
            self._engine.objects.write(execution.manifest, listed.encode())
        elif not isinstance(execution.task.statement, CreateTableAs):
            data = outcome.csv() if outcome.header else outcome.text()
            self._engine.objects.write(execution.output, data)
