"""A pipeline becomes a dag-factory configuration and the Python file that Airflow discovers. Pure: text from values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from generator import template
from generator.documentation import dag_documentation
from generator.emit import dump
from generator.imports import import_lines
from generator.model import After, Cron, Every, Param, Pipeline, Project, Schedule, Tables, Task, seconds
from generator.template import Step

HEADER = "# Compiled from "
TEARDOWN_RULE = "all_done_setup_success"
PROJECT_FILE = "project.yaml"

# The keys that every task may have, in Airflow's words, and whether they are durations.
_SETTINGS = {
    "owner": ("owner", False),
    "retries": ("retries", False),
    "retry_delay": ("retry_delay", True),
    "retry_exponential_backoff": ("retry_exponential_backoff", False),
    "max_retry_delay": ("max_retry_delay", True),
    "timeout": ("execution_timeout", True),
    "pool": ("pool", False),
    "pool_slots": ("pool_slots", False),
    "priority_weight": ("priority_weight", False),
    "queue": ("queue", False),
    "depends_on_past": ("depends_on_past", False),
}

Config = dict[str, Any]


def files(project: Project, pipelines: Sequence[Pipeline], tables: Tables, shown_root: str) -> dict[str, str]:
    """The compiled files by name: two for each pipeline, and the project's environments."""
    compiled = {PROJECT_FILE: project_text(project, shown_root)}
    for pipeline in pipelines:
        compiled[f"{pipeline.name}.yaml"] = yaml_text(pipeline, tables, shown_root)
        compiled[f"{pipeline.name}.py"] = python_text(pipeline, tables, shown_root)
    return compiled


def project_text(project: Project, shown_root: str) -> str:
    """The environments, for the build step to choose from."""
    data = {
        "project": project.name,
        "default_environment": project.default_environment,
        "environments": _plain(project.environments),
    }
    return _header(f"{shown_root}/{PROJECT_FILE}") + dump(data)


def yaml_text(pipeline: Pipeline, tables: Tables, shown_root: str) -> str:
    """The dag-factory configuration."""
    return _header(f"{shown_root}/{pipeline.file}") + dump({pipeline.name: config(pipeline, tables)})


def python_text(pipeline: Pipeline, tables: Tables, shown_root: str) -> str:
    """The file that Airflow discovers. It says dag and airflow, which Airflow looks for before it reads a file."""
    operators = sorted({step.operator for task in pipeline.tasks for step in steps(task, tables)})
    lines = [f"import {module}  # noqa: F401" for module in import_lines(operators)]
    body = "\n".join([*lines, "", "from generator.build import build_dag", "", "dag = build_dag(__file__)"])
    return f"{_header(f'{shown_root}/{pipeline.file}')}{body}\n"


def steps(task: Task, tables: Tables) -> tuple[Step, ...]:
    """The Airflow tasks of a task."""
    return template.get(task.template).expand(task, tables)


def step_id(task: Task, step: Step) -> str:
    """The id in Airflow of a step: the task's name, and the step's where there are several."""
    return f"{task.name}.{step.name}" if step.name else task.name


def config(pipeline: Pipeline, tables: Tables) -> Config:
    """The pipeline in dag-factory's words; its keys are in a fixed order."""
    expanded = [(task, steps(task, tables)) for task in pipeline.tasks]
    shared = _shared_settings(pipeline)
    settings: Config = {
        "description": pipeline.description or None,
        "start_date": pipeline.start_date,
        "end_date": pipeline.end_date,
        "timezone": pipeline.timezone,
        "catchup": pipeline.catchup,
        "max_active_runs": pipeline.max_active_runs,
        "max_active_tasks": pipeline.max_active_tasks,
        "dagrun_timeout": None if pipeline.dagrun_timeout is None else _timedelta(pipeline.dagrun_timeout),
        "is_paused_upon_creation": pipeline.paused,
        "tags": sorted(pipeline.tags) or None,
        "default_args": shared or None,
        "params": {param.name: _param(param) for param in pipeline.params} or None,
        "doc_md": dag_documentation(pipeline, tables),
        "notifications": _plain(pipeline.notifications) or None,
        "task_groups": dict(_groups(expanded)) or None,
    }
    given = {key: value for key, value in settings.items() if value is not None}
    # dag-factory passes over `templates`; the build step reads it for the run log.
    given["templates"] = {task.name: task.template for task in pipeline.tasks}
    tasks = dict(_tasks(expanded, shared))
    return {"schedule": _schedule(pipeline.schedule), **given, "tasks": tasks}


