"""ml.evaluate in the sandbox: scores that are kept, a second run, gates, and truths that do not fit."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import build
from generator import compile as compiler
from generator.environment import Environment
from generator.project import load_workspace
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import Run, run_dag
from tests.sandbox.conftest import Redshift

TABLES = """\
public.predictions:
  columns:
    id: {type: integer, not_null: true}
    carrier: {type: char(2)}
    prediction: {type: boolean}
    probability: {type: double precision}
    model_version: {type: varchar(64)}
    run_date: {type: date}
  primary_key: [id]
public.truth:
  columns:
    id: {type: integer, not_null: true}
    late: {type: boolean}
"""
ROWS = """\
(1, 'UA', true, 0.9, 'v1', '2013-01-31'), (2, 'UA', false, 0.2, 'v1', '2013-01-31'),
(3, 'AA', true, 0.6, 'v1', '2013-01-30'), (4, 'AA', false, 0.6, 'v1', '2013-01-30'),
(5, 'AA', false, 0.1, 'v1', '2013-01-20'), (6, 'UA', true, 1.0, 'v1', '2013-02-01')"""
TRUTH = "(1, true), (2, true), (3, true), (4, NULL), (5, false), (6, true)"


@pytest.fixture
def filled(sandbox: Sandbox, redshift: Redshift, monkeypatch: pytest.MonkeyPatch) -> Redshift:
    """A database with predictions and their truth, where the tasks find it."""
    for name, value in sandbox.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://")
    redshift.run(
        "CREATE TABLE public.predictions (id integer, carrier char(2), prediction boolean, probability float8,"
        " model_version varchar(64), run_date date)",
        "CREATE TABLE public.truth (id integer, late boolean)",
        f"INSERT INTO public.predictions VALUES {ROWS}",
        f"INSERT INTO public.truth VALUES {TRUTH}",
    )
    return redshift


def run(redshift: Redshift, folder: Path, **task: Any) -> dict[str, str]:
    """Run the template as Airflow does; the errors of tasks that failed."""
    values = {
        "region": "us-east-1",
        "bucket": "lake",
        "redshift": {
            "workgroup": "local",
            "database": redshift.database,
            "iam_role": "arn:aws:iam::123456789012:role/r",
        },
    }
    folder.mkdir(exist_ok=True)
    project = {"project": "test", "default_environment": "test", "environments": {"test": values}}
    work = {"template": "ml.evaluate", "predictions": "public.predictions", "target": "late", "poll_interval": "1s"}
    pipeline = {"pipeline": "test", "schedule": "@daily", "start_date": "2013-01-01", "tables": yaml.safe_load(TABLES)}
    (folder / "project.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    text = yaml.safe_dump({**pipeline, "tasks": {"score": {**work, **task}}}, sort_keys=False)
    (folder / "test.yaml").write_text(text, encoding="utf-8")
    workspace = load_workspace(folder, "")
    assert workspace.problems == ()
    config = yaml.safe_load(compiler.yaml_text(workspace.pipelines[0], workspace.tables, ""))
    dag = build.build(config, Environment("test", values), str(folder / "test.py"))
    moment = datetime(2013, 1, 31, tzinfo=UTC)
    return run_dag(dag, Run("scheduled__2013-01-31", moment, moment))


def scores(redshift: Redshift) -> dict[tuple[str, str, int | None], Any]:
    rows = redshift.run("SELECT group_values, metric, decile, value FROM pipeline_log.scores ORDER BY 1, 2, 3")
    found = {(group, metric, decile): value for group, metric, decile, value in rows}
    assert len(found) == len(rows)
    return found


def test_scores_are_kept_once(filled: Redshift, tmp_path: Path) -> None:
    for _ in range(2):
        assert run(filled, tmp_path, truth="public.truth", group_by=["carrier"], window="7d") == {}
    found = scores(filled)
    assert found["{}", "coverage", None] == 0.75
    assert found["{}", "recall", None] == pytest.approx(2 / 3)
    assert found['{"carrier": "UA"}', "accuracy", None] == 0.5
    assert found["{}", "calibration_observed", 2] == 1
    assert found["{}", "calibration_predicted", 9] == 0.9
    assert ("{}", "auc", None) not in found  # all that came was late


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        ({"accuracy": ">= 0.5"}, None),
        ({"accuracy": ">= 0.9"}, "accuracy: 0.75 found, >= 0.9 expected"),
        ({"accuracy": ">= 0.9", "severity": "warn"}, None),
        ({"auc": ">= 0.5", "coverage": "> 0.8"}, "coverage: 0.8 found, > 0.8 expected"),
    ],
)
def test_a_gate(filled: Redshift, tmp_path: Path, gate: dict[str, str], expected: str | None) -> None:
    failed = run(filled, tmp_path, sql="SELECT id, late FROM public.truth", gate=gate)
    assert list(failed) == ([] if expected is None else ["score"])
    assert expected is None or expected in failed["score"]
    assert scores(filled)["{}", "accuracy", None] == 0.75


def test_scores_that_are_not_defined_do_not_pass(filled: Redshift, tmp_path: Path) -> None:
    failed = run(filled, tmp_path, truth="public.truth", window="1d", gate={"auc": ">= 0.1"})
    assert "auc: nothing: it is not defined for these rows found" in failed["score"]
    filled.run("UPDATE public.truth SET late = NULL")
    failed = run(filled, tmp_path, truth="public.truth", gate={"accuracy": ">= 0.1"})
    assert "accuracy: nothing: no truth has come found" in failed["score"]
    assert scores(filled) == {("{}", "coverage", None): 0}


def test_several_truths_for_a_key_are_an_error(filled: Redshift, tmp_path: Path) -> None:
    filled.run("INSERT INTO public.truth VALUES (2, false)")
    failed = run(filled, tmp_path, truth="public.truth")
    assert "6 truths for 5 predictions" in failed["score"]
    assert scores(filled) == {}


def test_without_predictions(filled: Redshift, tmp_path: Path) -> None:
    filled.run("DELETE FROM public.predictions")
    assert run(filled, tmp_path, truth="public.truth") == {}
    assert "no truth has come" in run(filled, tmp_path, truth="public.truth", gate={"auc": ">= 0.5"})["score"]
