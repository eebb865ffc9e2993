"""How keys of a pipeline become keys of a dag-factory configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import compile as compiler
from generator.project import Workspace, load_workspace

PROJECT = """\
project: test
default_environment: test
environments:
  test:
    region: us-east-1
    bucket: lake
    redshift: {workgroup: test, database: dev, iam_role: "arn:aws:iam::123456789012:role/test"}
"""
HEAD = "pipeline: test\nstart_date: 2013-01-01\n"
TABLES = "tables: {public.t: {columns: {k: {type: integer, not_null: true}}, primary_key: [k]}}\n"
ONE_TASK = "tasks: {work: {template: redshift.sql, sql: SELECT 1}}\n"


def load(folder: Path, text: str, project: str = PROJECT) -> Workspace:
    (folder / "project.yaml").write_text(project, encoding="utf-8")
    (folder / "test.yaml").write_text(text, encoding="utf-8")
    workspace = load_workspace(folder, "")
    assert workspace.problems == ()
    return workspace


def config(folder: Path, text: str, project: str = PROJECT) -> dict[str, Any]:
    workspace = load(folder, text, project)
    (pipeline,) = workspace.pipelines
    return compiler.config(pipeline, workspace.tables)


@pytest.mark.parametrize(
    ("yaml_text", "expected"),
    [
        ('schedule: "30 3 * * *"', {"schedule": "30 3 * * *"}),
        ('schedule: "@daily"', {"schedule": "@daily"}),
        ("schedule: {every: 1h30m}", {"schedule": {"__type__": "datetime.timedelta", "seconds": 5400}}),
        ("schedule: null", {"schedule": None}),
        ("schedule: null\ntimezone: Europe/Zurich", {"timezone": "Europe/Zurich"}),
        ("schedule: null", {"timezone": "UTC", "catchup": False, "start_date": "2013-01-01"}),
        ("schedule: null\nend_date: 2014-01-01\ncatchup: true", {"end_date": "2014-01-01", "catchup": True}),
        ("schedule: null\nmax_active_runs: 1\nmax_active_tasks: 4", {"max_active_runs": 1, "max_active_tasks": 4}),
        (
            "schedule: null\ndagrun_timeout: 1d",
            {"dagrun_timeout": {"__type__": "datetime.timedelta", "seconds": 86400}},
        ),
        ("schedule: null\npaused: true", {"is_paused_upon_creation": True}),
        ("schedule: null\ntags: [b, a]", {"tags": ["a", "b"]}),
        ("schedule: null\nowner: analytics", {"default_args": {"owner": "analytics"}}),
        ("schedule: null\ndescription: What it does.", {"description": "What it does."}),
        (
            "schedule: null\nparams: {day: {type: date, default: 2013-01-31, description: The day.}}",
            {
                "params": {
                    "day": {
                        "__type__": "airflow.sdk.Param",
                        "default": "2013-01-31",
                        "type": "string",
                        "description": "The day.",
                        "format": "date",
                    }
                }
            },
        ),
    ],
)
def test_pipeline_keys(yaml_text: str, expected: dict[str, Any], tmp_path: Path) -> None:
    found = config(tmp_path, f"{HEAD}{yaml_text}\n{ONE_TASK}")
    assert {key: found[key] for key in expected} == expected


def test_schedule_after_tables(tmp_path: Path) -> None:
    task = "{template: redshift.insert, table: public.t, sql: SELECT 1 AS k}"
    writer = f"pipeline: writer\nschedule: null\n{TABLES}tasks: {{w: {task}}}\n"
    (tmp_path / "writer.yaml").write_text(writer, encoding="utf-8")
    workspace = load(tmp_path, f"{HEAD}schedule: {{after: [public.t]}}\n{ONE_TASK}")
    reader = next(pipeline for pipeline in workspace.pipelines if pipeline.name == "test")
    assert compiler.config(reader, workspace.tables)["schedule"] == ["public.t"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("retries: 3", {"retries": 3}),
        ("retry_delay: 5m", {"retry_delay": {"__type__": "datetime.timedelta", "seconds": 300}}),
        ("timeout: 2h", {"execution_timeout": {"__type__": "datetime.timedelta", "seconds": 7200}}),
        ("pool: redshift, pool_slots: 2, priority_weight: 5, queue: big", {"pool": "redshift", "pool_slots": 2}),
        ("poll_interval: 30s", {"poll_interval": 30}),
        ("trigger_rule: all_done", {"trigger_rule": "all_done"}),
        ("description: Why., depends_on_past: true", {"doc_md": "Why.", "depends_on_past": True}),
    ],
)
def test_task_keys(keys: str, expected: dict[str, Any], tmp_path: Path) -> None:
    other = "{template: redshift.sql, sql: SELECT 2}"
    tasks = f"tasks: {{other: {other}, work: {{template: redshift.sql, sql: SELECT 1, {keys}}}}}\n"
    found = config(tmp_path, f"{HEAD}schedule: null\n{tasks}")["tasks"]["work"]
    assert {key: found[key] for key in expected} == expected


def test_settings_that_all_tasks_share_are_default_args(tmp_path: Path) -> None:
    project = PROJECT + "defaults: {retries: 2, templates: {redshift.insert: {mode: replace}}}\n"
    tasks = """\