def _shared_settings(pipeline: Pipeline) -> Config:
    """What all tasks have in common, for dag-factory's default_args; and the pipeline's owner."""
    all_settings = [_settings(task) for task in pipeline.tasks]
    first, *others = all_settings
    shared = {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}
    if pipeline.owner is not None:
        shared = {"owner": pipeline.owner, **{key: value for key, value in shared.items() if key != "owner"}}
    return shared


def _settings(task: Task) -> Config:
    return {
        name: _timedelta(seconds(task.settings[key])) if is_duration else task.settings[key]
        for key, (name, is_duration) in _SETTINGS.items()
        if key in task.settings
    }


def _groups(expanded: Sequence[tuple[Task, tuple[Step, ...]]]) -> Iterator[tuple[str, Config]]:
    for task, _ in expanded:
        if task.group is not None:
            yield task.group, {"tooltip": task.template, "prefix_group_id": False}
    for task, made in expanded:
        if made[0].name:
            group: Config = {"tooltip": task.description or task.template, "prefix_group_id": False}
            if task.group is not None:
                group |= {"group_display_name": _last_part(task.name), "parent_group_name": task.group}
            yield _group_id(task), group


def _group_id(task: Task) -> str:
    """The id of the group of a task's steps; unlike a task's, it can't hold a dot."""
    return task.name.replace(".", "__")


def _last_part(name: str) -> str:
    return name.rpartition(".")[2]


def _tasks(expanded: Sequence[tuple[Task, tuple[Step, ...]]], shared: Config) -> Iterator[tuple[str, Config]]:
    ends: dict[str, list[str]] = {}
    for task, made in expanded:
        ends.setdefault(task.group or task.name, []).extend(step_id(task, step) for step in _last(made))
    for task, made in expanded:
        before = [step for name in task.depends_on for step in ends[name]]
        last = _last(made)
        for step in made:
            yield step_id(task, step), _task(task, step, before, step in last, shared)


def _last(made: Sequence[Step]) -> list[Step]:
    """The steps that the tasks after this one wait for: teardowns don't count, since they succeed after a failure."""
    work = [step for step in made if not step.teardown]
    followed = {name for step in work for name in step.after}
    return [step for step in work if step.name not in followed]


def _task(task: Task, step: Step, before: Sequence[str], is_last: bool, shared: Config) -> Config:
    made: Config = {"operator": step.operator}
    if step.name:
        made |= {"task_group_name": _group_id(task), "task_display_name": step.name}
    elif task.group is not None:
        made |= {"task_group_name": task.group, "task_display_name": _last_part(task.name)}
    made |= _plain(step.arguments)
    made |= {key: value for key, value in _settings(task).items() if key not in shared or shared[key] != value}
    if task.description:
        made["doc_md"] = task.description
    if is_last and task.writes:
        made["outlets"] = list(task.writes)
    if step.teardown:
        made["trigger_rule"] = TEARDOWN_RULE
    elif not step.after and task.trigger_rule != "all_success":
        made["trigger_rule"] = task.trigger_rule
    dependencies = [f"{task.name}.{name}" for name in step.after] or list(before)
    if dependencies:
        made["dependencies"] = dependencies
    return made


def _schedule(schedule: Schedule) -> Any:
    if isinstance(schedule, Cron):
        return schedule.expression
    if isinstance(schedule, Every):
        return _timedelta(schedule.seconds)
    return list(schedule.tables) if isinstance(schedule, After) else None


def _param(param: Param) -> Config:
    return {"__type__": "airflow.sdk.Param", "default": param.default, **_plain(param.schema)}


def _timedelta(count: int) -> Config:
    return {"__type__": "datetime.timedelta", "seconds": count}


def _header(source: str) -> str:
    return f"{HEADER}{source} by `pipelines generate`. Do not edit: change that file and generate again.\n"


def _plain(value: Any) -> Any:
    """Dicts and lists anew, so that YAML has no anchors where one value stands in two places."""
    return json.loads(json.dumps(value))
