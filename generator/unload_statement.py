"""Redshift's UNLOAD: the statement's text around a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator import quoting
from generator.model import Task
from generator.template import Finding


def statement(query: str, to: str, lines: Iterable[str]) -> str:
    """UNLOAD of a query's rows to an S3 address; ``lines`` say how the files are."""
    # Dollar quotes keep the query as it is written: quotes in it, and in what Jinja puts in, need no doubling.
    head = [f"UNLOAD ($$\n{query}\n$$)", f"TO {quoting.option(to)}", "IAM_ROLE '{{ env.redshift.iam_role }}'"]
    return "\n".join([*head, *lines])


def check(task: Task) -> Iterator[Finding]:
    """The query must not hold the quotes that go around it."""
    if task.sql and "$$" in task.sql:
        key = "sql" if "sql" in task.values else "sql_file"
        message = f"the query holds $$, which {task.template} puts around it"
        yield Finding((key,), "R316", message, "use plain quotes")
