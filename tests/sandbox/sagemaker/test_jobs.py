"""No job outlives its sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from generator.sandbox import duck
from generator.sandbox.server import Sandbox
from tests.sandbox.sagemaker.conftest import Jobs

# A job with a child of its own; both have told their numbers when the second line is there.
FAMILY = """
    import subprocess, sys, time, os
    stubborn = "import signal, time; signal.signal(15, lambda *_: 0); time.sleep(100)"
    child = subprocess.Popen([sys.executable, "-c", stubborn])
    print(os.getpid(), child.pid)
    print("asleep")
    time.sleep(100)
"""


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is no mere entry that its parent has not read yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for_end(pids: list[int]) -> None:
    while any(map(is_running, pids)):
        time.sleep(0.02)


def started(sandbox_endpoint: str) -> tuple[Jobs, list[int]]:
    """A job that runs in the sandbox at an endpoint, and its processes."""
    s3 = duck.client("s3", sandbox_endpoint)
    s3.create_bucket(Bucket="sandbox-test")
    api, logs = duck.client("sagemaker", sandbox_endpoint), duck.client("logs", sandbox_endpoint)
    jobs = Jobs(api, s3, logs, "sandbox-test", "life")
    name = jobs.start(jobs.training(FAMILY))
    jobs.until_printed(name, "asleep")
    return jobs, [int(pid) for pid in jobs.printed(name)[0].split()]


@pytest.mark.parametrize("how", ["reset", "stop"])
def test_jobs_end_with_the_sandbox(how: str) -> None:
    with Sandbox() as own:
        jobs, pids = started(own.endpoint)
        assert all(map(is_running, pids))
        getattr(own, how)()
        wait_for_end(pids)
        if how == "reset":
            assert jobs.api.list_training_jobs()["TrainingJobSummaries"] == []


def test_jobs_end_with_a_sandbox_that_is_killed() -> None:
    program = """
        import sys
        from generator.sandbox.server import Sandbox
        with Sandbox() as sandbox:
            print(sandbox.endpoint, flush=True)
            sys.stdin.read()
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        _, pids = started(other.stdout.readline().strip())
        os.kill(other.pid, signal.SIGKILL)
        wait_for_end(pids)


def test_what_a_job_leaves_behind_ends_with_it(jobs: Jobs) -> None:
    script = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
        print(child.pid)
    """
    request = jobs.training(script)
    assert jobs.run(request)["TrainingJobStatus"] == "Completed"
    wait_for_end([int(jobs.printed(request["TrainingJobName"])[0])])
