"""The tests of a pipeline as values: what is given, what is run, and what must be there then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from generator.load import Document
from generator.model import Engine
from generator.nodes import Path_
from generator.objects import Format

# rows: mappings; csv: text; file: a path relative to the file of the tests; sql: a query; text: an object's content.
Kind = Literal["rows", "csv", "file", "sql", "text", "exists", "absent"]
KINDS: tuple[Kind, ...] = ("rows", "csv", "file", "sql")
_STATES: Mapping[str, Kind] = {"exists": "exists", "absent": "absent"}
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Content:
    """Where rows, or an object's content, come from.

    ``place`` is the path in the document of the table or object; ``path`` that of the rows, text or name of a file.
    """

    kind: Kind
    value: Any
    place: Path_
    path: Path_
    columns: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    format: Format | None = None
    null_as: str = ""
    tolerance: float = 0.0
    ignore: tuple[str, ...] = ()

    @property
    def is_given(self) -> bool:
        """Whether it is there before the run; it is expected otherwise."""
        return self.place[-3] == "given"


@dataclass(frozen=True)
class State:
    """What is, or must be, in the tables and on S3, by table and by key."""

    redshift: Mapping[str, Content] = field(default_factory=dict)
    athena: Mapping[str, Content] = field(default_factory=dict)
    s3: Mapping[str, Content] = field(default_factory=dict)

    def tables(self, engine: Engine) -> Mapping[str, Content]:
        return self.redshift if engine == "redshift" else self.athena


@dataclass(frozen=True)
class Failure:
    """How a run must fail: with ``message`` in the error of the first task that fails; that task may be named."""

    message: str = ""
    task: str | None = None


@dataclass(frozen=True)
class Scenario:
    """One test. ``run_date`` is a day as text; without one the run has no date."""

    name: str
    line: int
    run_date: str | None
    params: Mapping[str, Any]
    given: State
    expect: State
    fails: Failure | None


@dataclass(frozen=True)
class Suite:
    """The tests of one pipeline. ``file`` is how problems name their file."""

    pipeline: str
    file: str
    path: Path
    scenarios: tuple[Scenario, ...]


def suite(document: Document, path: Path) -> Suite:
    """The tests of a document that fits the schema."""
    name = path.name.removesuffix(path.suffix).removesuffix(".test")
    scenarios = tuple(_scenario(document, test) for test in document.data["tests"])
    return Suite(name, document.file, path, scenarios)


def _scenario(document: Document, name: str) -> Scenario:
    common, own = document.data, document.data["tests"][name]
    base = state(common.get("given"), ("given",))
    given = state(own.get("given"), ("tests", name, "given"))
    return Scenario(
        name=name,
        line=document.key_span(("tests", name)).line,
        run_date=own.get("run_date", common.get("run_date")),
        params={**common.get("params", {}), **own.get("params", {})},
        given=State({**base.redshift, **given.redshift}, {**base.athena, **given.athena}, {**base.s3, **given.s3}),
        expect=state(own.get("expect"), ("tests", name, "expect")),
        fails=_failure(own.get("fails")),
    )


def state(data: Mapping[str, Any] | None, path: Path_) -> State:
    """What ``given`` or ``expect`` says; ``path`` is where it stands."""
    parts = {
        place: {name: _content(body, (*path, place, name)) for name, body in ((data or {}).get(place) or {}).items()}
        for place in ("redshift", "athena", "s3")
    }
    return State(**parts)


def _content(body: Any, place: Path_) -> Content:
    if isinstance(body, list):
        return Content("rows", body, place, place)
    if isinstance(body, str):
        is_given = place[-3] == "given"
        return Content("text" if is_given else _STATES[body], body, place, place)
    kind: Kind = next((kind for kind in KINDS if kind in body), "rows")
    return Content(
        kind=kind,
        value=body.get(kind, []),
        place=place,
        path=(*place, kind) if kind in body else place,
        columns=body.get("columns", {}),
        format=body.get("format"),
        null_as=body.get("null_as", ""),
        tolerance=body.get("tolerance", 0.0),
        ignore=tuple(body.get("ignore", ())),
    )


def _failure(body: Any) -> Failure | None:
    if body is None:
        return None
    return Failure(body) if isinstance(body, str) else Failure(body.get("message", ""), body.get("task"))
