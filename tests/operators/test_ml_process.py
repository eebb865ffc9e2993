"""A job's process: what it says is logged, its failures are told, and it never outlives the task."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from generator.operators.ml_process import Folders, JobProcess

ORDER: dict[str, Any] = {
    "job": "train",
    "model": "line",
    "kind": "regression",
    "target": "y",
    "run_date": "2013-01-31",
    "algorithm": "linear_regression",
}
# Fitting that takes minutes.
ENDLESS = {"algorithm": "gradient_boosting", "hyperparameters": {"max_iter": 100000, "early_stopping": False}}
PARENT = """
import json, sys
from pathlib import Path
from generator.operators.ml_process import Folders, JobProcess

class Log:
    def info(self, _form, line):
        print(job._process.pid, flush=True)

root = Path(sys.argv[1])
job = JobProcess(Log())
job.run(json.loads(sys.argv[2]), Folders(root / "rows", root / "model", root / "output"))
"""


class Log:
    """Keeps the lines, and does something when one comes."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.lines: list[str] = []
        self.then = then

    def info(self, _form: str, line: str) -> None:
        self.lines.append(line)
        self.then()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folders:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    made = Folders.below(tmp_path)
    numbers = [float(each) for each in range(2000)]
    pq.write_table(pa.table({"x": numbers, "y": [2 * each for each in numbers]}), made.rows / "0.parquet")
    return made


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_job_gives_its_result(folders: Folders) -> None:
    log = Log()
    result = JobProcess(log).run(ORDER, folders)
    assert result["metrics"]["r2"] == pytest.approx(1)
    assert log.lines[0] == "2,000 rows, 1 features; linear_regression, regression"


def test_what_the_job_says_is_the_failure_and_not_tried_again(folders: Folders) -> None:
    with pytest.raises(AirflowFailException, match=r"^the query has no column 'z'"):
        JobProcess(Log()).run({**ORDER, "target": "z"}, folders)


def test_a_memory_limit_is_told(folders: Folders) -> None:
    with pytest.raises(AirflowException, match=r"^out of memory: the job may use 40 MiB"):
        JobProcess(Log()).run(ORDER, folders, memory_bytes=40 * 2**20)


def test_a_task_that_times_out_ends_its_process(folders: Folders) -> None:
    class TimeoutInTaskError(Exception):
        """As Airflow raises one wherever the task is."""

    def times_out() -> None:
        raise TimeoutInTaskError

    job = JobProcess(Log(times_out))
    with pytest.raises(TimeoutInTaskError):
        job.run({**ORDER, **ENDLESS}, folders)
    assert job._process is not None
    assert not is_running(job._process.pid)


def test_a_task_that_is_killed_ends_its_process(folders: Folders) -> None:
    log = Log()
    job = JobProcess(log)
    log.then = job.stop
    with pytest.raises(AirflowException, match="the job was ended by SIGKILL"):
        job.run({**ORDER, **ENDLESS}, folders)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such signal")
def test_a_process_ends_with_a_worker_that_is_killed(folders: Folders, tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), json.dumps({**ORDER, **ENDLESS})],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        for _ in range(200):
            if not is_running(child):
                break
            time.sleep(0.05)
        assert not is_running(child)
