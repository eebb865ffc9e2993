"""Writes compiled pipelines into a folder: only what changed, and never a broken pipeline over one that works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from generator import compile as compiler
from generator.project import Workspace

Action = Literal["created", "changed", "removed"]


@dataclass(frozen=True)
class Change:
    """A compiled file that is not as it should be, and what it needs: its new text, or None to remove it."""

    path: Path
    action: Action
    text: str | None


def plan(workspace: Workspace, dags: Path, shown_root: str) -> list[Change]:
    """What it takes to bring ``dags`` up to date. Compiled files of broken pipelines stay as they are."""
    if workspace.project is None:
        return []
    wanted = compiler.files(workspace.project, workspace.pipelines, workspace.tables, shown_root)
    changes = []
    for name, text in sorted(wanted.items()):
        path = dags / name
        present = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else None
        if present != text:
            changes.append(Change(path, "created" if present is None else "changed", text))
    changes.extend(Change(path, "removed", None) for path in _left_over(workspace, dags, wanted.keys()))
    return changes


def apply(changes: list[Change]) -> None:
    """Carry out the plan; each file appears whole or not at all, and the YAML before the Python that reads it."""
    for change in sorted(changes, key=lambda change: change.path.suffix == ".py"):
        if change.text is None:
            change.path.unlink(missing_ok=True)
            continue
        change.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = change.path.with_name(f".{change.path.name}.new")
        temporary.write_text(change.text, encoding="utf-8")
        temporary.replace(change.path)


def _left_over(workspace: Workspace, dags: Path, wanted: object) -> list[Path]:
    """Compiled files whose pipeline is gone; files that are not ours are never touched."""
    found = []
    for path in sorted((*dags.glob("*.yaml"), *dags.glob("*.py"))):
        if path.name in wanted or path.stem in workspace.broken:  # type: ignore[operator]
            continue
        with path.open(encoding="utf-8", errors="replace") as file:
            if file.readline().startswith(compiler.HEADER):
                found.append(path)
    return found
