"""What each template compiles to: tests/templates/<template>.yaml holds tasks and the Airflow tasks they become.

``pytest --update`` writes the present output into those files; read the diff before you commit it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generator import compile as compiler
from generator import emit, schema
from generator.project import load_workspace

FOLDER = Path(__file__).parent / "templates"

PROJECT = """\
project: test
default_environment: test
environments:
  test:
    region: us-east-1
    bucket: lake
    redshift: {workgroup: test, database: dev, iam_role: "arn:aws:iam::123456789012:role/test"}
    athena: {database: lake, output: "s3://lake/athena/"}
    sagemaker: {role: "arn:aws:iam::123456789012:role/sagemaker", image: "scikit-learn:1.4-2-cpu-py3"}
"""

TABLES = """\
public.flights:
  description: One row per flight.
  columns:
    flight_key: {type: bigint, identity: true, encode: raw}
    flight_date: {type: date, not_null: true, encode: az64, description: Day of departure.}
    carrier: {type: char(2), not_null: true, encode: bytedict}
    flight: {type: integer, not_null: true}
    arr_delay: {type: smallint, description: "Minutes late; the carrier's own figure."}
    status: {type: varchar(16), default: planned}
  primary_key: [flight_date, carrier, flight]
  sort_key: [flight_date]
  dist_key: carrier
public.delay_predictions:
  description: Flights that will be late.
  columns:
    flight_date: {type: date, not_null: true}
    carrier: {type: char(2), not_null: true}
    flight: {type: integer, not_null: true}
    prediction: {type: boolean, not_null: true}
    probability: {type: double precision}
    model_version: {type: varchar(64), not_null: true}
    run_date: {type: date, not_null: true}
  primary_key: [flight_date, carrier, flight]
public.delay_minutes:
  columns:
    flight: {type: integer, not_null: true}
    prediction: {type: "decimal(9, 2)"}
    model_version: {type: varchar(64)}
    run_date: {type: date}
public.minutes_late:
  columns:
    flight: {type: integer, not_null: true}
    prediction: {type: "decimal(9, 2)"}
    model_version: {type: varchar(64)}
    run_date: {type: date}
  primary_key: [flight]
lake.flights:
  engine: athena
  description: The same in the lake.
  location: s3://{{ env.bucket }}/lake/flights/
  format: {type: parquet, compression: snappy}
  columns:
    carrier: {type: string, description: The carrier's code.}
    arr_delay: {type: int}
  partitioned_by:
    flight_date: {type: date}
    origin: {type: string}
lake.raw:
  engine: athena
  location: s3://{{ env.bucket }}/raw/
  format: {type: csv, header: true, delimiter: ";", quote: "'", escape: "\\\\"}
  columns: {carrier: {type: string}}
lake.text:
  engine: athena
  location: s3://{{ env.bucket }}/text/
  format: {type: text, delimiter: "\\t", null_as: NA}
  columns: {carrier: {type: string}}
"""


def cases() -> list[tuple[str, str]]:
    return [
        (path.stem, case["case"])
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def compiled(folder: Path, task: dict[str, Any]) -> dict[str, Any]:
    """The Airflow tasks of a pipeline whose one task is ``work``."""
    pipeline = {"pipeline": "test", "schedule": "@daily", "start_date": "2013-01-01", "tables": yaml.safe_load(TABLES)}
    (folder / "project.yaml").write_text(PROJECT, encoding="utf-8")
    text = yaml.safe_dump({**pipeline, "tasks": {"work": task}}, sort_keys=False)
    (folder / "test.yaml").write_text(text, encoding="utf-8")
    workspace = load_workspace(folder, "")
    assert workspace.problems == ()
    (found,) = workspace.pipelines
    tasks: dict[str, Any] = compiler.config(found, workspace.tables)["tasks"]
    return tasks


def test_every_template_has_cases() -> None:
    stems = {path.stem for path in FOLDER.glob("*.yaml")}
    assert stems == {name.replace(".", "_") for name in schema.template_names()}


@pytest.mark.parametrize(("stem", "case"), cases())
def test_template(stem: str, case: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = FOLDER / f"{stem}.yaml"
    all_cases = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry = next(entry for entry in all_cases if entry["case"] == case)
    found = compiled(tmp_path, {"template": stem.replace("_", ".", 1), **entry["task"]})
    if request.config.getoption("--update"):
        entry["becomes"] = found
        path.write_text(emit.dump(all_cases), encoding="utf-8")
    assert found == entry["becomes"]
