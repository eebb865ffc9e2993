"""redshift.maintain: VACUUM and ANALYZE, and a report of encodings that would save space."""

from __future__ import annotations

from collections.abc import Iterator

from generator import quoting, steps
from generator.model import Tables, Task
from generator.template import Finding, Step, Template

_VACUUM = {"full": "FULL", "sort_only": "SORT ONLY", "delete_only": "DELETE ONLY", "recluster": "RECLUSTER"}


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    """One step after another: a cluster runs a single VACUUM at a time."""
    made: list[Step] = []
    several = len(task.values["tables"]) > 1
    for table in task.values["tables"]:
        suffix = "_" + table.replace(".", "__") if several else ""
        for name, statement in _statements(task, quoting.table(table)):
            made.append(steps.redshift(task, statement, name + suffix, after=_last(made)))
        if task.values.get("report_encodings"):
            operator = steps.REDSHIFT_ENCODINGS
            made.append(
                steps.redshift(task, None, "encodings" + suffix, after=_last(made), operator=operator, table=table)
            )
    return tuple(made)


def _last(made: list[Step]) -> tuple[str, ...]:
    return (made[-1].name,) if made else ()


def _statements(task: Task, target: str) -> Iterator[tuple[str, str]]:
    kind = task.values.get("vacuum", "full")
    if kind != "none":
        threshold = task.values.get("vacuum_threshold")
        to = "" if threshold is None else f" TO {threshold} PERCENT"
        yield "vacuum", f"VACUUM {_VACUUM[kind]} {target}{to}"
    if task.values.get("analyze", True):
        yield "analyze", f"ANALYZE {target}"


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    idle = task.values.get("vacuum") == "none" and not task.values.get("analyze", True)
    if idle and not task.values.get("report_encodings"):
        yield Finding(("vacuum",), "R316", "with vacuum: none and analyze: false there is nothing to do")
    if "vacuum_threshold" in task.values and task.values.get("vacuum") in ("none", "recluster"):
        message = f"'vacuum_threshold' does not go together with vacuum: {task.values['vacuum']}"
        yield Finding(("vacuum_threshold",), "R316", message)


TEMPLATE = Template(expand=expand, engine="redshift", check=check, writes=lambda _task, _tables: ())
