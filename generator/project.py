"""From a folder of pipeline files to valid pipelines and problems: load, expand, schema, model, rules."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from generator import assemble, expand, inside, load, scenario, schema
from generator.expand import Layer, RawTask
from generator.load import Document, Path_
from generator.model import Pipeline, Project, Table, Tables, Task
from generator.problems import Problem, Span, close_match, did_you_mean, errors
from generator.rules import files, notifications, pipeline, scenarios, tables, tasks, texts
from generator.rules.source import Source, SqlText, Surroundings
from generator.scenario import Suite

PROJECT_FILE = "project.yaml"
TESTS = ".test"


@dataclass(frozen=True)
class Workspace:
    """A folder of pipelines as it was read.

    ``pipelines`` are those without errors, ``broken`` the file stems of the others, ``shown`` the files that
    ``problems`` name, as they are shown, with their paths. ``suites`` are the tests without errors of valid pipelines.
    """

    root: Path
    project: Project | None
    pipelines: tuple[Pipeline, ...]
    tables: Tables
    problems: tuple[Problem, ...]
    broken: frozenset[str]
    shown: dict[str, Path]
    suites: tuple[Suite, ...] = ()

    def read_lines(self, shown: str) -> Sequence[str]:
        """The lines of a file that a problem names; empty where it can't be read."""
        path = self.shown.get(shown)
        if path is None:
            return ()
        try:
            return path.read_text(encoding="utf-8-sig", errors="replace").split("\n")
        except OSError:
            return ()


def load_workspace(root: Path, shown_root: str | None = None, with_tests: bool = False) -> Workspace:
    """Read and check all pipelines under ``root``, and their tests where they are asked for.

    ``shown_root`` is how problems name that folder.
    """
    reader = _Reader(root, root.name if shown_root is None else shown_root)
    project_document, project, defaults = reader.project()
    sources = [source for path in pipeline_files(root) if (source := reader.source(path, defaults))]
    around = _surroundings(sources, project)
    analysed = [reader.check(source, around) for source in sources]
    written = {table: s.pipeline.name for s in reversed(analysed) for task in s.pipeline.tasks for table in task.writes}
    reader.problems.extend(files.check(analysed, around, written))
    if project is not None and project_document is not None:
        engines = files.needed(analysed)
        reader.problems.extend(files.check_project(project_document, project, engines))
        reader.problems.extend(notifications.check_project(project_document, project))
    suites = (
        [suite for path in suite_files(root) if (suite := reader.suite(path, analysed, around))] if with_tests else []
    )
    return reader.workspace(analysed, around, suites)


def pipeline_files(root: Path) -> list[Path]:
    """The pipeline files under a folder, sorted: all YAML files but the project's, tests' and hidden ones."""
    return [path for path in _yaml_files(root) if not path.stem.endswith(TESTS)]


def suite_files(root: Path) -> list[Path]:
    """The files of tests under a folder, sorted: ``flights_load.test.yaml`` is for ``flights_load.yaml``."""
    return [path for path in _yaml_files(root) if path.stem.endswith(TESTS)]


def _yaml_files(root: Path) -> list[Path]:
    found = [path for ending in ("*.yaml", "*.yml") for path in root.rglob(ending)]
    return sorted(path for path in found if _is_ours(path.relative_to(root)) and not path.is_dir())


def _is_ours(path: Path) -> bool:
    if any(part.startswith(".") for part in path.parts):
        return False
    return path.as_posix() not in (PROJECT_FILE, "project.yml")


def find_root(start: Path) -> Path | None:
    """The closest folder at or above ``start`` that holds a project file, or one of its ``pipelines`` folders."""
    for candidate in (start, *start.parents):
        if (candidate / PROJECT_FILE).is_file():
            return candidate
        if (candidate / "pipelines" / PROJECT_FILE).is_file():
            return candidate / "pipelines"
    return None


def _surroundings(sources: Iterable[Source], project: Project | None) -> Surroundings:
    declared: set[str] = set()
    valid: dict[str, Table] = {}
    for source in sources:
        written = source.document.data.get("tables")
        declared |= {str(name) for name in written} if isinstance(written, dict) else set()
        for name, table in source.pipeline.tables.items():
            valid.setdefault(name, table)
    return Surroundings(valid, frozenset(declared - valid.keys()), project)


