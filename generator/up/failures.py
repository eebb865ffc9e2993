"""Why tasks failed, in the words of whoever knows: the stock Athena operator's message is how it waited instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from generator.sandbox import client, sample
from generator.up.api import Api, Run, TaskRun

_SHOWN_LINES = 12
_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_STOPPING = ("weather_load", ["load.check"])
_QUERY = re.compile(rf"query {_ID} to complete")


def is_intended(run: Run, day: date, tasks: Iterable[TaskRun]) -> bool:
    """Whether a run failed for the day ``day`` because it stopped the sample's bad delivery, and for nothing else."""
    failed = [task.name for task in tasks if task.state == "failed"]
    return (run.pipeline, failed) == _STOPPING and day in sample.STOPPED_WEATHER_DAYS


def describe(api: Api, tasks: Iterable[TaskRun], variables: Mapping[str, str]) -> list[str]:
    """For each task that failed by itself: where, its first error, and its page in the UI.

    ``variables`` are those of the local AWS, which is asked about queries.
    """
    return [_describe(api, task, variables) for task in tasks if task.state == "failed"]


def _describe(api: Api, task: TaskRun, variables: Mapping[str, str]) -> str:
    error = reason(api.first_error(task), variables) or "there is no error in its log"
    lines = [f"  {line}" for line in error.splitlines()[:_SHOWN_LINES]]
    return "\n".join([f"{task.pipeline}, {task.name} failed in run {task.run}:", *lines, f"  {api.page(task)}"])


def reason(error: str, variables: Mapping[str, str]) -> str:
    """What Athena says of the query that an error is about; the error itself where it names none."""
    if found := _QUERY.search(error):
        answer: Any = client.of("athena", variables).get_query_execution(QueryExecutionId=found[1])
        return str(answer["QueryExecution"]["Status"].get("StateChangeReason", error))
    return error
