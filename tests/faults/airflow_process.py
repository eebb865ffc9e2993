"""A process that has imported Airflow and built the pipelines, and does each piece of work in a fork of itself.

A piece is what Airflow gives to one process: a task until it ends or defers (by the task runner of Airflow's SDK, whose
Execution API is a few lines here), a trigger, and the callbacks that the DAG processor runs. A client of the Unix
socket sends one request, and gets a line with the fork's process id, one for each state that the task runner reports
and each XCom that it pushes, and one with the result; none of the last where the fork was killed. What earlier tasks
have pushed is part of the request.

Run as `python -m tests.faults.airflow_process SOCKET FOLDER`, where the folder holds compiled pipelines.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import importlib
import inspect
import json
import os
import signal
import socket
import sys
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import httpx
import structlog
from airflow.callbacks import callback_requests
from airflow.dag_processing import processor
from airflow.providers.amazon.aws.triggers.redshift_data import RedshiftDataTrigger
from airflow.sdk._shared.module_loading import import_string
from airflow.sdk.api.client import Client
from airflow.sdk.api.datamodels._generated import TaskInstance
from airflow.sdk.execution_time.supervisor import InProcessTestSupervisor
from airflow.sdk.serde import deserialize, serialize

from generator import allowance
from generator.build import build_dag
from generator.ml import job
from generator.operators import ml_process, outcome
from generator.run_log import warehouse
from generator.run_log.warehouse import Warehouse

Json = dict[str, Any]
Tell = Callable[[Json], None]

# Each is needed by most pieces of work: what is imported before the fork is imported once.
WARM = (RedshiftDataTrigger, Warehouse, outcome, importlib.import_module("aiobotocore.session"))
# Likewise by the jobs of the pipelines that have some.
OF_JOBS = ("generator.ml.train", "generator.ml.predict", "sklearn.linear_model", "s3transfer.manager")
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 300
VERSION = str(uuid.uuid4())


def be_patient() -> None:
    """Let nothing be given up that takes long because the machine is busy: what is logged is what is tested here."""
    warehouse.SECONDS = PATIENCE_SECONDS
    allowance._KILLED_AFTER = PATIENCE_SECONDS


class Pipelines:
    """What the process knows, and does."""

    def __init__(self, folder: Path) -> None:
        self._dags: dict[str, Any] = {path.stem: build_dag(str(path)) for path in folder.glob("*.py")}
        for dag in self._dags.values():
            for task in dag.tasks:
                task.poll_interval = POLL_SECONDS

    @property
    def have_jobs(self) -> bool:
        """Whether a task is one of machine learning."""
        return any("Ml" in task.task_type for dag in self._dags.values() for task in dag.tasks)

    def do(self, request: Json, tell: Tell) -> Json:
        """Do a piece of work, and tell what Airflow's server is told meanwhile."""
        work: dict[str, Callable[[Json, Tell], Json]] = {
            "list": self._list,
            "task": self._task,
            "trigger": self._trigger,
            "task callback": self._task_callback,
            "run callback": self._run_callback,
        }
        return work[request["do"]](request, tell)

    def _list(self, request: Json, _tell: Tell) -> Json:
        tasks = self._dags[request["pipeline"]].topological_sort()
        return {
            "tasks": [
                {
                    "name": task.task_id,
                    "after": sorted(task.upstream_task_ids),
                    "is_setup": task.is_setup,
                    "is_teardown": task.is_teardown,
                }
                for task in tasks
            ]
        }

    def _task(self, request: Json, tell: Tell) -> Json:
        task = self._dags[request["pipeline"]].get_task(request["task"])
        task.deferrable = request["deferrable"]
        client = Client(base_url=None, dry_run=True, token="", transport=httpx.MockTransport(_server(request, tell)))
        result: Any = InProcessTestSupervisor.start(
            what=TaskInstance(**_instance(request)), task=task, client=client, logger=structlog.get_logger()
        )
        message: Any = result.msg
        deferred = result.state.value == "deferred"
        return {
            "state": result.state.value,
            "error": str(result.error or ""),
            "trigger": [message.classpath, message.trigger_kwargs] if deferred else None,
            "next": [message.next_method, message.next_kwargs] if deferred else None,
        }

    def _trigger(self, request: Json, _tell: Tell) -> Json:
        classpath, arguments = request["trigger"]
        trigger = import_string(classpath)(**deserialize(arguments))  # type: ignore[arg-type]
        method, kwargs = request["next"]
        known: Any = deserialize(kwargs)
        event = asyncio.run(_first_event(trigger))
        return {"next": [method, serialize({**known, "event": event})]}

    def _task_callback(self, request: Json, _tell: Tell) -> Json:
        return self._called(
            callback_requests.TaskCallbackRequest(
                filepath="test.py",
                bundle_name="test",
                bundle_version=None,
                msg="the worker does not answer",
                ti=_instance(request),  # type: ignore[arg-type]
                task_callback_type=request["state"],
                context_from_server=_context(request),  # type: ignore[arg-type]
            )
        )

    def _run_callback(self, request: Json, _tell: Tell) -> Json:
        failed = request["state"] == "failed"
        return self._called(
            callback_requests.DagCallbackRequest(
                filepath="test.py",
                bundle_name="test",
                bundle_version=None,
                msg="task_failure" if failed else "success",
                dag_id=request["pipeline"],
                run_id=request["run_id"],
                is_failure_callback=failed,
                context_from_server={"dag_run": _context(request)["dag_run"], "last_ti": _instance(request)},  # type: ignore[arg-type]
            )
        )

    def _called(self, request: callback_requests.CallbackRequest) -> Json:
        """What the DAG processor does when it is sent callbacks."""
        bag: Any = SimpleNamespace(dags=self._dags, get_dag=self._dags.get)
        processor._execute_callbacks(bag, [request], structlog.get_logger())
        return {}


