"""AWS on the loopback interface: moto's server, in which Redshift and Athena run their SQL, SageMaker its jobs."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import ThreadedWSGIServer

from generator.sandbox import duck
from generator.sandbox.athena import api as athena_api
from generator.sandbox.redshift import api as redshift_api
from generator.sandbox.sagemaker import api as sagemaker_api

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from flask import Flask

LOOPBACK = "127.0.0.1"
_log = logging.getLogger(__name__)


class _Application(DomainDispatcherApplication):
    """moto's application; which service a host stands for is looked up once, not for every request."""

    def __init__(self) -> None:
        super().__init__(_backend)
        self._services: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        if host not in self._services:
            self._services[host] = super().get_backend_for_host(host)
        return self._services[host]

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request; also what moto does not know, and what it fails at, with an error as AWS's."""
        try:
            answer: Iterable[bytes] = super().__call__(environ, start_response)
            return answer
        except NotImplementedError as error:
            return _failed(environ, start_response, "400 Bad Request", "UnknownOperationException", str(error))
        except Exception as error:  # noqa: BLE001 a client must get an answer
            _log.exception("a request that the sandbox fails at")
            return _failed(environ, start_response, "500 Internal Server Error", "InternalFailure", repr(error))


def _backend(service: Any) -> Flask:
    """moto's application for a service, whose failures reach us."""
    application = create_backend_app(service)
    application.config["PROPAGATE_EXCEPTIONS"] = True
    return application


def _failed(
    environ: dict[str, Any], start_response: StartResponse, status: str, code: str, message: str
) -> Iterable[bytes]:
    """An error in the form of the API's protocol: JSON where the request names its target, else XML."""
    if "HTTP_X_AMZ_TARGET" in environ:
        kind, text = "application/x-amz-json-1.1", json.dumps({"__type": code, "message": message})
    else:
        kind, text = "text/xml", f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    body = text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-ErrorType", code)]
    start_response(status, headers)
    return [body]


class _QuietHandler(MotoRequestHandler):
    """Answers requests without a log line for each, and keeps connections: a waiting Airflow task asks often."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: Any) -> None: ...


class _Server(ThreadedWSGIServer):
    """A thread for each connection; all of them can be ended."""

    def __init__(self, listener: socket.socket) -> None:
        self._connections: set[Any] = set()
        port = listener.getsockname()[1]
        super().__init__(LOOPBACK, port, _Application(), handler=_QuietHandler, fd=listener.fileno())

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        self._connections.add(request)
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._connections.discard(request)

    def hang_up(self) -> None:
        """End the connections that clients keep: a later sandbox may have the same port."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Sandbox:
    """A local AWS, all of it in this process's memory; as a context manager it starts and stops itself.

    `port` 0 picks a free one; `region` is what `environment` tells clients to use. moto keeps its state for
    the whole process, so a process has at most one started sandbox; each start begins with an empty AWS.
    """

    def __init__(self, port: int = 0, region: str = duck.REGION) -> None:
        self._port = port
        self._region = region
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._databases: redshift_api.Databases | None = None
        self._athena: athena_api.Athena | None = None
        self._sagemaker: sagemaker_api.SageMaker | None = None

    def start(self) -> None:
        """Start serving; returns when the endpoint takes requests. Raises OSError where the port is taken."""
        self._server = _listen(self._port)
        self._thread = threading.Thread(target=self._server.serve_forever, name="sandbox", daemon=True)
        self._thread.start()
        self._begin()

    def reset(self) -> None:
        """Forget everything and go on with an empty AWS at the same endpoint: faster than a stop and a start."""
        self._end()
        self._begin()

    def _begin(self) -> None:
        moto_api_backend.reset()
        self._databases = redshift_api.Databases(self.endpoint)
        redshift_api.install(self._databases)
        self._athena = athena_api.Athena(self.endpoint)
        athena_api.install(self._athena)
        self._sagemaker = sagemaker_api.SageMaker(self.endpoint)
        sagemaker_api.install(self._sagemaker)

    def stop(self) -> None:
        """Stop serving, cancel what still runs, and forget everything."""
        self._end()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server.hang_up()
            self._server = self._thread = None

    def _end(self) -> None:
        if self._sagemaker is not None:
            self._sagemaker.close()
            self._sagemaker = None
        if self._databases is not None:
            self._databases.close()
            self._databases = None
        if self._athena is not None:
            self._athena.close()
            self._athena = None

    @property
    def endpoint(self) -> str:
        """The address that clients use, "http://127.0.0.1:PORT". Raises RuntimeError before `start`."""
        if self._server is None:
            raise RuntimeError("the sandbox is not started")
        return f"http://{LOOPBACK}:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point any AWS client (boto3, Airflow, the CLI) at the sandbox."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": duck.ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": duck.SECRET_KEY,
            "AWS_DEFAULT_REGION": self._region,
        }

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _listen(port: int) -> _Server:
    """moto's application behind a socket of our own: given a port, werkzeug exits where it is taken."""
    with socket.create_server((LOOPBACK, port), backlog=128) as listener:
        return _Server(listener)
