"""redshift.sql: one or more statements, in one transaction."""

from __future__ import annotations

from generator import steps
from generator.model import Tables, Task
from generator.template import Step, Template


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    texts = steps.statements(task)
    # One statement goes alone, since VACUUM and its kin can't run in a transaction.
    return (steps.redshift(task, texts[0] if len(texts) == 1 else texts),)


TEMPLATE = Template(expand=expand, engine="redshift", sql="statements")
