"""Compile pipelines into the DAGs that Airflow discovers: a dag-factory configuration and a small Python file each.

Only what changed is written, and compiled files whose pipeline is gone are removed. A pipeline with problems never
replaces its compiled DAG that works. With --check nothing is written; it fails where something would be.
With --fail-on-change it writes and then fails, for pre-commit, which does not see new files by itself.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from generator.commands import usage


def configure(parser: argparse.ArgumentParser) -> None:
    modes = parser.add_mutually_exclusive_group()
    modes.add_argument("--check", action="store_true", help="write nothing; exit with 1 where files are out of date")
    modes.add_argument("--fail-on-change", action="store_true", help="exit with 1 where files were out of date")
    parser.add_argument(
        "--dags",
        type=Path,
        metavar="DIR",
        help="where compiled files go (default: dags, beside the pipelines folder)",
    )
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    from generator import generate

    root = usage.find_root(arguments.pipelines)
    dags = arguments.dags if arguments.dags is not None else root.parent / "dags"
    workspace = usage.load(root)
    code = usage.report(workspace)
    try:
        changes = generate.plan(workspace, dags, root.name)
        if not arguments.check:
            generate.apply(changes)
    except OSError as error:
        raise usage.UsageError(f"{error.filename}: {error.strerror}") from None
    for change in changes:
        sys.stdout.write(f"{'out of date' if arguments.check else change.action}: {usage.shown_root(change.path)}\n")
    if arguments.check and changes:
        sys.stderr.write("run `pipelines generate` and commit what it changes\n")
        return 1
    if not changes:
        sys.stderr.write(f"{usage.shown_root(dags)} is up to date\n")
    return 1 if changes and arguments.fail_on_change else code
