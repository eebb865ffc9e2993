"""The process between `pipelines up` and Airflow's: it starts them, and ends them whatever happens to `pipelines up`.

Run as `python -m generator.up.supervisor LOGS`, in a session of its own, so that Ctrl-C reaches `pipelines up` alone.
It ends Airflow when its standard input is closed; the system does that even where `pipelines up` is killed, so
there is one way of ending for all cases. Airflow's processes make process groups of their own but stay in the
session, so what is left after they were asked to end is found by the session. Where a process ends by itself,
a line with its name and exit code is written to standard output, and the others are ended.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # Airflow brings it

# Logs are read from files on this machine; the servers for them would listen on all interfaces.
PARTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
_LAST = "api-server"  # running tasks report to it
_GRACE_SECONDS = {"tasks": 4.0, _LAST: 2.0}
_LOOK_SECONDS = 0.5

Parts = Mapping[str, "subprocess.Popen[bytes]"]


def main(logs: Path) -> int:
    """Serve until standard input is closed, or a part ends; returns the exit code."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    parts = {name: _start(words, logs / f"{name}.log") for name, words in PARTS.items()}
    try:
        while not select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
            for name, part in parts.items():
                if part.poll() is not None:
                    sys.stdout.write(f"{name} {part.returncode}\n")
                    return 1
        return 0
    finally:
        _stop(parts)


def _start(words: tuple[str, ...], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "airflow", *words],
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )


def _stop(parts: Parts) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    last = {_LAST: parts[_LAST]}
    _ask({name: part for name, part in parts.items() if name != _LAST}, _GRACE_SECONDS["tasks"])
    _ask(last, _GRACE_SECONDS[_LAST])
    kill_session(os.getpid())
    for part in parts.values():
        part.wait()


def _ask(parts: Parts, seconds: float) -> None:
    for part in parts.values():
        part.terminate()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(part.poll() is None for part in parts.values()):
        time.sleep(0.05)


def kill_session(session: int) -> None:
    """Kill all processes of a session but its leader, until there are none."""
    while others := list(_others(session)):
        for pid in others:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.05)


def _others(session: int) -> Iterator[int]:
    for process in psutil.process_iter(["pid", "status"]):
        pid = process.info["pid"]
        try:
            if pid != session and os.getsid(pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                yield pid
        except (ProcessLookupError, PermissionError):
            continue


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
