"""Rules for single tasks: the tables and columns that they name, where their SQL comes from, and what templates add."""

from __future__ import annotations

from collections.abc import Iterator

from generator import schema, template
from generator.model import Table, Task
from generator.problems import Problem, did_you_mean
from generator.rules.source import Source, Surroundings

_NOT_RENDERED = ("owner", "pool", "queue")


def check(source: Source, around: Surroundings) -> Iterator[Problem]:
    """All rules of this module, and each template's own checks."""
    for task in source.pipeline.tasks:
        contract = template.get(task.template)
        yield from _sql_source(source, task)
        yield from _unrendered(source, task)
        unknown = list(_tables(source, task, around, contract))
        table = around.tables.get(str(task.values.get("table")))
        if table is not None and not unknown:
            unknown = list(_columns(source, task, table, contract))
        yield from unknown
        named = (*(task.values.get(key) for key in contract.table_keys), *_table_list(task))
        if unknown or any(name in around.refused_tables for name in named):
            continue
        for finding in contract.check(task, around.tables):
            span = source.task_span(task, finding.path, key=True)
            if finding.path and isinstance(finding.path[-1], int):
                span = source.task_span(task, finding.path)
            yield Problem(span, finding.code, finding.message, finding.help)


def _table_list(task: Task) -> tuple[str, ...]:
    """The tables under ``tables`` (redshift.maintain)."""
    return tuple(task.values.get("tables", ()))


def _sql_source(source: Source, task: Task) -> Iterator[Problem]:
    """Exactly one of ``sql`` and ``sql_file``, or what stands instead, where the template takes SQL."""
    known = schema.fragment(task.template)["properties"]
    if "sql" not in known:
        return
    choices = [key for key in ("from", "truth", "sql", "sql_file") if key in known]
    given = [key for key in choices if key in task.values]
    listed = ", ".join(choices[:-1]) + " or " + choices[-1]
    if not given:
        message = f"{task.template} needs {listed}"
        yield Problem(source.task_span(task, (), key=True), "R314", message)
    elif len(given) > 1:
        message = f"'{given[0]}' and '{given[1]}' don't go together; {task.template} takes one of {listed}"
        yield Problem(source.task_span(task, (given[1],), key=True), "R314", message, "keep one of them")


def _unrendered(source: Source, task: Task) -> Iterator[Problem]:
    """Airflow renders Jinja in operators' templated fields only, and would take these as they are written."""
    for key in _NOT_RENDERED:
        if "{{" in task.settings.get(key, ""):
            message = f"Airflow renders no Jinja in '{key}'"
            yield Problem(source.task_span(task, (key,)), "R321", message, "write the name itself")


def _tables(source: Source, task: Task, around: Surroundings, contract: template.Template) -> Iterator[Problem]:
    """Tables that a task names are declared, for the engine that the template works with."""
    named: list[tuple[tuple[str | int, ...], str]]
    named = [((key,), task.values[key]) for key in contract.table_keys if key in task.values]
    named += [(("tables", index), name) for index, name in enumerate(_table_list(task))]
    for path, name in named:
        if name in around.refused_tables:
            continue
        table = around.tables.get(name)
        if table is None:
            message = f"no pipeline declares the table '{name}'"
            advice = did_you_mean(name, around.tables) if around.tables else "declare it under `tables:`"
            yield Problem(source.task_span(task, path), "R310", message, advice)
        elif contract.engine is not None and table.engine != contract.engine:
            message = f"{name} is a table of {table.engine}; {task.template} works with {contract.engine}"
            yield Problem(source.task_span(task, path), "R317", message)


def _columns(source: Source, task: Task, table: Table, contract: template.Template) -> Iterator[Problem]:
    for key in contract.column_lists:
        names = task.values.get(key)
        for index, name in enumerate(names if isinstance(names, list) else ()):
            if name not in table.column_names:
                message = f"the table {table.name} has no column '{name}'"
                span = source.task_span(task, (key, index))
                yield Problem(span, "R311", message, did_you_mean(name, table.column_names))
