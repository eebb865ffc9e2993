"""Statements of the Redshift Data API: the values that describe one, and the threads that run it."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.execute import execute
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.requests import ApiError, Target, bind, invalid
from generator.sandbox.redshift.session import Database, Session

_WORKERS = 64
_KEPT = 5000
_PATIENCE = 0.02  # seconds
_DONE = ("FINISHED", "FAILED", "ABORTED")
_log = logging.getLogger(__name__)


@dataclass
class Part:
    """One SQL text of a statement; a batch has several, any other statement one. Times are in seconds."""

    id: str
    text: str
    status: str = "SUBMITTED"
    error: str = ""
    outcome: Outcome | None = None
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    nanoseconds: int = 0

    def move(self, status: str, error: str = "") -> None:
        self.status, self.error, self.updated = status, error, time.time()


@dataclass
class DataSession:
    """A database session that outlives its statement for `keep_alive` seconds. Ids are AWS's UUIDs."""

    id: str
    target: Target
    session: Session
    keep_alive: int
    created: float = field(default_factory=time.time)
    idle_since: float = field(default_factory=time.time)
    current: str = ""
    closed: bool = False

    @property
    def expires(self) -> float:
        return self.idle_since + self.keep_alive


@dataclass
class Statement:
    """What ExecuteStatement or BatchExecuteStatement started; `held` is the session that it runs in."""

    id: str
    target: Target
    held: DataSession
    parts: Sequence[Part]
    parameters: dict[str, str]
    is_batch: bool = False
    auto_commit: bool = False
    keeps_session: bool = False
    name: str = ""
    result_format: str = "JSON"
    status: str = "SUBMITTED"
    error: str = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    done: threading.Event = field(default_factory=threading.Event)

    def move(self, status: str, error: str = "") -> None:
        self.status, self.error, self.updated = status, error, time.time()
        if status in _DONE:
            self.done.set()


