from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from airflow.sdk import DAG, Asset, Context, Param
from airflow.serialization.serialized_objects import DagSerialization

from generator.build import build, build_dag
from generator.environment import Environment, UnknownEnvironmentError

REDSHIFT = "generator.operators.redshift_statements.RedshiftStatementsOperator"
ATHENA = "airflow.providers.amazon.aws.operators.athena.AthenaOperator"
S3_WAIT = "airflow.providers.amazon.aws.sensors.s3.S3KeySensor"
RESUME = "generator.operators.redshift_cluster.RedshiftResumeClusterOperator"

SERVERLESS = Environment(
    "local",
    {
        "region": "us-east-1",
        "bucket": "flights-local",
        "redshift": {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::1:role/r"},
        "athena": {"workgroup": "primary", "database": "lake", "output": "s3://flights-local/athena/"},
        "values": {"limit": 10},
    },
)
PROVISIONED = Environment(
    "production",
    {
        "region": "eu-west-1",
        "aws_conn_id": "aws_production",
        "redshift": {"cluster": "analytics", "db_user": "airflow", "database": "prod"},
    },
)


def sql_task(sql: str = "SELECT 1", **more: Any) -> dict[str, Any]:
    return {
        "operator": REDSHIFT,
        "sql": sql,
        "database": "{{ env.redshift.database }}",
        "deferrable": True,
        **more,
    }


def dag_of(tasks: dict[str, Any] | None = None, environment: Environment = SERVERLESS, **more: Any) -> DAG:
    config = {"schedule": None, "tasks": tasks or {"one": sql_task()}, **more}
    return build({"flights": config}, environment, "/dags/flights.py")


def task_of(dag: DAG, task_id: str = "one") -> Any:
    return dag.get_task(task_id)


def rendered(dag: DAG, task_id: str, **context: Any) -> Any:
    """The task with its templated fields as a run without a logical date has them."""

    class Run:
        run_after = datetime.datetime(2013, 1, 2, 3, 30, tzinfo=datetime.UTC)

    task = task_of(dag, task_id)
    values = {"dag": dag, "dag_run": Run, "run_id": "manual", "params": dag.params.dump(), **context}
    task.render_template_fields(cast("Context", values), dag.get_template_env())
    return task


# What an environment gives to operators


@pytest.mark.parametrize(
    ("operator", "arguments", "environment", "expected"),
    [
        (REDSHIFT, {"sql": "SELECT 1"}, SERVERLESS, {
            "aws_conn_id": "aws_default", "region_name": "us-east-1", "workgroup_name": "local",
            "cluster_identifier": None, "db_user": None, "secret_arn": None}),
        (REDSHIFT, {"sql": "SELECT 1"}, PROVISIONED, {
            "aws_conn_id": "aws_production", "region_name": "eu-west-1", "workgroup_name": None,
            "cluster_identifier": "analytics", "db_user": "airflow"}),
        (ATHENA, {"query": "SELECT 1"}, SERVERLESS, {
            "region_name": "us-east-1", "workgroup": "primary", "workgroup_name": None}),
        (S3_WAIT, {"bucket_key": "s3://b/k"}, PROVISIONED, {
            "aws_conn_id": "aws_production", "region_name": "eu-west-1", "cluster_identifier": None}),
        (RESUME, {}, PROVISIONED, {"cluster_identifier": "analytics", "region_name": "eu-west-1"}),
        ("airflow.providers.standard.operators.empty.EmptyOperator", {}, SERVERLESS, {
            "region_name": None, "aws_conn_id": None, "workgroup_name": None}),
    ],
    ids=["serverless", "provisioned", "athena", "sensor", "cluster", "no AWS at all"],
)  # fmt: skip
def test_environment_reaches_the_operators_that_take_it(
    operator: str, arguments: dict[str, Any], environment: Environment, expected: dict[str, Any]
) -> None:
    task = task_of(dag_of({"one": {"operator": operator, **arguments}}, environment))
    assert {name: getattr(task, name, None) for name in expected} == expected


def test_the_pipelines_own_default_arguments_stay() -> None:
    dag = dag_of(default_args={"owner": "analytics", "retries": 3})
    assert (dag.get_task("one").owner, dag.get_task("one").retries) == ("analytics", 3)


def test_the_environment_is_chosen_when_the_file_is_parsed(
    compiled: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project = {
        "project": "flights",
        "default_environment": "local",
        "environments": {"local": SERVERLESS.values, "production": PROVISIONED.values},
    }
    python_file = compiled({"flights": {"schedule": None, "tasks": {"one": sql_task()}}}, project)
    assert task_of(build_dag(str(python_file))).workgroup_name == "local"
    monkeypatch.setenv("PIPELINES_ENV", "production")
    assert task_of(build_dag(str(python_file))).cluster_identifier == "analytics"
    monkeypatch.setenv("PIPELINES_ENV", "nowhere")
    with pytest.raises(UnknownEnvironmentError, match="has no environment 'nowhere'"):
        build_dag(str(python_file))


# What templates see


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("{{ env.redshift.iam_role }}", "arn:aws:iam::1:role/r"),
        ("{{ env.values.limit }} {{ env.name }}", "10 local"),
        ("{{ run_date }}", "2013-01-01"),
        ("stage_{{ run_key }}", "stage_6d5be071e8cc"),
        ("{{ params.name | literal }}", "'O''Hare'"),
        (r"{{ 'C:\\dir' | literal }}", "('C:' || CHR(92) || 'dir')"),
        ("{{ 'odd\"name' | identifier }}", '"odd""name"'),
        ("{% do [] %}{{ run_date | replace('-', '') }}", "20130101"),
    ],
)
def test_names_and_filters_in_sql(sql: str, text: str) -> None:
    dag = dag_of(
        {"one": sql_task(sql)},
        start_date="2013-01-01",
        timezone="America/New_York",
        params={"name": {"__type__": "airflow.sdk.Param", "default": "O'Hare", "type": "string"}},
    )
    assert rendered(dag, "one").sql == text


