"""A network between the workers and AWS that fails where it is told to: once, at one request."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]

LOG = "pipelines run log"
FAILING_SQL = "SELECT injected_fault FROM nowhere"

# Errors that come instead of an answer, of which each request gets one: it is the same for who asked.
ERRORS = ("throttled", "server error", "closed")
_ANSWERS = {"throttled": (400, "ThrottlingException"), "server error": (500, "InternalServerException")}
_STARTS = ("ExecuteStatement", "BatchExecuteStatement")


@dataclass(frozen=True)
class Request:
    """A request that was seen: its operation and statements, whether it is the run log's, and who sent it."""

    operation: str
    statements: tuple[str, ...] = ()
    is_log: bool = False
    sender: int = 0


@dataclass(frozen=True)
class Fault:
    """What goes wrong: at the request of this number (from 0), and with "failed", in which of its statements."""

    at: int
    kind: str
    statement: int = 0

    @property
    def kills(self) -> bool:
        return self.kind.startswith("killed")


def faults(requests: Sequence[Request]) -> Iterator[Fault]:
    """All that can go wrong where these requests are sent, without what nobody can tell from something else here.

    A process that is killed leaves what AWS has done, and what Airflow was told. The former changes with requests that
    start statements, the latter when a process ends and before its log is written. So a process is killed before its
    first request and its first to the log, after each that starts a statement, and after its last; to be killed
    anywhere else is the same as one of these. That an answer is lost means more than an error where something started.
    """
    for at, request in enumerate(requests):
        yield Fault(at, ERRORS[at % len(ERRORS)])
        before = requests[at - 1] if at else None
        if before is None or (before.sender, before.is_log) != (request.sender, request.is_log):
            yield Fault(at, "killed before")
        is_last = at + 1 == len(requests) or requests[at + 1].sender != request.sender
        if request.statements:
            yield Fault(at, "answer lost")
        if request.statements or is_last:
            yield Fault(at, "killed after")
        batch = len(request.statements) if request.operation == "BatchExecuteStatement" else 0
        # In a transaction also behind the last statement, as where it can't be committed.
        count = batch + 1 if batch else len(request.statements)
        yield from (Fault(at, "failed", statement) for statement in range(count))


@dataclass
class Proxy:
    """Answers as the AWS behind it does; while `fault` is set, the request of its number goes wrong.

    `behind` takes an operation and a request, and gives the status and the answer.

    A statement is at its end when the answer to the request that started it is given, so that each run sends the same
    requests; still the first answer about one of a task's is that it runs, so that every task defers. `hurried` leaves
    this out: statements go on while their worker goes on, or is killed.
    """

    behind: Callable[[str, Json], tuple[int, Json]]
    fault: Fault | None = None
    hurried: bool = False
    seen: list[Request] = field(default_factory=list)
    fired: bool = False
    victim: int = 0
    _names: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Serve; gives the address."""
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body are sent one after the other, and the other side would wait with its acknowledgement.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                proxy._answer(self)

            def log_message(self, *_: Any) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()

    def expect(self, fault: Fault | None) -> None:
        """Begin to count anew, for a run in which this goes wrong."""
        with self._guard:
            self.fault, self.fired, self.seen = fault, False, []

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        operation = handler.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        fault = self._note(operation, body)
        kind = fault.kind if fault else ""
        if kind in _ANSWERS:
            status, code = _ANSWERS[kind]
            _send(handler, status, {"__type": code, "message": "injected"})
        elif kind == "closed":
            _hang_up(handler)
        elif kind == "killed before":
            self._kill(handler)
        else:
            if fault is not None and kind == "failed":
                body = _broken(body, fault.statement)
            status, answer = self._forward(operation, body)
            if kind == "answer lost":
                _hang_up(handler)
            elif kind == "killed after":
                self._kill(handler)
            else:
                _send(handler, status, answer)

    def _note(self, operation: str, body: Json) -> Fault | None:
        """Count the request; what is to go wrong with it."""
        with self._guard:
            name = body.get("StatementName", "") or self._names.get(body.get("Id", "").partition(":")[0], "")
            statements = tuple(body.get("Sqls") or filter(None, [body.get("Sql")]))
            self.seen.append(Request(operation, statements, name == LOG, self.victim))
            if self.fault is None or self.fired or self.fault.at != len(self.seen) - 1:
                return None
            self.fired = True
            return self.fault

    def _forward(self, operation: str, body: Json) -> tuple[int, Json]:
        status, answer = self.behind(operation, body)
        number = body.get("Id", "")
        if operation in _STARTS and status == 200:
            self._names[answer["Id"]] = body.get("StatementName", "")
            if not self.hurried:
                self.behind("DescribeStatement", {"Id": answer["Id"], "WaitTimeSeconds": 30})
        if operation == "DescribeStatement" and not self.hurried and self._is_first(number):
            answer = {**answer, "Status": "STARTED"}
        return status, answer

    def _is_first(self, number: str) -> bool:
        """Whether this is the first question about a statement that is not the log's."""
        is_first = number not in self._asked and self._names.get(number) != LOG
        self._asked.add(number)
        return is_first

    def _kill(self, handler: BaseHTTPRequestHandler) -> None:
        os.kill(self.victim, signal.SIGKILL)
        _hang_up(handler)


def _broken(body: Json, statement: int) -> Json:
    """A request whose statement of this number fails; behind the last, one that is added to them."""
    if "Sql" in body:
        return {**body, "Sql": FAILING_SQL}
    statements = list(body["Sqls"])
    statements[statement : statement + 1] = [FAILING_SQL]
    return {**body, "Sqls": statements}


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    with contextlib.suppress(OSError):
        handler.connection.shutdown(socket.SHUT_RDWR)


def _send(handler: BaseHTTPRequestHandler, status: int, answer: Json) -> None:
    content = json.dumps(answer).encode()
    handler.send_response(status)
    handler.send_header("Content-Type", "application/x-amz-json-1.1")
    handler.send_header("Content-Length", str(len(content)))
    if "__type" in answer:
        handler.send_header("x-amzn-ErrorType", answer["__type"])
    handler.end_headers()
    handler.wfile.write(content)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it. Raises AssertionError where it does not come."""
    tick, waited = threading.Event(), 0.0
    while not condition():
        assert waited < seconds, "it did not come"
        tick.wait(0.02)
        waited += 0.02
