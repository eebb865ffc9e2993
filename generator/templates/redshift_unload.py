"""redshift.unload: the result of a query to S3. What an earlier run left at the place is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator import quoting, steps, unload_statement
from generator.model import Tables, Task
from generator.problems import either
from generator.template import Finding, Step, Template

_PARQUET = {"type": "parquet"}
_TAKEN_WITH = {
    "header": ("csv", "text"),
    "delimiter": ("csv", "text"),
    "add_quotes": ("text",),
    "escape": ("text",),
    "null_as": ("csv", "text"),
    "compression": ("csv", "json", "text"),
}


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    lines = [*_format_lines(task.values.get("format", _PARQUET)), *_file_lines(task.values)]
    return (steps.redshift(task, unload_statement.statement(steps.query(task), task.values["to"], lines)),)


def _format_lines(form: Mapping[str, Any]) -> Iterator[str]:
    if form["type"] != "text":
        yield f"FORMAT {form['type'].upper()}"
    if "delimiter" in form:
        yield f"DELIMITER {quoting.option(form['delimiter'])}"
    if "null_as" in form:
        yield f"NULL AS {quoting.option(form['null_as'])}"
    for key, word in (("header", "HEADER"), ("add_quotes", "ADDQUOTES"), ("escape", "ESCAPE")):
        if form.get(key):
            yield word
    if form.get("compression", "none") != "none":
        yield form["compression"].upper()


def _file_lines(values: Mapping[str, Any]) -> Iterator[str]:
    if "partition_by" in values:
        include = " INCLUDE" if values.get("include_partition_columns") else ""
        yield f"PARTITION BY ({quoting.identifiers(values['partition_by'])}){include}"
    if values.get("manifest"):
        yield "MANIFEST"
    if "parallel" in values:
        yield f"PARALLEL {'ON' if values['parallel'] else 'OFF'}"
    if "max_file_size_mb" in values:
        yield f"MAXFILESIZE {values['max_file_size_mb']} MB"
    yield "ALLOWOVERWRITE" if values.get("overwrite") == "allow" else "CLEANPATH"


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    form = task.values.get("format", _PARQUET)
    for option, kinds in _TAKEN_WITH.items():
        if option in form and form["type"] not in kinds:
            message = f"UNLOAD refuses '{option}' with type: {form['type']}"
            yield Finding(("format", option), "R316", message, f"'{option}' is for {either(kinds)}")
    if "include_partition_columns" in task.values and "partition_by" not in task.values:
        message = "'include_partition_columns' is for 'partition_by'"
        yield Finding(("include_partition_columns",), "R316", message)
    yield from unload_statement.check(task)


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check)
