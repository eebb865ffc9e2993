"""Runs of compiled pipelines in a sandbox of their own, and what the run log says of them afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from generator.run_log.place import Place, place
from generator.sandbox.server import Sandbox

PROGRAM = """
import dataclasses, json, logging, os, pathlib, sys
from generator import query
from generator.environment import Environment, choose, load_environments
from generator.run.process import LocalAirflow
from generator.sandbox import client
from generator.sandbox.server import Sandbox

folder, runs, queries = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
environment = choose(load_environments(folder / "project.yaml"))
compiled = {path.name: path.read_text() for path in folder.iterdir()}
results, warnings = [], []


class Kept(logging.Handler):
    def emit(self, record):
        warnings.append(record.getMessage())


with Sandbox() as sandbox:
    os.environ.update(sandbox.environment)
    os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = "aws://"
    client.of("s3", sandbox.environment).create_bucket(Bucket="lake")
    with LocalAirflow(environment, verbose=True) as airflow:
        logging.getLogger("airflow.task.run_log").addHandler(Kept())
        for name in runs:
            results.append(dataclasses.asdict(airflow.run(name, compiled, None, {})))
    found = {}
    for name, sql in queries.items():
        try:
            found[name] = query.redshift(sql, environment.values, 999).rows
        except query.QueryError as error:
            found[name] = str(error)
print(json.dumps({"runs": results, "found": found, "warnings": warnings}, default=str), flush=True)
os._exit(0)
"""

ENVIRONMENT: dict[str, Any] = {
    "region": "us-east-1",
    "bucket": "lake",
    "redshift": {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::123456789012:role/r"},
    "athena": {"database": "default", "output": "s3://lake/results/"},
}

Report = dict[str, Any]
Runner = Callable[..., Report]


def redshift(sql: Any, **more: Any) -> dict[str, Any]:
    operator = "generator.operators.redshift_statements.RedshiftStatementsOperator"
    return {"operator": operator, "sql": sql, "database": "dev", "deferrable": True, **more}


def run_pipelines(
    folder: Path,
    pipelines: dict[str, dict[str, Any]],
    queries: dict[str, str],
    variables: dict[str, str] | None = None,
    **environment: Any,
) -> Report:
    """Run pipelines, each given as it is compiled, in an environment with these values, and ask the warehouse."""
    for name, config in pipelines.items():
        (folder / f"{name}.yaml").write_text(yaml.safe_dump({name: {"schedule": None, **config}}))
        (folder / f"{name}.py").write_text(
            "import airflow.sdk\nfrom generator.build import build_dag\ndag = build_dag(__file__)\n"
        )
    values = {**ENVIRONMENT, **environment}
    project = {"project": "demo", "default_environment": "local", "environments": {"local": values}}
    (folder / "project.yaml").write_text(yaml.safe_dump(project))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(list(pipelines)), json.dumps(queries)],
        env={**kept, "PIPELINES_GIT_COMMIT": "c0ffee", **(variables or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report: Report = json.loads(done.stdout.splitlines()[-1])
    return report


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    def start(pipelines: dict[str, dict[str, Any]], queries: dict[str, str], **more: Any) -> Report:
        return run_pipelines(tmp_path_factory.mktemp("dags"), pipelines, queries, **more)

    return start


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch, Sandbox() as started:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        patch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://")
        boto3.client("s3").create_bucket(Bucket="lake")
        yield started


@pytest.fixture
def here(sandbox: Sandbox, request: pytest.FixtureRequest) -> Place:
    """A run log of the test's own."""
    found = place({**ENVIRONMENT, "run_log": {"schema": f"log_{abs(hash(request.node.name))}"}})
    assert found is not None
    return found
