"""Airflow's own scheduler, DAG processor and triggerer: each channel is told exactly once, and the run log is true."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from moto.sns.models import sns_backends

from generator.sandbox import client
from generator.sandbox.server import Sandbox
from generator.up.supervisor import kill_session
from tests import checkout
from tests.notifications import servers

pytestmark = pytest.mark.xdist_group("airflow")  # all of them share one session, which takes its time to start

WORK = """
import time
from pathlib import Path

here = Path(__file__).parent


def work():
    if not (here / "mended").exists():
        raise ValueError("2 of 3 checks failed\\n  unique carrier: 7 {{ too }} many")


def wait():
    until = time.monotonic() + 300
    while not (here / "released").exists():
        assert time.monotonic() < until
        time.sleep(0.1)
"""
PYTHON = "airflow.providers.standard.operators.python.PythonOperator"
RETRY = {"retries": 1, "retry_delay": {"__type__": "datetime.timedelta", "seconds": 1}}
CHECK = {
    "operator": "generator.operators.redshift_check.RedshiftCheckOperator",
    "sql": "SELECT 3 AS found",
    "checks": [
        {
            "name": "row_count",
            "kind": "row_count",
            "severity": "warn",
            "rows": "found",
            "min": 5,
            "expected": "5 or more",
        }
    ],
    "subject": "the rows of public.flights",
    "database": "dev",
    "poll_interval": 1,
}
PROJECT = {
    "project": "flights",
    "default_environment": "local",
    "environments": {"local": {"region": "us-east-1", "redshift": {"workgroup": "local", "database": "dev"}}},
}


def pipelines(folder: Path, topic: str) -> dict[str, dict[str, Any]]:
    """Compiled pipelines of one task: one that fails until it is mended, one that warns, and one that takes long."""
    channels = [
        {"pagerduty": {"connection": "pagerduty_data"}},
        {"slack": {"connection": "slack_data"}},
        {"email": {"to": "data-team@example.com", "from": "airflow@example.com"}},
        {"sns": {"topic": topic}},
    ]
    work, wait = (
        {"operator": PYTHON, "python_callable_name": name, "python_callable_file": str(folder / "work.py")}
        for name in ("work", "wait")
    )
    return {
        "flaky": {"notifications": {"on_failure": channels}, "tasks": {"work": {**work, **RETRY}}},
        "doubtful": {"notifications": {"on_warning": channels}, "tasks": {"check": CHECK}},
        "slow": {"notifications": {"on_late": channels, "deadline": "1s"}, "tasks": {"wait": wait}},
    }


@dataclass
class Session:
    """An Airflow at work, what its channels heard, and the warehouse with the run log."""

    folder: Path
    api: httpx.Client
    warehouse: Any
    pages: list[Any] = field(default_factory=list)
    chats: list[Any] = field(default_factory=list)
    mails: list[Any] = field(default_factory=list)
    texts: list[Any] = field(default_factory=list)

    def knows(self, pipeline: str) -> bool:
        """Whether Airflow has read a pipeline."""
        try:
            return self.api.get(f"/dags/{pipeline}").is_success
        except httpx.TransportError:
            return False

    def start(self, pipeline: str, day: str) -> None:
        answer = self.api.post(f"/dags/{pipeline}/dagRuns", json={"logical_date": f"{day}T00:00:00Z"})
        assert answer.is_success, answer.text

    def mend(self) -> None:
        """Let the pipeline that has failed succeed; both of its runs are logged then."""
        mended = self.folder / "mended"
        if not mended.exists():
            wait_for(lambda: len(self.logged("runs", "state", "flaky")) == 1)
            mended.touch()
            self.start("flaky", "2026-01-03")
        wait_for(lambda: len(self.logged("runs", "state", "flaky")) == 2)

    def states(self, pipeline: str) -> list[str]:
        """The states of a pipeline's runs, by date."""
        runs = self.api.get(f"/dags/{pipeline}/dagRuns", params={"order_by": "logical_date"}).json()["dag_runs"]
        return [run["state"] for run in runs]

    def told(self, pipeline: str) -> dict[str, int]:
        """How often each channel heard of a pipeline."""
        heard = {
            "pagerduty": [page["dedup_key"] for page in self.pages],
            "slack": [chat["text"] for chat in self.chats],
            "email": [mail.content.decode() for mail in self.mails],
            "sns": [str(text) for text in self.texts],
        }
        return {channel: sum(pipeline in text for text in texts) for channel, texts in heard.items()}

    def actions(self, pipeline: str) -> list[tuple[str, str]]:
        """What PagerDuty was asked for: action and incident."""
        found = [(page["event_action"], page["dedup_key"]) for page in self.pages]
        return [(action, key) for action, key in found if pipeline in key]

    def chat(self, pipeline: str) -> list[str]:
        return [chat["text"] for chat in self.chats if pipeline in chat["text"]]

    def logged(self, table: str, columns: str, pipeline: str) -> list[tuple[Any, ...]]:
        """The rows of a pipeline in the run log; none before there is one."""
        sql = f"SELECT {columns} FROM pipeline_log.{table} WHERE pipeline = '{pipeline}' ORDER BY logged_at"
        target = {"Database": "dev", "WorkgroupName": "local"}
        answer = self.warehouse.execute_statement(Sql=sql, WaitTimeSeconds=30, **target)
        if answer["Status"] != "FINISHED":
            return []
        records = self.warehouse.get_statement_result(Id=answer["Id"])["Records"]
        return [tuple(next(iter(field.values())) for field in record) for record in records]


