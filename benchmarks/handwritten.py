"""A compiled pipeline as the Python file that a person would write for it: same operators, same arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.environment import Environment

_NO_ARGUMENTS = frozenset({"operator", "dependencies"})

_TEMPLATE = """\
from datetime import timedelta

import pendulum
{imports}
from airflow.sdk import DAG, Asset

ENVIRONMENT = {environment}

with DAG(
    "{name}",
    schedule={schedule},
    description={description},
    start_date=pendulum.datetime({start}, tz={timezone}),
    catchup={catchup},
    max_active_runs={max_active_runs},
    tags={tags},
    default_args={default_args},
    user_defined_macros={{"env": ENVIRONMENT}},
    doc_md={doc_md},
) as dag:
{tasks}
{order}
"""


def python_text(name: str, compiled: Mapping[str, Any], environment: Environment, arguments: Mapping[str, str]) -> str:
    """The source of the DAG. ``arguments`` are what the environment adds to the default arguments."""
    tasks: Mapping[str, Mapping[str, Any]] = compiled["tasks"]
    year, month, day = (int(part) for part in compiled["start_date"].split("-"))
    return _TEMPLATE.format(
        imports="\n".join(sorted({_import(task["operator"]) for task in tasks.values()})),
        environment=_source(environment.values, ""),
        name=name,
        schedule=_source(compiled["schedule"], ""),
        description=_source(compiled["description"], "    "),
        start=f"{year}, {month}, {day}",
        timezone=_source(compiled["timezone"], ""),
        catchup=compiled["catchup"],
        max_active_runs=compiled["max_active_runs"],
        tags=_source(compiled["tags"], "    "),
        default_args=_source({**compiled["default_args"], **arguments}, "    "),
        doc_md=_source(compiled["doc_md"], "    "),
        tasks="\n".join(_task(task_id, task) for task_id, task in tasks.items()),
        order="\n".join(_order(tasks)),
    )


def _import(operator: str) -> str:
    module, _, name = operator.rpartition(".")
    return f"from {module} import {name}"


def _task(task_id: str, task: Mapping[str, Any]) -> str:
    lines = [f"    {task_id} = {task['operator'].rpartition('.')[2]}(", f'        task_id="{task_id}",']
    for key, value in task.items():
        if key not in _NO_ARGUMENTS:
            source = _assets(value) if key == "outlets" else _source(value, "        ")
            lines.append(f"        {key}={source},")
    return "\n".join([*lines, "    )"])


def _assets(names: list[str]) -> str:
    return f"[{', '.join(f'Asset({name!r})' for name in names)}]"


def _order(tasks: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for task_id, task in tasks.items():
        before = task.get("dependencies", [])
        if before:
            together = before[0] if len(before) == 1 else f"[{', '.join(before)}]"
            yield f"    {together} >> {task_id}"


def _source(value: Any, indent: str) -> str:
    """A value as Python: text of several lines between triple quotes, what else holds several values a line each."""
    inner = indent + "    "
    if isinstance(value, str) and "\n" in value and '"""' not in value and value[-1] not in '"\\':
        return f'{"r" if chr(92) in value else ""}"""{value}"""'
    if isinstance(value, Mapping) and value.get("__type__") == "datetime.timedelta":
        return f"timedelta(seconds={value['seconds']})"
    if isinstance(value, Mapping):
        pairs = "".join(f"{inner}{key!r}: {_source(part, inner)},\n" for key, part in value.items())
        return f"{{\n{pairs}{indent}}}"
    if isinstance(value, list):
        parts = "".join(f"{inner}{_source(part, inner)},\n" for part in value)
        return f"[\n{parts}{indent}]"
    return repr(value)
