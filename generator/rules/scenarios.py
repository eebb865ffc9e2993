"""Rules for the tests of a pipeline: what they name exists, and each says what it gives and expects."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, get_args

from generator import compile as compiler
from generator import inside, load, objects, rows, schema, sql
from generator.load import Document, Path_
from generator.model import Engine, Param, Pipeline, Table
from generator.problems import Problem, Span, did_you_mean, errors
from generator.rules.source import Surroundings
from generator.scenario import KINDS, Content, State, Suite, state


@dataclass(frozen=True)
class Tested:
    """A file of tests under check, with the pipeline beside it and the pipelines folder.

    ``compiles`` tells whether the pipeline is without errors, so that its tasks' steps can be told.
    """

    document: Document
    suite: Suite
    pipeline: Pipeline
    around: Surroundings
    root: Path
    compiles: bool

    def span(self, path: Path_, key: bool = False) -> Span:
        return self.document.key_span(path) if key else self.document.value_span(path)


def check(tested: Tested) -> Iterator[Problem]:
    """All rules of this module."""
    yield from _run(tested, (), tested.document.data)
    for scenario in tested.suite.scenarios:
        path: Path_ = ("tests", scenario.name)
        body = tested.document.data["tests"][scenario.name]
        yield from _run(tested, path, body)
        yield from _state(tested, state(body.get("expect"), (*path, "expect")), scenario.given)
        if "expect" not in body and scenario.fails is None:
            message = f"the test '{scenario.name}' expects nothing"
            advice = "expect: the rows of tables, or fails: the message of a failure"
            yield Problem(tested.span(path, key=True), "T704", message, advice)
        yield from _missing_params(tested, path, scenario.params)
        yield from _day(tested, path, scenario.run_date)
        if scenario.fails is not None and scenario.fails.task is not None:
            yield from _failing_task(tested, (*path, "fails", "task"), scenario.fails.task)


def _run(tested: Tested, path: Path_, body: Mapping[str, Any]) -> Iterator[Problem]:
    """The keys that a test and the whole file have in common."""
    day = body.get("run_date")
    if day is not None and (complaint := _complaint(day)):
        yield Problem(tested.span((*path, "run_date")), "R308", f"'{day}' is not a day of the calendar: {complaint}")
    known = {param.name: param for param in tested.pipeline.params}
    for name, value in body.get("params", {}).items():
        yield from _param(tested, (*path, "params", name), value, known)
    given = state(body.get("given"), (*path, "given"))
    yield from _state(tested, given, given)


def _param(tested: Tested, path: Path_, value: Any, known: Mapping[str, Param]) -> Iterator[Problem]:
    name = str(path[-1])
    if name not in known:
        message = f"the pipeline '{tested.suite.pipeline}' has no param '{name}'"
        yield Problem(tested.span(path, key=True), "T702", message, did_you_mean(name, known))
        return
    complaint = schema.complaint(known[name].schema, value, f"the param '{name}'")
    if complaint:
        yield Problem(tested.span(path), "T702", complaint)


def _complaint(day: str) -> str:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        return str(error)
    return ""


def _day(tested: Tested, path: Path_, day: str | None) -> Iterator[Problem]:
    """That the run's day is one of the pipeline's: outside of them Airflow makes a run in which no task runs."""
    first, last = tested.pipeline.start_date, tested.pipeline.end_date
    if day is None or _complaint(day) or ((first is None or first <= day) and (last is None or day <= last)):
        return
    own: Path_ = (*path, "run_date")
    span = tested.span(own if "run_date" in tested.document.at(path) else ("run_date",))
    bound = f"before start_date {first}" if first is not None and day < first else f"after end_date {last}"
    yield Problem(span, "T707", f"{day} is {bound} of the pipeline '{tested.suite.pipeline}'", "choose another day")


def _missing_params(tested: Tested, path: Path_, given: Mapping[str, Any]) -> Iterator[Problem]:
    """That what has no default is given, as Airflow asks it of every run."""
    for param in tested.pipeline.params:
        if param.name not in given and schema.complaint(param.schema, param.default, param.name):
            message = f"the param '{param.name}' has no default, and the test gives it no value"
            yield Problem(tested.span(path, key=True), "T702", message, f"params: {{{param.name}: …}}")


def _failing_task(tested: Tested, path: Path_, name: str) -> Iterator[Problem]:
    known = {each for task in tested.pipeline.tasks for each in (task.name, task.group or task.name)}
    for task in tested.pipeline.tasks if tested.compiles else ():
        known |= {compiler.step_id(task, step) for step in compiler.steps(task, tested.around.tables)}
    is_step = not tested.compiles and name.rpartition(".")[0] in known
    if name not in known and not is_step:
        yield Problem(tested.span(path), "R302", f"there is no task '{name}'", did_you_mean(name, known))


def _state(tested: Tested, stated: State, given: State) -> Iterator[Problem]:
    """What is given, or expected after that is ``given``."""
    for engine in get_args(Engine):
        for name, content in stated.tables(engine).items():
            yield from _source(tested, content)
            yield from _table(tested, engine, name, content, given)
            yield from _query(tested, engine, content)
    for key, content in stated.s3.items():
        yield from _source(tested, content)
        yield from _query(tested, "redshift", content)
        if content.kind != "rows" and not (content.kind == "sql" and content.is_given):
            continue
        if content.format is None and objects.format_of(key) is None:
            message = f"the ending of '{key}' does not tell how its rows are written"
            yield Problem(tested.span(content.place, key=True), "T703", message, "format: csv, json or parquet")


def _source(tested: Tested, content: Content) -> Iterator[Problem]:
    """That it says where the rows come from, once, and that a file is there."""
    body = tested.document.at(content.place)
    if not isinstance(body, dict):
        return
    kinds = [kind for kind in KINDS if kind in body]
    if len(kinds) == 1:
        if content.kind == "file":
            yield from _file(tested, content)
        return
    name = content.place[-1]
    if kinds:
        span, said = tested.span((*content.place, kinds[1]), key=True), f"both {kinds[0]} and {kinds[1]}"
    else:
        span, said = tested.span(content.place, key=True), f"none of {', '.join(KINDS)}"
    yield Problem(span, "T703", f"'{name}' has {said}", "rows come from exactly one of them")


def _file(tested: Tested, content: Content) -> Iterator[Problem]:
    folder = tested.suite.path.parent
    path = inside.resolved(tested.root, folder, content.value)
    if path is None:
        message = f"'{content.value}' is outside of the pipelines folder"
        yield Problem(tested.span(content.path), "R313", message, "files of tests are inside the pipelines folder")
    elif not inside.is_file(path):
        message = f"there is no file '{content.value}' beside {tested.suite.path.name}"
        where = folder / Path(content.value).parent
        there = [file.relative_to(folder).as_posix() for file in where.glob("*") if file.suffix == path.suffix]
        yield Problem(tested.span(content.path), "R312", message, did_you_mean(content.value, there))


def _table(tested: Tested, engine: Engine, name: str, content: Content, given: State) -> Iterator[Problem]:
    """That the table is known to its engine, and its columns too."""
    table = tested.around.tables.get(name)
    span = tested.span(content.place, key=True)
    if table is not None and table.engine != engine:
        message = f"{name} is a table of {table.engine}, not of {engine}"
        yield Problem(span, "R310", message, f"put it under {table.engine}:")
        return
    if table is None and name in tested.around.refused_tables:
        return
    before = given.tables(engine).get(name)
    columns = tuple(before.columns) if table is None and before is not None else ()
    written = any(name in task.writes for task in tested.pipeline.tasks)
    if table is None and not columns and (content.is_given or not written):
        yield _unknown_table(tested, span, engine, name, content)
        return
    found, problems = row_set(tested, content)
    yield from problems
    if table is not None:
        columns = table.column_names
    if columns:
        yield from _columns(tested, content, found, name, columns)
    if table is not None and found is not None and content.is_given:
        yield from _not_null(tested, content, found, table)


def _unknown_table(tested: Tested, span: Span, engine: Engine, name: str, content: Content) -> Problem:
    advice = did_you_mean(name, [other for other, table in tested.around.tables.items() if table.engine == engine])
    if content.is_given:
        close = f"{advice} " if "mean" in advice else ""
        advice = f"{close}A table that no pipeline declares needs columns: with its columns' types"
    return Problem(span, "R310", f"no pipeline declares the table {name}", advice)


def _query(tested: Tested, engine: Engine, content: Content) -> Iterator[Problem]:
    """That it is a query of the engine, and that the declared tables have its columns. It may not hold Jinja."""
    if content.kind != "sql":
        return
    _, found = sql.analyse(content.value, engine, "query", "")
    if not any(each.severity == "error" for each in found):
        found = [*found, *sql.check_columns(content.value, tested.around.columns[engine])]
    place = tested.document.place(content.path, content.value)
    for each in found:
        yield Problem(place(each.offset, each.length), each.code, each.message, each.help, each.severity)


def row_set(tested: Tested, content: Content) -> tuple[rows.RowSet | None, list[Problem]]:
    """The rows of a table, where they can be told without a query."""
    if content.kind == "rows":
        return rows.of_mappings(content.value), []
    if content.kind == "csv":
        return _csv(content.value, tested.document.place(content.path, content.value))
    if content.kind == "file":
        path = inside.resolved(tested.root, tested.suite.path.parent, content.value)
        if path is not None and inside.is_file(path):
            span = tested.span(content.path)
            text, problems = load.read_text(path, content.value, span)
            if text is None:
                return None, errors(problems)
            return _csv(text, lambda _offset, _length: span)
    return None, []


def _csv(text: str, place: load.Place) -> tuple[rows.RowSet | None, list[Problem]]:
    try:
        return rows.of_csv(text), []
    except rows.CsvError as error:
        lines = text.split("\n")
        offset = sum(len(line) + 1 for line in lines[: error.line - 1])
        length = len(lines[error.line - 1]) if error.line <= len(lines) else 1
        return None, [Problem(place(offset, length), "T705", f"line {error.line} of the CSV: {error}")]


def _columns(
    tested: Tested, content: Content, found: rows.RowSet | None, table: str, known: Collection[str]
) -> Iterator[Problem]:
    """That the table has the columns of the rows and those that are not compared."""
    for name in found.columns if found is not None else ():
        if name not in known:
            span = tested.span(content.path)
            if content.kind == "rows":
                index = next(index for index, row in enumerate(content.value) if name in row)
                span = tested.span((*content.path, index, name), key=True)
            message = f"the table {table} has no column '{name}'"
            yield Problem(span, "R311", message, did_you_mean(name, known))
    for index, name in enumerate(content.ignore):
        if name not in known:
            span = tested.span((*content.place, "ignore", index))
            yield Problem(span, "R311", f"the table {table} has no column '{name}'", did_you_mean(name, known))


def _not_null(tested: Tested, content: Content, found: rows.RowSet, table: Table) -> Iterator[Problem]:
    """That each row has values for the columns that must have one, which the table itself would refuse later."""
    needed = [
        column.name
        for column in table.columns
        if column.not_null and column.default is None and column.identity is None
    ]
    for name in needed:
        position = found.columns.index(name) if name in found.columns else None
        for index, row in enumerate(found.rows):
            if position is None or row[position] is None or row[position] is rows.LEFT_OUT:
                span = tested.span((*content.path, index) if content.kind == "rows" else content.path)
                message = f"this row of {table.name} has no {name}, which must have a value (not_null)"
                yield Problem(span, "T706", message, f"add {name}")
                break
