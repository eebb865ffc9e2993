"""Rules for one pipeline: its name, schedule, dates, params, and the order of its tasks."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter

from generator.model import Cron, Param
from generator.problems import Problem, did_you_mean
from generator.rules.source import Source

# airflow.timetables.base and airflow.sdk: the names that Airflow takes for a schedule.
PRESETS = ("@once", "@continuous", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")


def check(source: Source) -> Iterator[Problem]:
    """All rules of this module."""
    yield from _name(source)
    yield from _schedule(source)
    yield from _dates(source)
    yield from _params(source)
    yield from _task_names(source)
    yield from _dependencies(source)


def _name(source: Source) -> Iterator[Problem]:
    stem = source.path.stem
    name = source.pipeline.name
    if name and name != stem:
        message = f"the pipeline is named '{name}', but its file '{source.path.name}'"
        yield Problem(
            source.span(("pipeline",)), "R301", message, f"rename the file to {name}.yaml, or the pipeline"
        )


def _schedule(source: Source) -> Iterator[Problem]:
    pipeline = source.pipeline
    if isinstance(pipeline.schedule, Cron):
        complaint = _cron_complaint(pipeline.schedule.expression)
        if complaint:
            yield Problem(source.span(("schedule",)), "R306", complaint[0], complaint[1])
    if not _known_timezone(pipeline.timezone):
        message = f"unknown time zone '{pipeline.timezone}'"
        advice = did_you_mean(pipeline.timezone, zoneinfo.available_timezones())
        yield Problem(
            source.span(("timezone",)), "R307", message, advice if "mean" in advice else "e.g. Europe/Zurich"
        )
    timed = pipeline.schedule is not None and "start_date" not in (source.document.data or {})
    if timed and "after" not in _written_schedule(source):
        message = "a pipeline with a schedule needs a start_date"
        yield Problem(source.span(("schedule",), key=True), "R315", message, "start_date: 2026-01-01")


def _written_schedule(source: Source) -> Mapping[str, object]:
    written = source.document.data.get("schedule")
    return written if isinstance(written, Mapping) else {}


@functools.cache
def _known_timezone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


@functools.lru_cache(maxsize=1024)
def _cron_complaint(expression: str) -> tuple[str, str] | None:
    if expression.startswith("@"):
        if expression in PRESETS:
            return None
        return f"unknown schedule '{expression}'", did_you_mean(expression, PRESETS)
    fields = expression.split()
    if len(fields) != 5:
        message = f"'{expression}' is no cron expression: it has {len(fields)} field{'s' * (len(fields) != 1)}, not 5"
        return message, "minute hour day month weekday, such as 30 3 * * *; or @daily; or {every: 6h}"
    from croniter import CroniterError, croniter

    try:
        croniter(expression, datetime(2026, 1, 1)).get_next()
    except (CroniterError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        return f"'{expression}' is no cron expression that ever fires: {error}", "see https://crontab.guru"
    return None


def _dates(source: Source) -> Iterator[Problem]:
    found: dict[str, date] = {}
    for key in ("start_date", "end_date"):
        text = getattr(source.pipeline, key)
        if text is None:
            continue
        try:
            found[key] = date.fromisoformat(text)
        except ValueError:
            yield Problem(source.span((key,)), "R308", f"'{text}' is not a day of the calendar", "YYYY-MM-DD")
    if len(found) == 2 and found["end_date"] < found["start_date"]:
        message = f"end_date {found['end_date']} comes before start_date {found['start_date']}"
        yield Problem(source.span(("end_date",)), "R309", message)


def _params(source: Source) -> Iterator[Problem]:
    for param in source.pipeline.params:
        path = ("params", param.name)
        if "default" not in source.document.data["params"][param.name]:
            if source.pipeline.schedule is not None:
                message = (
                    f"the param '{param.name}' needs a default, since the schedule's runs are given none"
                )
                yield Problem(source.span(path, key=True), "R318", message)
        else:
            complaint = _default_complaint(param)
            if complaint:
                yield Problem(
                    source.span((*path, "default")), "R318", f"the default of '{param.name}' {complaint}"
                )
        pattern = param.schema.get("pattern")
        if pattern is not None and not _is_pattern(pattern):
            yield Problem(source.span((*path, "pattern")), "R318", f"'{pattern}' is not a regular expression")


def _is_pattern(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def _default_complaint(param: Param) -> str:
    if param.schema.get("format") == "date":
        try:
            date.fromisoformat(str(param.default))
        except ValueError:
            return f"is not a date: '{param.default}'" if param.default is not None else ""
        return ""
    if not _is_pattern(param.schema.get("pattern", "")):
        return ""
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(dict(param.schema)).iter_errors(param.default)), None)
    return f"does not fit: {error.message}" if error else ""


def _task_names(source: Source) -> Iterator[Problem]:
    counts = Counter(raw.name for raw in source.tasks_as_written)
    for raw in source.tasks_as_written:
        if counts.pop(raw.name, 0) > 1:
            message = f"two items of for_each give the same task name '{raw.name}'"
            yield Problem(raw.span(("for_each",), True), "R320", message, "make the items' texts differ")


def _dependencies(source: Source) -> Iterator[Problem]:
    """Unknown names under ``depends_on``, and circles."""
    written = source.document.data.get("tasks")
    names = written if isinstance(written, dict) else {}
    graph: dict[str, set[str]] = {}
    for raw in source.tasks_as_written:
        base = raw.group or raw.name
        depends_on = raw.data.get("depends_on")
        edges = graph.setdefault(base, set())
        for index, other in enumerate(depends_on if isinstance(depends_on, list) else ()):
            if not isinstance(other, str):
                continue
            if other in names:
                edges.add(other)
                continue
            message = f"there is no task '{other}'"
            yield Problem(raw.span(("depends_on", index), False), "R302", message, did_you_mean(other, names))
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        first = min(circle, key=list(graph).index)
        message = f"tasks wait for each other in a circle: {' -> '.join(reversed(circle))}"
        yield Problem(
            source.span(("tasks", first), key=True), "R303", message, "take one of them out of depends_on"
        )
