"""Pipelines that train and predict in a sandbox, by operators as they are, and what scikit-learn says by itself."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sklearn import datasets
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from generator import build, query
from generator import compile as compiler
from generator.environment import Environment
from generator.project import load_workspace
from generator.registry import statements
from generator.sandbox import client
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import Run, run_dag

BUCKET = "lake"
VALUES: dict[str, Any] = {
    "region": "us-east-1",
    "bucket": BUCKET,
    "redshift": {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::123456789012:role/test"},
    "sagemaker": {"role": "arn:aws:iam::123456789012:role/sagemaker", "image": "scikit-learn:1.4-2-cpu-py3"},
}
Tasks = Mapping[str, Mapping[str, Any]]


@dataclass
class Warehouse:
    """A sandbox with tables that pipelines declare."""

    sandbox: Sandbox
    folder: Path
    tables: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.s3 = client.of("s3", self.sandbox.environment)

    def dag(self, tasks: Tasks, name: str = "models") -> Any:
        """The DAG of a pipeline with these tasks, through validation and compilation."""
        root = self.folder / name
        root.mkdir(exist_ok=True)
        project = {"project": "test", "default_environment": "test", "environments": {"test": VALUES}}
        pipeline = {"pipeline": name, "schedule": "@daily", "start_date": "2013-01-01", "tables": self.tables}
        (root / "project.yaml").write_text(
            yaml.safe_dump({**project, "defaults": {"poll_interval": "1s"}}), encoding="utf-8"
        )
        (root / f"{name}.yaml").write_text(
            yaml.safe_dump({**pipeline, "tasks": dict(tasks)}, sort_keys=False), encoding="utf-8"
        )
        workspace = load_workspace(root, "")
        assert workspace.problems == ()
        (found,) = workspace.pipelines
        config = yaml.safe_load(compiler.yaml_text(found, workspace.tables, ""))
        return build.build(config, Environment("test", VALUES), str(root / f"{name}.py"))

    def run(
        self, tasks: Tasks, day: str = "2013-01-31", results: dict[str, Any] | None = None, name: str = "models"
    ) -> dict[str, str]:
        """Run a pipeline for a day; the errors of the tasks that failed."""
        return run_dag(self.dag(tasks, name), run_of(day), results)

    def load(self, table: str, rows: pa.Table, key: Sequence[str]) -> None:
        """Declare a table, and let it hold rows that come from S3 as a Parquet file."""
        body = io.BytesIO()
        pq.write_table(rows, body)
        self.s3.put_object(Bucket=BUCKET, Key=f"raw/{table}.parquet", Body=body.getvalue())
        self.declare(table, {each.name: _redshift(each.type) for each in rows.schema}, key)
        copy = {
            "template": "redshift.copy",
            "from": f"s3://{BUCKET}/raw/{table}.parquet",
            "format": {"type": "parquet"},
        }
        assert self.run({"load": {**copy, "table": table, "mode": "replace"}}, name="load") == {}

    def declare(self, table: str, columns: Mapping[str, str], key: Sequence[str]) -> None:
        """Declare a table, and create it."""
        described = {name: {"type": kind, "not_null": name in key} for name, kind in columns.items()}
        self.tables[table] = {"columns": described, "primary_key": list(key)}
        assert self.run({"create": {"template": "redshift.create_table", "table": table}}, name="create") == {}

    def declare_predictions(self, table: str, prediction: str, probability: bool = True, key: str = "id") -> None:
        columns = {key: "integer", "prediction": prediction, **({"probability": "float8"} if probability else {})}
        self.declare(table, {**columns, "model_version": "varchar(64)", "run_date": "date"}, [key])

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return list(query.redshift(sql, VALUES, 10_000).rows)

    def current(self, model: str, day: str) -> str | None:
        found = self.rows(statements.current("pipeline_log", model, day))
        return str(found[0][0]) if found else None

    def objects(self, prefix: str = "") -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [each["Key"] for page in pages for each in page.get("Contents", ())]


def run_of(day: str) -> Run:
    moment = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    return Run(f"scheduled__{day}", moment, moment + timedelta(days=1))


def _redshift(kind: pa.DataType) -> str:
    words = {"int64": "bigint", "int32": "integer", "double": "float8", "bool": "boolean", "date32[day]": "date"}
    return words.get(str(kind), "varchar(64)")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    with pytest.MonkeyPatch.context() as patch, Sandbox() as sandbox, threadpool_limits(1):
        for name, value in sandbox.environment.items():
            patch.setenv(name, value)
        patch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://")
        # Of processes that share a machine's cores, each with a thread for each of them, all wait for all.
        patch.setenv("OMP_NUM_THREADS", "1")
        made = Warehouse(sandbox, tmp_path_factory.mktemp("pipelines"))
        made.s3.create_bucket(Bucket=BUCKET)
        yield made


@pytest.fixture
def warehouse(started: Warehouse) -> Warehouse:
    """The warehouse, where nothing was trained yet."""
    started.rows("DROP SCHEMA IF EXISTS pipeline_log CASCADE")
    for key in started.objects():
        started.s3.delete_object(Bucket=BUCKET, Key=key)
    return started


def breast_cancer() -> tuple[pa.Table, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """scikit-learn's data with an id, and its features and target as scikit-learn has them."""
    return _table(datasets.load_breast_cancer(), "benign", lambda target: target == 1)


def diabetes() -> tuple[pa.Table, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Likewise; the target is a number."""
    return _table(datasets.load_diabetes(), "progression", lambda target: target)


def _table(data: Any, target: str, made: Any) -> tuple[pa.Table, np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    names = [str(name).replace(" ", "_") for name in data.feature_names]
    columns = {name: data.data[:, place] for place, name in enumerate(names)}
    ids = pa.array(range(len(data.target)), pa.int32())
    return pa.table({"id": ids, **columns, target: made(data.target)}), data.data, data.target