defaults: {timeout: 1h}
tasks:
  a: {template: redshift.sql, sql: SELECT 1, timeout: 2h}
  b: {template: redshift.insert, table: public.t, sql: SELECT 1 AS k}
"""
    found = config(tmp_path, f"{HEAD}schedule: null\n{TABLES}{tasks}", project)
    assert found["default_args"] == {"retries": 2}
    assert [task["execution_timeout"]["seconds"] for task in found["tasks"].values()] == [7200, 3600]
    assert found["tasks"]["b"]["sql"][1] == 'DELETE FROM "public"."t"'


def test_groups_and_order(tmp_path: Path) -> None:
    tasks = """\
tasks:
  first: {template: redshift.sql, for_each: [a, b], sql: "SELECT '{{ item }}'"}
  load: {template: redshift.upsert, table: public.t, sql: SELECT 1 AS k, depends_on: [first]}
  last: {template: redshift.sql, sql: SELECT 1, depends_on: [load]}
"""
    found = config(tmp_path, f"{HEAD}schedule: null\n{TABLES}{tasks}")
    order = {name: task.get("dependencies", []) for name, task in found["tasks"].items()}
    assert order == {
        "first.a": [],
        "first.b": [],
        "load.stage": ["first.a", "first.b"],
        "load.check": ["load.stage"],
        "load.merge": ["load.check"],
        "load.drop": ["load.merge"],
        # After the merge, not after the drop: a teardown succeeds whatever happened to the merge.
        "last": ["load.merge"],
    }
    assert {name: group["tooltip"] for name, group in found["task_groups"].items()} == {
        "first": "redshift.sql",
        "load": "redshift.upsert",
    }
    assert found["tasks"]["load.drop"]["trigger_rule"] == "all_done_setup_success"
    assert {name for name, task in found["tasks"].items() if "outlets" in task} == {"load.merge"}


def test_tables_written_by_sql_are_outlets(tmp_path: Path) -> None:
    sql = "DELETE FROM public.t; INSERT INTO public.u SELECT * FROM public.v"
    found = config(tmp_path, f"{HEAD}schedule: null\ntasks: {{work: {{template: redshift.sql, sql: {sql}}}}}\n")
    assert found["tasks"]["work"]["outlets"] == ["public.t", "public.u"]


def test_documentation_holds_tables_and_source(tmp_path: Path) -> None:
    task = "{template: redshift.sql, sql: DELETE FROM public.t}"
    text = f"{HEAD}description: Why.\nschedule: null\n{TABLES}tasks: {{w: {task}}}\n# ```\n"
    documentation = config(tmp_path, text)["doc_md"]
    assert documentation.startswith("Why.\n\n## Tables written\n\n### public.t\n")
    assert "| k | integer | key |  |" in documentation
    assert f"````yaml\n{text.rstrip()}\n````" in documentation


def test_compiled_yaml_reads_back_and_is_the_same_each_time(tmp_path: Path) -> None:
    workspace = load(tmp_path, f"{HEAD}schedule: null\n{ONE_TASK}")
    assert workspace.project is not None
    one, other = (
        compiler.files(workspace.project, workspace.pipelines, workspace.tables, "pipelines") for _ in range(2)
    )
    assert one == other
    assert yaml.safe_load(one["test.yaml"])["test"]["tasks"]["work"]["sql"] == "SELECT 1"
    assert sorted(one) == ["project.yaml", "test.py", "test.yaml"]
    compile(one["test.py"], "test.py", "exec")
