"""athena.sql: one statement."""

from __future__ import annotations

from collections.abc import Iterator

from generator import steps
from generator.model import Tables, Task
from generator.template import Finding, Step, Template


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    if "clean" in task.values:
        clean = task.values["clean"]
        return (steps.athena(task, steps.query(task), operator=steps.ATHENA_INSERT, clean=clean),)
    return (steps.athena(task, steps.query(task)),)


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    if not task.values.get("clean", "/").endswith("/"):
        yield Finding(("clean",), "S205", "'clean' must be a folder: it ends with /", task.values["clean"] + "/")


TEMPLATE = Template(expand=expand, engine="athena", sql="statement", check=check)
