"""A DAG bundle: point Airflow at the pipelines folder, and a saved YAML file is a DAG a few seconds later.

    [dag_processor]
    dag_bundle_config_list = [{"name": "pipelines", "classpath": "generator.bundle.PipelineBundle",
                               "kwargs": {"pipelines_folder": "/opt/analytics/pipelines"}}]

See "DAG bundles" in Airflow's documentation. The bundle compiles into Airflow's bundle storage what changed since it
looked last, and looks with one `stat` per file.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.dag_processing.bundles.base import BaseDagBundle

if TYPE_CHECKING:
    from generator.generate import Change
    from generator.project import Workspace

log = logging.getLogger(__name__)

DEFAULT_REFRESH_SECONDS = 5
PROBLEMS_SUFFIX = ".problems.py"

_SOURCES = (".yaml", ".yml", ".sql")
_FINGERPRINT = ".fingerprint"


class PipelineBundle(BaseDagBundle):
    """Compiles the pipelines of a folder for Airflow.

    A pipeline with problems keeps its last good DAG, and the problems are the import error of a file beside it, with
    file, line and message. Compiled files whose pipeline is gone are removed.

    :param pipelines_folder: the folder with project.yaml
    :param refresh_interval: seconds between two looks for changes; Airflow looks every 5 s at most
        ([dag_processor] bundle_refresh_check_interval)
    """

    supports_versioning = False

    def __init__(
        self, *, pipelines_folder: str, refresh_interval: int = DEFAULT_REFRESH_SECONDS, **kwargs: Any
    ) -> None:
        super().__init__(refresh_interval=refresh_interval, **kwargs)
        self._folder = Path(pipelines_folder)

    @property
    def path(self) -> Path:
        """The folder with the compiled pipelines."""
        return Path(self.base_dir) / "dags"

    def get_current_version(self) -> None:
        """None: the folder has only one version, the present one."""

    def initialize(self) -> None:
        """Compile what changed; called by the DAG processor, and by each task's process before it runs."""
        # Forked parses of the DAG processor find it imported already; Airflow does so for its own modules only.
        importlib.import_module("generator.build")
        try:
            self.refresh()
        except Exception:
            if not self._compiled_from():
                raise
            log.exception("Bundle '%s' can't compile now; its tasks run as compiled before", self.name)
        super().initialize()

    def refresh(self) -> None:
        """Compile what changed. Raises FileNotFoundError where the pipelines folder is not there."""
        if not self._folder.is_dir():
            raise FileNotFoundError(f"bundle '{self.name}': there is no pipelines folder {self._folder}")
        if self._is_current():
            return
        with self.lock():
            # Files that change while they are compiled are looked at again: the fingerprint is from before.
            fingerprint = fingerprint_of(self._folder)
            if self._compiled_from() != fingerprint:
                compile_folder(self._folder, self.path)
                _write(self.path / _FINGERPRINT, fingerprint)

    def _is_current(self) -> bool:
        return self._compiled_from() == fingerprint_of(self._folder)

    def _compiled_from(self) -> str:
        try:
            return (self.path / _FINGERPRINT).read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""


def compile_folder(pipelines: Path, dags: Path) -> None:
    """Bring the compiled files up to date with a pipelines folder, and show its problems beside them."""
    from generator import generate
    from generator.project import load_workspace

    dags.mkdir(parents=True, exist_ok=True)
    workspace = load_workspace(pipelines)
    changes = generate.plan(workspace, dags, pipelines.name)
    generate.apply(changes)
    _parse_again(changes, dags)
    _show_problems(problem_files(workspace), dags)


def problem_files(workspace: Workspace) -> dict[str, str]:
    """For each file with errors, a Python file that raises them, since Airflow shows nothing else of a bundle."""
    from generator.problems import errors, render

    by_name: dict[str, list[Any]] = {}
    for problem in errors(workspace.problems):
        by_name.setdefault(problem_file_name(problem.span.file), []).append(problem)
    return {name: _raising(render(problems, "text", workspace.read_lines)) for name, problems in by_name.items()}


def problem_file_name(source: str) -> str:
    """flights_load.problems.py for flights/flights_load.yaml; other files keep their ending: daily.sql.problems.py."""
    path = Path(source)
    name = path.stem if path.suffix in (".yaml", ".yml") else path.name
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name) + PROBLEMS_SUFFIX


def _raising(text: str) -> str:
    """Airflow reads only files in which the words dag and airflow are."""
    lines = "\n".join(f"    {line!a}" for line in text.splitlines(keepends=True))
    return (
        f"# The problems of a pipeline, which Airflow shows as this file's import error. If the pipeline had a DAG\n"
        f"# before, that one stays.\n"
        f"raise ValueError(\n{lines}\n)\n"
    )


def _show_problems(wanted: Mapping[str, str], dags: Path) -> None:
    for path in dags.glob(f"*{PROBLEMS_SUFFIX}"):
        if path.name not in wanted:
            path.unlink(missing_ok=True)
    for name, text in wanted.items():
        path = dags / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            _write(path, text)


def _parse_again(changes: Sequence[Change], dags: Path) -> None:
    """Airflow parses a file at once when its time is new; a changed YAML file leaves its Python file as it was."""
    from generator.compile import PROJECT_FILE

    changed = {change.path for change in changes if change.text is not None}
    if dags / PROJECT_FILE in changed:
        changed |= set(dags.glob("*.yaml"))
    for path in changed:
        python_file = path.with_suffix(".py")
        if python_file.is_file():
            python_file.touch()


def _write(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def fingerprint_of(folder: Path) -> str:
    """A hash of names, times and sizes of the files that a compiled pipeline is made from, and of this package's."""
    digest = hashlib.sha256(_package_fingerprint().encode())
    for line in sorted(_described(folder, _SOURCES)):
        digest.update(line.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


@functools.cache
def _package_fingerprint() -> str:
    package = Path(__file__).parent
    ours = (*_described(package, (".py", ".json")), *_described(package.parent / "schemas", (".json",)))
    return "\n".join(sorted(ours))


def _described(folder: Path, endings: tuple[str, ...]) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(endings):
                yield _file(os.path.join(parent, name))  # noqa: PTH118  (pathlib takes ten times as long)


def _file(path: str) -> str:
    try:
        status = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:  # an editor replaces files while we look
        return f"{path}\0gone\n"
    return f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n"
