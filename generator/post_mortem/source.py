"""The pipeline's file in the repository at hand: its timezone, and what changed in it between two runs."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from generator import load, project
from generator.post_mortem.records import Run

_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_SHORT = 12  # characters of a commit or hash that are shown


@dataclass(frozen=True)
class Source:
    """A pipeline's file as it is now; ``path`` is None where there is none of that name, ``timezone`` one that exists.

    ``sql_files`` are those that its tasks name, relative to ``root``, with forward slashes.
    """

    root: Path
    name: str
    path: Path | None
    timezone: str
    sql_files: tuple[str, ...] = ()

    @property
    def zone(self) -> tzinfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True)
class Change:
    """What is known of the file's versions: ``told`` in a sentence, and the lines of git's diff where it is at hand."""

    told: str
    diff: tuple[str, ...] = ()


def find(root: Path, name: str) -> Source:
    """The file of a pipeline, whether or not it is valid: a post-mortem may be of the change that broke it."""
    path = next((path for path in project.pipeline_files(root) if path.stem == name), None)
    data: Any = None
    if path is not None:
        document, _ = load.read(path, path.name)
        data = document.data if document is not None else None
    if not isinstance(data, dict):
        return Source(root, name, path, "UTC")
    return Source(root, name, path, _timezone(data), tuple(_sql_files(root, path, data)))


def _timezone(data: dict[str, Any]) -> str:
    zone = data.get("timezone", "UTC")
    try:
        return str(ZoneInfo(zone)) if isinstance(zone, str) else "UTC"
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"


def _sql_files(root: Path, path: Path | None, data: dict[str, Any]) -> Iterator[str]:
    tasks = data.get("tasks")
    for task in tasks.values() if isinstance(tasks, dict) else ():
        name = task.get("sql_file") if isinstance(task, dict) else None
        if isinstance(name, str) and path is not None:
            relative = Path(os.path.relpath(os.path.normpath(path.parent / name), root)).as_posix()
            if not relative.startswith(".."):
                yield relative


def change(source: Source, run: Run, good: Run | None) -> Change:
    """What changed in the pipeline from the last good run to a run.

    The hash is that of the compiled file, in which all is that a run is made of; the commit is the repository's.
    """
    if not run.git_commit and not run.file_hash:
        return Change("its version is not logged")
    if good is None:
        return Change("no good run before this one is logged")
    if run.file_hash and run.file_hash == good.file_hash:
        return Change("the same as in the last good run")
    if not run.git_commit or not good.git_commit:
        return Change(f"changed since the last good run: compiled {short(good.file_hash)} → {short(run.file_hash)}")
    if run.git_commit != good.git_commit:
        return _between_commits(source, good.git_commit, run.git_commit, bool(run.file_hash and good.file_hash))
    if not run.file_hash or not good.file_hash:
        return Change("the same commit as in the last good run")
    hashes = f"{short(good.file_hash)} → {short(run.file_hash)}"
    return Change(f"changed since the last good run, but not by a commit: compiled {hashes}")


def _between_commits(source: Source, good: str, now: str, differs: bool) -> Change:
    """``differs`` says that the hashes are known to differ."""
    commits = f"{short(good)} → {short(now)}"
    # The file may have moved since, but not changed its name, which is the pipeline's.
    own = [f":(glob)**/{source.name}.{ending}" for ending in ("yaml", "yml")]
    diff = _diff(source, good, now, [*own, *(f":(literal){name}" for name in source.sql_files)])
    if diff is None:
        return Change(f"this repository does not have both commits; see git diff {short(good)} {short(now)}")
    if diff:
        return Change(f"changed since the last good run, commits {commits}:", tuple(diff))
    # Defaults, or the generator, can change what a file compiles to.
    compiled = _diff(source, good, now, [f":(top,glob)**/{source.name}.yaml"]) if differs else None
    if compiled:
        return Change(f"the same, but what it compiles to changed, commits {commits}:", tuple(compiled))
    if differs:
        return Change(f"changed since the last good run, but not by the commits {commits}")
    return Change(f"the same as in the last good run; the commits {commits} changed other files")


def _diff(source: Source, good: str, now: str, files: list[str]) -> list[str] | None:
    """git's diff of the files; None where this is no repository that has both commits."""
    if not (_COMMIT.fullmatch(good) and _COMMIT.fullmatch(now)):
        return None
    command = ["git", "-C", str(source.root), "diff", "--no-color", "--no-ext-diff", "--no-textconv"]
    try:
        done = subprocess.run(
            [*command, good, now, "--", *files],
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:  # there is no git
        return None
    if done.returncode:
        return None
    return [line for line in done.stdout.split("\n")[:-1] if not line.startswith(("diff --git", "index "))]


def short(text: str | None) -> str:
    """The start of a commit or hash."""
    return text[:_SHORT] if text else "unknown"