class Databases:
    """All Redshift databases of a sandbox, made as they are first named, and the statements run in them.

    Each cluster's or workgroup's databases are its own. `s3_endpoint` is where COPY reads.
    """

    def __init__(self, s3_endpoint: str) -> None:
        self._s3_endpoint = s3_endpoint
        self._guard = threading.RLock()
        self._pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="redshift")
        self._databases: dict[tuple[str, str, str], Database] = {}
        self._sessions: dict[str, DataSession] = {}
        self._statements: dict[str, Statement] = {}
        self._tokens: dict[str, Statement] = {}

    def database(self, target: Target) -> Database:
        key = (target.place, target.identifier, target.database)
        with self._guard:
            if key not in self._databases:
                self._databases[key] = Database(self._s3_endpoint, target.database)
            return self._databases[key]

    def names(self, target: Target) -> list[str]:
        """Databases of the same cluster or workgroup, that of `target` included."""
        self.database(target)
        place = (target.place, target.identifier)
        with self._guard:
            return sorted(key[2] for key in self._databases if key[:2] == place)

    def open_session(self, target: Target, keep_alive: int) -> DataSession:
        session = self.database(target).session(target.user)
        held = DataSession(str(uuid.uuid4()), target, session, keep_alive)
        with self._guard:
            self._sessions[held.id] = held
        return held

    def held_session(self, session_id: str) -> DataSession:
        """The session of that id, idle. Raises ApiError where it is gone or busy."""
        self._expire()
        with self._guard:
            held = self._sessions.get(session_id)
            if held is None or held.closed:
                raise invalid(f"Session {session_id} does not exist or is no longer available.")
            if held.current:
                raise invalid(f"Session {session_id} is busy with statement {held.current}.")
            return held

    def sessions(self) -> list[DataSession]:
        self._expire()
        with self._guard:
            return [held for held in self._sessions.values() if held.keep_alive]

    def _expire(self) -> None:
        with self._guard:
            for held in self._sessions.values():
                if not held.closed and not held.current and held.keep_alive and time.time() > held.expires:
                    self._close_session(held)

    def _close_session(self, held: DataSession) -> None:
        held.closed = True
        held.session.close()

    def submit(self, statement: Statement, token: str = "") -> Statement:
        """Start a statement, or return the one that this client token started before."""
        with self._guard:
            if token and token in self._tokens:
                return self._tokens[token]
            self._statements[statement.id] = statement
            self._forget_oldest()
            if token:
                self._tokens[token] = statement
            statement.held.current = statement.id
            self._pool.submit(self._run, statement)
        return statement

    def _forget_oldest(self) -> None:
        """AWS keeps statements and their results for 24 hours, the sandbox so many of them."""
        for old in list(self._statements.values())[: max(0, len(self._statements) - _KEPT)]:
            if old.status in _DONE:
                del self._statements[old.id]

    def by_token(self, token: str) -> Statement | None:
        with self._guard:
            return self._tokens.get(token)

    def find(self, statement_id: str) -> Statement:
        """The statement of that id, or the batch that a sub-statement's id is of. Raises ApiError."""
        with self._guard:
            found = self._statements.get(statement_id.partition(":")[0])
        known = found is not None and (":" not in statement_id or any(p.id == statement_id for p in found.parts))
        if found is None or not known:
            raise ApiError("ResourceNotFoundException", "Query does not exist.", ResourceId=statement_id)
        return found

    def statements(self) -> list[Statement]:
        """All statements, the newest first."""
        with self._guard:
            return list(self._statements.values())[::-1]

    def cancel(self, statement: Statement) -> None:
        """Stop a statement. Raises ApiError where it is over."""
        if statement.status in _DONE:
            raise invalid(
                f"Could not cancel a query that is already in {statement.status} state with ID: {statement.id}"
            )
        self._stop(statement)

    def _stop(self, statement: Statement) -> None:
        """Interrupt until it is over: DuckDB forgets an interruption that comes between two queries."""
        while not statement.done.is_set():
            with self._guard:
                if statement.held.current == statement.id:
                    statement.held.session.cancel()
            statement.done.wait(_PATIENCE)

    def close(self) -> None:
        """Stop what runs, wait for the threads, close the databases."""
        for statement in self.statements():
            self._stop(statement)
        self._pool.shutdown(wait=True)
        with self._guard:
            for held in self._sessions.values():
                if not held.closed:
                    self._close_session(held)
            for database in self._databases.values():
                database.close()
            for known in (self._databases, self._sessions, self._statements, self._tokens):
                known.clear()

    def _run(self, statement: Statement) -> None:
        statement.move("STARTED")
        try:
            error = _run_parts(statement)
        except Exception:  # noqa: BLE001 a bug of the sandbox must end the statement, not leave its client waiting
            _log.exception("statement %s", statement.id)
            error = "ERROR: internal error of the sandbox; its log has the details"
        with self._guard:
            held = statement.held
            cancelled, held.session.cancelled = held.session.cancelled, False
            held.current, held.idle_since = "", time.time()
            if not held.keep_alive:
                del self._sessions[held.id]
                try:
                    self._close_session(held)
                except Exception:  # noqa: BLE001 a statement that never ends would keep its clients for ever
                    _log.exception("the session of statement %s", statement.id)
            statement.move("ABORTED" if cancelled and error else "FAILED" if error else "FINISHED", error)


def _run_parts(statement: Statement) -> str:
    """Run all parts as the statement's mode has it; returns the statement's error."""
    session, failed = statement.held.session, ""
    one_transaction = statement.is_batch and not statement.auto_commit
    if one_transaction:
        session.begin(block=True)
    for number, part in enumerate(statement.parts, 1):
        if (failed and one_transaction) or session.cancelled:
            part.move("ABORTED")
            failed = failed or "ERROR: Query cancelled on user's request"
            continue
        error = _run_part(session, part, statement.parameters)
        if error and not failed:
            failed = f"Query #{number} failed with {error}" if statement.is_batch else error
    return _end(session, failed) if one_transaction else failed


def _end(session: Session, failed: str) -> str:
    try:
        session.rollback() if failed else session.commit()
    except RedshiftError as error:
        return f"ERROR: {error}"
    return failed


def _run_part(session: Session, part: Part, parameters: dict[str, str]) -> str:
    part.move("STARTED")
    begun = time.perf_counter_ns()
    try:
        part.outcome = execute(session, bind(part.text, parameters))
    except RedshiftError as error:
        message = f"ERROR: {error}"
        part.move("ABORTED" if session.cancelled else "FAILED", message)
        return message
    finally:
        part.nanoseconds = time.perf_counter_ns() - begun
    part.move("FINISHED")
    return ""
