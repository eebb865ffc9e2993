"""The benchmarks run on tiny sizes and write their tables. What they measure is nothing to assert."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, cast

import pytest
from airflow.sdk import DAG

from benchmarks import __main__ as benchmarks
from benchmarks import folders, report
from benchmarks.measure import Comparison, Figure, NotMeasuredError, Report, Run
from generator.build import build_dag


@pytest.mark.parametrize(
    "name", ["dag-processor", "build", "validate", "start", "generate", "sandbox", "checks", "copy", "clients", "ml"]
)
def test_each_benchmark_measures(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "benchmarks.md"
    benchmarks.main(["--quick", "--only", name, "--output", str(page)])
    printed = capsys.readouterr().out
    assert "Not measured" not in printed
    assert "| --- |" in printed
    assert printed in page.read_text(encoding="utf-8")


def test_what_cannot_be_measured_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(_scratch: Path, _sizes: benchmarks.Sizes) -> Report:
        raise NotMeasuredError("199 DAGs of 200 are in Airflow's database")

    monkeypatch.setitem(benchmarks._BENCHMARKS, "build", refuse)
    benchmarks.main(["--only", "build"])
    assert "**Not measured: build.** 199 DAGs of 200 are" in capsys.readouterr().out


def test_a_missed_goal_is_said() -> None:
    ours = Figure("ours", (Run(3.0, 3.0, 50.0), Run(5.0, 4.0, 60.0), Run(4.0, 4.0, 55.0)))
    peer = Figure("peer", (Run(2.0, 2.0, 40.0), Run(2.0, 2.0, 40.0), Run(2.0, 2.0, 40.0)))
    text = report.tables([Report((Comparison("ours / peer", ours, peer, goal=1.5),), (ours, peer))], {})
    assert "| ours / peer | ≤ 1.50 | **2.00** | 1.50–2.50 | 2.00 | **no** |" in text
    assert "| ours | 4.0 s | 3.0 s–5.0 s | 4.0 s | 60 MiB | 3 |" in text


def test_the_peers_have_the_same_dag(tmp_path: Path) -> None:
    made = folders.write(tmp_path, 1)
    (name,) = made.names
    ours = build_dag(str(made.ours / f"{name}.py"))
    assert len(ours.tasks) == 8
    assert _described(_executed(made.by_hand / f"{name}.py")) == _described(ours)
    peer = _described(_executed(made.dag_factory / f"{name}.py"))
    assert {**peer, "tags": peer["tags"] - {"dagfactory"}} == _described(ours)


def _executed(file: Path) -> DAG:
    text = file.read_text(encoding="utf-8")
    assert ast.parse(text)
    names: dict[str, Any] = {"__file__": str(file), "__name__": file.stem}
    exec(compile(text, file, "exec"), names)
    return next(value for value in names.values() if isinstance(value, DAG))


# By which statements are told in the warehouse, and which is no part of what the peers do.
_SIGNATURES = ("sql_comment", "statement_name")


def _unsigned(value: Any) -> Any:
    """SQL without the comment that names its task."""
    signed = isinstance(value, str) and value.startswith("/* pipeline: ")
    return value.partition("\n")[2] if signed else value


def _described(dag: DAG) -> dict[str, Any]:
    tasks = {
        task.task_id: (
            type(task).__name__,
            {field: _unsigned(getattr(task, field)) for field in task.template_fields if field not in _SIGNATURES},
            task.retries,
            task.retry_delay,
            task.owner,
            task.doc_md,
            sorted(cast("Any", outlet).name for outlet in task.outlets),
            sorted(task.upstream_task_ids),
        )
        for task in dag.tasks
    }
    return {
        "schedule": dag.schedule,
        "start_date": dag.start_date,
        "timezone": str(dag.timezone),
        "catchup": dag.catchup,
        "tags": set(dag.tags),
        "tasks": tasks,
    }
