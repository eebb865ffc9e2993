"""A sandbox, and versions as trainings register them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from generator import query
from generator.registry import gates, statements, tables
from generator.registry.statements import Trained
from generator.sandbox.server import Sandbox

VALUES = {"redshift": {"workgroup": "local", "database": "dev"}}
GATE = {"auc": ">= 0.75", "compared_to_current": ">= -0.01"}
_SCHEMAS = itertools.count(1)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch, Sandbox() as started:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        yield started


@pytest.fixture
def schema(sandbox: Sandbox) -> str:
    """An empty registry."""
    name = f"log_{next(_SCHEMAS)}"
    query.redshift_batch(tables.create(name), VALUES, 1)
    return name


def trained(version: str, day: str, auc: float | None = None, run: str | None = None, **more: Any) -> Trained:
    known: dict[str, Any] = {
        "model": "delay",
        "version": version,
        "kind": "classification",
        "algorithm": "gradient_boosting",
        "pipeline": "delay_train",
        "run_id": run or f"scheduled__{day}",
        "run_date": day,
        "task": "train.register",
        "trained_at": f"{day} 04:00:00",
        "location": f"s3://lake/models/delay/{version}/",
        "metadata_sha256": "0" * 64,
        "rows": 1000,
        "git_commit": "c0ffee",
        "metrics": {} if auc is None else {"auc": auc, "log_loss": 1 - auc},
    }
    return Trained(**{**known, **more})


def register(schema: str, version: Trained, promote_if: dict[str, str] | None = None) -> dict[str, Any]:
    """Register a version; what the last statement tells of it."""
    made = statements.register(schema, version, gates.gate(promote_if or {}, version.metrics))
    last = query.redshift_batch(made, VALUES, 10)[-1]
    return dict(zip(last.columns, last.rows[0], strict=True))
