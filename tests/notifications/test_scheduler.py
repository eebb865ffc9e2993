"""Airflow's own scheduler and DAG processor: each channel tells of a failed run once, and of the next success."""

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
from pathlib import Path
from typing import Any

import yaml

from tests import checkout
from tests.notifications import servers

OPERATOR = "airflow.providers.standard.operators.python.PythonOperator"
WORK = """
from pathlib import Path


def work():
    if not Path({mended!r}).exists():
        raise ValueError('2 of 3 checks failed\\n  unique carrier: 7 {{{{ too }}}} many')
"""
PROJECT = {
    "project": "flights",
    "default_environment": "local",
    "environments": {"local": {"region": "us-east-1"}},
}


def pipeline(work: Path, topic: str) -> dict[str, Any]:
    """A compiled pipeline of one task, which is tried twice."""
    channels = [
        {"pagerduty": {"connection": "pagerduty_data"}},
        {"slack": {"connection": "slack_data"}},
        {"email": {"to": "data-team@example.com", "from": "airflow@example.com"}},
        {"sns": {"topic": topic}},
    ]
    task = {
        "operator": OPERATOR,
        "python_callable_name": "work",
        "python_callable_file": str(work),
        "retries": 1,
        "retry_delay": {"__type__": "datetime.timedelta", "seconds": 1},
    }
    return {
        "flaky": {
            "schedule": None,
            "start_date": "2026-01-01",
            "is_paused_upon_creation": False,
            "notifications": {"on_failure": channels},
            "tasks": {"work": task},
        }
    }


@contextmanager
def airflow(environment: Mapping[str, str]) -> Iterator[Callable[..., str]]:
    """An Airflow of its own, whose command is given."""
    program = str(Path(sys.executable).with_name("airflow"))

    def command(*arguments: str) -> str:
        return subprocess.check_output([program, *arguments], env=environment, stderr=subprocess.STDOUT, text=True)

    command("db", "migrate")
    with Path(environment["AIRFLOW_HOME"], "parts.log").open("w") as log:
        parts = [
            subprocess.Popen([program, part], env=environment, stdout=log, stderr=log, start_new_session=True)
            for part in ("api-server", "dag-processor", "scheduler")
        ]
    try:
        yield command
    finally:
        for part in parts:
            os.killpg(part.pid, signal.SIGTERM)
        for part in parts:
            try:
                part.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(part.pid, signal.SIGKILL)


def settings(home: Path) -> dict[str, str]:
    """Airflow's, for SQLite and a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW_", "AWS_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(checkout.REPOSITORY),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "1",
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
        time.sleep(0.5)


def test_a_failed_run_is_told_once_and_the_next_success_resolves_it(tmp_path: Path) -> None:
    from moto.sns.models import sns_backends

    from generator.sandbox import client
    from generator.sandbox.server import Sandbox

    pages: list[Any] = []
    chats: list[Any] = []
    mails: list[Any] = []
    with ExitStack() as stack:
        proxy, certificate = stack.enter_context(servers.https_proxy("events.pagerduty.com", tmp_path, pages))
        slack = stack.enter_context(servers.http(b"ok", chats))
        smtp = stack.enter_context(servers.mail(mails))
        sandbox = stack.enter_context(Sandbox(port=0))
        topic = client.of("sns", sandbox.environment).create_topic(Name="alerts")["TopicArn"]
        told = sns_backends["123456789012"]["us-east-1"].topics[topic].sent_notifications
        connections: dict[str, dict[str, Any]] = {
            "PAGERDUTY_DATA": {"conn_type": "pagerduty_events", "password": "k" * 32},
            "SLACK_DATA": {"conn_type": "slackwebhook", "host": f"{slack}/services", "password": "T0/B0/x"},
            "SMTP_DEFAULT": {
                "conn_type": "smtp",
                "host": "127.0.0.1",
                "port": smtp,
                "extra": json.dumps({"disable_ssl": True, "disable_tls": True}),
            },
        }
        dags = tmp_path / "dags"
        dags.mkdir()
        work, mended = tmp_path / "work.py", tmp_path / "mended"
        work.write_text(WORK.format(mended=str(mended)))
        (dags / "project.yaml").write_text(yaml.safe_dump(PROJECT))
        (dags / "flaky.yaml").write_text(yaml.safe_dump(pipeline(work, topic)))
        (dags / "flaky.py").write_text(
            "import airflow.sdk\nfrom generator.build import build_dag\n\ndag = build_dag(__file__)\n"
        )
        environment = {
            **settings(tmp_path),
            **sandbox.environment,
            **{f"AIRFLOW_CONN_{name}": json.dumps(values) for name, values in connections.items()},
            "ALL_PROXY": proxy,  # which Slack's client passes over
            "NO_PROXY": "127.0.0.1",
            "SSL_CERT_FILE": str(certificate),
        }
        command = stack.enter_context(airflow(environment))
        wait_for(lambda: "flaky" in command("dags", "list", "-o", "plain"))
        command("dags", "trigger", "flaky", "--logical-date", "2026-01-02T00:00:00+00:00")
        wait_for(lambda: all((pages, chats, mails, told)))
        mended.touch()
        command("dags", "trigger", "flaky", "--logical-date", "2026-01-03T00:00:00+00:00")
        wait_for(lambda: min(len(pages), len(chats), len(mails), len(told)) > 1)
        wait_for(lambda: "pipelines_failing__flaky" not in command("variables", "list"))

    assert [page["event_action"] for page in pages] == ["trigger", "resolve"]
    assert {page["dedup_key"] for page in pages} == {"local/flaky"}
    failed, recovered = (chat["text"] for chat in chats)
    assert "Task: work\nError: 2 of 3 checks failed\n    unique carrier: 7 {{ too }} many\n" in failed
    assert recovered.startswith("*flaky recovered (run of 2026-01-03)*")
    assert [len(channel) for channel in (mails, told)] == [2, 2]
