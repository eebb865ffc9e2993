from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.dag_processing.dagbag import BundleDagBag

from generator.bundle import PipelineBundle, fingerprint_of, problem_file_name

PROJECT = """
project: demo
default_environment: local
environments:
  local:
    region: us-east-1
    bucket: demo-bucket
    redshift: {workgroup: local, database: dev, iam_role: "arn:aws:iam::123456789012:role/r"}
"""

PIPELINE = """
pipeline: {name}
schedule: null
tasks:
  one:
    template: redshift.sql
    sql_file: {name}.sql
"""


@pytest.fixture
def pipelines(tmp_path: Path) -> Path:
    folder = tmp_path / "pipelines"
    (folder / "demo").mkdir(parents=True)
    (folder / "project.yaml").write_text(PROJECT)
    for name in ("first", "second"):
        (folder / "demo" / f"{name}.yaml").write_text(PIPELINE.format(name=name))
        (folder / "demo" / f"{name}.sql").write_text("SELECT 1")
    return folder


@pytest.fixture
def bundle(tmp_path: Path, pipelines: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], PipelineBundle]:
    """Makes the bundle as another process would: nothing is kept but what is in the storage."""
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH", str(tmp_path / "storage"))
    return lambda: PipelineBundle(name="pipelines", pipelines_folder=str(pipelines))


def initialized(bundle: PipelineBundle) -> PipelineBundle:
    bundle.initialize()
    return bundle


def files_of(bundle: PipelineBundle) -> list[str]:
    return sorted(path.name for path in bundle.path.iterdir() if not path.name.startswith((".", "__")))


def parsed(bundle: PipelineBundle) -> tuple[dict[str, Any], dict[str, str]]:
    """DAGs and import errors, as Airflow finds them in the bundle."""
    bag = BundleDagBag(dag_folder=bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    return bag.dags, bag.import_errors


COMPILED = ["first.py", "first.yaml", "project.yaml", "second.py", "second.yaml"]


def test_pipelines_are_dags(bundle: Callable[[], PipelineBundle]) -> None:
    made = initialized(bundle())
    dags, import_errors = parsed(made)
    assert files_of(made) == COMPILED
    assert sorted(dags) == ["first", "second"]
    assert not import_errors
    assert dags["first"].relative_fileloc == "first.py"


def test_a_broken_pipeline_keeps_its_dag_and_shows_its_problems(
    bundle: Callable[[], PipelineBundle], pipelines: Path
) -> None:
    made = initialized(bundle())
    text = PIPELINE.format(name="first")
    (pipelines / "demo" / "first.yaml").write_text(text.replace("template: redshift.sql", "template: redshift.sqll"))
    made.refresh()
    dags, import_errors = parsed(made)
    assert sorted(dags) == ["first", "second"]
    ((file, message),) = import_errors.items()
    assert file.endswith("first.problems.py")
    assert "pipelines/demo/first.yaml:6:15: S207 unknown template 'redshift.sqll'" in message
    assert "    6 |     template: redshift.sqll\n" in message
    assert "help: did you mean 'redshift.sql'?" in message

    (pipelines / "demo" / "first.yaml").write_text(text)
    made.refresh()
    assert files_of(made) == COMPILED


def test_problems_of_sql_files_and_of_the_project(bundle: Callable[[], PipelineBundle], pipelines: Path) -> None:
    (pipelines / "demo" / "first.sql").write_text("SELECT {{ enw.bucket }}")
    made = initialized(bundle())
    assert files_of(made) == ["first.sql.problems.py", "project.yaml", "second.py", "second.yaml"]
    (pipelines / "project.yaml").write_text("project: 7\n")
    made.refresh()
    assert "project.problems.py" in files_of(made)
    assert "second" in parsed(made)[0]


def test_what_is_gone_is_removed(bundle: Callable[[], PipelineBundle], pipelines: Path) -> None:
    made = initialized(bundle())
    (pipelines / "demo" / "first.yaml").unlink()
    made.refresh()
    assert files_of(made) == ["project.yaml", "second.py", "second.yaml"]


def test_only_what_changed_is_written(bundle: Callable[[], PipelineBundle], pipelines: Path) -> None:
    made = initialized(bundle())
    before = {path.name: path.stat().st_mtime_ns for path in made.path.glob("*.*")}
    (pipelines / "demo" / "first.sql").write_text("SELECT 2")
    made.refresh()
    after = {path.name: path.stat().st_mtime_ns for path in made.path.glob("*.*")}
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {".fingerprint", "first.yaml", "first.py"}  # Airflow looks at the time of Python files


def test_nothing_is_compiled_while_nothing_changes(
    bundle: Callable[[], PipelineBundle], monkeypatch: pytest.MonkeyPatch
) -> None:
    initialized(bundle())

    def compiled_again(*_: Any) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("generator.bundle.compile_folder", compiled_again)
    other_process = bundle()
    other_process.initialize()
    other_process.refresh()


@pytest.mark.parametrize("change", ["edit", "add", "remove", "rename"])
def test_changes_are_seen(pipelines: Path, change: str) -> None:
    before = fingerprint_of(pipelines)
    file = pipelines / "demo" / "first.sql"
    if change == "edit":
        file.write_text("SELECT 2, 3")
    elif change == "add":
        (pipelines / "new.yaml").write_text("")
    elif change == "remove":
        file.unlink()
    else:
        file.rename(file.with_name("other.sql"))
    assert fingerprint_of(pipelines) != before


def test_changes_that_do_not_matter(pipelines: Path) -> None:
    before = fingerprint_of(pipelines)
    (pipelines / "README.md").write_text("Read me.")
    (pipelines / ".git").mkdir()
    (pipelines / ".git" / "x.yaml").write_text("")
    assert fingerprint_of(pipelines) == before


def test_processes_may_refresh_at_once(bundle: Callable[[], PipelineBundle], pipelines: Path, tmp_path: Path) -> None:
    program = (
        "from generator.bundle import PipelineBundle\n"
        f"PipelineBundle(name='pipelines', pipelines_folder={str(pipelines)!r}).initialize()\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", program]) for _ in range(3)]
    assert [process.wait() for process in running] == [0, 0, 0]
    assert files_of(bundle()) == COMPILED


def test_tasks_run_on_where_nothing_can_be_compiled(bundle: Callable[[], PipelineBundle], pipelines: Path) -> None:
    initialized(bundle())
    pipelines.rename(pipelines.with_name("moved"))
    worker = bundle()
    worker.initialize()
    assert files_of(worker) == COMPILED
    with pytest.raises(FileNotFoundError):
        worker.refresh()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    made = PipelineBundle(name="pipelines", pipelines_folder=str(tmp_path / "nowhere"))
    with pytest.raises(FileNotFoundError, match="bundle 'pipelines': there is no pipelines folder"):
        made.initialize()


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("pipelines/flights/flights_load.yaml", "flights_load.problems.py"),
        ("pipelines/flights/daily_summary.sql", "daily_summary.sql.problems.py"),
        ("pipelines/project.yaml", "project.problems.py"),
        ("pipelines/flights/odd name!.yml", "odd_name_.problems.py"),
    ],
)
def test_names_of_problem_files(source: str, name: str) -> None:
    assert problem_file_name(source) == name
