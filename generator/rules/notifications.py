"""Rules for notifications: deadlines that somebody hears of, and Jinja in channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator import jinja, schema
from generator.jinja import walk
from generator.load import Document, Path_
from generator.model import Project
from generator.problems import Problem
from generator.rules.source import Source, Surroundings
from generator.rules.texts import strings


def check(source: Source, around: Surroundings) -> Iterator[Problem]:
    """The notifications of one pipeline."""
    yield from _deadline(source)
    if around.project is not None:
        yield from _texts(source.document, (), around.project)


def check_project(document: Document, project: Project) -> Iterator[Problem]:
    """The notifications in the project's defaults."""
    yield from _texts(document, ("defaults",), project)


def _deadline(source: Source) -> Iterator[Problem]:
    data = source.document.data
    known = source.pipeline.notifications
    if data.get("on_late") and "deadline" not in data and "deadline" not in known:
        span = source.span(("on_late",), key=True)
        yield Problem(span, "R341", "on_late needs a deadline, after which a run is late", "add deadline: 2h")
    if "deadline" in data and not data.get("on_late") and "on_late" not in known:
        span = source.span(("deadline",), key=True)
        yield Problem(span, "R341", "nobody is told when the deadline is missed", "add on_late:")


def _texts(document: Document, base: Path_, project: Project) -> Iterator[Problem]:
    """Jinja in the channels, which is rendered when the DAG is built: of all names there is `env` alone."""
    data = document.data.get(base[0]) if base else document.data
    scope = jinja.Scope({}, frozenset(), project.environments, dated=False, sql=False)
    for event in schema.language()["notifications"] if isinstance(data, Mapping) else ():
        for path, text in strings(data.get(event), (*base, event)):
            if "{" in text:
                yield from _text(document, path, text, scope)


def _text(document: Document, path: Path_, text: str, scope: jinja.Scope) -> Iterator[Problem]:
    place: Any = document.place(path, text)
    others = [name for name in walk.references(text).names if name.path[0] != "env"]
    for name in others:
        message = f"'{name.path[0]}' is not known here: notifications know the environment alone"
        yield Problem(place(name.offset, name.length), "R342", message, "use {{ env.values.… }}")
    for finding in jinja.check(text, scope)[1] if not others else ():
        span = place(finding.offset, finding.length)
        yield Problem(span, finding.code, finding.message, finding.help, finding.severity)
