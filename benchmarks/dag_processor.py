"""Airflow's DAG processor over many pipelines: compiled by us, written by hand, and loaded by dag-factory."""

from __future__ import annotations

import functools
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from benchmarks import folders, measure, workload
from benchmarks.measure import Comparison, NotMeasuredError, Report, Run

_GOAL_BY_HAND = 1.10
_GOAL_DAG_FACTORY = 0.45
_PARSING_PROCESSES = 2
_WARM_UP = 2


def compare(scratch: Path, pipelines: int, rounds: int) -> Report:
    """Parse all pipelines once in a fresh Airflow, in each of the three ways in turns."""
    database = _migrated_database(scratch)
    for parse in _ways(scratch, "warm_up", _WARM_UP, database).values():
        parse()
    programs = _ways(scratch, "measured", pipelines, database)
    what = f"`airflow dag-processor -n 1`, {pipelines} DAGs of {workload.TASKS_OF_A_PIPELINE} tasks"
    ours, by_hand, dag_factory = measure.in_turns(programs, rounds, what)
    return Report(
        (
            Comparison(f"{what}: compiled / written by hand", ours, by_hand, _GOAL_BY_HAND),
            Comparison(f"{what}: compiled / dag-factory's loader", ours, dag_factory, _GOAL_DAG_FACTORY),
        ),
        (ours, by_hand, dag_factory),
    )


def compare_without_byte_code(scratch: Path, pipelines: int, rounds: int) -> Report:
    """Ours and dag-factory's loader where no byte code is kept, as in an image that is built without it.

    Then what a file imports is compiled from source in each parse, unless Airflow has imported it before it forks.
    """
    database = _migrated_database(scratch)
    no_byte_code = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(scratch / "no_byte_code")}
    programs = _ways(scratch, "measured", pipelines, database, no_byte_code)
    del programs["by hand"]
    what = f"`airflow dag-processor -n 1` without byte code, {pipelines} DAGs of {workload.TASKS_OF_A_PIPELINE} tasks"
    ours, dag_factory = measure.in_turns(programs, rounds, what)
    comparison = Comparison(f"{what}: compiled / dag-factory's loader", ours, dag_factory, _GOAL_DAG_FACTORY)
    return Report((comparison,), (ours, dag_factory))


def airflow_environment(scratch: Path, home: Path, dags: Path) -> dict[str, str]:
    """Variables for an Airflow of its own in ``home``."""
    return measure.environment(scratch) | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": str(_PARSING_PROCESSES),
        "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",  # it would call out over the network
    }


def _ways(
    scratch: Path, name: str, pipelines: int, database: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Callable[[], Run]]:
    made = folders.write(scratch / name, pipelines)
    ways = {"compiled": made.ours, "by hand": made.by_hand, "dag-factory": made.dag_factory}
    return {way: functools.partial(_parse, dags, database, scratch, pipelines, variables) for way, dags in ways.items()}


def _migrated_database(scratch: Path) -> Path:
    home = scratch / "migrated"
    home.mkdir()
    measure.run(
        [measure.program("airflow"), "db", "migrate"],
        folder=home,
        log=scratch / "migrate.log",
        variables=airflow_environment(scratch, home, scratch / "none"),
    )
    return home / "airflow.db"


def _parse(dags: Path, database: Path, scratch: Path, pipelines: int, variables: Mapping[str, str]) -> Run:
    home = scratch / "home"
    home.mkdir()
    try:
        shutil.copy(database, home / "airflow.db")
        run = measure.run(
            [measure.program("airflow"), "dag-processor", "-n", "1"],
            folder=home,
            log=scratch / f"{dags.name}.log",
            variables=airflow_environment(scratch, home, dags) | dict(variables),
        )
        _check_parsed(home / "airflow.db", dags, pipelines)
    finally:
        shutil.rmtree(home)
    return run


def _check_parsed(database: Path, dags: Path, pipelines: int) -> None:
    """Raise NotMeasuredError unless all DAGs are in the database, without import errors."""
    with closing(sqlite3.connect(database)) as connection:
        (parsed,) = connection.execute("SELECT COUNT(*) FROM serialized_dag").fetchone()
        errors = connection.execute("SELECT filename, stacktrace FROM import_error").fetchall()
    if errors:
        file, trace = errors[0]
        raise NotMeasuredError(f"{len(errors)} import errors in {dags.name}; {file}: {trace.strip().splitlines()[-1]}")
    if parsed != pipelines:
        raise NotMeasuredError(f"{parsed} DAGs of {pipelines} are in Airflow's database for {dags.name}")
