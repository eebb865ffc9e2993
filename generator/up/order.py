"""Which pipelines wait for others, where all their runs are due at once.

In production the clock sees to it that what a pipeline reads was loaded before. The sample's days are all over when
Airflow starts, so pipelines with a schedule of their own that read what others write are started after those.
Pipelines that follow tables start by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from generator.model import Cron, Every, Pipeline, Task


def stages(pipelines: Iterable[Pipeline]) -> tuple[frozenset[str], ...]:
    """The names of the pipelines that wait, in groups: each group reads what those before it write.

    None where pipelines go round in a circle, which only a clock can order.
    """
    all_pipelines = tuple(pipelines)
    writers: dict[str, set[str]] = {}
    for pipeline in all_pipelines:
        for name in _made(pipeline.tasks):
            writers.setdefault(name, set()).add(pipeline.name)
    graph = {
        pipeline.name: {writer for name in _read(pipeline.tasks) for writer in writers.get(name, ())} - {pipeline.name}
        for pipeline in all_pipelines
    }
    waits = {pipeline.name for pipeline in all_pipelines if isinstance(pipeline.schedule, Cron | Every)}
    sorter = TopologicalSorter(graph)
    try:
        sorter.prepare()
    except CycleError:
        return ()
    groups = []
    while sorter.is_active():
        ready = sorter.get_ready()
        groups.append(frozenset(name for name in ready if name in waits and graph[name]))
        sorter.done(*ready)
    return tuple(filter(None, groups))


def _made(tasks: Iterable[Task]) -> set[str]:
    models = {_model(task) for task in tasks if task.template == "ml.train"}
    return {name for task in tasks for name in task.writes} | models


def _read(tasks: Iterable[Task]) -> set[str]:
    models = {_model(task) for task in tasks if task.template == "ml.predict"}
    return {name for task in tasks for name in task.reads} | models


def _model(task: Task) -> str:
    """A model's name, told apart from a table's, which has a dot."""
    return f"model {task.values['model']}"