def test_the_logical_date_comes_first() -> None:
    dag = dag_of({"one": sql_task("{{ run_date }}")}, start_date="2013-01-01", timezone="Asia/Tokyo")
    day = datetime.datetime(2013, 5, 1, 20, tzinfo=datetime.UTC)
    assert rendered(dag, "one", logical_date=day).sql == "2013-05-02"


def test_params_are_airflows() -> None:
    param = {
        "__type__": "airflow.sdk.Param",
        "default": 90,
        "type": "integer",
        "minimum": 30,
        "description": "d",
    }
    dag = dag_of(params={"days": param})
    found = dag.params.get_param("days")
    assert isinstance(found, Param)
    assert (found.value, found.schema, found.description) == (90, {"type": "integer", "minimum": 30}, "d")


# When it runs


@pytest.mark.parametrize(
    ("keys", "timetable", "timezone"),
    [
        ({"schedule": "30 3 * * *", "start_date": "2013-01-01", "timezone": "America/New_York"},
         "30 3 * * *", "America/New_York"),
        ({"schedule": "30 3 * * *", "timezone": "America/New_York"}, "30 3 * * *", "America/New_York"),
        ({"schedule": "@daily", "start_date": "2013-01-01"}, "0 0 * * *", "UTC"),
        ({"schedule": "@daily", "timezone": "Europe/Paris"}, "0 0 * * *", "Europe/Paris"),
        ({"schedule": "@once", "timezone": "Europe/Paris"}, "@once", "Europe/Paris"),
        ({"schedule": {"__type__": "datetime.timedelta", "seconds": 21600}}, "6:00:00", "UTC"),
        ({"schedule": ["public.flights", "public.planes"]}, "Asset", "UTC"),
        ({"schedule": None}, "None", "UTC"),
        ({}, "None", "UTC"),
    ],
    ids=["cron", "cron, no start", "preset", "preset, no start", "once", "every", "after", "manual",
         "not given"],
)  # fmt: skip
def test_schedules(keys: dict[str, Any], timetable: str, timezone: str) -> None:
    config = {"tasks": {"one": sql_task()}, **keys}
    dag = round_trip(build({"flights": config}, SERVERLESS, "/dags/flights.py"))
    assert dag.timetable.summary == timetable
    assert dag.timezone.name == timezone


def test_a_cron_schedule_keeps_to_its_timezone_without_a_start_date() -> None:
    dag = round_trip(dag_of(schedule="30 3 * * *", timezone="America/New_York"))
    now = datetime.datetime(2013, 7, 1, tzinfo=datetime.UTC)
    following = dag.timetable._get_next(now)
    assert following.astimezone(datetime.UTC).hour == 7


def test_airflows_own_keys_reach_the_dag() -> None:
    dag = dag_of(
        description="d", tags=["a"], catchup=False, max_active_runs=3, max_active_tasks=5, doc_md="# D",
        is_paused_upon_creation=False, dagrun_timeout={"__type__": "datetime.timedelta", "seconds": 60},
        start_date="2013-01-01", end_date="2013-12-31",
    )  # fmt: skip
    assert (dag.description, dag.tags, dag.doc_md) == ("d", {"a"}, "# D")
    assert (dag.max_active_runs, dag.max_active_tasks, dag.is_paused_upon_creation) == (3, 5, False)
    assert dag.dagrun_timeout == datetime.timedelta(minutes=1)
    assert str(dag.end_date)[:10] == "2013-12-31"


