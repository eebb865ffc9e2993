"""Jobs of machine learning in a process of their own: its memory has a limit, and it ends with the task."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

_JOB = "generator.ml.job"
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Folders:
    """The folders of a job, which are made here: rows come in, a model comes in or out, the rest goes out."""

    rows: Path
    model: Path
    output: Path

    @classmethod
    def below(cls, root: Path) -> Folders:
        """New folders in a folder."""
        made = cls(root / "rows", root / "model", root / "output")
        for each in (made.rows, made.model, made.output):
            each.mkdir()
        return made


@dataclass
class JobProcess:
    """One job. `stop` ends it from another thread, or from a signal's handler."""

    log: Any
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    def run(self, order: Mapping[str, Any], folders: Folders, memory_bytes: int | None = None) -> dict[str, Any]:
        """Run it to its end; its result. What it prints goes to the log.

        Raises AirflowFailException with its own message where it says what is wrong, since a second try would find
        the same, and AirflowException where it ended without a word. It never outlives the call.
        """
        job_file = folders.output.parent / "job.json"
        job_file.write_text(json.dumps(order), encoding="utf-8")
        arguments = ["--job", str(job_file), "--rows", str(folders.rows), "--model", str(folders.model)]
        arguments += ["--output", str(folders.output)]
        arguments += ["--memory-limit", str(memory_bytes)] if memory_bytes else []
        self._process = process = _started(arguments)
        try:
            last = self._log_lines(process.stdout or ())
            process.wait()
        finally:
            self.stop()
            process.wait()
        self._raise_failure(process.returncode, folders.output, last)
        result: dict[str, Any] = json.loads((folders.output / "result.json").read_text(encoding="utf-8"))
        return result

    def stop(self) -> None:
        """End the process, where it runs; it has nothing to tidy up. Nothing is waited for, so handlers may call it."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _log_lines(self, lines: Iterable[str]) -> str:
        """Log each line that the process prints, until it closes its output; the last line."""
        last = ""
        for line in lines:
            last = line.rstrip() or last
            self.log.info("%s", line.rstrip())
        return last

    def _raise_failure(self, code: int, output: Path, last: str) -> None:
        if code == 0:
            return
        told = output / "failure"
        if code > 0 and told.is_file():
            raise AirflowFailException(told.read_text(encoding="utf-8"))
        if code > 0:
            raise AirflowException(f"the job ended with exit code {code}: {last}")
        name = signal.Signals(-code).name
        hint = ": most often the machine had no memory left; set 'memory'" if name == "SIGKILL" else ""
        raise AirflowException(f"the job was ended by {name}{hint}")


def _started(arguments: Sequence[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", _JOB, *arguments],
        env=_variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        preexec_fn=_end_with_parent,  # noqa: PLW1509 - it makes one system call
    )


def _variables() -> dict[str, str]:
    """This process's variables; the job finds this package wherever it was imported from."""
    here = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": path}


def _end_with_parent() -> None:
    """Called in the new process: Linux ends it when the one that started it is gone, however that ended."""
    if _LIBC is not None:
        with suppress(OSError):
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
