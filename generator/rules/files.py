"""Rules across files: names that occur twice, pipelines that wait for each other, and the project's environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from generator import template
from generator.load import Document
from generator.model import After, Project
from generator.problems import Problem, did_you_mean
from generator.rules.source import Source, Surroundings


def check(sources: Sequence[Source], around: Surroundings, written: Mapping[str, str]) -> Iterator[Problem]:
    """Rules that need all pipelines. ``written`` maps each table to the pipeline that writes it first."""
    yield from _pipelines_twice(sources)
    yield from _tables_twice(sources)
    yield from _after(sources, around, written)
    yield from _circles(sources)


def check_project(document: Document, project: Project, needed: Mapping[str, str]) -> Iterator[Problem]:
    """The project file: ``needed`` maps what environments must have, such as an engine, to a pipeline that uses it."""
    if project.default_environment not in project.environments:
        message = f"there is no environment '{project.default_environment}'"
        advice = did_you_mean(project.default_environment, project.environments)
        yield Problem(document.value_span(("default_environment",)), "P602", message, advice)
    for name, values in project.environments.items():
        yield from _cluster(document, name, values.get("redshift", {}))
        for key, pipeline in sorted(needed.items()):
            if key not in values:
                message = f"the environment '{name}' says nothing of {key}, which the pipeline '{pipeline}' uses"
                span = document.key_span(("environments", name))
                yield Problem(span, "P604", message, f"add {key}: to it")


def _cluster(document: Document, name: str, redshift: Mapping[str, object]) -> Iterator[Problem]:
    """A workgroup, or a cluster with a way to log in."""
    span = document.key_span(("environments", name, "redshift"))
    advice = "workgroup: for Redshift Serverless, cluster: for a provisioned cluster"
    if redshift and not redshift.keys() & {"workgroup", "cluster"}:
        message = f"the environment '{name}' names neither a Redshift workgroup nor a cluster"
        yield Problem(span, "P603", message, advice)
    elif "workgroup" in redshift and "cluster" in redshift:
        message = f"the environment '{name}' names both a Redshift workgroup and a cluster"
        yield Problem(span, "P603", message, advice)
    elif "cluster" in redshift and ("db_user" in redshift) == ("secret_arn" in redshift):
        message = f"the environment '{name}' needs either db_user or secret_arn for its cluster"
        yield Problem(span, "P603", message)


def needed(sources: Sequence[Source]) -> dict[str, str]:
    """What tasks need of the environment, each with the first pipeline that does: engines, and what templates name."""
    found: dict[str, str] = {}
    for source in sources:
        for task in source.pipeline.tasks:
            contract = template.get(task.template)
            for key in (*([contract.engine] if contract.engine else []), *contract.needs(task)):
                found.setdefault(key, source.pipeline.name)
    return found


def _pipelines_twice(sources: Sequence[Source]) -> Iterator[Problem]:
    first: dict[str, Source] = {}
    for source in sources:
        name = source.pipeline.name
        if not name:
            continue
        other = first.setdefault(name, source)
        if other is not source:
            message = f"the pipeline '{name}' is also in {other.document.file}"
            yield Problem(source.span(("pipeline",)), "R304", message, "a name is used once in all folders")


def _tables_twice(sources: Sequence[Source]) -> Iterator[Problem]:
    first: dict[str, Source] = {}
    for source in sources:
        for name in source.pipeline.tables:
            other = first.setdefault(name, source)
            if other is not source:
                message = f"the table {name} is also declared in {other.document.file}"
                span = source.span(("tables", name), key=True)
                yield Problem(span, "R305", message, "one pipeline owns a table; others may still use it")


def _after(sources: Sequence[Source], around: Surroundings, written: Mapping[str, str]) -> Iterator[Problem]:
    """Tables that a schedule waits for are declared, and somebody writes them."""
    for source in sources:
        schedule = source.pipeline.schedule
        for index, name in enumerate(schedule.tables if isinstance(schedule, After) else ()):
            span = source.span(("schedule", "after", index))
            if name in around.refused_tables or name in written:
                continue
            if name in around.tables:
                message = f"no pipeline writes {name}, so this one never runs"
                yield Problem(span, "R324", message, "add a task that writes it, or wait for another table")
            else:
                message = f"no pipeline declares the table '{name}'"
                yield Problem(span, "R310", message, did_you_mean(name, around.tables))


def _circles(sources: Sequence[Source]) -> Iterator[Problem]:
    """Pipelines that start each other, or themselves, for ever."""
    by_name = {source.pipeline.name: source for source in sources}
    writers: dict[str, list[str]] = {}
    for source in sources:
        for table in dict.fromkeys(table for task in source.pipeline.tasks for table in task.writes):
            writers.setdefault(table, []).append(source.pipeline.name)
    graph: dict[str, list[str]] = {}
    for name, source in by_name.items():
        schedule = source.pipeline.schedule
        tables = schedule.tables if isinstance(schedule, After) else ()
        for index, table in enumerate(tables):
            if name in writers.get(table, ()):
                message = f"the pipeline starts itself for ever: it writes {table}, too"
                yield Problem(source.span(("schedule", "after", index)), "R325", message, "wait for another table")
        graph[name] = [other for table in tables for other in writers.get(table, ()) if other != name]
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        span = by_name[circle[0]].span(("schedule",), key=True)
        message = f"pipelines start each other in a circle: {' -> '.join(circle)}"
        yield Problem(span, "R325", message, "take a table out of schedule: {after: …}")
