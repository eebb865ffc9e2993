"""Runs a command, and does not let it outlive the sandbox: `python keeper.py COMMAND…`.

The sandbox holds the other end of standard input. Where that end closes, also because the sandbox was killed, the
command and all that it started are killed; SIGTERM is handed on to them. The exit code is the command's, or 128 + the
signal that ended it, as a container's is. This file is a program of its own and imports nothing but Python's.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

_NOT_FOUND, _NOT_ALLOWED = 127, 126


class Keeper:
    """A command in a process group of its own."""

    def __init__(self) -> None:
        self._group: int | None = None
        self._ended_early = False
        signal.signal(signal.SIGTERM, lambda *_: self.end(signal.SIGTERM))

    def run(self, command: list[str]) -> int:
        """Run it to its end; its exit code."""
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True) as child:
            self._group = child.pid
            if self._ended_early:
                self.end(signal.SIGTERM)
            threading.Thread(target=self._watch, daemon=True).start()
            code = child.wait()
            self.end(signal.SIGKILL)
        return code if code >= 0 else 128 - code

    def end(self, number: int) -> None:
        """Send a signal to the command and to what it started."""
        if self._group is None:
            self._ended_early = True
        else:
            with suppress(ProcessLookupError):
                os.killpg(self._group, number)

    def _watch(self) -> None:
        while os.read(0, 1):
            pass
        self.end(signal.SIGKILL)


def main(command: list[str]) -> int:
    try:
        return Keeper().run(command)
    except OSError as error:
        sys.stderr.write(f'exec: "{command[0]}": {error.strerror}\n')
        return _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_ALLOWED


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(status)  # the thread that watches is still reading