def test_a_dag_belongs_to_its_python_file() -> None:
    assert dag_of().fileloc == "/dags/flights.py"
    assert dag_of().tags == set()


# How tasks hang together

GROUPED: dict[str, Any] = {
    "task_groups": {
        "load": {"tooltip": "redshift.upsert", "prefix_group_id": False},
        "inner": {"parent_group_name": "load", "prefix_group_id": False},
    },
    "tasks": {
        "wait": sql_task(),
        "load.stage": sql_task(task_group_name="load", dependencies=["wait"]),
        "load.merge": sql_task(task_group_name="inner", dependencies=["load.stage"], outlets=["public.t"]),
        "load.drop": sql_task(
            task_group_name="load",
            dependencies=["load.stage", "load.merge"],
            trigger_rule="all_done_setup_success",
        ),
        "after": sql_task(dependencies=["load.merge"], retry_delay={"__type__": "datetime.timedelta", "seconds": 5}),
        "after_all": sql_task(dependencies=["load"]),
    },
}


def test_groups() -> None:
    dag = dag_of(**GROUPED)
    groups = dag.task_group.get_task_group_dict()
    assert set(groups) == {None, "load", "inner"}
    assert {child.node_id for child in groups["load"].children.values()} == {
        "load.stage",
        "inner",
        "load.drop",
    }
    assert set(groups["inner"].children) == {"load.merge"}


def test_dependencies_are_those_of_the_file() -> None:
    dag = dag_of(**GROUPED)
    assert {task.task_id: task.upstream_task_ids for task in dag.tasks} == {
        "wait": set(),
        "load.stage": {"wait"},
        "load.merge": {"load.stage"},
        "load.drop": {"load.stage", "load.merge"},
        "after": {"load.merge"},
        "after_all": {"load.merge"},  # a group's teardown is not what others wait for
    }


def test_teardowns_outlets_and_durations() -> None:
    dag = dag_of(**GROUPED)
    assert [task.task_id for task in dag.tasks if task.is_teardown] == ["load.drop"]
    assert dag.get_task("load.merge").outlets == [Asset("public.t")]
    assert dag.get_task("after").retry_delay == datetime.timedelta(seconds=5)


STAGED = {
    "wait": sql_task(),
    "load.stage": sql_task(task_group_name="load", dependencies=["wait"]),
    "load.check": sql_task(task_group_name="load", dependencies=["load.stage"]),
    "load.merge": sql_task(task_group_name="load", dependencies=["load.check"]),
    "load.drop": sql_task(task_group_name="load", dependencies=["load.merge"], trigger_rule="all_done_setup_success"),
    "after": sql_task(dependencies=["load.merge"]),
}


@pytest.mark.parametrize(
    ("cleared", "runs_again"),
    [
        ("load.check", {"load.stage", "load.check", "load.merge", "load.drop", "after"}),
        ("load.merge", {"load.stage", "load.check", "load.merge", "load.drop", "after"}),
        ("after", {"after"}),
        ("wait", set(STAGED)),
    ],
)
def test_a_task_that_is_cleared_brings_what_its_teardown_has_removed(cleared: str, runs_again: set[str]) -> None:
    """What Airflow clears with a task: the rows that are published are staged and checked again before."""
    stored = round_trip(dag_of(STAGED, task_groups={"load": {"prefix_group_id": False}}))
    part = stored.partial_subset([cleared], include_downstream=True, include_upstream=False)
    assert set(part.task_dict) == runs_again


def test_a_teardown_without_a_group_has_no_setups() -> None:
    tasks = {
        "one": sql_task(),
        "two": sql_task(dependencies=["one"]),
        "drop": sql_task(dependencies=["two"], trigger_rule="all_done_setup_success"),
    }
    dag = dag_of(tasks)
    assert [(task.task_id, task.is_setup, task.is_teardown) for task in dag.tasks] == [
        ("one", False, False),
        ("two", False, False),
        ("drop", False, True),
    ]


def test_airflow_can_store_it() -> None:
    stored = round_trip(dag_of(**GROUPED, params={"p": {"__type__": "airflow.sdk.Param", "default": 1}}))
    assert stored.get_task("load.drop").is_teardown
    assert stored.get_task("load.drop").trigger_rule == "all_done"
    assert sorted(stored.task_dict) == sorted(GROUPED["tasks"])


def round_trip(dag: DAG) -> Any:
    return DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))


def test_the_compiled_data_is_left_as_it_was() -> None:
    config = {"flights": {"schedule": None, **GROUPED}}
    before = repr(config)
    build(config, SERVERLESS, "/dags/flights.py")
    assert repr(config) == before
