"""The story of a run as text: the answer in the first five lines, then what led to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from generator.post_mortem import words
from generator.post_mortem.records import Check, TableSize
from generator.post_mortem.source import Source, short
from generator.post_mortem.story import Story, TaskStory

_FIRST_LINES = 5
_DIFF_LINES = 60
_COLOURS = {"success": "green", "failed": "red", "up_for_retry": "yellow", "running": "cyan"}
_VERDICTS: dict[bool | str | None, tuple[str, str]] = {
    True: ("passed", "green"),
    False: ("failed", "red"),
    "warned": ("warned", "yellow"),
    None: ("unknown", ""),
}
_STATES = {"up_for_retry": "to retry"}


def tell(story: Story, source: Source) -> Iterator[RenderableType]:
    """The parts of the text, from top to bottom."""
    yield from (Text(line) for line in answer(story, source))
    yield from _titled("Run", _facts(_run(story, source)))
    if story.tasks:
        yield from _titled("Tasks, in the order in which they began", _tasks(story, source.zone))
    troubles = list(_troubles(story, source.zone))
    if troubles:
        yield from _titled("Tries that did not succeed", *troubles)
    if story.checks:
        yield from _titled("Checks", *_checks(story.checks), *_samples(story.checks))
    if story.tables:
        yield from _titled("Tables after the run", _tables(story.tables))
    statements = [(task.name, ", ".join(task.last.statements)) for task in story.tasks if task.last.statements]
    if statements:
        yield from _titled("Statements of the last try of each task", _facts(statements))
    yield from _titled("The pipeline's file", _facts(_file(story, source)), *_diff(story.change.diff))


def answer(story: Story, source: Source) -> list[str]:
    """At most five lines: what happened, why, and which checks failed with their numbers."""
    lines = [_headline(story, source)]
    if story.run.is_failing:
        lines.append(f"  {words.printable(story.first_error) or 'no error message is logged'}")
    told = story.failed_checks if story.run.is_failing else story.warnings
    after = [f"  {line}" for line in _besides(story)]
    room = _FIRST_LINES - len(lines) - len(after)
    shown = told if len(told) <= room else told[: room - 1]
    lines += [f"  {'✗' if check.severity == 'error' else '!'} {check_line(check)}" for check in shown]
    if len(told) > len(shown):
        lines.append(f"  ✗ and {words.plural(len(told) - len(shown), 'more check')}: {_names(told[len(shown) :])}")
    return lines + after


def _besides(story: Story) -> Iterator[str]:
    """What else went wrong: other tasks that failed, and the first retry of a run that succeeded in the end."""
    if story.run.is_failing:
        if also := ", ".join(task.name for task in story.failed[1:]):
            yield f"also failed: {also}"
        return
    if story.failed:
        first = story.failed[0]
        more = f" and {words.plural(len(story.failed) - 1, 'more task')}" if len(story.failed) > 1 else ""
        yield f"failed, but not the run: {first.name}{more}: {words.first_line(first.last.error)}"
    elif story.retried:
        yield f"retried: {_retry(story.retried[0])}"


def _headline(story: Story, source: Source) -> str:
    run = story.run
    about = f"{story.pipeline}, run for {run.run_date}" if run.run_date else f"{story.pipeline}, {run.run_id}"
    if run.is_failing:
        return f"{about}: {'failed' if run.state == 'failed' else 'failing, not over'}; {_first_failure(story, source)}"
    if run.state == "running":
        done = sum(task.last.state in ("success", "skipped") for task in story.tasks)
        heard = words.clock(run.heard_at, source.zone)
        told = f"{words.plural(done, 'task')} done by {heard} {source.timezone}"
        return f"{about}: not over, or its end is not logged; {told}"
    took = words.duration(story.seconds)
    warned = f", with {words.plural(len(story.warnings), 'warning')}" if story.warnings else ""
    return f"{about}: {run.state}{f' in {took}' if took else ''}{warned}"


def _first_failure(story: Story, source: Source) -> str:
    if not story.failed:
        return f"{story.run.failed_task} failed" if story.run.failed_task else "which task failed is not logged"
    first = story.failed[0]
    ended = words.clock(first.last.ended_at, source.zone)
    when = f" at {ended} {source.timezone}" if ended else ""
    tries = f", after {words.plural(len(first.tries), 'try')}" if len(first.tries) > 1 else ""
    return f"{first.name} failed first{when}{tries}"


def _retry(task: TaskStory) -> str:
    troubles = task.troubles
    error = words.first_line(troubles[0].error) if troubles else ""
    return f"{task.name}, {words.plural(len(task.tries), 'try')}{f': {error}' if error else ''}"


def check_line(check: Check) -> str:
    """A check with its numbers: ``unique: expected 0 duplicates, found 12; 24 of 914 rows fail``."""
    parts = []
    if check.expected:
        parts.append(f"expected {words.counts_in(check.expected, check.kind)}")
    if check.found:
        parts.append(f"found {words.counts_in(check.found, check.kind)}")
    counted = _counted(check)
    numbers = "; ".join(part for part in (", ".join(parts), counted) if part)
    where = f" ({check.table})" if check.table and check.table not in check.name else ""
    return words.first_line(f"{check.name}{where}: {numbers or _VERDICTS[check.passed][0]}")


def _counted(check: Check) -> str:
    if check.failures is None or f"{check.failures} " in f"{check.found} ":  # which says it already
        return ""
    of = f" of {check.rows:,}" if check.rows is not None else ""
    return f"{check.failures:,}{of} row{'s' * ((check.rows or check.failures) != 1)} failed"


def _names(checks: Sequence[Check]) -> str:
    return words.first_line(", ".join(check.name for check in checks))


def _run(story: Story, source: Source) -> Iterator[tuple[str, str]]:
    run = story.run
    yield "id", run.run_id + (f" ({run.run_type})" if run.run_type else "")
    yield from _times(story, source)
    if run.rows is not None:
        yield "rows written", words.number(run.rows)
    good = story.last_good
    if good:
        yield "last good run", f"{good.run_id}{f' for {good.run_date}' if good.run_date else ''}"
    yield "since then", _since(story)
    if story.log.others:
        yield "same day", ", ".join(f"{other.run_id} ({other.state})" for other in story.log.others)
    url = (story.failed[0].last.url if story.failed else None) or run.url
    if url:
        yield "Airflow", url


def _times(story: Story, source: Source) -> Iterator[tuple[str, str]]:
    run = story.run
    if run.due_at:
        yield "due", _moment(run.due_at, source)
    if run.started_at:
        late = (run.started_at - run.due_at).total_seconds() if run.due_at else 0.0
        after = f", {words.duration(late)} after it was due" if late >= 1 else ""
        yield "began", f"{_moment(run.started_at, source)}{after}"
    count = len(story.log.good_runs)
    median = words.duration(story.median)
    usual = (
        f"; median of the last {words.plural(count, 'good run') if count > 1 else 'good run'}: {median}"
        if median
        else ""
    )
    if run.ended_at:
        took = f", took {words.duration(story.seconds)}" if story.seconds is not None else ""
        yield "ended", f"{_moment(run.ended_at, source)}{took}{usual}"
    elif run.heard_at:
        yield "last heard of", f"{_moment(run.heard_at, source)}{usual}"


def _moment(moment: datetime, source: Source) -> str:
    return f"{words.moment(moment, source.zone)} {source.timezone}"


def _since(story: Story) -> str:
    since = story.log.since
    if not since:
        return "no run; this is the last one"
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(since.items()))
    return f"{words.plural(sum(since.values()), 'run')}: {states}"


def _tasks(story: Story, zone: tzinfo) -> Table:
    rows = []
    for task in story.tasks:
        last = task.last
        rows.append(
            (
                words.clock(task.tries[0].started_at, zone, "?"),
                task.name,
                _state(last.state),
                str(len(task.tries)),
                words.duration(last.seconds, "?"),
                words.duration(task.median)
                + (f" ({last.seconds / task.median:.0f}×)" if task.is_slow and last.seconds and task.median else ""),
                words.number(last.rows),
                words.size(last.bytes),
            )
        )
    return _table(
        ("began", "task", "state", "tries", "took", "median", "rows", "scanned"), rows, "tries took median rows scanned"
    )


def _state(state: str) -> Text:
    return Text(_STATES.get(state, state), _COLOURS.get(state, ""))


def _troubles(story: Story, zone: tzinfo) -> Iterator[RenderableType]:
    for task in story.tasks:
        for each in task.troubles:
            number = f", try {each.number}" if each.number is not None else ""
            ended = words.clock(each.ended_at, zone)
            again = " (and was tried again)" if each is not task.last else ""
            yield Text(f"  {task.name}{number}{f', {ended}' if ended else ''}{again}")
            for line in words.printable(each.error or "no error message is logged").strip().split("\n"):
                yield Text(f"      {line}")


def _checks(checks: Sequence[Check]) -> Iterator[Text]:
    """A line for each, which may be long: a table of so many words has no room in a terminal."""
    widest = max(len(check.task) for check in checks)
    for check in checks:
        verdict, colour = _VERDICTS["warned" if check.passed is False and check.severity != "error" else check.passed]
        yield Text.assemble("  ", (f"{verdict:<7}", colour), f"  {check.task:<{widest}}  {check_line(check)}")


def _samples(checks: Sequence[Check]) -> Iterator[Text]:
    for check in checks:
        if check.samples and not check.passed:
            yield Text(f"  rows that failed {words.first_line(check.name)}:")
            yield from (Text(f"      {words.first_line(_sample(each))}") for each in check.samples)


def _sample(row: Any) -> str:
    if isinstance(row, dict):
        return ", ".join(f"{name}={'NULL' if value is None else value}" for name, value in row.items())
    return row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)


def _tables(tables: Sequence[TableSize]) -> Table:
    rows = []
    for each in tables:
        grown = None if each.rows is None or each.rows_before is None else each.rows - each.rows_before
        change = "" if grown is None else f"{grown:+,}" if grown else "±0"
        size = None if each.size_mb is None else words.size(each.size_mb * 1_000_000)
        rows.append((each.table, words.number(each.rows), change, size or ""))
    return _table(("table", "rows", "change", "size"), rows, "rows change size")


def _file(story: Story, source: Source) -> Iterator[tuple[str, str]]:
    run = story.run
    where = source.path.relative_to(source.root).as_posix() if source.path else "not in these pipelines any more"
    yield "file", where
    if run.git_commit:
        yield "commit", short(run.git_commit)
    if run.file_hash:
        yield "compiled", short(run.file_hash)
    yield "change", story.change.told


def _diff(lines: Sequence[str]) -> Iterator[Text]:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in lines[:_DIFF_LINES]:
        yield Text(f"    {words.printable(line)}", colours.get(line[:1], ""))
    if len(lines) > _DIFF_LINES:
        yield Text(f"    … and {len(lines) - _DIFF_LINES:,} more lines")


def _titled(title: str, *parts: RenderableType) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(title, "bold")
    yield from parts


def _facts(facts: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> Text:
    known = list(facts)
    width = max(len(name) for name, _ in known)
    return Text("\n".join(f"  {name:<{width}}  {words.first_line(value)}" for name, value in known))


def _table(titles: Sequence[str], rows: Sequence[Sequence[str | Text]], right: str) -> Table:
    """A table without the columns in which there is nothing."""
    numeric = right.split()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True)
    kept = [index for index in range(len(titles)) if any(str(row[index]) for row in rows)]
    for index in kept:
        table.add_column(titles[index], justify="right" if titles[index] in numeric else "left")
    for row in rows:
        table.add_row(
            *(Text(words.first_line(cell)) if isinstance(cell, str) else cell for cell in (row[i] for i in kept))
        )
    return table
