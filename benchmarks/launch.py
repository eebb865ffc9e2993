"""Runs a command and prints how long it took and its peak memory, as JSON.

A small process of its own: Linux counts the memory of the process that starts a command to the command's peak
(getrusage(2), ru_maxrss), so that a large one would hide it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

_KIB_PER_MIB = 1024


def main(log: str, *command: str) -> None:
    """Run ``command``; what it writes goes to the file ``log``."""
    with Path(log).open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    figures = {
        "seconds": seconds,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / _KIB_PER_MIB,  # of the largest process, where the command starts others
        "exit_code": process.returncode,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main(*sys.argv[1:])
