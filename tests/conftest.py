"""Airflow for the tests: a home of its own for each process; the machine's Airflow is not touched."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Airflow reads these when it is imported, which some test modules do at their top.
HOME = Path(tempfile.mkdtemp(prefix="pipelines-airflow-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ.update(
    {
        "AIRFLOW_HOME": str(HOME),
        "AIRFLOW__CORE__DAGS_FOLDER": str(HOME / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{HOME}/airflow.db",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }
)
# A connection to the package registry that stalls is tried again soon, where tests install something.
os.environ.update({"PIP_DEFAULT_TIMEOUT": "15", "PIP_RETRIES": "10", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
# Each test process fits its models in one thread: a thread per core in each of them wait for each other for minutes.
os.environ.update({"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"})
for name in ("PIPELINES_ENV", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
    os.environ.pop(name, None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write what the code does now into the expected files")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take long: at the end of a run one process would be at work, and the others idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """Airflow's tables, in this process's own SQLite file."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes a compiled pipeline as `pipelines generate` does, and returns its `.py` file."""
    import yaml

    folder = tmp_path / "dags"
    folder.mkdir()
    monkeypatch.setenv("AIRFLOW__CORE__DAGS_FOLDER", str(folder))

    def write(config: dict[str, Any], project: dict[str, Any]) -> Path:
        (name,) = config
        (folder / "project.yaml").write_text(yaml.safe_dump(project))
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(config))
        python_file = folder / f"{name}.py"
        python_file.write_text(
            "import airflow.sdk\nfrom generator.build import build_dag\n\ndag = build_dag(__file__)\n"
        )
        return python_file

    return write
