"""Building one DAG in a process that has everything imported: compiled by us against written by hand."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import folders, measure, workload
from benchmarks.dag_processor import airflow_environment
from benchmarks.measure import Comparison, Figure, Report, Run

_GOAL = 1.6


def compare(scratch: Path, repetitions: int) -> Report:
    """Execute the two Python files of the same DAG in turns, ``repetitions`` times each, in one process."""
    made = folders.write(scratch / "measured", 1)
    (name,) = made.names
    home = scratch / "home"
    home.mkdir()
    answer = measure.last_line(
        ["-m", "benchmarks.execute", repetitions, made.ours / f"{name}.py", made.by_hand / f"{name}.py"],
        variables=airflow_environment(scratch, home, made.ours),
    )
    what = f"one DAG of {workload.TASKS_OF_A_PIPELINE} tasks in a warm process"
    ours, by_hand = (
        Figure(f"{what}, {way}", tuple(Run(seconds) for seconds in series))
        for way, series in zip(("compiled", "by hand"), json.loads(answer), strict=True)
    )
    return Report((Comparison(f"{what}: compiled / written by hand", ours, by_hand, _GOAL),), (ours, by_hand))
