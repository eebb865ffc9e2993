"""A copy of this checkout as a repository or package source of its own, with what is not committed yet."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
_PACKAGED = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "constraints.txt", ".pre-commit-hooks.yaml")


def copy(folder: Path) -> Path:
    """The package's sources in ``folder``."""
    folder.mkdir()
    for name in _PACKAGED:
        shutil.copy(REPOSITORY / name, folder)
    for name in ("generator", "schemas"):
        shutil.copytree(REPOSITORY / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def commit(folder: Path) -> None:
    """Everything in ``folder`` committed to a git repository there."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "-c", "user.name=tests", "-c", "user.email=tests@example.com", "commit", "--quiet", "--message=all")


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()
