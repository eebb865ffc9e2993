"""Rules for the texts that users write: Jinja in all values, and SQL in its dialect.

The analysis also finds which tables a task reads and writes, and returns the tasks with that filled in.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from generator import jinja, sql, template
from generator.load import Path_
from generator.model import Cron, Engine, Every, Param, Pipeline, Project, Tables, Task
from generator.problems import Problem, Span
from generator.rules.source import Source, Surroundings

_SAMPLES: dict[str, object] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True}
_DEFAULT_SCHEMA = "public"
_SQL_KEYS = frozenset({"sql", "sql_file"})


def analyse(source: Source, around: Surroundings) -> tuple[Source, list[Problem]]:
    """The source with ``reads`` and ``writes`` of its tasks filled in, and what is wrong with its texts."""
    problems: list[Problem] = []
    scope = jinja_scope(source.pipeline, around.project)
    tasks = []
    for task in source.pipeline.tasks:
        problems.extend(_values(source, task, scope))
        found, statements = _sql(source, task, scope, around)
        problems.extend(found)
        tasks.append(_with_lineage(task, statements, around.tables))
    problems.extend(_locations(source, scope))
    pipeline = dataclasses.replace(source.pipeline, tasks=tuple(tasks))
    return dataclasses.replace(source, pipeline=pipeline), problems


def jinja_scope(pipeline: Pipeline, project: Project | None) -> jinja.Scope:
    """The names that this pipeline's texts may refer to."""
    return jinja.Scope(
        params={param.name: _sample(param) for param in pipeline.params},
        string_params=frozenset(param.name for param in pipeline.params if _is_free_text(param)),
        environments=project.environments if project else {},
        dated=isinstance(pipeline.schedule, (Cron, Every)),
        sql=False,
    )


def _sample(param: Param) -> object:
    if param.default is not None:
        return param.default
    if "enum" in param.schema:
        return param.schema["enum"][0]
    if param.schema.get("format") == "date":
        return "2013-01-31"
    kind = param.schema["type"]
    return _SAMPLES[kind[-1] if isinstance(kind, list) else kind]


def _is_free_text(param: Param) -> bool:
    kind = param.schema["type"]
    is_text = kind == "string" or (isinstance(kind, list) and "string" in kind)
    return is_text and not param.schema.keys() & {"enum", "pattern", "format"}


def _values(source: Source, task: Task, scope: jinja.Scope) -> Iterator[Problem]:
    """Jinja in all of a task's own values but its SQL. Most end up inside quotes in a statement."""
    contract = template.get(task.template)
    for path, text in _strings(task.values, ()):
        if "{" not in text or path[0] in _SQL_KEYS or path[0] in contract.conditions:
            continue
        place = _value_place(source, task, path, text)
        _, findings = jinja.check(text, scope)
        yield from (_problem(finding, place) for finding in findings)
        yield from _free_text(text, scope, place)


def _free_text(text: str, scope: jinja.Scope, place: Callable[[int, int], Span]) -> Iterator[Problem]:
    for match in re.finditer(r"params\.([a-z][a-z0-9_]*)", text):
        if match.group(1) in scope.string_params:
            message = f"the param '{match.group(1)}' may hold any text, and goes into an address here"
            span = place(match.start(), len(match.group(0)))
            yield Problem(span, "J407", message, "give the param an enum or a pattern")


def _value_place(source: Source, task: Task, path: Path_, text: str) -> Callable[[int, int], Span]:
    raw = source.raw(task)
    if path[0] in raw.origins:
        document, base = raw.origins[str(path[0])]
        return document.place((*base, *path[1:]), text)
    return raw.document.place((*raw.path, *path), text)


