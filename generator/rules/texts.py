"""Rules for the texts that users write: Jinja in all values, and SQL in its dialect.

The analysis also finds which tables a task reads and writes, and returns the tasks with that filled in.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from generator import jinja, sql, template
from generator.checks import texts as check_texts
from generator.jinja import walk
from generator.load import Path_, Place
from generator.model import Cron, Engine, Every, Param, Pipeline, Project, Tables, Task
from generator.problems import Problem, TextFinding
from generator.rules.source import Source, Surroundings

_SAMPLES: dict[str, object] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True}
_DEFAULT_SCHEMA = "public"
_FAR_FROM_LIMITS = 20_000  # characters; the least limit is 100 KB
_FEW_STATEMENTS = 30  # of 40
_SQL_KEYS = frozenset({"sql", "sql_file"})


@dataclass(frozen=True)
class _Text:
    """A text with Jinja: the names that it may refer to, and where it stands in its file."""

    text: str
    scope: jinja.Scope
    place: Place

    def problems(self, findings: Iterable[TextFinding]) -> Iterator[Problem]:
        """Findings whose offsets are in the text as written."""
        for each in findings:
            span = self.place(each.offset, each.length)
            yield Problem(span, each.code, each.message, each.help, each.severity)

    def rendered_problems(self, findings: Iterable[TextFinding], before: int = 0) -> Iterator[Problem]:
        """Findings whose offsets are in the text as rendered, behind ``before`` characters of ours."""
        moved = (
            dataclasses.replace(each, offset=jinja.origin(self.text, self.scope, max(0, each.offset - before)))
            for each in findings
        )
        return self.problems(moved)


def analyse(source: Source, around: Surroundings) -> tuple[Source, list[Problem]]:
    """The source with ``reads`` and ``writes`` of its tasks filled in, and what is wrong with its texts."""
    problems: list[Problem] = []
    scope = jinja_scope(source.pipeline, around.project)
    sql_scope = dataclasses.replace(scope, sql=True)
    tasks = []
    for task in source.pipeline.tasks:
        problems.extend(_values(source, task, scope))
        problems.extend(_conditions(source, task, sql_scope, around))
        found, statements = _sql(source, task, sql_scope, around)
        problems.extend(found)
        found, read = _check_queries(source, task, sql_scope, around)
        problems.extend(found)
        tasks.append(_with_lineage(task, statements, read, around.tables))
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
    for path, text in strings(task.values, ()):
        is_sql = path[0] in _SQL_KEYS or path[0] in contract.conditions or check_texts.is_sql(path)
        if "{" in text and not is_sql:
            yield from _address(_Text(text, scope, source.raw(task).place(path)))


def _locations(source: Source, scope: jinja.Scope) -> Iterator[Problem]:
    for table in source.pipeline.tables.values():
        place = source.document.place(("tables", table.name, "location"), table.location)
        yield from _address(_Text(table.location, scope, place))


def _address(written: _Text) -> Iterator[Problem]:
    """Jinja in an address or another value that takes no SQL."""
    _, findings = jinja.check(written.text, written.scope)
    yield from written.problems(findings)
    if "params" not in written.text:
        return  # to read a whole text as Jinja takes longer than all the rest
    for printed in walk.references(written.text).printed:
        if printed.path[1] in written.scope.string_params:
            message = f"the param '{printed.path[1]}' may hold any text, and goes into an address here"
            span = written.place(printed.offset, printed.length)
            yield Problem(span, "J407", message, "give the param an enum or a pattern")


def strings(value: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    """All texts in a value, with their paths."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from strings(part, (*path, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from strings(part, (*path, index))


def _conditions(source: Source, task: Task, scope: jinja.Scope, around: Surroundings) -> Iterator[Problem]:
    """Texts that hold the condition of a WHERE: their Jinja, their SQL, and the columns of the table."""
    contract = template.get(task.template)
    engine: Engine = contract.engine or "redshift"
    own = ((key, task.values.get(key)) for key in contract.conditions)
    texts: list[tuple[Path_, str, str]] = [((key,), text, task.table) for key, text in own if isinstance(text, str)]
    for path, text, table in (*texts, *check_texts.conditions(task)):
        written = _Text(text, scope, source.raw(task).place(path))
        rendered, findings = jinja.check(text, scope)
        yield from written.problems(findings)
        if any(finding.severity == "error" for finding in findings):
            continue
        wrong = sql.check_condition(rendered, engine)
        yield from written.rendered_problems(wrong)
        if not wrong and table in around.tables:
            before = f"DELETE FROM {table} WHERE "
            unknown = sql.check_columns(before + rendered, around.columns[engine])
            yield from written.rendered_problems(unknown, len(before))


