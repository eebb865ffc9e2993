"""Compiled pipelines as Airflow DAGs.

A compiled pipeline is `<pipeline>.yaml` in dag-factory's words, beside `<pipeline>.py`, whose last line calls
`build_dag`, and `project.yaml` with the environments.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY", "False")  # it is read when dag-factory is imported

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it imports names of Airflow 2 first, which warn in every log of a DAG file
    from dagfactory.dagbuilder import DagBuilder
    from dagfactory.utils import cast_with_type

from generator import notifications, quoting, run_log, sql_comment
from generator.environment import Environment, choose, load_environments, read_yaml

if TYPE_CHECKING:
    from airflow.sdk import DAG
    from pendulum import FixedTimezone, Timezone

PROJECT_FILE = "project.yaml"
TEARDOWN_RULE = "all_done_setup_success"

Config = Mapping[str, Any]

_FILTERS = {"literal": quoting.literal, "identifier": quoting.identifier}
# Airflow replaces its own list of extensions with this one, so its `do` has to be named again.
_JINJA = {"extensions": ["jinja2.ext.do", "generator.run_names.RunNames"]}
_NAMES_WITHOUT_CLOCK = ("@once", "@continuous")


def build_dag(python_file: str) -> DAG:
    """The DAG of the compiled pipeline beside a Python file, for the environment that PIPELINES_ENV names.

    Raises UnknownEnvironmentError, and what Airflow raises for arguments that it does not take.
    """
    python_path = Path(python_file)
    environment = choose(load_environments(python_path.with_name(PROJECT_FILE)))
    return build(read_yaml(python_path.with_suffix(".yaml")), environment, python_file)


def build(config: Mapping[str, Config], environment: Environment, fileloc: str) -> DAG:
    """The DAG of a compiled pipeline in an environment; `config` holds the pipeline under its name."""
    ((name, compiled),) = config.items()
    typed = cast_with_type(compiled)
    typed["default_args"] = {**typed.get("default_args", {}), **environment_arguments(environment.values)}
    if "start_date" not in typed and "timezone" in typed:
        typed["schedule"] = _in_timezone(typed.get("schedule"), typed["timezone"])
    builder = _Builder(name, {}, {})
    builder.dag_config = typed  # given at first it would be copied, and this is a copy already
    dag: DAG = builder.build()["dag"]
    if "start_date" not in typed and "timezone" in typed:
        dag.timezone = _timezone(typed["timezone"])
    # Without dag-factory's own tag, by which its listener in the scheduler finds DAGs whose runs it reports home.
    dag.tags = set(compiled.get("tags", ()))
    dag.fileloc = fileloc
    dag.user_defined_macros = {"env": environment.names}
    dag.user_defined_filters = _FILTERS
    dag.jinja_environment_kwargs = _JINJA
    for task in dag.tasks:
        _sign(task, name)
    run_log.attach(dag, environment, compiled.get("templates", {}))
    notifications.attach(dag, environment, compiled.get("notifications", {}))
    return dag


def _sign(task: Any, pipeline: str) -> None:
    """Let the task's SQL carry a comment with the names of pipeline, task and run."""
    comment = sql_comment.of(pipeline, task.task_id)
    if hasattr(task, "sql_comment"):
        task.sql_comment = comment
        if hasattr(task, "statement_name"):
            task.statement_name = task.statement_name or sql_comment.statement_name(task.task_id)
    elif isinstance(getattr(task, "query", None), str):
        task.query = sql_comment.signed_for_athena(comment, task.query)


def environment_arguments(values: Config) -> dict[str, str]:
    """Arguments of operators that come from the environment, and that Airflow renders no template in.

    Airflow passes a default argument to the operators that have an argument of this name, and to no others.
    """
    redshift = values.get("redshift", {})
    named = {
        "aws_conn_id": values.get("aws_conn_id"),
        "region_name": values.get("region"),
        "workgroup_name": redshift.get("workgroup"),
        "cluster_identifier": redshift.get("cluster"),
        "db_user": redshift.get("db_user"),
        "secret_arn": redshift.get("secret_arn"),
    }
    return {name: value for name, value in named.items() if value is not None}


class _Builder(DagBuilder):  # type: ignore[misc]  # dag-factory carries no types
    """dag-factory's builder, for task ids that hold their group's name: it would prefix them again."""

    @staticmethod
    def set_dependencies(
        tasks_config: Mapping[str, Config],
        operators_dict: Mapping[str, Any],
        task_groups_config: Mapping[str, Config],
        task_groups_dict: Mapping[str, Any],
    ) -> None:
        """Mark the teardowns, and order tasks and groups as their `dependencies` say."""
        for name, config in tasks_config.items():
            if config.get("trigger_rule") == TEARDOWN_RULE:
                # Before the order: what follows a group passes over its teardown.
                _tear_down(operators_dict[name], [operators_dict[each] for each in _setups(name, tasks_config)])
        nodes = {**operators_dict, **task_groups_dict}
        for name, config in (*tasks_config.items(), *task_groups_config.items()):
            if before := config.get("dependencies"):
                nodes[name].set_upstream([nodes[other] for other in before])


def _tear_down(operator: Any, setups: Sequence[Any]) -> None:
    """Mark a teardown. With its setups Airflow clears the tasks whose work it removes, where a task is cleared alone.

    It runs whatever became of them: a setup that failed may have left something, too.
    """
    operator.as_teardown(setups=setups)
    operator.trigger_rule = "all_done"


def _setups(teardown: str, tasks: Mapping[str, Config]) -> list[str]:
    """The tasks of a teardown's group that come before the one it follows: what it removes is theirs."""
    group = tasks[teardown].get("task_group_name")
    found: dict[str, None] = {}
    waiting = list(tasks[teardown].get("dependencies", ())) if group else []
    while waiting:
        before = [each for each in tasks[waiting.pop()].get("dependencies", ()) if each not in found]
        before = [each for each in before if tasks.get(each, {}).get("task_group_name") == group]
        found.update(dict.fromkeys(before))
        waiting.extend(before)
    return [name for name in tasks if name in found]


def _in_timezone(schedule: Any, timezone: str) -> Any:
    """A cron schedule that keeps to a timezone: Airflow takes it from the start date, and there is none."""
    if not isinstance(schedule, str) or schedule in _NAMES_WITHOUT_CLOCK:
        return schedule
    from airflow.configuration import conf

    if conf.getboolean("scheduler", "create_cron_data_intervals"):
        from airflow.timetables.interval import CronDataIntervalTimetable

        return CronDataIntervalTimetable(schedule, timezone=_timezone(timezone))
    from airflow.timetables.trigger import CronTriggerTimetable

    return CronTriggerTimetable(schedule, timezone=_timezone(timezone))


def _timezone(name: str) -> Timezone | FixedTimezone:
    import pendulum

    return pendulum.timezone(name)
