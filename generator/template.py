"""The contract of a task template: a typed value, found by name.

A template is one module of :mod:`generator.templates` that defines ``TEMPLATE``, one schema fragment, and one test
file, which share a stem: ``redshift.copy`` is ``templates/redshift_copy.py``, ``schemas/templates/redshift_copy.json``
and ``tests/templates/redshift_copy.yaml``.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from generator.model import Engine, Table, Tables, Task

SqlKind = Literal["none", "statements", "statement", "query"]


@dataclass(frozen=True)
class Step:
    """One Airflow task of a template: an operator's class path and its arguments.

    A template with a single step names it ``""``; with several, the task becomes a task group of them. ``after``
    names the steps that come before; ``teardown`` marks the step that runs whatever happened to those.
    """

    name: str
    operator: str
    arguments: Mapping[str, Any]
    after: tuple[str, ...] = ()
    teardown: bool = False


@dataclass(frozen=True)
class Finding:
    """Something wrong with a task, at ``path`` within it; the caller adds file, line and task."""

    path: tuple[str | int, ...]
    code: str
    message: str
    help: str = ""


def _no_findings(_task: Task, _tables: Tables) -> Iterable[Finding]:
    return ()


def _own_table(task: Task, _tables: Tables) -> tuple[str, ...]:
    return (task.table,) if "table" in task.values else ()


def _no_needs(_task: Task) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Template:
    """What a template does.

    ``expand`` turns a valid task into steps. ``check`` finds what the schema can't say. ``sql`` tells what the text
    under ``sql`` or ``sql_file`` must be; ``conditions`` are further keys with an SQL condition; ``column_lists`` are
    keys that name columns of the task's table, and ``table_keys`` those that name a declared table. ``writes`` names
    the declared tables that the task writes itself (those written by SQL text are found there). ``needs`` names what
    the environment must have besides the engine.
    """

    expand: Callable[[Task, Tables], tuple[Step, ...]]
    engine: Engine | None = None
    sql: SqlKind = "none"
    check: Callable[[Task, Tables], Iterable[Finding]] = _no_findings
    writes: Callable[[Task, Tables], tuple[str, ...]] = _own_table
    conditions: tuple[str, ...] = ()
    column_lists: tuple[str, ...] = ("columns",)
    table_keys: tuple[str, ...] = ("table",)
    needs: Callable[[Task], tuple[str, ...]] = _no_needs


@functools.cache
def get(name: str) -> Template:
    """The template of that name; the schema has checked that there is one."""
    module = importlib.import_module(f"generator.templates.{name.replace('.', '_')}")
    template = module.TEMPLATE
    if not isinstance(template, Template):
        raise TypeError(f"{module.__name__}.TEMPLATE is no Template")
    return template


def table_of(task: Task, tables: Tables) -> Table:
    """The declared table that the task names; the rules have checked that there is one."""
    return tables[task.table]