class _Reader:
    """Collects problems, and the files that they name, while files are read."""

    def __init__(self, root: Path, shown_root: str) -> None:
        self.root = root
        self.shown_root = shown_root
        self.problems: list[Problem] = []
        self.shown: dict[str, Path] = {}
        self._stems: dict[str, str] = {}

    def project(self) -> tuple[Document | None, Project | None, list[Layer]]:
        """The project file, what it says where it is right, and its defaults."""
        path = self.root / PROJECT_FILE
        if not path.is_file():
            misnamed = self.root / "project.yml"
            advice = "rename project.yml to project.yaml" if misnamed.is_file() else "see `pipelines new --project`"
            self.problems.append(Problem(Span(self._show(path)), "P601", "there is no project file", advice))
            return None, None, []
        document, problems = load.read(path, self._show(path))
        self.problems.extend(problems)
        if document is None:
            return None, None, []
        refusals = schema.check_project(document.data, _locate(document))
        self.problems.extend(problem for _, problem in refusals)
        self.problems.extend(_template_defaults(document))
        project = None if refusals or errors(problems) else assemble.project(document)
        return document, project, expand.layers(document, [path for path, _ in refusals])

    def source(self, path: Path, defaults: list[Layer]) -> Source | None:
        """The source of a pipeline file with its schema checked, or None where it is no YAML mapping at all."""
        shown = self._show(path)
        self._stems[shown] = path.stem
        document, problems = load.read(path, shown)
        self.problems.extend(problems)
        if document is None:
            return None
        refusals = schema.check_pipeline(document.data, _locate(document))
        self.problems.extend(problem for _, problem in refusals)
        if not isinstance(document.data, dict):
            return None
        self.problems.extend(_template_defaults(document))
        refused = [refusal for refusal, _ in refusals]
        raw_tasks = tuple(expand.tasks(document, defaults + expand.layers(document, refused)))
        texts_by_task: dict[str, SqlText] = {}
        valid = tuple(task for raw in raw_tasks if (task := self._task(raw, path, texts_by_task)))
        file = path.relative_to(self.root).as_posix()
        shared = defaults[0][1] if defaults else None
        made = assemble.pipeline(document, file, refused, valid, shared)
        return Source(document, path, made, raw_tasks, texts_by_task)

    def _task(self, raw: RawTask, path: Path, sql: dict[str, SqlText]) -> Task | None:
        name = raw.data.get("template")
        known = schema.template_names()
        if not isinstance(name, str) or name not in known:
            self.problems.append(_no_template(raw))
            return None
        problems = schema.check_task(name, raw.data, raw.span)
        self.problems.extend(problems)
        if problems:
            return None
        text = self._sql_text(raw, path)
        if text is not None:
            sql[raw.name] = text
        return assemble.task(raw, text.text if text else None)

    def _sql_text(self, raw: RawTask, path: Path) -> SqlText | None:
        if "sql" in raw.data:
            return SqlText(raw.data["sql"], raw.place(("sql",)))
        if "sql_file" in raw.data:
            return self._sql_file(raw, path.parent)
        return None

    def _sql_file(self, raw: RawTask, folder: Path) -> SqlText | None:
        """The text of ``sql_file``: beside the pipeline's file, and never outside of the pipelines folder."""
        name = raw.data["sql_file"]
        span = raw.span(("sql_file",), False)
        resolved = inside.resolved(self.root, folder, name)
        if resolved is None:
            message = f"'{name}' is outside of the pipelines folder"
            self.problems.append(Problem(span, "R313", message, "SQL files are inside the pipelines folder"))
            return None
        if not inside.is_file(resolved):
            there = sorted(file.name for file in folder.glob("*.sql"))
            message = f"there is no file '{name}' beside {raw.document.file.rsplit('/', 1)[-1]}"
            self.problems.append(Problem(span, "R312", message, did_you_mean(name, there)))
            return None
        shown = self._show(Path(os.path.normpath(folder / name)))
        written, problems = load.read_text(resolved, shown, span)
        self.problems.extend(problems)
        if written is None:
            return None
        place = load.text_place(shown, written.split("\n"), written)
        return SqlText(raw.substitute(written), raw.placed(written, place))

    def check(self, source: Source, around: Surroundings) -> Source:
        """Run the rules for one file; returns the source with its tasks' lineage."""
        self.problems.extend(pipeline.check(source))
        self.problems.extend(notifications.check(source, around))
        self.problems.extend(tables.check(source))
        self.problems.extend(tasks.check(source, around))
        analysed, problems = texts.analyse(source, around)
        self.problems.extend(problems)
        return analysed

    def suite(self, path: Path, sources: Sequence[Source], around: Surroundings) -> Suite | None:
        """The tests in a file, checked; None where they have errors, or there is no such pipeline."""
        shown = self._show(path)
        document, problems = load.read(path, shown)
        if document is not None and not errors(problems):
            problems += [problem for _, problem in schema.check_tests(document.data, _locate(document))]
        if document is None or errors(problems):
            self.problems.extend(problems)
            return None
        suite = scenario.suite(document, path)
        source = next((s for s in sources if s.path.parent == path.parent and s.path.stem == suite.pipeline), None)
        if source is None:
            problems.append(self._no_pipeline(suite, sources))
        else:
            wrong = {problem.span.file for problem in errors(self.problems)}
            compiles = not wrong & self._files_of(source)
            tested = scenarios.Tested(document, suite, source.pipeline, around, self.root, compiles)
            problems.extend(scenarios.check(tested))
        self.problems.extend(problems)
        return None if errors(problems) else suite

    def _no_pipeline(self, suite: Suite, sources: Sequence[Source]) -> Problem:
        """Beside the tests there is no such pipeline, or one that can't be read, which is told already."""
        beside = [s.path.stem for s in sources if s.path.parent == suite.path.parent]
        message = f"there is no pipeline {suite.pipeline}.yaml beside {suite.path.name}"
        return Problem(Span(suite.file), "T701", message, did_you_mean(suite.pipeline, beside))

    def workspace(self, sources: Sequence[Source], around: Surroundings, suites: Sequence[Suite]) -> Workspace:
        wrong = {problem.span.file for problem in errors(self.problems)}
        project_broken = self._show(self.root / PROJECT_FILE) in wrong
        valid = [s.pipeline for s in sources if not project_broken and not wrong & self._files_of(s)]
        broken = set(self._stems.values()) - {Path(pipeline.file).stem for pipeline in valid}
        return Workspace(
            root=self.root,
            project=around.project,
            pipelines=tuple(valid),
            tables=around.tables,
            problems=tuple(sorted(set(self.problems))),
            broken=frozenset(broken),
            shown=self.shown,
            suites=tuple(suite for suite in suites if suite.pipeline not in broken),
        )

    def _files_of(self, source: Source) -> set[str]:
        return {source.document.file} | {text.place(0, 1).file for text in source.sql.values()}

    def _show(self, path: Path) -> str:
        relative = path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()
        shown = f"{self.shown_root}/{relative}" if self.shown_root not in ("", ".") else relative
        self.shown[shown] = path
        return shown


def _no_template(raw: RawTask) -> Problem:
    """What is wrong with a task that names no template, or one that there is not."""
    known = schema.template_names()
    name = raw.data.get("template")
    if name is not None:
        span = raw.span(("template",), False)
        return Problem(span, "S207", f"unknown template '{name}'", did_you_mean(str(name), known))
    misspelt = close_match("template", raw.data)
    if misspelt:
        message = f"unknown key '{misspelt}' in the task '{raw.name}'"
        return Problem(raw.span((misspelt,), True), "S201", message, "did you mean 'template'?")
    return Problem(raw.span((), True), "S203", f"the task '{raw.name}' names no template", did_you_mean("", known))


def _locate(document: Document) -> schema.Locate:
    def locate(path: Path_, key: bool) -> Span:
        return document.key_span(path) if key else document.value_span(path)

    return locate


def _template_defaults(document: Document) -> list[Problem]:
    defaults = document.data.get("defaults") if isinstance(document.data, dict) else None
    by_template = defaults.get("templates") if isinstance(defaults, dict) else None
    if not isinstance(by_template, dict):
        return []
    return list(schema.check_template_defaults(by_template, ("defaults", "templates"), _locate(document)))
