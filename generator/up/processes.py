"""Airflow's processes, as the command sees them: started, looked after, and ended with everything that they began."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from generator.up import supervisor

_STOP_SECONDS = 20
_SHOWN_LINES = 25


class DiedError(Exception):
    """A process of Airflow's ended by itself; the message holds the end of its log."""


class Processes:
    """Airflow's api-server, scheduler, DAG processor and triggerer; as a context manager they start and stop.

    ``logs`` is the folder of their logs, a file each; ``variables`` is their whole environment.
    """

    def __init__(self, logs: Path, variables: Mapping[str, str]) -> None:
        self._logs = logs
        self._variables = variables
        self._supervisor: subprocess.Popen[str] | None = None

    def __enter__(self) -> Processes:
        self._logs.mkdir(parents=True, exist_ok=True)
        with (self._logs / "supervisor.log").open("w") as log:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-m", "generator.up.supervisor", str(self._logs)],
                env=dict(self._variables),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        started = self._supervisor
        if started is None or started.stdin is None:
            return
        started.stdin.close()
        try:
            started.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            supervisor.kill_session(started.pid)
            os.kill(started.pid, signal.SIGKILL)
            started.wait()

    def check(self) -> None:
        """Raises DiedError where a process has ended by itself."""
        started = self._supervisor
        if started is None or started.poll() is None or started.stdout is None:
            return
        name, _, code = started.stdout.read().strip().partition(" ")
        name, code = (name, code) if name else ("supervisor", str(started.returncode))
        log = self._logs / f"{name}.log"
        lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
        end = "\n".join(f"  {line}" for line in lines)
        raise DiedError(f"Airflow's {name} ended by itself with exit code {code}. The end of {log}:\n{end}")
