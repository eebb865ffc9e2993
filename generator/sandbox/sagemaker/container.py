"""A container of a job: a folder that stands for /opt/ml, and a process of this machine that takes it for that.

The image is played by this Python with its packages, and `/opt/ml` is a folder of the job's own: in arguments, in the
environment and in configuration files the one is written in place of the other, and back again in what a job says.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from generator.sandbox.sagemaker import keeper

OPT_ML = "/opt/ml"
_MENTION = re.compile(r"(?<![\w./-])/opt/ml(?![\w-])")
_PYTHON = re.compile(r"python(3(\.\d+)?)?")
# Dockerfile of the scikit-learn image (aws/sagemaker-scikit-learn-container, docker/1.4-2-py312/base).
_IMAGE = {
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONIOENCODING": "UTF-8",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
}
# Where programs are, and how its processor computes: the same model must come of the same rows in any process here.
_OF_THIS_MACHINE = re.compile("PATH|LD_LIBRARY_PATH|(OPENBLAS|OMP|MKL)_.*")


@dataclass(frozen=True)
class Command:
    """What a container runs: arguments and variables that speak of /opt/ml, and a folder of this machine."""

    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True)
class Root:
    """The root folder of a container's files."""

    path: Path

    @property
    def opt_ml(self) -> Path:
        return self.path / "opt" / "ml"

    def at(self, path: str) -> Path:
        """The folder of this machine for a path in the container: "/opt/ml/model"."""
        return self.path / path.lstrip("/")

    def outward(self, text: str) -> str:
        """Text for the container, with the folder of this machine in place of /opt/ml."""
        return _MENTION.sub(lambda _: str(self.opt_ml), text)

    def inward(self, text: str) -> str:
        """Text of the container as AWS would show it."""
        return text.replace(str(self.opt_ml), OPT_ML)


@dataclass
class Container:
    """A running command. `write` gets each line that it prints; `ended` is called, in a thread, with its exit code."""

    host: str
    root: Root
    write: Callable[[str], None]
    code: int | None = None
    arguments: Sequence[str] = ()
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self, command: Command, ended: Callable[[Container], None]) -> None:
        """Start it. Its output is read, and its end told, in a thread of its own."""
        self.arguments = command.arguments
        arguments = [self.root.outward(argument) for argument in command.arguments]
        if _PYTHON.fullmatch(Path(arguments[0]).name):
            arguments[0] = sys.executable
        home = self.root.path / "root"
        home.mkdir(exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if _OF_THIS_MACHINE.fullmatch(name)}
        environment |= {**_IMAGE, "HOME": str(home), "TMPDIR": str(self.root.at("tmp")), "PIP_NO_INDEX": "1"}
        environment |= {name: self.root.outward(value) for name, value in command.environment.items()}
        self.root.at("tmp").mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", keeper.__file__, *arguments],
            cwd=command.folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        threading.Thread(target=self._read, args=(self._process, ended), name="sagemaker-logs", daemon=True).start()

    def terminate(self) -> None:
        """Ask it to end, with SIGTERM."""
        if self._process is not None:
            self._process.terminate()

    def kill(self) -> None:
        """End it, and all that it started: its keeper does so once nobody holds its standard input."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def _read(self, process: subprocess.Popen[str], ended: Callable[[Container], None]) -> None:
        with process:
            for line in process.stdout or ():
                self.write(self.root.inward(line.rstrip("\r\n")))
        self.code = process.returncode
        ended(self)
