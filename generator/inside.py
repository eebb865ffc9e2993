"""Files that pipelines name: relative to the file that names them, and never outside of the pipelines folder."""

from __future__ import annotations

from pathlib import Path


def resolved(root: Path, folder: Path, name: str) -> Path | None:
    """The file ``name`` of ``folder``; None where that is outside of ``root``. It need not exist."""
    if Path(name).is_absolute():
        return None
    wanted = folder / name
    try:
        path = wanted.resolve()
        return path if path.is_relative_to(root.resolve()) else None
    except (OSError, ValueError):
        return None


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that is too long for the file system has none."""
    try:
        return path.is_file()
    except OSError:
        return False
