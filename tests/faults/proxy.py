"""A network between the workers and AWS that fails where it is told to: once, at one request."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
# Amazon S3 API Reference, "Error responses".
_S3_ANSWERS = {"throttled": (503, "SlowDown"), "server error": (500, "InternalError")}
_OF_THE_CONNECTION = ("connection", "transfer-encoding", "date", "server")
_S3_WRITES = ("PUT", "POST", "DELETE")


@dataclass(frozen=True)
class Request:
    """A request that was seen: its operation and statements, whether it is the run log's, and who sent it.

    The operation of a request to S3 is its method and path.
    """

    operation: str
    statements: tuple[str, ...] = ()
    is_log: bool = False
    sender: int = 0

    @property
    def changes(self) -> bool:
        """Whether something is not as it was when it has been done."""
        return bool(self.statements) or self.operation.startswith(_S3_WRITES)


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
    start statements or write to S3, the latter when a process ends and before its log is written. So a process is
    killed before its first request and its first to the log, after each that changes something, and after its last; to
    be killed anywhere else is the same as one of these. That an answer is lost means more than an error where something
    was changed.
    """
    for at, request in enumerate(requests):
        yield Fault(at, ERRORS[at % len(ERRORS)])
        before = requests[at - 1] if at else None
        if before is None or (before.sender, before.is_log) != (request.sender, request.is_log):
            yield Fault(at, "killed before")
        is_last = at + 1 == len(requests) or requests[at + 1].sender != request.sender
        if request.changes:
            yield Fault(at, "answer lost")
        if request.changes or is_last:
            yield Fault(at, "killed after")
        batch = len(request.statements) if request.operation == "BatchExecuteStatement" else 0
        # In a transaction also behind the last statement, as where it can't be committed.
        count = batch + 1 if batch else len(request.statements)
        yield from (Fault(at, "failed", statement) for statement in range(count))


@dataclass
class Proxy:
    """Answers as the AWS behind it does; while `fault` is set, the request of its number goes wrong.

    `behind` takes an operation of the Redshift Data API and a request, and gives the status and the answer; what is for
    S3 goes to the server at `s3_port`.

    A statement is at its end when the answer to the request that started it is given, so that each run sends the same
    requests; still the first answer about one of a task's is that it runs, so that every task defers. `hurried` leaves
    this out: statements go on while their worker goes on, or is killed.
    """

    behind: Callable[[str, Json], tuple[int, Json]]
    s3_port: int
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
                body = self.rfile.read(int(self.headers["Content-Length"] or 0))
                if "X-Amz-Target" in self.headers:
                    proxy._answer(self, body)
                else:
                    proxy._answer_s3(self, body)

            do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815 - http.server's names

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

    def _answer(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        operation = handler.headers["X-Amz-Target"].rpartition(".")[2]
        body = json.loads(content)
        fault = self._note(operation, body)
        kind = fault.kind if fault else ""
        if kind in _ANSWERS:
            status, code = _ANSWERS[kind]
            _send(handler, status, {"__type": code, "message": "injected"})
        elif not self._is_cut(handler, kind, "closed", "killed before"):
            if fault is not None and kind == "failed":
                body = _broken(body, fault.statement)
            status, answer = self._forward(operation, body)
            if not self._is_cut(handler, kind, "answer lost", "killed after"):
                _send(handler, status, answer)

    def _answer_s3(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        fault = self._note(f"{handler.command} {handler.path}", {})
        kind = fault.kind if fault else ""
        if kind in _S3_ANSWERS:
            status, code = _S3_ANSWERS[kind]
            text = f"<Error><Code>{code}</Code><Message>injected</Message></Error>"
            _send_content(handler, status, {"Content-Type": "application/xml"}, text.encode())
        elif not self._is_cut(handler, kind, "closed", "killed before"):
            answer = _asked(self.s3_port, handler, content)
            if not self._is_cut(handler, kind, "answer lost", "killed after"):
                _send_content(handler, *answer)

    def _is_cut(self, handler: BaseHTTPRequestHandler, kind: str, closed: str, killed: str) -> bool:
        """Close the connection, and kill who is behind it, where the fault is one of these; whether it is."""
        if kind == killed:
            os.kill(self.victim, signal.SIGKILL)
        if kind in (closed, killed):
            _hang_up(handler)
        return kind in (closed, killed)

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
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if "__type" in answer:
        headers["x-amzn-ErrorType"] = answer["__type"]
    _send_content(handler, status, headers, json.dumps(answer).encode())


def _send_content(handler: BaseHTTPRequestHandler, status: int, headers: Mapping[str, str], content: bytes) -> None:
    handler.send_response(status)
    for name, value in {"Content-Length": str(len(content)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(content)


def _asked(port: int, handler: BaseHTTPRequestHandler, content: bytes) -> tuple[int, Mapping[str, str], bytes]:
    """What the server at a port answers to the request: status, headers and content."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    with contextlib.closing(connection):
        headers = {name: value for name, value in handler.headers.items() if name.lower() not in ("host", "expect")}
        connection.request(handler.command, handler.path, content, headers)
        answer = connection.getresponse()
        content = answer.read()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in _OF_THE_CONNECTION}
        return answer.status, kept, content


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for it. Raises AssertionError where it does not come."""
    tick, waited = threading.Event(), 0.0
    while not condition():
        assert waited < seconds, "it did not come"
        tick.wait(0.02)
        waited += 0.02
