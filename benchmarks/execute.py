"""Executes Python files of DAGs again and again in this process, in turns, and prints the seconds of each, as JSON."""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

_WARM_UP = 50


def main(repetitions: str, *files: str) -> None:
    """Time ``repetitions`` executions of each file. A module is compiled once, as Airflow's importer finds it."""
    executions = [_execution(Path(file)) for file in files]
    for _ in range(_WARM_UP):
        for execute in executions:
            execute()
    series: list[list[float]] = [[] for _ in files]
    gc.collect()
    gc.freeze()  # what Airflow's modules hold is not looked through again
    gc.disable()  # a collection in the middle of one would be counted to it alone
    for number in range(int(repetitions)):
        for index in range(len(files)) if number % 2 == 0 else reversed(range(len(files))):
            start = time.perf_counter()
            executions[index]()
            series[index].append(time.perf_counter() - start)
            gc.collect()
    sys.stdout.write(json.dumps(series))


def _execution(file: Path) -> Callable[[], None]:
    code = compile(file.read_bytes(), file, "exec")

    def execute() -> None:
        names = {"__name__": file.stem, "__file__": str(file)}
        exec(code, names)

    return execute


if __name__ == "__main__":
    main(*sys.argv[1:])
