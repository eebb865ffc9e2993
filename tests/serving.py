"""`pipelines up` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests import checkout


def start(folder: Path, *words: str) -> subprocess.Popen[str]:
    """Serve the pipelines in ``folder``, with Airflow's UI on any port."""
    return subprocess.Popen(
        [sys.executable, "-m", "generator.cli", "up", "--port", "0", "--pipelines", str(folder), *words],
        cwd=folder.parent,
        env={**os.environ, "PYTHONPATH": str(checkout.REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def until(stream: IO[str], words: str) -> Iterator[str]:
    """The lines up to the one with these words; all of them where there is none."""
    for line in stream:
        yield line
        if words in line:
            return
