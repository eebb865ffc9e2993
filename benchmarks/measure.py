"""Runs of programs, and comparisons of pairs of them."""

from __future__ import annotations

import functools
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")
_LONGEST_SECONDS = 900
_OF_THE_CALLER = ("AIRFLOW", "_AIRFLOW", "PIPELINES", "PYTHON")


class NotMeasuredError(Exception):
    """A program did not do what was to be measured; the message says what it did."""


@dataclass(frozen=True)
class Run:
    """What one run took. CPU time is that of all its processes, peak memory that of its largest process."""

    seconds: float
    cpu_seconds: float | None = None
    peak_mib: float | None = None


@dataclass(frozen=True)
class Figure:
    """Runs of one program or function, under the name that the report shows."""

    name: str
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        return statistics.median(run.seconds for run in self.runs)

    @property
    def cpu_seconds(self) -> float | None:
        values = [run.cpu_seconds for run in self.runs if run.cpu_seconds is not None]
        return statistics.median(values) if values else None

    @property
    def peak_mib(self) -> float | None:
        return max((run.peak_mib for run in self.runs if run.peak_mib is not None), default=None)


@dataclass(frozen=True)
class Comparison:
    """Ours against a peer, measured in turns. The goal is the largest ratio of the times that we are content with.

    `allowance`: seconds that ours may take in any case; the ratio is that of what is over them.
    """

    what: str
    ours: Figure
    peer: Figure
    goal: float
    allowance: float = 0.0

    @property
    def ratios(self) -> tuple[float, ...]:
        pairs = zip(self.ours.runs, self.peer.runs, strict=True)
        return tuple(max(0.0, ours.seconds - self.allowance) / peer.seconds for ours, peer in pairs)

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def cpu_ratio(self) -> float | None:
        pairs = zip(self.ours.runs, self.peer.runs, strict=True)
        ratios = [ours.cpu_seconds / peer.cpu_seconds for ours, peer in pairs if ours.cpu_seconds and peer.cpu_seconds]
        return statistics.median(ratios) if ratios else None

    @property
    def met(self) -> bool:
        return self.ratio <= self.goal


@dataclass(frozen=True)
class Report:
    """What one benchmark found: ratios, and the plain figures behind them."""

    comparisons: tuple[Comparison, ...] = ()
    figures: tuple[Figure, ...] = ()


def environment(scratch: Path) -> dict[str, str]:
    """Variables for programs that are measured: none of the caller's settings, and byte code at hand.

    An installation has its byte code; it is kept in ``scratch`` since not every environment may be written to.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OF_THE_CALLER)}
    return kept | {"PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}


def run(command: Sequence[str | Path], *, folder: Path, log: Path, variables: Mapping[str, str]) -> Run:
    """Run a command in ``folder``. Raises NotMeasuredError where it fails, with the end of its ``log``."""
    launched = subprocess.run(
        [sys.executable, "-I", "-S", _LAUNCH, log, *command],
        cwd=folder,
        env=variables,
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=True,
    )
    figures = json.loads(launched.stdout)
    if figures["exit_code"] != 0:
        shown = " ".join(str(word) for word in command[:4])
        end = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
        raise NotMeasuredError(f"`{shown} …` ended with {figures['exit_code']}:\n{end}")
    return Run(figures["seconds"], figures["cpu_seconds"], figures["peak_mib"])


def in_turns(programs: Mapping[str, Callable[[], Run]], rounds: int, what: str) -> list[Figure]:
    """Run the programs one after the other, ``rounds`` times, every second time in the opposite order.

    So whatever else the machine does meets all of them alike. ``what`` is put before their names in the report.
    """
    runs: dict[str, list[Run]] = {name: [] for name in programs}
    for number in range(rounds):
        for name in list(programs)[:: 1 if number % 2 == 0 else -1]:
            runs[name].append(programs[name]())
    return [Figure(f"{what}, {name}", tuple(made)) for name, made in runs.items()]


def repeated(functions: Mapping[str, Callable[[], object]], repetitions: int, what: str) -> list[Figure]:
    """Call functions in turns, each once before it counts; otherwise as :func:`in_turns`."""
    for function in functions.values():
        function()
    return in_turns({name: functools.partial(_timed, each) for name, each in functions.items()}, repetitions, what)


def _timed(function: Callable[[], object]) -> Run:
    begun = time.perf_counter()
    function()
    return Run(time.perf_counter() - begun)


def last_line(arguments: Sequence[str | Path | int], variables: Mapping[str, str]) -> str:
    """What Python prints last with these arguments: Airflow logs to standard output, too.

    Raises NotMeasuredError where it fails.
    """
    ended = subprocess.run(
        [sys.executable, *(str(argument) for argument in arguments)],
        env=variables,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=_LONGEST_SECONDS,
        check=False,
    )
    if ended.returncode != 0:
        raise NotMeasuredError(ended.stderr.strip()[-500:])
    return ended.stdout.splitlines()[-1]


def program(name: str) -> Path:
    """A program of the environment that the benchmarks run in."""
    return Path(sys.executable).with_name(name)
