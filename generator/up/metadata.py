"""Airflow's home for one start: a new metadata database, as the sandbox's data are new, and no logs of earlier runs.

Making the tables takes Airflow many seconds, so that is done once for each version, and copied from then on.
"""

from __future__ import annotations

import importlib.metadata
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_DATABASE = "airflow.db"


class MigrationError(Exception):
    """Airflow could not make its tables; the message is the end of what it said."""


def template(folder: Path) -> Path:
    """The file that keeps the empty tables of the installed version of Airflow."""
    return folder / f"airflow-{importlib.metadata.version('apache-airflow-core')}.db"


def make_template(kept: Path, home: Path, variables: Mapping[str, str]) -> None:
    """Let Airflow make its tables, and keep them in the file ``kept``. Raises MigrationError."""
    clear(home)
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MigrationError(f"`airflow db migrate` failed:\n{done.stdout[-2000:]}")
    partial = kept.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(home / _DATABASE)
    try:
        connection.execute("VACUUM INTO ?", (str(partial),))  # one file, whatever SQLite has in its journal
    finally:
        connection.close()
    partial.replace(kept)


def fresh(kept: Path, home: Path) -> None:
    """Begin with the tables of ``kept`` and nothing else."""
    clear(home)
    shutil.copyfile(kept, home / _DATABASE)


def clear(home: Path) -> None:
    """Remove what an earlier start left. Run ids repeat, so its logs would be mixed with the new ones."""
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
