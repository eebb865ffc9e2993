"""The AWS that a test runs in: the sandbox under the names of an environment, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from generator import query
from generator.environment import Environment
from generator.model import Engine, Project
from generator.sandbox import client

# Connections and settings of the real accounts, which the tests' run must not find.
_REAL = ("aws_conn_id", "endpoint_url")
_ALL_ROWS = 1_000_000


@dataclass(frozen=True)
class Place:
    """A sandbox as an environment: ``variables`` reach it. ``folder`` holds the tests, ``root`` all pipelines."""

    values: Mapping[str, Any]
    variables: Mapping[str, str]
    root: Path
    folder: Path

    @property
    def s3(self) -> Any:
        return client.of("s3", self.variables)

    def uri(self, key: str) -> str:
        """The address of a key in the environment's bucket; one that has its bucket stays as it is."""
        if key.startswith("s3://"):
            return key
        return f"s3://{self.values.get('bucket', '')}/{key.lstrip('/')}"

    def ask(self, engine: Engine, sql: str) -> query.Result:
        """Run one statement. Raises QueryError."""
        run = query.redshift if engine == "redshift" else query.athena
        return run(sql, self.values, _ALL_ROWS)


def isolate() -> None:
    """Let this process, and the Airflow in it, know of no AWS account, whatever the machine is set up for."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "AIRFLOW__SECRETS__", "AIRFLOW_CONN_AWS"))]:
        del os.environ[name]
    os.environ.update({
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        "AIRFLOW__AWS__SESSION_FACTORY": "generator.testing.sessions.SharedSessions",
        "no_proxy": "127.0.0.1",
    })  # fmt: skip


def for_tests(environment: Environment, project: Project) -> tuple[Environment, Project]:
    """The environment and its project without the ways into real accounts."""

    def plain(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in _REAL}

    # Without a run log, too: a test is no run that anybody looks for afterwards, and its time is a person's.
    values = {**plain(environment.values), "run_log": False}
    return replace(environment, values=values), replace(project, environments={environment.name: values})
