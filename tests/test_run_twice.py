"""Every template is safe to run twice: a retried or cleared task leaves the tables as one run would."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import build, query, schema
from generator import compile as compiler
from generator.environment import Environment
from generator.project import load_workspace
from generator.sandbox import client
from generator.sandbox.server import Sandbox
from tests.airflow_tasks import Run, run_dag

BUCKET = "lake"
REDSHIFT = {"workgroup": "local", "database": "dev", "iam_role": "arn:aws:iam::123456789012:role/test"}
VALUES: dict[str, Any] = {
    "region": "us-east-1",
    "bucket": BUCKET,
    "redshift": REDSHIFT,
    "athena": {"database": "lake", "output": f"s3://{BUCKET}/athena-results/"},
}
CLUSTER = {**VALUES, "redshift": {**REDSHIFT, "cluster": "analytics", "db_user": "airflow"}}
del CLUSTER["redshift"]["workgroup"]

TABLES = """\
public.flights:
  columns:
    day: {type: date, not_null: true}
    flight: {type: integer, not_null: true}
    delay: {type: smallint, description: Minutes late.}
  primary_key: [day, flight]
  sort_key: [day]
public.predictions:
  columns:
    flight: {type: integer, not_null: true}
    prediction: {type: double precision}
    model_version: {type: varchar(64)}
    run_date: {type: date}
  primary_key: [flight]
lake.flights:
  engine: athena
  location: s3://{{ env.bucket }}/lake/flights/
  format: {type: parquet}
  columns: {flight: {type: int, not_null: true}, delay: {type: int}}
  partitioned_by: {day: {type: date}}
  primary_key: [day, flight]
lake.raw:
  engine: athena
  location: s3://{{ env.bucket }}/raw/
  format: {type: text, delimiter: ",", header: true}
  columns: {day: {type: date}, flight: {type: int}, delay: {type: int}}