def _strings(value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _strings(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _strings(part, (*path, index))


def _locations(source: Source, scope: jinja.Scope) -> Iterator[Problem]:
    for table in source.pipeline.tables.values():
        path: Path_ = ("tables", table.name, "location")
        place = source.document.place(path, table.location)
        _, findings = jinja.check(table.location, scope)
        yield from (_problem(finding, place) for finding in findings)
        yield from _free_text(table.location, scope, place)


def _sql(
    source: Source, task: Task, scope: jinja.Scope, around: Surroundings
) -> tuple[list[Problem], tuple[sql.Statement, ...]]:
    contract = template.get(task.template)
    problems: list[Problem] = []
    sql_scope = dataclasses.replace(scope, sql=True)
    engine: Engine = contract.engine or "redshift"
    for key in contract.conditions:
        if isinstance(task.values.get(key), str):
            text = task.values[key]
            place = _value_place(source, task, (key,), text)
            rendered, jinja_findings = jinja.check(text, sql_scope)
            problems.extend(_problem(finding, place) for finding in jinja_findings)
            if not jinja_findings:
                problems.extend(_problem(finding, place) for finding in sql.check_condition(rendered, engine))
    written = source.sql.get(task.name)
    if contract.sql == "none" or written is None or task.sql is None:
        return problems, ()
    rendered, jinja_findings = jinja.check(task.sql, sql_scope)
    problems.extend(_problem(finding, written.place) for finding in jinja_findings)
    if any(finding.severity == "error" for finding in jinja_findings):
        return problems, ()
    default_schema = _DEFAULT_SCHEMA if engine == "redshift" else _athena_database(around.project)
    statements, findings = sql.analyse(rendered, engine, contract.sql, default_schema)
    findings = [*findings, *sql.limits([text for _, text in sql.split(task.sql)], engine)]
    if not findings:
        findings = sql.check_columns(rendered, engine, around.tables)
    shift = _Shift(task.sql, rendered)
    problems.extend(
        _problem(finding, lambda at, length: written.place(shift(at), length)) for finding in findings
    )
    return problems, statements


def _athena_database(project: Project | None) -> str:
    if project is None:
        return "default"
    values = project.environments.get(project.default_environment, {})
    return str(values.get("athena", {}).get("database", "default"))


class _Shift:
    """Maps an offset in rendered text to the written text: same line, and same column where the line is the same."""

    def __init__(self, written: str, rendered: str) -> None:
        self._same = written == rendered
        self._written = written.split("\n")
        self._rendered = rendered.split("\n")

    def __call__(self, offset: int) -> int:
        if self._same or len(self._written) != len(self._rendered):
            return min(offset, max(0, sum(len(line) + 1 for line in self._written) - 1))
        row, rest = 0, offset
        while row < len(self._rendered) - 1 and rest > len(self._rendered[row]):
            rest -= len(self._rendered[row]) + 1
            row += 1
        column = rest if self._written[row][:rest] == self._rendered[row][:rest] else self._common(row)
        return sum(len(line) + 1 for line in self._written[:row]) + column

    def _common(self, row: int) -> int:
        """Where the written and the rendered line begin to differ."""
        pairs = zip(self._written[row], self._rendered[row], strict=False)
        return next((index for index, (one, other) in enumerate(pairs) if one != other), 0)


def _problem(finding: jinja.JinjaFinding | sql.SqlFinding, place: Callable[[int, int], Span]) -> Problem:
    span = place(finding.offset, finding.length)
    return Problem(span, finding.code, finding.message, finding.help, finding.severity)


def _with_lineage(task: Task, statements: tuple[sql.Statement, ...], tables: Tables) -> Task:
    """``writes``: what the template itself writes, and what its SQL does unless the task lists it; no duplicates."""
    own = template.get(task.template).writes(task, tables)
    by_sql = sorted({name for statement in statements for name in statement.writes})
    writes = tuple(dict.fromkeys((*own, *task.values.get("writes", by_sql))))
    reads = sorted({name for statement in statements for name in statement.reads} - set(writes))
    return dataclasses.replace(task, reads=tuple(reads), writes=writes)
