"""What a run leaves in the run log, with Airflow's own task runner; and that a log which fails harms nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import checkout
from tests.run_log.conftest import Report, Runner, redshift

pytestmark = pytest.mark.xdist_group("run_log")  # most of them look at what one run has left

QUERIES = {
    "runs": "SELECT pipeline, state, failed_task, first_error, git_commit, LEN(file_hash) AS hash, run_type, "
    "run_date IS NOT NULL, started_at <= ended_at, due_at IS NOT NULL, url FROM pipeline_log.runs ORDER BY 1",
    "tasks": "SELECT pipeline, task, template, try_number, state, rows_written, first_error "
    "FROM pipeline_log.tasks ORDER BY pipeline, started_at",
    "times": "SELECT COUNT(*) FROM pipeline_log.tasks "
    "WHERE started_at IS NULL OR ended_at IS NULL OR started_at > ended_at OR logged_at < ended_at",
    "urls": "SELECT url FROM pipeline_log.tasks WHERE task = 'load.stage'",
    "ids": "SELECT task, statement_ids FROM pipeline_log.tasks WHERE pipeline = 'good'",
    "sizes": "SELECT pipeline, table_name, rows, size_mb >= 0 FROM pipeline_log.tables ORDER BY 1, 2",
    "athena": "SELECT task, bytes_scanned, LEN(statement_ids) FROM pipeline_log.tasks WHERE pipeline = 'athena'",
    "comments": "SELECT query_text FROM sys_query_history WHERE query_text LIKE '%task: load.stage%'",
}
GOOD: dict[str, Any] = {
    "templates": {"load": "redshift.upsert", "last": "redshift.sql"},
    "tasks": {
        "load.stage": redshift(
            ["CREATE TABLE public.t (k integer, name varchar(20))", "INSERT INTO public.t VALUES (1, 'a'), (2, 'b')"],
            outlets=["public.t"],
        ),
        "load.empty": redshift("CREATE TABLE public.u (k integer)", outlets=["public.u"], dependencies=["load.stage"]),
        "last": redshift("SELECT '{{ run_key }}'", dependencies=["load.empty"]),
    },
}
BAD: dict[str, Any] = {
    "tasks": {
        "one": redshift("CREATE TABLE public.before AS SELECT 1 AS k", outlets=["public.before"]),
        "two": redshift(["SELECT 1", 'SELECT "it\'s" FROM nowhere'], dependencies=["one"], outlets=["public.t"]),
        "never": redshift("SELECT 1", dependencies=["two"]),
        "drop": redshift("SELECT 3", dependencies=["one", "two"], trigger_rule="all_done_setup_success"),
    },
}
ATHENA: dict[str, Any] = {
    "tasks": {
        "query": {
            "operator": "airflow.providers.amazon.aws.operators.athena.AthenaOperator",
            "query": "SELECT 1 AS k",
            "database": "default",
            "output_location": "s3://lake/results/",
            "deferrable": True,
            "sleep_time": 1,
        }
    }
}
SAMPLE = {"good": GOOD, "bad": BAD}


DOCUMENT = (checkout.REPOSITORY / "docs/run_log.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^```sql\n(.*?)^```$", DOCUMENT, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def report(run: Runner) -> Report:
    return run(SAMPLE, QUERIES | {f"shown {number}": sql for number, sql in enumerate(SHOWN)})


def test_the_queries_of_the_page_on_the_log(report: Report) -> None:
    rows = [report["found"][f"shown {number}"] for number in range(len(SHOWN))]
    assert [len(each) if isinstance(each, list) else each for each in rows] == [5, 3, 0]


def test_the_page_tells_of_every_column() -> None:
    from generator.run_log.tables import TABLES

    assert [name for columns in TABLES.values() for name in columns if f"`{name}`" not in DOCUMENT] == []


def test_runs_end_as_they_would_without_a_log(report: Report) -> None:
    assert [run["succeeded"] for run in report["runs"]] == [True, False]
    assert report["warnings"] == []


def test_a_row_for_each_try_of_a_task(report: Report) -> None:
    error = report["found"]["tasks"][1][-1]
    assert [row[:-1] for row in report["found"]["tasks"]] == [
        ["bad", "one", None, 1, "success", None],
        ["bad", "two", None, 1, "failed", None],
        ["bad", "drop", None, 1, "success", None],
        ["good", "load.stage", "redshift.upsert", 1, "success", 2],
        ["good", "load.empty", "redshift.upsert", 1, "success", None],
        ["good", "last", "redshift.sql", 1, "success", None],
    ]
    assert "nowhere" in error.splitlines()[0]
    assert error.splitlines()[1] == 'SELECT "it\'s" FROM nowhere'
    assert report["found"]["times"] == [[0]]


def test_a_row_for_each_run(report: Report) -> None:
    bad, good = report["found"]["runs"]
    (failed,) = (row[-1] for row in report["found"]["tasks"] if row[1] == "two")
    assert bad[:3] == ["bad", "failed", "two"]
    assert bad[3] == failed
    assert good[:4] == ["good", "success", None, None]
    for row in (bad, good):
        assert row[4:10] == ["c0ffee", 64, "manual", True, True, True]
        assert row[10].startswith("http")
        assert f"/dags/{row[0]}/runs/" in row[10]


def test_addresses_and_ids(report: Report) -> None:
    ((url,),) = report["found"]["urls"]
    assert url.endswith("/tasks/load.stage?try_number=1")
    assert {task: len(ids) for task, ids in report["found"]["ids"]} == {"load.stage": 36, "load.empty": 36, "last": 36}


def test_the_size_of_each_table_that_was_written_also_in_a_failed_run(report: Report) -> None:
    assert report["found"]["sizes"] == [
        ["bad", "public.before", 1, True],
        ["good", "public.t", 2, True],
        ["good", "public.u", 0, True],
    ]


def test_each_statement_carries_the_names_of_pipeline_task_and_run(report: Report) -> None:
    (run_id,) = (run["run_id"] for run in report["runs"][:1])
    assert [text.splitlines() for (text,) in report["found"]["comments"] if text.startswith("/*")][:1] == [
        [
            f"/* pipeline: good, task: load.stage, run: {run_id} */",
            "CREATE TABLE public.t (k integer, name varchar(20))",
        ]
    ]


def test_athena(run: Runner) -> None:
    report = run({"athena": ATHENA}, QUERIES)
    assert [run["succeeded"] for run in report["runs"]] == [True]
    assert report["found"]["athena"] == [["query", 0, 36]]


def test_in_a_schema_of_another_name(run: Runner) -> None:
    found = run(SAMPLE, {"runs": "SELECT COUNT(*) FROM audit.runs"}, run_log={"schema": "audit"})["found"]
    assert found == {"runs": [[2]]}


def test_switched_off(run: Runner) -> None:
    queries = {"schemas": "SELECT COUNT(*) FROM pg_namespace WHERE nspname = 'pipeline_log'"}
    assert run({"good": GOOD}, queries, run_log=False)["found"] == {"schemas": [[0]]}


SHELL = {"operator": "airflow.providers.standard.operators.bash.BashOperator"}
WITHOUT_REDSHIFT: dict[str, Any] = {
    "good": {"tasks": {"one": {**SHELL, "bash_command": "true"}}},
    "bad": {"tasks": {"one": {**SHELL, "bash_command": "exit 3"}}},
}


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({"variables": {"AWS_ENDPOINT_URL_REDSHIFT_DATA": "http://127.0.0.1:1"}}, "Could not connect"),
        ({"redshift": {"workgroup": "no", "database": "dev"}}, "WorkgroupName"),
        ({"run_log": {"schema": "pg_catalog"}}, "pg_catalog"),
    ],
    ids=["unreachable", "refused request", "no permission"],
)
def test_a_log_that_fails_is_a_warning(run: Runner, more: dict[str, Any], warning: str) -> None:
    report = run(WITHOUT_REDSHIFT, {}, **more)
    assert [run["succeeded"] for run in report["runs"]] == [True, False]
    told = [text for text in report["warnings"] if text.startswith("The run log has no row for ")]
    assert {text.split()[7] for text in told} == {"task", "run"}
    assert len(told) == 4
    assert all(warning in text for text in told), told


def test_a_task_without_sql_is_logged_too(run: Runner) -> None:
    queries = {"tasks": "SELECT pipeline, state, first_error FROM pipeline_log.tasks ORDER BY 1"}
    assert run(WITHOUT_REDSHIFT, queries)["found"]["tasks"] == [
        ["bad", "failed", "Bash command failed. The command returned a non-zero exit code 3."],
        ["good", "success", None],
    ]
