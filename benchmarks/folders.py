"""The same pipelines as three folders of DAG files: compiled by us, written by hand, and for dag-factory's loader."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks import handwritten, measure, workload
from generator.environment import Environment, choose, load_environments, read_yaml

# dag-factory's own way to load one file; Airflow looks for the words dag and airflow before it reads a file.
_LOADER = """\
from pathlib import Path

from airflow.sdk import dag  # noqa: F401
from dagfactory import load_yaml_dags

load_yaml_dags(globals_dict=globals(), config_filepath=str(Path(__file__).with_suffix(".yaml")))
"""


@dataclass(frozen=True)
class Folders:
    """Three folders of DAG files that define the same DAGs."""

    ours: Path
    by_hand: Path
    dag_factory: Path
    names: tuple[str, ...]


def write(root: Path, count: int) -> Folders:
    """Write ``count`` pipelines under ``root`` and compile them; the others are made from what is compiled."""
    workload.write(root / "pipelines", count, workload.STOCK)
    measure.run(
        [measure.program("pipelines"), "generate"],
        folder=root,
        log=root / "generate.log",
        variables=measure.environment(root),
    )
    folders = Folders(root / "dags", root / "by_hand", root / "dag_factory", tuple(workload.pipeline_names(count)))
    environment = choose(load_environments(folders.ours / "project.yaml"), "production")
    for folder in (folders.by_hand, folders.dag_factory):
        folder.mkdir()
    for name in folders.names:
        compiled = read_yaml(folders.ours / f"{name}.yaml")[name]
        _write_peers(folders, name, compiled, environment)
    return folders


def _write_peers(folders: Folders, name: str, compiled: dict[str, Any], environment: Environment) -> None:
    arguments = _environment_arguments(environment)
    text = handwritten.python_text(name, compiled, environment, arguments)
    (folders.by_hand / f"{name}.py").write_text(text, encoding="utf-8")
    # dag-factory appends the YAML to the documentation itself; it is not given ours on top.
    documentation = compiled["doc_md"].partition("\n## Source:")[0]
    config = {
        **compiled,
        "default_args": {**compiled["default_args"], **arguments},
        "doc_md": documentation,
    }
    text = yaml.safe_dump({name: config}, sort_keys=False, allow_unicode=True)
    (folders.dag_factory / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folders.dag_factory / f"{name}.py").write_text(_LOADER, encoding="utf-8")


def _environment_arguments(environment: Environment) -> dict[str, str]:
    """What generator.build adds for the environment, written out: importing that module would import Airflow."""
    values = environment.values
    return {
        "aws_conn_id": values["aws_conn_id"],
        "region_name": values["region"],
        "workgroup_name": values["redshift"]["workgroup"],
    }
