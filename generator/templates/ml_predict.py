"""ml.predict: unload rows, predict with the version that was current at the run's date, publish by key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from generator import modelling, staged
from generator.checks import rules
from generator.model import Column, Table, Tables, Task
from generator.template import Finding, Step, Template, table_of
from generator.templates.redshift_upsert import merge

_MADE = {"prediction": "float8", "model_version": "varchar(64)", "run_date": "date"}
_PROBABILITY = "probability"


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    table = table_of(task, tables)
    columns = _written(task, table)
    predict = modelling.job(
        task,
        {
            "job": "predict",
            "model": task.values["model"],
            "keys": list(task.values["keys"]),
            "columns": {column.name: column.type for column in columns},
            "run_date": "{{ run_date }}",
        },
        "predict",
        modelling.PREDICT,
        modelling.SAGEMAKER_PREDICT,
        version=task.values.get("version", "current"),
        predictions=modelling.address(task, "predictions/"),
        table=table.name,
        database="{{ env.redshift.database }}",
        log_schema=modelling.LOG_SCHEMA,
    )
    stage, *publish = _published(task, table, tuple(column.name for column in columns))
    first = dataclasses.replace(stage, after=("predict",))
    return (modelling.unload(task), predict, first, *publish, modelling.clean(task, "merge"))


def _written(task: Task, table: Table) -> list[Column]:
    """The columns of the table that predictions have, in the order of their files."""
    named = {column.name: column for column in table.columns}
    order = (*task.values["keys"], "prediction", _PROBABILITY, "model_version", "run_date")
    return [named[name] for name in order if name in named]


def _published(task: Task, table: Table, names: tuple[str, ...]) -> tuple[Step, ...]:
    values = {
        "table": table.name,
        "from": modelling.address(task, "predictions/"),
        "format": {"type": "parquet"},
        "checks": task.values.get("checks", ()),
    }
    load = dataclasses.replace(task, values=values)
    return staged.through(load, table, names, lambda staging: merge(table, names, staging), last="merge")


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    table = table_of(task, tables)
    yield from modelling.check(task)
    yield from _declared(task, table)
    names = tuple(column.name for column in _written(task, table))
    yield from rules.check(task.values.get("checks", ()), table, tables, names)


def _declared(task: Task, table: Table) -> Iterator[Finding]:
    keys = task.values["keys"]
    missing = {name: kind for name, kind in _MADE.items() if name not in table.column_names}
    missing_keys = [name for name in keys if name not in table.column_names]
    if missing or missing_keys:
        listed = ", ".join([*missing_keys, *missing])
        lines = [f"{name}: {{type: bigint, not_null: true}}" for name in missing_keys]
        lines += [f"{name}: {{type: {kind}}}" for name, kind in missing.items()]
        if _PROBABILITY not in table.column_names and "prediction" in missing:
            lines.append(f"and for a classification {_PROBABILITY}: {{type: float8}}")
        message = f"the table {table.name} has no column for {listed}, which ml.predict writes"
        yield Finding(("table",), "R311", message, f"add {', '.join(lines)}")
    if set(table.primary_key) != set(keys):
        message = f"the keys of {table.name} are not those of the predictions, by which a second run replaces them"
        yield Finding(("table",), "R322", message, f"primary_key: [{', '.join(keys)}]")
    version = next((column for column in table.columns if column.name == "model_version"), None)
    if version and version.type.lower() != _MADE["model_version"]:
        message = f"'model_version' of {table.name} is {version.type}"
        yield Finding(("table",), "R326", message, f"model_version: {{type: {_MADE['model_version']}}}")


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check, column_lists=(), needs=modelling.needs)