"""
CSV = "day,flight,delay\n2013-01-31,1,5\n2013-01-31,2,\n2013-01-31,3,-7\n"
BEFORE = "INSERT INTO public.flights VALUES ('2013-01-30', 1, 0), ('2013-01-31', 1, 99)"
GZIPPED_CSV = "{type: csv, header: true, compression: gzip}"
RAW = "s3://{{ env.bucket }}/raw/{{ run_date }}.csv.gz"
OF_THE_DAY = "flight, delay FROM lake.raw WHERE day = DATE '{{ run_date }}'"

# 64 rows that a line goes through.
LINE = """\
SELECT x AS flight, x, 2 * x + 1 AS minutes
FROM (
  SELECT ROW_NUMBER() OVER (ORDER BY a.day, b.day, c.day, d.day, e.day, f.day) AS x
  FROM public.flights a, public.flights b, public.flights c, public.flights d, public.flights e, public.flights f
) AS numbers"""
TRAIN = {
    "model": "line",
    "kind": "regression",
    "sql": LINE,
    "target": "minutes",
    "keys": ["flight"],
    "algorithm": "linear_regression",
    "promote_if": {"r2": ">= 0.9", "compared_to_current": ">= -0.01"},
}
PREDICT = {"model": "line", "sql": LINE, "keys": ["flight"], "table": "public.predictions"}

# For each template: its tasks, each of which is run twice, and how many rows public.flights has in the end.
TASKS: dict[str, list[tuple[str, int]]] = {
    "redshift.sql": [("sql: \"DELETE FROM public.flights WHERE day = '{{ run_date }}'; SELECT 1\"", 1)],
    "redshift.create_table": [("table: public.flights", 2)],
    "redshift.copy": [
        (f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}}}", 5),
        (f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}, mode: replace}}", 3),
        (
            f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}, mode: replace_where, "
            "where: \"day = '{{ run_date }}'\"}",
            4,
        ),
        (f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}, checks: [{{row_count: {{min: 3}}}}]}}", 5),
        (
            f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}, mode: replace, "
            "checks: [{range: {column: delay, max: 60}}]}",
            3,
        ),
    ],
    "redshift.upsert": [
        (f"{{table: public.flights, from: '{RAW}', format: {GZIPPED_CSV}, checks: [{{row_count: {{min: 3}}}}]}}", 4),
        ("{table: public.flights, sql: \"SELECT CAST('{{ run_date }}' AS date) AS day, 7 AS flight, 1 AS delay\"}", 3),
    ],
    "redshift.insert": [
        ("{table: public.flights, sql: 'SELECT day + 1 AS day, flight, delay FROM public.flights'}", 4),
        (
            "{table: public.flights, mode: replace, sql: \"SELECT DATE '2013-01-31' AS day, 1 AS flight, 1 AS delay\"}",
            1,
        ),
        (
            "{table: public.flights, mode: replace_where, where: \"day = '{{ run_date }}'\", "
            "sql: \"SELECT CAST('{{ run_date }}' AS date) AS day, 8 AS flight, NULL AS delay\"}",
            2,
        ),
        (
            "{table: public.flights, sql: \"SELECT DATE '2013-02-05' AS day, 9 AS flight, 0 AS delay\", "
            "checks: [{row_count: {min: 1}}]}",
            3,
        ),
    ],
    "redshift.unload": [
        ("{sql: 'SELECT * FROM public.flights', to: 's3://{{ env.bucket }}/out/{{ run_date }}/'}", 2),
        ("{sql: 'SELECT * FROM public.flights', to: 's3://{{ env.bucket }}/out/', overwrite: allow}", 2),
    ],
    "redshift.check": [("{table: public.flights, checks: [{row_count: {min: 2}}, {unique: [day, flight]}]}", 2)],
    "redshift.maintain": [("{tables: [public.flights], report_encodings: true}", 2)],
    "redshift.resume_cluster": [("{}", 2)],
    "redshift.pause_cluster": [("{}", 2)],
    "athena.sql": [
        (
            "{sql: \"UNLOAD (SELECT * FROM lake.raw) TO 's3://lake/out/' WITH (format = 'PARQUET')\", "
            "clean: 's3://lake/out/'}",
            2,
        )
    ],
    "athena.create_table": [("{table: lake.flights, repair: true}", 2)],
    "athena.insert": [
        (
            "{table: lake.flights, mode: replace_partition, partition: {day: '{{ run_date }}'}, "
            f'sql: "SELECT {OF_THE_DAY}"}}',
            2,
        ),
        (f'{{table: lake.flights, sql: "SELECT day, {OF_THE_DAY}"}}', 2),
        (
            "{table: lake.flights, mode: replace_partition, partition: {day: '{{ run_date }}'}, "
            f'sql: "SELECT {OF_THE_DAY}", checks: [{{row_count: {{min: 3}}}}, {{unique: [flight]}}]}}',
            2,
        ),
        (f'{{table: lake.flights, sql: "SELECT day, {OF_THE_DAY}", checks: [{{row_count: {{min: 3}}}}]}}', 2),
    ],
    "athena.check": [("{table: lake.raw, checks: [{not_null: [day]}, {range: {column: delay, max: 60}}]}", 2)],
    "ml.train": [(yaml.safe_dump(TRAIN), 2)],
    "ml.predict": [(yaml.safe_dump(PREDICT), 2)],
    "ml.evaluate": [("{predictions: public.predictions, truth: public.flights, target: delay}", 2)],
    "s3.wait": [(f"{{key: '{RAW}'}}", 2), ("{key: 's3://{{ env.bucket }}/raw/*.gz'}", 2)],
}


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox() as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://")
        s3 = client.of("s3", started.environment)
        s3.create_bucket(Bucket=BUCKET)
        s3.put_object(Bucket=BUCKET, Key="raw/2013-01-31.csv.gz", Body=gzip.compress(CSV.encode()))
        client.of("glue", started.environment).create_database(DatabaseInput={"Name": "lake"})
        client.of("redshift", started.environment).create_cluster(
            ClusterIdentifier="analytics", NodeType="ra3.large", MasterUsername="admin", MasterUserPassword="Secret123"
        )
        yield started


def test_every_template_is_here() -> None:
    assert set(TASKS) == set(schema.template_names())


@pytest.mark.parametrize(("template", "task"), [(name, task) for name, tasks in TASKS.items() for task, _ in tasks])
def test_a_second_run_changes_nothing(template: str, task: str, sandbox: Sandbox, tmp_path: Path) -> None:
    values = CLUSTER if "cluster" in template else VALUES
    setup = {
        "flights": {"template": "redshift.create_table", "table": "public.flights"},
        "predictions": {"template": "redshift.create_table", "table": "public.predictions"},
        "raw": {"template": "athena.create_table", "table": "lake.raw"},
        "lake": {"template": "athena.create_table", "table": "lake.flights"},
    }
    run = Run("scheduled__2013-01-31", datetime(2013, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    assert run_dag(dag(tmp_path / "setup", setup, values), run) == {}
    query.redshift(BEFORE, values, 1)
    if template == "ml.predict":
        assert run_dag(dag(tmp_path / "train", {"train": {"template": "ml.train", **TRAIN}}, values), run) == {}
    tasks = {"work": {"template": template, **yaml.safe_load(task)}}
    states = []
    for _ in range(2):
        assert run_dag(dag(tmp_path / "work", tasks, values), run) == {}
        states.append(state(sandbox, values))
    once, twice = states
    assert once == twice
    (expected,) = (rows for text, rows in TASKS[template] if text == task)
    assert len(once["public.flights"]) == expected


def test_a_failed_check_leaves_the_table_and_drops_the_staging_table(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run("scheduled__2013-01-31", datetime(2013, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    tasks: dict[str, Any] = {
        "create": {"template": "redshift.create_table", "table": "public.flights"},
        "load": {
            "template": "redshift.upsert",
            "table": "public.flights",
            "sql": "SELECT DATE '2013-01-31' AS day, 1 AS flight, 1 AS delay UNION ALL SELECT DATE '2013-01-31', 1, 2",
            "checks": [{"row_count": {"min": 5}}],
            "depends_on": ["create"],
        },
        "after": {"template": "redshift.sql", "sql": "DELETE FROM public.flights", "depends_on": ["load"]},
    }
    failed = run_dag(dag(tmp_path, tasks, VALUES), run)
    assert list(failed) == ["load.check"]
    assert "row_count: 2 found, at least 5 expected" in failed["load.check"]
    assert "unique (day, flight): 1 of 2 rows too many found, no value twice expected" in failed["load.check"]
    assert state(sandbox, VALUES) == {"public.flights": (), "objects": []}


@pytest.mark.parametrize("mode", ["append", "replace", "replace_where"])
@pytest.mark.parametrize("template", ["redshift.copy", "redshift.insert"])
def test_rows_that_fail_checks_do_not_reach_the_table(
    template: str, mode: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    run = Run("scheduled__2013-01-31", datetime(2013, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    create = {"template": "redshift.create_table", "table": "public.flights"}
    assert run_dag(dag(tmp_path / "setup", {"create": create}, VALUES), run) == {}
    query.redshift(BEFORE, VALUES, 1)
    before = state(sandbox, VALUES)
    rows = {"from": RAW, "format": yaml.safe_load(GZIPPED_CSV)}
    if template == "redshift.insert":
        rows = {"sql": "SELECT DATE '2013-01-31' AS day, 1 AS flight, 100 AS delay"}
    where = {"where": "flight = 1"} if mode == "replace_where" else {}
    checks = [{"range": {"column": "delay", "min": 0, "max": 60}}]
    load = {"template": template, "table": "public.flights", "mode": mode, "checks": checks, **rows, **where}
    failed = run_dag(dag(tmp_path / "work", {"load": load}, VALUES), run)
    assert list(failed) == ["load.check"]
    assert "range (delay): 1 of" in failed["load.check"]
    assert state(sandbox, VALUES) == before


@pytest.mark.parametrize("mode", ["replace", "replace_partition"])
def test_rows_that_fail_checks_do_not_reach_the_lake(mode: str, sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run("scheduled__2013-01-31", datetime(2013, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    create = {name: {"template": "athena.create_table", "table": f"lake.{name}"} for name in ("raw", "flights")}
    assert run_dag(dag(tmp_path / "setup", create, VALUES), run) == {}
    of_day = {"mode": "replace_partition", "partition": {"day": "{{ run_date }}"}} if mode != "replace" else {}
    day = "" if of_day else "day, "
    sql = f"SELECT {day}{OF_THE_DAY}"
    load = {"template": "athena.insert", "table": "lake.flights", "sql": sql, **of_day}
    good = {**load, "checks": [{"row_count": {"min": 1}}]}
    assert run_dag(dag(tmp_path / "good", {"load": good}, VALUES), run) == {}
    before = state(sandbox, VALUES)
    assert len(before["lake.flights"]) == 3
    checks = [{"range": {"column": "delay", "min": 0}}, {"row_count": {"max": 1}, "severity": "warn"}]
    repeated = f"{sql} UNION ALL SELECT " + day.replace("day", "DATE '2013-01-31'") + "1, 5"
    bad = {**load, "checks": checks, "sql": repeated}
    failed = run_dag(dag(tmp_path / "bad", {"load": bad}, VALUES), run)
    assert list(failed) == ["load.check"]
    assert "checks of the staged rows of lake.flights failed: " in failed["load.check"]
    assert "range (delay): 1 of 4 rows out of range found, at least 0 expected" in failed["load.check"]
    assert "unique (day, flight): 1 of 4 rows too many found" in failed["load.check"]
    assert state(sandbox, VALUES) == before


def test_a_delivery_is_compared_with_the_count_beside_it(sandbox: Sandbox, tmp_path: Path) -> None:
    run = Run("scheduled__2013-01-31", datetime(2013, 1, 31, tzinfo=UTC), datetime(2013, 2, 1, tzinfo=UTC))
    create = {"template": "redshift.create_table", "table": "public.flights"}
    assert run_dag(dag(tmp_path / "setup", {"create": create}, VALUES), run) == {}
    load: dict[str, Any] = {"template": "redshift.copy", "table": "public.flights", "from": RAW, "mode": "replace"}
    load |= {
        "max_errors": 5,
        "format": yaml.safe_load(GZIPPED_CSV),
        "checks": [{"same_count": {"from": RAW.replace("csv.gz", "rows")}}],
    }
    compiled = dag(tmp_path / "work", {"load": load}, VALUES)
    s3 = client.of("s3", sandbox.environment)

    def failure() -> str:
        return run_dag(compiled, run).get("load.check", "")

    assert "s3://lake/raw/2013-01-31.rows can't be read: " in failure()
    s3.put_object(Bucket=BUCKET, Key="raw/2013-01-31.rows", Body=b"3\n")
    assert failure() == ""
    broken = CSV.replace("2013-01-31,2,", "2013-01-31,two,")
    s3.put_object(Bucket=BUCKET, Key="raw/2013-01-31.csv.gz", Body=gzip.compress(broken.encode()))
    assert (
        "same_count (count file): 2 and 3 rows found, as many rows as s3://lake/raw/2013-01-31.rows says" in failure()
    )
    assert len(state(sandbox, VALUES)["public.flights"]) == 3
    s3.put_object(Bucket=BUCKET, Key="raw/2013-01-31.rows", Body=b"two rows")
    assert failure() == "s3://lake/raw/2013-01-31.rows holds no whole numbers, and must hold one"


def dag(folder: Path, tasks: dict[str, Any], values: dict[str, Any]) -> Any:
    """The DAG of a pipeline with these tasks, through validation and compilation."""
    folder.mkdir(exist_ok=True)
    pipeline = {"pipeline": "test", "schedule": "@daily", "start_date": "2013-01-01", "tables": yaml.safe_load(TABLES)}
    project = {
        "project": "test",
        "default_environment": "test",
        "environments": {"test": values},
        "defaults": {"poll_interval": "1s"},
    }
    (folder / "project.yaml").write_text(yaml.safe_dump(project), encoding="utf-8")
    (folder / "test.yaml").write_text(yaml.safe_dump({**pipeline, "tasks": tasks}, sort_keys=False), encoding="utf-8")
    workspace = load_workspace(folder, "")
    assert workspace.problems == ()
    (found,) = workspace.pipelines
    config = yaml.safe_load(compiler.yaml_text(found, workspace.tables, ""))
    return build.build(config, Environment("test", values), str(folder / "test.py"))


def state(sandbox: Sandbox, values: dict[str, Any]) -> dict[str, Any]:
    """All rows of all tables in Redshift and Athena, and the objects in S3 with their sizes."""
    names = query.redshift("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1", values, 99).rows
    found: dict[str, Any] = {}
    for (name,) in names:
        found[f"public.{name}"] = query.redshift(f'SELECT * FROM public."{name}" ORDER BY 1, 2, 3', values, 99).rows
    s3 = client.of("s3", sandbox.environment)
    objects = s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    kept = [entry for entry in objects if not entry["Key"].startswith(("athena-results/", "raw/"))]
    # Athena names its files anew each time.
    found["objects"] = [re.sub(r"[0-9a-f_-]{20,}", "…", entry["Key"]) for entry in kept]
    for name in ("models", "promotions") if "models" in "".join(found["objects"]) else ():
        columns = "model, version, promoted" if name == "models" else "model, version, effective_from"
        found[name] = query.redshift(f"SELECT {columns} FROM pipeline_log.{name}", values, 99).rows
    if client.of("glue", sandbox.environment).get_tables(DatabaseName="lake")["TableList"]:
        found["lake.flights"] = query.athena("SELECT * FROM lake.flights ORDER BY 1, 2, 3", values, 99).rows
    return found
