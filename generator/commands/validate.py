"""Report all problems of pipeline files and their tests: YAML, schema, rules across fields and files, Jinja, and SQL.

Everything is read, since pipelines refer to each other; problems of the named files alone are shown.
Neither Airflow nor AWS is needed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from generator.commands import usage
from generator.project import Workspace


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files or folders (default: all)")
    parser.add_argument("--format", choices=("text", "json", "github"), default="text", help="how problems are shown")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    for path in arguments.paths:
        if not path.exists():
            raise usage.UsageError(f"there is no file or folder {path}")
    root = usage.find_root(arguments.pipelines, arguments.paths)
    for path in arguments.paths:
        _check_inside(path, root)
    workspace = usage.load(root, with_tests=True)
    only = _files_under(workspace, arguments.paths) if arguments.paths else None
    return usage.report(workspace, arguments.format, only, arguments.strict)


def _check_inside(path: Path, root: Path) -> None:
    """Refuse what is not looked at, which would otherwise be found to have no problems."""
    resolved, folder = path.resolve(), root.resolve()
    if not resolved.is_relative_to(folder) and not folder.is_relative_to(resolved):
        raise usage.UsageError(f"{path} is not in the pipelines folder {root}")


def _files_under(workspace: Workspace, paths: list[Path]) -> frozenset[str]:
    """The files, as problems name them, that are at or under one of the paths."""
    wanted = {path.resolve() for path in paths}
    resolved = {shown: path.resolve() for shown, path in workspace.shown.items()}
    return frozenset(shown for shown, path in resolved.items() if not wanted.isdisjoint((path, *path.parents)))
