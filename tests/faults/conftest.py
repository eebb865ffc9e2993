"""A sandbox, a network that can fail in front of it, and a process in which Airflow works on pipelines."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from botocore import xform_name

from generator import compile as compiler
from generator.project import load_workspace
from generator.run_log import tables as run_log
from generator.sandbox import client, shapes
from generator.sandbox.redshift import api
from generator.sandbox.redshift.execute import execute
from generator.sandbox.redshift.requests import ApiError, Target
from generator.sandbox.redshift.session import Database
from generator.sandbox.server import Sandbox
from tests import checkout
from tests.faults.proxy import Fault, Proxy
from tests.faults.scheduler import Run

VALUES: dict[str, Any] = {
    "region": "us-east-1",
    "bucket": "lake",
    "redshift": {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::123456789012:role/test"},
}
TABLES = """\
public.flights:
  columns:
    day: {type: date, not_null: true}
    flight: {type: integer, not_null: true}
    delay: {type: smallint}
  primary_key: [day, flight]
"""
CREATE = "CREATE TABLE public.flights (day date NOT NULL, flight integer NOT NULL, delay smallint)"
CSV = "day,flight,delay\n2013-01-31,1,5\n2013-01-31,2,7\n"
PYTHON = "import airflow.sdk\nfrom generator.build import build_dag\n\ndag = build_dag(__file__)\n"


@dataclass
class Place:
    """Where the runs of a test happen; `sql` goes past the network that fails."""

    sandbox: Sandbox
    proxy: Proxy
    address: str

    def __post_init__(self) -> None:
        self.client = client.of("redshift-data", self.sandbox.environment)

    def run(self, pipeline: str, run_id: str = "scheduled__2013-01-31", **more: Any) -> Run:
        """A run, not yet started."""
        return Run(self.address, pipeline, run_id, started=self._starts, **more)

    def _starts(self, pid: int) -> None:
        self.proxy.victim = pid

    def sql(self, *statements: str) -> None:
        """Run statements as one transaction, in the sandbox itself. Raises RedshiftError."""
        session = self.database.session()
        try:
            session.begin(block=True)
            for statement in statements:
                execute(session, statement)
            session.commit()
        finally:
            session.close()

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, which DuckDB runs as it is: that is much faster."""
        with self.database.connection() as connection:
            rows = connection.execute(query).fetchall()
        return [tuple(str(each) if isinstance(each, date) else each for each in row) for row in rows]

    @property
    def database(self) -> Database:
        assert self.sandbox._databases is not None
        return self.sandbox._databases.database(Target("WorkgroupName", "local", "dev", ""))

    def begin(self, *statements: str) -> str:
        """Start statements as one transaction; their id."""
        started = self.client.batch_execute_statement(Sqls=list(statements), WorkgroupName="local", Database="dev")
        return str(started["Id"])

    def flights(self) -> list[tuple[Any, ...]]:
        """The rows of the target."""
        return self.read("SELECT day, flight, delay FROM public.flights ORDER BY ALL")

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """All tables beside the run log's, with the first three columns of their rows: the others are moments."""
        listed = self.read("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'public' ORDER BY 1")
        rows = {name: self.read(f'SELECT * FROM public."{name}" ORDER BY ALL') for (name,) in listed}
        return {name: [row[:3] for row in found] for name, found in rows.items()}


def write(folder: Path, pipelines: Mapping[str, dict[str, Any]], tables: str) -> None:
    """Compile pipelines, each given as its tasks, through validation, into a folder as Airflow reads it."""
    sources, dags = folder / "pipelines", folder / "dags"
    sources.mkdir()
    dags.mkdir()
    project = {
        "project": "test",
        "default_environment": "test",
        "environments": {"test": VALUES},
    }
    (sources / "project.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    for number, (name, tasks) in enumerate(pipelines.items()):
        text = {"pipeline": name, "schedule": "@daily", "start_date": "2013-01-01", "tasks": tasks}
        owned = {} if number else {"tables": yaml.safe_load(tables)}
        (sources / f"{name}.yaml").write_text(yaml.safe_dump({**text, **owned}, sort_keys=False), encoding="utf-8")
    workspace = load_workspace(sources, "")
    assert workspace.problems == (), workspace.problems
    (dags / "project.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    for pipeline in workspace.pipelines:
        text_of = compiler.yaml_text(pipeline, workspace.tables, "")
        (dags / f"{pipeline.name}.yaml").write_text(text_of, encoding="utf-8")
        (dags / f"{pipeline.name}.py").write_text(PYTHON, encoding="utf-8")


def data_api(sandbox: Sandbox, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The sandbox's Redshift Data API, without the half of its time that moto takes to find it."""
    assert sandbox._databases is not None
    try:
        request = shapes.read("redshift-data", operation, json.dumps(body))
        return 200, api.OPERATIONS[xform_name(operation)](sandbox._databases, request)
    except ApiError as refusal:
        return 400, refusal.body


def tried(faults: Iterable[Fault]) -> list[Fault]:
    """Each third fault, or with `make faults` all of them, which takes some minutes."""
    return list(faults)[:: 1 if "EVERY_POINT" in os.environ else 3]


@contextmanager
def airflow_process(folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Airflow in a process of its own, for the pipelines in a folder; the address of its socket."""
    address = str(folder / "socket")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "AWS"))}
    settings = {
        "AIRFLOW_HOME": str(folder),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{folder}/airflow.db",
        "AIRFLOW__DAG_PROCESSOR__DAG_FILE_PROCESSOR_TIMEOUT": "300",
        "AIRFLOW_CONN_AWS_DEFAULT": "aws://",
        # What goes wrong once reaches the worker: its client does not ask again by itself.
        "AWS_MAX_ATTEMPTS": "1",
        "PIPELINES_GIT_COMMIT": "c0ffee",
        "PYTHONPATH": str(checkout.REPOSITORY),
        # What a killed worker leaves goes with the folder.
        "TMPDIR": str(folder),
        "OMP_NUM_THREADS": "1",
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.airflow_process", address, str(folder / "dags")],
            env={**kept, **settings, **environment}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        while not Path(address).exists():
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.05)
        yield address
    finally:
        process.kill()
        process.wait()


@contextmanager
def place(folder: Path, pipelines: Mapping[str, dict[str, Any]], tables: str = TABLES) -> Iterator[Place]:
    """All of it, with an empty target, and a file to load."""
    write(folder, pipelines, tables)
    with Sandbox() as sandbox:
        port = int(sandbox.endpoint.rpartition(":")[2])
        proxy = Proxy(lambda operation, body: data_api(sandbox, operation, body), port)
        s3 = client.of("s3", sandbox.environment)
        s3.create_bucket(Bucket="lake")
        s3.put_object(Bucket="lake", Key="2013-01-31.csv.gz", Body=gzip.compress(CSV.encode()))
        with (
            proxy.serving() as network,
            airflow_process(folder, {**sandbox.environment, "AWS_ENDPOINT_URL": network}) as address,
        ):
            made = Place(sandbox, proxy, address)
            made.sql(CREATE, *run_log.create("pipeline_log"))
            yield made