@contextmanager
def airflow(environment: Mapping[str, str]) -> Iterator[None]:
    """An Airflow of its own."""
    program = str(Path(sys.executable).with_name("airflow"))
    subprocess.run([program, "db", "migrate"], env=environment, check=True, capture_output=True)
    with Path(environment["AIRFLOW_HOME"], "parts.log").open("w") as log:
        parts = [
            subprocess.Popen([program, part], env=environment, stdout=log, stderr=log, start_new_session=True)
            for part in ("api-server", "dag-processor", "scheduler", "triggerer")
        ]
    try:
        yield
    finally:
        for part in parts:
            os.killpg(part.pid, signal.SIGTERM)
        for part in parts:
            try:
                part.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(part.pid, signal.SIGKILL)
            kill_session(part.pid)  # a task that is at work has a process group of its own


def settings(home: Path, port: int) -> dict[str, str]:
    """Airflow's, for SQLite and a free port."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "AWS_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(checkout.REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API_AUTH__JWT_SECRET": "a secret of this test, which signs nothing else",
    }


def wait_for(condition: Callable[[], bool], seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("airflow")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(port=0))
        sns = client.of("sns", sandbox.environment)
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        api = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v2", timeout=30, trust_env=False)
        made = Session(folder, stack.enter_context(api), client.of("redshift-data", sandbox.environment))
        made.texts = sns_backends["123456789012"]["us-east-1"].topics[topic].sent_notifications
        proxy, certificate = stack.enter_context(servers.https_proxy("events.pagerduty.com", folder, made.pages))
        slack = stack.enter_context(servers.http(b"ok", made.chats))
        mail = {"host": "127.0.0.1", "port": stack.enter_context(servers.mail(made.mails))}
        plain = json.dumps({"disable_ssl": True, "disable_tls": True})
        connections: dict[str, dict[str, Any]] = {
            "PAGERDUTY_DATA": {"conn_type": "pagerduty_events", "password": "k" * 32},
            "SLACK_DATA": {"conn_type": "slackwebhook", "host": f"{slack}/services", "password": "T0/B0/x"},
            "SMTP_DEFAULT": {"conn_type": "smtp", **mail, "extra": plain},
            "AWS_DEFAULT": {"conn_type": "aws"},
        }
        _write(folder, topic)
        environment = {
            **settings(folder, port),
            **sandbox.environment,
            **{f"AIRFLOW_CONN_{name}": json.dumps(values) for name, values in connections.items()},
            "ALL_PROXY": proxy,  # which Slack's client passes over
            "NO_PROXY": "127.0.0.1",
            "SSL_CERT_FILE": str(certificate),
        }
        stack.enter_context(airflow(environment))
        for pipeline in ("slow", "flaky", "doubtful"):
            wait_for(lambda pipeline=pipeline: made.knows(pipeline))  # type: ignore[misc]
            made.start(pipeline, "2026-01-02")
        yield made


def _write(folder: Path, topic: str) -> None:
    (folder / "work.py").write_text(WORK)
    dags = folder / "dags"
    dags.mkdir()
    (dags / "project.yaml").write_text(yaml.safe_dump(PROJECT))
    for name, config in pipelines(folder, topic).items():
        shared = {"schedule": None, "start_date": "2026-01-01", "is_paused_upon_creation": False}
        (dags / f"{name}.yaml").write_text(yaml.safe_dump({name: {**shared, **config}}))
        (dags / f"{name}.py").write_text(
            "import airflow.sdk\nfrom generator.build import build_dag\n\ndag = build_dag(__file__)\n"
        )


def everyone(times: int, **others: int) -> dict[str, int]:
    return {**dict.fromkeys(("pagerduty", "slack", "email", "sns"), times), **others}


def test_a_failed_run_is_told_once_and_the_next_success_resolves_it(session: Session) -> None:
    session.mend()
    assert session.told("flaky") == everyone(2)
    assert session.actions("flaky") == [("trigger", "local/flaky"), ("resolve", "local/flaky")]
    failed, recovered = session.chat("flaky")
    assert "Task: work\nError: 2 of 3 checks failed\n    unique carrier: 7 {{ too }} many\n" in failed
    assert recovered.startswith("*flaky recovered (run of 2026-01-03)*")
    assert session.api.get("/variables/pipelines_failing__flaky").status_code == 404


def test_a_run_whose_task_failed_has_failed_though_it_was_logged(session: Session) -> None:
    session.mend()
    assert session.states("flaky") == ["failed", "success"]
    error = "2 of 3 checks failed\n  unique carrier: 7 {{ too }} many"
    columns = "state, COALESCE(failed_task, ''), COALESCE(first_error, '')"
    assert session.logged("runs", columns, "flaky") == [("failed", "work", error), ("success", "", "")]
    assert session.logged("tasks", "try_number, state, COALESCE(first_error, '')", "flaky") == [
        (1, "up_for_retry", error),
        (2, "failed", error),
        (1, "success", ""),
    ]


def test_checks_that_warn_are_told_once_after_a_run_that_succeeded(session: Session) -> None:
    wait_for(lambda: len(session.logged("runs", "state", "doubtful")) == 1)
    assert session.states("doubtful") == ["success"]
    assert session.told("doubtful") == everyone(1)
    assert session.actions("doubtful") == [("trigger", "local/doubtful/warnings")]
    (warning,) = session.chat("doubtful")
    assert "row_count: found 3, expected 5 or more" in warning
    assert session.logged("checks", "name, severity, passed", "doubtful") == [("row_count", "warn", False)]


def test_a_late_run_is_told_once_while_it_runs(session: Session) -> None:
    wait_for(lambda: min(session.told("slow").values()) > 0)
    assert session.states("slow") == ["running"]
    (session.folder / "released").touch()
    wait_for(lambda: len(session.logged("runs", "state", "slow")) == 1)
    assert session.states("slow") == ["success"]
    assert session.told("slow") == everyone(1, pagerduty=2)
    assert session.actions("slow") == [("trigger", "local/slow"), ("resolve", "local/slow")]
    (late,) = session.chat("slow")
    assert late.startswith("*slow is late (run of 2026-01-02)*")
