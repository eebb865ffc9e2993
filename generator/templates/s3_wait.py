"""s3.wait: wait until files are on S3, without holding a worker."""

from __future__ import annotations

from collections.abc import Iterator

from generator import steps
from generator.model import Tables, Task, seconds
from generator.template import Finding, Step, Template

_POKE_SECONDS = 60


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    keys = task.values["keys"] if "keys" in task.values else task.values["key"]
    listed = [keys] if isinstance(keys, str) else keys
    arguments = {
        "bucket_key": keys,
        "wildcard_match": any("*" in key or "?" in key for key in listed),
        "deferrable": True,
        "poke_interval": steps.poll_seconds(task, _POKE_SECONDS),
        "timeout": seconds(task.values.get("timeout", "7d")),
        "soft_fail": task.values.get("soft_fail", False),
    }
    return (Step("", steps.S3_KEYS, arguments),)


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    if ("key" in task.values) == ("keys" in task.values):
        yield Finding((), "R314", "s3.wait needs either key or keys", "key: s3://{{ env.bucket }}/file.csv")


TEMPLATE = Template(expand=expand, check=check)
