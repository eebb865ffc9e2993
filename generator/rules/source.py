"""What rules look at: a pipeline file with its positions, and the project around it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from generator.expand import RawTask
from generator.load import Document, Path_, Place
from generator.model import Engine, Pipeline, Project, Tables, Task
from generator.problems import Span
from generator.sql import Declared


@dataclass(frozen=True)
class SqlText:
    """The SQL of a task and where each part of it stands: ``place`` takes an offset and a length in characters."""

    text: str
    place: Place


@dataclass(frozen=True)
class Source:
    """A pipeline file under check. ``pipeline`` holds its valid parts; ``tasks_as_written`` all of its tasks."""

    document: Document
    path: Path
    pipeline: Pipeline
    tasks_as_written: tuple[RawTask, ...]
    sql: Mapping[str, SqlText]

    def span(self, path: Path_, key: bool = False) -> Span:
        return self.document.key_span(path) if key else self.document.value_span(path)

    def task_span(self, task: Task, path: Path_, key: bool = False) -> Span:
        return self.raw(task).span(path, key)

    def raw(self, task: Task) -> RawTask:
        """The task as it was written."""
        return self._raw_by_name[task.name]

    @functools.cached_property
    def _raw_by_name(self) -> Mapping[str, RawTask]:
        return {raw.name: raw for raw in self.tasks_as_written}


@dataclass(frozen=True)
class Surroundings:
    """What a pipeline may refer to outside its own file: all declared tables, and the project's environments.

    ``refused_tables`` are names that are declared, but with problems of their own.
    """

    tables: Tables
    refused_tables: frozenset[str]
    project: Project | None

    @functools.cached_property
    def columns(self) -> Mapping[Engine, Declared]:
        """The tables' columns for the check of SQL, by engine."""
        return {engine: Declared(self.tables, engine) for engine in get_args(Engine)}