def _check_queries(
    source: Source, task: Task, scope: jinja.Scope, around: Surroundings
) -> tuple[list[Problem], frozenset[str]]:
    """What is wrong with the queries of a task's checks; the tables that its checks read."""
    engine: Engine = template.get(task.template).engine or "redshift"
    default_schema = _DEFAULT_SCHEMA if engine == "redshift" else _athena_database(around.project)
    problems: list[Problem] = []
    read = set(check_texts.other_tables(task))
    for path, text in check_texts.queries(task):
        written = _Text(text, scope, source.raw(task).place(path))
        rendered, jinja_findings = jinja.check(text, scope)
        problems.extend(written.problems(jinja_findings))
        if any(finding.severity == "error" for finding in jinja_findings):
            continue
        _, findings = sql.analyse(rendered, engine, "query", default_schema)
        problems.extend(written.rendered_problems(findings))
        if not any(finding.severity == "error" for finding in findings):
            whole, before = check_texts.in_sight(sql.split(rendered, engine)[0][1], task.table)
            unknown = sql.check_columns(whole, around.columns[engine])
            problems.extend(written.rendered_problems(unknown, before))
            for statement in sql.analyse(whole, engine, "query", default_schema)[0]:
                read |= statement.reads
    return problems, frozenset(read)


def _sql(
    source: Source, task: Task, scope: jinja.Scope, around: Surroundings
) -> tuple[list[Problem], tuple[sql.Statement, ...]]:
    """What is wrong with the task's SQL; its statements, where its Jinja is right."""
    contract = template.get(task.template)
    stands = source.sql.get(task.name)
    if contract.sql == "none" or stands is None:
        return [], ()
    engine: Engine = contract.engine or "redshift"
    written = _Text(stands.text, scope, stands.place)
    rendered, jinja_findings = jinja.check(stands.text, scope)
    problems = list(written.problems(jinja_findings))
    if any(finding.severity == "error" for finding in jinja_findings):
        return problems, ()
    default_schema = _DEFAULT_SCHEMA if engine == "redshift" else _athena_database(around.project)
    statements, findings = sql.analyse(rendered, engine, contract.sql, default_schema)
    problems.extend(written.problems(_limits(stands.text, engine)))
    if not any(finding.severity == "error" for finding in findings):
        findings = [*findings, *sql.check_columns(rendered, around.columns[engine])]
    problems.extend(written.rendered_problems(findings))
    return problems, statements


def _limits(text: str, engine: Engine) -> list[TextFinding]:
    if len(text) < _FAR_FROM_LIMITS and text.count(";") < _FEW_STATEMENTS and "{%" not in text:
        return []
    pieces: Sequence[tuple[int, str]] = sql.split(text, engine)
    return sql.limits([piece for _, piece in pieces], engine, [offset for offset, _ in pieces])


def _athena_database(project: Project | None) -> str:
    if project is None:
        return "default"
    values = project.environments.get(project.default_environment, {})
    return str(values.get("athena", {}).get("database", "default"))


def _with_lineage(task: Task, statements: tuple[sql.Statement, ...], read: frozenset[str], tables: Tables) -> Task:
    """``writes``: what the template itself writes, and what its SQL does unless the task lists it; no duplicates."""
    contract = template.get(task.template)
    own = contract.writes(task, tables)
    read |= {task.values[key] for key in contract.table_keys if key != "table" and key in task.values}
    by_sql = sorted({name for statement in statements for name in statement.writes})
    writes = tuple(dict.fromkeys((*own, *task.values.get("writes", by_sql))))
    reads = sorted(({name for statement in statements for name in statement.reads} | read) - set(writes))
    return dataclasses.replace(task, reads=tuple(reads), writes=writes)
