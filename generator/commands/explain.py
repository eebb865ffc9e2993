"""Show what a pipeline will run: its tasks in order, their operators and SQL, and the tables that it reads and writes.

Jinja is shown as it is written; it is rendered when the tasks run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import Any

from generator.commands import usage
from generator.model import After, Cron, Every, Pipeline, Tables, Task
from generator.template import Step

_TEXTS = ("create", "comments", "sql", "query", "bucket_key")
# What tells nothing of a step, since all have it.
_OF_ALL = ("database", "workgroup", "output_location", "deferrable", "poll_interval", "sleep_time")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the pipeline's name")
    parser.add_argument("--no-sql", action="store_true", help="leave SQL and arguments out")
    usage.add_root(parser)


def run(arguments: argparse.Namespace) -> int:
    workspace = usage.load(usage.find_root(arguments.pipelines))
    pipeline = usage.the_pipeline(workspace, arguments.name)
    lines = _explain(pipeline, workspace.tables, not arguments.no_sql)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _explain(pipeline: Pipeline, tables: Tables, with_sql: bool) -> Iterator[str]:
    yield f"{pipeline.name}: {pipeline.description}" if pipeline.description else pipeline.name
    yield f"  file      {pipeline.file}"
    yield f"  schedule  {_schedule(pipeline)}"
    for title, names in (("reads", _all(pipeline, "reads")), ("writes", _all(pipeline, "writes"))):
        if names:
            yield f"  {title:<9} {', '.join(names)}"
    for task in _in_order(pipeline):
        yield ""
        yield from _explain_task(task, tables, with_sql)


def _schedule(pipeline: Pipeline) -> str:
    schedule = pipeline.schedule
    since = f" since {pipeline.start_date}" if pipeline.start_date else ""
    if isinstance(schedule, Cron):
        return f"{schedule.expression} ({pipeline.timezone}){since}"
    if isinstance(schedule, Every):
        return f"every {schedule.seconds} s{since}"
    return f"after {', '.join(schedule.tables)} are written" if isinstance(schedule, After) else "manual runs only"


def _all(pipeline: Pipeline, attribute: str) -> list[str]:
    return list(dict.fromkeys(name for task in pipeline.tasks for name in getattr(task, attribute)))


def _in_order(pipeline: Pipeline) -> list[Task]:
    by_base: dict[str, list[Task]] = {}
    for task in pipeline.tasks:
        by_base.setdefault(task.group or task.name, []).append(task)
    graph = {base: set(tasks[0].depends_on) for base, tasks in by_base.items()}
    return [task for base in TopologicalSorter(graph).static_order() for task in by_base[base]]


def _explain_task(task: Task, tables: Tables, with_sql: bool) -> Iterator[str]:
    from generator.compile import step_id, steps

    after = f", after {', '.join(task.depends_on)}" if task.depends_on else ""
    yield f"{task.name} ({task.template}{after})"
    for step in steps(task, tables):
        teardown = " (runs whatever happened)" if step.teardown else ""
        yield f"  {step_id(task, step)}: {step.operator.rpartition('.')[2]}{teardown}"
        if with_sql:
            yield from (f"      {line}" if line else "" for line in _details(step))


def _details(step: Step) -> list[str]:
    """The step's SQL or keys to wait for; where it has none, the arguments that are its own."""
    from generator import emit

    texts: list[Any] = []
    for key in _TEXTS:
        value = step.arguments.get(key)
        texts.extend(value if isinstance(value, list) else [value] if value else [])
    if texts:
        return ";\n".join(str(text) for text in texts).split("\n")
    own = {key: value for key, value in step.arguments.items() if key not in _OF_ALL}
    return emit.dump(own).rstrip().split("\n") if own else []