async def _first_event(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    raise AssertionError("the trigger ended without an event")


def _instance(request: Json) -> Json:
    return {
        "id": str(uuid.uuid4()),
        "task_id": request["task"],
        "dag_id": request["pipeline"],
        "run_id": request["run_id"],
        "try_number": request["try"],
        "dag_version_id": VERSION,
        "map_index": -1,
    }


def _context(request: Json) -> Json:
    """What Airflow's server tells a worker of a run."""
    method, kwargs = request.get("next") or (None, None)
    return {
        "dag_run": {
            "dag_id": request["pipeline"],
            "run_id": request["run_id"],
            "logical_date": "2013-01-31T00:00:00Z",
            "data_interval_start": "2013-01-31T00:00:00Z",
            "data_interval_end": "2013-02-01T00:00:00Z",
            "run_after": "2013-02-01T00:00:00Z",
            "start_date": "2013-02-01T00:00:00Z",
            "end_date": None,
            "run_type": "scheduled",
            "state": "running",
            "consumed_asset_events": [],
            "partition_key": None,
        },
        "max_tries": request["retries"],
        "should_retry": request["try"] <= request["retries"],
        "next_method": method,
        "next_kwargs": kwargs,
    }


def _server(request: Json, tell: Tell) -> Callable[[httpx.Request], httpx.Response]:
    """Airflow's Execution API, as far as these tasks use it."""

    def answer(asked: httpx.Request) -> httpx.Response:
        if asked.url.path.endswith("/run"):
            return httpx.Response(200, json=_context(request))
        if asked.url.path.startswith("/xcoms/"):
            return _xcom(asked, request, tell)
        if asked.url.path.endswith("/validate-inlets-and-outlets"):
            return httpx.Response(200, json={"inactive_assets": []})
        if asked.url.path.endswith("/state"):
            tell({"state": json.loads(asked.content)["state"]})
        return httpx.Response(200, json={"ok": True})

    return answer


def _xcom(asked: httpx.Request, request: Json, tell: Tell) -> httpx.Response:
    """The results of tasks: those of the tasks before this one are in the request, its own are told."""
    _, _, _, task, key, *listed = asked.url.path.strip("/").split("/")
    if asked.method == "POST":
        tell({"xcom": {"task": task, "key": key, "value": json.loads(asked.content)}})
        return httpx.Response(201, json={"message": "set"})
    if asked.method == "DELETE":
        return httpx.Response(200, json={"message": "deleted"})
    found = request["results"].get(task, {})
    if listed:  # the values of all instances of the task, of which there is one
        return httpx.Response(200, json=[found[key]] if key in found else [])
    if key not in found:
        return httpx.Response(404, json={"detail": {"reason": "not_found", "message": "no such XCom"}})
    return httpx.Response(200, json={"key": key, "value": found[key]})


class ForkedJob:
    """A job of machine learning in a fork, which has its imports, and is otherwise as a process that is started."""

    def __init__(self, arguments: Sequence[str]) -> None:
        reading, writing = os.pipe()
        self.returncode: int | None = None
        self.pid = os.fork()
        if self.pid == 0:
            ml_process._end_with_parent()
            for number in (1, 2):
                os.dup2(writing, number)
            sys.stdout = sys.stderr = os.fdopen(writing, "w", encoding="utf-8")
            code = job.main(arguments)
            sys.stdout.flush()
            os._exit(code)
        os.close(writing)
        self.stdout = os.fdopen(reading, encoding="utf-8")

    def poll(self) -> int | None:
        return self._waited(os.WNOHANG)

    def wait(self) -> int | None:
        return self._waited(0)

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def _waited(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode


def warm_up(*, jobs: bool) -> None:
    """Do once what every fork would do anew, and what takes most of its time."""
    botocore.session.create_loader = functools.cache(botocore.session.create_loader)
    boto3.Session().client("redshift-data", region_name="us-east-1")
    if jobs:
        boto3.Session().client("s3", region_name="us-east-1")
        for name in OF_JOBS:
            importlib.import_module(name)
        ml_process._started = ForkedJob  # type: ignore[assignment]
    inspect.stack()
    gc.freeze()  # as Airflow's executors do


def serve(address: str, folder: str) -> None:
    """Serve until the process is ended."""
    pipelines = Pipelines(Path(folder))
    warm_up(jobs=pipelines.have_jobs)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                _work(pipelines, connection)
                os._exit(0)
            connection.close()


def _work(pipelines: Pipelines, connection: socket.socket) -> None:
    with connection, connection.makefile("rw", encoding="utf-8") as lines:

        def tell(news: Json) -> None:
            lines.write(json.dumps(news) + "\n")
            lines.flush()

        tell({"pid": os.getpid()})
        try:
            tell({"result": pipelines.do(json.loads(lines.readline()), tell)})
        except BaseException as error:  # noqa: BLE001 - the client fails the test with it
            tell({"broken": repr(error)})


if __name__ == "__main__":
    be_patient()
    serve(*sys.argv[1:])
