"""Rules for one pipeline: its name, schedule, dates, params, and the order of its tasks."""

from __future__ import annotations

import functools
import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from graphlib import CycleError, TopologicalSorter

from generator import schema
from generator.model import Cron, Every, Param
from generator.problems import Problem, did_you_mean
from generator.rules.source import Source

# airflow.timetables.base and airflow.sdk: the names that Airflow takes for a schedule.
PRESETS = ("@once", "@continuous", "@hourly", "@daily", "@weekly", "@monthly", "@quarterly", "@yearly")

# Airflow's limit is 250 (airflow.utils.helpers.validate_key); a template's steps add their names.
_LONGEST_NAME = 200
_LONGEST_PAUSE = 366 * 86_400


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
        advice = f"rename the file to {name}.yaml, or the pipeline to {stem}"
        yield Problem(source.span(("pipeline",)), "R301", message, advice)


def _schedule(source: Source) -> Iterator[Problem]:
    pipeline = source.pipeline
    if isinstance(pipeline.schedule, Cron):
        complaint = _cron_complaint(pipeline.schedule.expression)
        if complaint:
            yield Problem(source.span(("schedule",)), "R306", complaint[0], complaint[1])
    if isinstance(pipeline.schedule, Every) and pipeline.schedule.seconds > _LONGEST_PAUSE:
        span = source.span(("schedule", "every"))
        yield Problem(span, "R306", "the pause between two runs is longer than a year", "366d is the longest")
    if not _known_timezone(pipeline.timezone):
        message = f"unknown time zone '{pipeline.timezone}'"
        advice = did_you_mean(pipeline.timezone, zoneinfo.available_timezones())
        yield Problem(source.span(("timezone",)), "R307", message, advice if "mean" in advice else "e.g. Europe/Zurich")
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
    for index, (name, allowed) in enumerate(_CRON_FIELDS):
        alone = " ".join(field if place == index else "*" for place, field in enumerate(fields))
        if not _fires(alone):
            return f"'{expression}': '{fields[index]}' is no {name} of a cron expression", f"{name}: {allowed}"
    return None if _fires(expression) else (f"'{expression}' never fires", "there is no such day of that month")


_CRON_FIELDS = (
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    ("day", "1 to 31, or L for the last of the month"),
    ("month", "1 to 12, or jan to dec"),
    ("weekday", "0 to 7, or sun to sat"),
)


def _fires(expression: str) -> bool:
    from croniter import CroniterError, croniter

    try:
        croniter(expression, datetime(2026, 1, 1)).get_next()
    except (CroniterError, ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return False
    return True


def _dates(source: Source) -> Iterator[Problem]:
    found: dict[str, date] = {}
    for key in ("start_date", "end_date"):
        text = getattr(source.pipeline, key)
        if text is None:
            continue
        try:
            found[key] = date.fromisoformat(text)
        except ValueError as error:
            message = f"'{text}' is not a day of the calendar: {error}"
            yield Problem(source.span((key,)), "R308", message)
    if len(found) == 2 and found["end_date"] < found["start_date"]:
        message = f"end_date {found['end_date']} comes before start_date {found['start_date']}"
        yield Problem(source.span(("end_date",)), "R309", message)


def _params(source: Source) -> Iterator[Problem]:
    for param in source.pipeline.params:
        path = ("params", param.name)
        if "default" not in source.document.data["params"][param.name]:
            if source.pipeline.schedule is not None:
                message = f"the param '{param.name}' needs a default, since the schedule's runs are given none"
                yield Problem(source.span(path, key=True), "R318", message)
        else:
            complaint = _default_complaint(param)
            if complaint:
                yield Problem(source.span((*path, "default")), "R318", complaint)
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
    name = f"the default of '{param.name}'"
    if param.default is not None and param.schema.get("format") == "date":
        try:
            date.fromisoformat(str(param.default))
        except ValueError:
            return f"{name} is not a date: '{param.default}'"
    if not _is_pattern(param.schema.get("pattern", "")):
        return ""
    return schema.complaint(param.schema, param.default, name)


def _task_names(source: Source) -> Iterator[Problem]:
    counts = Counter(raw.name for raw in source.tasks_as_written)
    for raw in source.tasks_as_written:
        if counts.pop(raw.name, 0) > 1:
            message = f"two items of for_each give the same task name '{raw.name}'"
            yield Problem(raw.span(("for_each",), True), "R320", message, "make the items' texts differ")
        if len(raw.name) > _LONGEST_NAME:
            message = f"an item makes a task name of {len(raw.name)} characters; at most {_LONGEST_NAME} are allowed"
            advice = "use mappings with a short text, such as {name: a, file: …}"
            yield Problem(raw.span(("for_each",), True), "R323", message, advice)


def _dependencies(source: Source) -> Iterator[Problem]:
    """Unknown names under ``depends_on``, and circles."""
    written = source.document.data.get("tasks")
    names = written if isinstance(written, dict) else {}
    graph: dict[str, list[str]] = {}
    for raw in source.tasks_as_written:
        base = raw.group or raw.name
        depends_on = raw.data.get("depends_on")
        edges = graph.setdefault(base, [])
        for index, other in enumerate(depends_on if isinstance(depends_on, list) else ()):
            if not isinstance(other, str):
                continue
            if other in names:
                edges.append(other)
                continue
            message = f"there is no task '{other}'"
            whole = other.partition(".")[0]
            advice = f"write {whole}, for all of its items or steps" if whole in names else did_you_mean(other, names)
            yield Problem(raw.span(("depends_on", index), False), "R302", message, advice)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        # Python names each node before the one that waits for it.
        circle = list(reversed(error.args[1]))
        if len(circle) == 2:
            message = f"the task '{circle[0]}' waits for itself"
        else:
            message = f"tasks wait for each other in a circle: {' -> '.join(circle)}"
        where = source.span(("tasks", circle[0]), key=True)
        yield Problem(where, "R303", message, "take one of them out of depends_on")
