"""What commands share: how they find the pipelines, how they show problems, and how wrong use is told."""

from __future__ import annotations

import argparse
import gc
import importlib.util
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from generator.problems import Format, errors, render

if TYPE_CHECKING:
    from generator.environment import Environment
    from generator.model import Pipeline
    from generator.project import Workspace

# Nearly all that is read is kept, and looking for garbage in it again and again takes a quarter of the time.
_FEW_COLLECTIONS = (200_000, 50, 1000)


class UsageError(Exception):
    """The command was used wrongly; the message says how to use it."""


def add_root(parser: argparse.ArgumentParser) -> None:
    """The option that names the pipelines folder."""
    parser.add_argument(
        "--pipelines",
        type=Path,
        metavar="DIR",
        help="the folder with project.yaml (default: found here or above)",
    )


def add_environment(parser: argparse.ArgumentParser) -> None:
    """The option that names the environment."""
    parser.add_argument(
        "--env",
        metavar="NAME",
        help="the environment (default: PIPELINES_ENV, then the project's own default)",
    )


def day(text: str) -> date:
    """The day that an option names."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2013-01-31") from None


def find_root(given: Path | None, paths: list[Path] | None = None) -> Path:
    """The pipelines folder: as given, or found at or above the paths or the present folder."""
    from generator import project

    if given is not None:
        if not given.is_dir():
            raise UsageError(f"{given} is no folder")
        return given
    here = Path.cwd()
    starts = [path if path.is_dir() else path.parent for path in paths or ()]
    for start in (*starts, here):
        root = project.find_root(start.resolve())
        if root is not None:
            return root
    raise UsageError(
        f"no project.yaml in {here} or above, nor in a `pipelines` folder there\n"
        "Name the folder with --pipelines, or begin a project with `pipelines new --project NAME`."
    )


def shown_root(root: Path) -> str:
    """The pipelines folder as problems name it: relative to the present folder where that is shorter."""
    here = Path.cwd().resolve()
    resolved = root.resolve()
    if resolved.is_relative_to(here):
        return resolved.relative_to(here).as_posix()
    return resolved.as_posix()


def load(root: Path, with_tests: bool = False) -> Workspace:
    """The pipelines, perhaps with their tests, and their problems named relative to the present folder."""
    from generator import project

    before = gc.get_threshold()
    gc.set_threshold(*_FEW_COLLECTIONS)
    try:
        return project.load_workspace(root, shown_root(root), with_tests)
    finally:
        gc.set_threshold(*before)


def report(
    workspace: Workspace, form: Format = "text", only: frozenset[str] | None = None, strict: bool = False
) -> int:
    """Print the problems (of the files ``only``, where given) and a summary; returns the exit code."""
    shown = [problem for problem in workspace.problems if only is None or problem.span.file in only]
    if shown or form == "json":
        sys.stdout.write(render(shown, form, workspace.read_lines) + "\n")
    wrong = errors(shown)
    if form == "text":
        sys.stderr.write(_summary(workspace, len(wrong), len(shown) - len(wrong)) + "\n")
    return 1 if wrong or (strict and shown) else 0


def _summary(workspace: Workspace, wrong: int, warned: int) -> str:
    total = len(workspace.pipelines) + len(workspace.broken)
    checked = f"{total} pipeline{'s' * (total != 1)}"
    if not wrong and not warned:
        return f"{checked}, no problems"
    parts = [f"{count} {word}{'s' * (count != 1)}" for count, word in ((wrong, "error"), (warned, "warning")) if count]
    return f"{checked}: {', '.join(parts)}"


def require(modules: Sequence[str], extras: str) -> None:
    """Raise UsageError with the extras to install where a module is missing; none is imported."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        needed = f"pip install 'pipeline-generator[{extras}]'"
        raise UsageError(f"not installed: {', '.join(missing)}\nThis needs: {needed}")


def the_pipeline(workspace: Workspace, name: str) -> Pipeline:
    """The valid pipeline of that name; what is wrong otherwise is told."""
    from generator.problems import did_you_mean

    for pipeline in workspace.pipelines:
        if pipeline.name == name:
            return pipeline
    if name in workspace.broken:
        raise UsageError(f"the pipeline '{name}' has problems; see `pipelines validate`")
    known = [pipeline.name for pipeline in workspace.pipelines]
    raise UsageError(f"there is no pipeline '{name}'; {did_you_mean(name, known)}")


def environment(name: str | None, root: Path) -> Environment:
    """The environment that is asked for, or the one that PIPELINES_ENV or the project in ``root`` names."""
    from generator.environment import UnknownEnvironmentError, choose, load_environments

    try:
        return choose(load_environments(root / "project.yaml"), name)
    except UnknownEnvironmentError as error:
        raise UsageError(str(error)) from None
