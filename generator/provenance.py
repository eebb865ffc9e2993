"""Which text a run was made from: the compiled file's hash, and the git commit that it belongs to."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
from pathlib import Path

VARIABLE = "PIPELINES_GIT_COMMIT"

_COMMIT = re.compile(r"[0-9a-f]{40,64}")
_GIT_SECONDS = 3


def file_hash(python_file: str) -> str:
    """SHA-256 of the compiled YAML file beside a compiled Python file, in hex; empty where it can't be read."""
    try:
        return hashlib.sha256(Path(python_file).with_suffix(".yaml").read_bytes()).hexdigest()
    except OSError:
        return ""


def git_commit(python_file: str, bundle_version: str | None) -> str:
    """The commit: from PIPELINES_GIT_COMMIT, from a git bundle's version, or of the work tree that holds the file.

    Empty where none of them tells.
    """
    if told := os.environ.get(VARIABLE):
        return told
    if bundle_version and _COMMIT.fullmatch(bundle_version):
        return bundle_version
    return _head(str(Path(python_file).parent))


@functools.lru_cache(maxsize=8)
def _head(folder: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", folder, "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    found = done.stdout.strip()
    return found if done.returncode == 0 and _COMMIT.fullmatch(found) else ""
