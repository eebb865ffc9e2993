"""redshift.resume_cluster: the environment's provisioned cluster, available when the task ends."""

from __future__ import annotations

from generator import steps
from generator.model import Tables, Task
from generator.template import Step, Template


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    arguments = {"deferrable": True, "poll_interval": steps.poll_seconds(task, 10)}
    return (Step("", steps.RESUME_CLUSTER, arguments),)


TEMPLATE = Template(expand=expand, engine="redshift", writes=lambda _task, _tables: ())
