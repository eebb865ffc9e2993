"""`pipelines test` as people and CI call it. A process can run Airflow once: each call is a program."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from generator.cli import main
from tests import checkout

PROJECT = """
project: planes
default_environment: production
environments:
  production:                                   # nothing of it may be reached
    region: eu-central-1
    aws_conn_id: aws_production
    endpoint_url: http://127.0.0.1:1
    bucket: acme-planes
    redshift: {cluster: analytics, db_user: airflow, database: prod, iam_role: "arn:aws:iam::123456789012:role/copy"}
    athena: {workgroup: analytics, database: lake, output: "s3://acme-athena/results/"}
"""
PIPELINE = """
pipeline: planes_load
schedule: null
start_date: 2026-01-01
params:
  least: {type: integer, default: 0}
tables:
  public.planes:
    columns:
      id: {type: bigint, identity: true}
      tailnum: {type: char(6), not_null: true}
      seats: {type: smallint, default: 4}
      weight: {type: double precision}
      built: {type: date}
      notes: {type: super}
      is_active: {type: boolean}
    primary_key: [tailnum]
  lake.planes:
    engine: athena
    location: s3://{{ env.bucket }}/lake/planes/
    format: {type: parquet}
    columns: {tailnum: {type: string}, seats: {type: int}, price: {type: "decimal(9, 2)"}}
    partitioned_by: {year: {type: int}}
  lake.text:
    engine: athena
    location: s3://{{ env.bucket }}/lake/text/
    format: {type: text, delimiter: "|", header: true, null_as: NA}
    columns: {tailnum: {type: string}, seats: {type: int}}
    partitioned_by: {year: {type: int}}
  lake.csv:
    engine: athena
    location: s3://{{ env.bucket }}/lake/csv/
    format: {type: csv, header: true}
    columns: {tailnum: {type: string}}
  lake.json:
    engine: athena
    location: s3://{{ env.bucket }}/lake/json/
    format: {type: json}
    columns: {tailnum: {type: string}, seats: {type: int}}
tasks:
  wait: {template: s3.wait, key: "s3://{{ env.bucket }}/in/{{ run_date }}.csv", soft_fail: true}
  forget:
    template: redshift.sql
    sql: DELETE FROM public.planes WHERE seats < {{ params.least }}
  unload:
    template: redshift.unload
    sql: SELECT tailnum, seats FROM public.planes
    to: s3://{{ env.bucket }}/out/{{ run_date }}/
    format: {type: csv, header: true}
    depends_on: [forget]
"""
EMPTY = "redshift: {public.planes: []}"
TESTS = f"""
tests:
  redshift rows of all kinds:
    run_date: 2026-02-03
    params: {{least: 3}}
    given:
      redshift:
        public.planes:
          - {{tailnum: N1, weight: 1.5, built: 2004-02-29, notes: {{a: [1, "it's"]}}, is_active: true}}
          - {{tailnum: N2, seats: null, weight: null, notes: null}}
          - {{tailnum: N3, seats: 2}}
          - {{tailnum: N4, seats: 3, built: "2004-01-01"}}
    expect:
      redshift:
        public.planes:
          - {{id: 1, tailnum: N1, seats: 4, weight: 1.5, built: 2004-02-29, notes: {{a: [1, "it's"]}}, is_active: true}}
          - {{tailnum: N2, seats: null, weight: null, notes: null, is_active: null}}
          - {{tailnum: "*", seats: 3, built: 2004-01-01}}
      s3:
        out/2026-02-03/: {{rows: [{{seats: 4}}, {{seats: null}}, {{seats: 3}}], format: csv}}
        out/2026-02-02/: absent
        out/*: exists
  athena tables in all formats:
    given:
      {EMPTY}
      athena:
        lake.planes: [{{tailnum: N1, seats: 4, price: 1.5, year: 2004}}, {{tailnum: "it's", year: 2005}}]
        lake.text: [{{tailnum: N1, seats: 4, year: 2004}}, {{tailnum: N2, year: 2005}}]
        lake.csv: [{{tailnum: 'say "a, b"'}}]
        lake.json: [{{tailnum: N1, seats: 4}}]
        lake.undeclared: {{csv: "n,day\\n1,2026-01-01\\n", columns: {{n: bigint, day: date}}}}
    expect:
      athena:
        lake.planes: [{{tailnum: N1, seats: 4, price: 1.5, year: 2004}}, {{tailnum: "it's", seats: null, year: 2005}}]
        lake.text: [{{tailnum: N1, seats: 4, year: 2004}}, {{tailnum: N2, seats: null, year: 2005}}]
        lake.csv: [{{tailnum: 'say "a, b"'}}]
        lake.json: [{{tailnum: N1, seats: 4}}]
        lake.undeclared: {{sql: "SELECT 1 AS n, DATE '2026-01-01' AS day"}}
  objects in all forms:
    given:
      {EMPTY}
      s3:
        a.csv.gz: {{file: rows.csv}}
        b.csv: {{sql: SELECT 1 AS n}}
        c.parquet: [{{n: 1, text: a}}]
        s3://partner-files/d.jsonl: [{{n: 1}}]
        e.txt: plain
    expect:
      s3:
        a.csv.gz: {{file: rows.csv}}
        b.csv: [{{n: 1}}]
        c.parquet: [{{n: 1, text: a}}]
        s3://partner-files/d.jsonl: [{{n: 1}}]
        e.txt: exists
  nothing of the test before is left:
    given:
      {EMPTY}
    expect:
      redshift: {{public.planes: []}}
      s3: {{a.csv.gz: absent, out/2026-02-03/: absent}}
  rows that differ:
    given:
      redshift:
        public.planes: [{{tailnum: N1, seats: 4, built: 2004-02-29}}, {{tailnum: N2}}, {{tailnum: N3, seats: 9}}]
    expect:
      redshift:
        public.planes:
          - {{tailnum: N1, seats: 5, built: null}}
          - {{tailnum: N3, seats: 9, built: null}}
          - {{tailnum: N4, seats: 1, built: "*"}}
      s3:
        out/2026-01-01/none.csv: exists
      athena:
        lake.planes: []
  an expected failure that does not come:
    given:
      {EMPTY}
    fails: no such table
  a failure that is not expected:
    expect: {{redshift: {{public.planes: []}}}}
  a failure with other words:
    fails: {{task: forget, message: permission denied}}
  a failure of another task:
    fails: {{task: unload}}
  an expected failure:
    fails: {{task: forget, message: public.planes}}
  rows that can not be given:
    given:
      redshift: {{public.planes: [{{tailnum: a name that is too long}}]}}
    fails: too long
"""
EXPECTED = {
    "redshift rows of all kinds": "passed",
    "athena tables in all formats": "passed",
    "objects in all forms": "passed",
    "nothing of the test before is left": "passed",
    "rows that differ": "failed",
    "an expected failure that does not come": "failed",
    "a failure that is not expected": "failed",
    "a failure with other words": "failed",
    "a failure of another task": "failed",
    "an expected failure": "passed",
    "rows that can not be given": "error",
}


def pipelines_test(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, with settings of a machine that has an AWS account."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    real = {
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1",
        "AIRFLOW_CONN_AWS_DEFAULT": "x://",
    }
    return subprocess.run(
        [sys.executable, "-m", "generator.cli", "test", *arguments],
        cwd=folder,
        env={**environment, **real, "PYTHONPATH": str(checkout.REPOSITORY), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=False,
    )


def project(folder: Path, tests: str = TESTS) -> Path:
    root = folder / "pipelines"
    root.mkdir()
    (root / "project.yaml").write_text(PROJECT)
    (root / "planes_load.yaml").write_text(PIPELINE)
    (root / "planes_load.test.yaml").write_text(tests)
    (root / "rows.csv").write_text("n,text\n1,a\n2,\n")
    return folder


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = project(tmp_path_factory.mktemp("tested"))
    done = pipelines_test(folder, "--format", "json", "--junit", "build/junit.xml")
    assert done.returncode == 1, done.stderr
    found = {outcome["test"]: outcome for outcome in json.loads(done.stdout)}
    return {**found, "junit": (folder / "build/junit.xml").read_text(), "stderr": done.stderr}


@pytest.mark.xdist_group("outcomes")
@pytest.mark.parametrize(("name", "status"), EXPECTED.items())
def test_outcome(name: str, status: str, outcomes: dict[str, Any]) -> None:
    assert outcomes[name]["status"] == status, outcomes[name]["details"]


@pytest.mark.xdist_group("outcomes")
def test_all_of_them_ran(outcomes: dict[str, Any]) -> None:
    assert list(EXPECTED) == list(yaml.safe_load(TESTS)["tests"])
    assert "5 of 11 tests passed in " in outcomes["stderr"]


DIFFERS = """\
pipelines/planes_load.test.yaml:61
redshift public.planes: 1 row missing, 1 row unexpected, 1 row differs; 1 row as expected

                 tailnum   seats   built
 ───────────────────────────────────────────────
  - expected     N1        ›5‹     ›NULL‹
  + found        N1        ›4‹     ›2004-02-29‹
  - missing      N4        1       *
  + unexpected   N2        4       NULL

athena lake.planes can't be read: …
s3://acme-planes/out/2026-01-01/none.csv is not there; there is s3://acme-planes/out/2026-01-01/0000_part_00
"""


@pytest.mark.xdist_group("outcomes")
def test_rows_that_differ_are_shown(outcomes: dict[str, Any]) -> None:
    details = outcomes["rows that differ"]["details"]
    assert re.sub(r"can't be read: .*", "can't be read: …", details) == DIFFERS.rstrip()


@pytest.mark.xdist_group("outcomes")
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("an expected failure that does not come", "the run succeeded, and must fail"),
        ("a failure that is not expected", "the run failed"),
        ("a failure with other words", "the error does not say 'permission denied'"),
        ("a failure of another task", "forget failed first, not unload"),
        ("rows that can not be given", "public.planes: "),
    ],
)
def test_why_a_test_did_not_pass(name: str, message: str, outcomes: dict[str, Any]) -> None:
    assert outcomes[name]["details"].splitlines()[1].startswith(message)


@pytest.mark.xdist_group("outcomes")
def test_the_error_of_the_run_is_shown(outcomes: dict[str, Any]) -> None:
    outcome = outcomes["a failure that is not expected"]
    assert outcome["task"] == "forget"
    assert "public.planes" in outcome["error"]
    assert f"forget failed: {outcome['error'].splitlines()[0]}" in outcome["details"]


@pytest.mark.xdist_group("outcomes")
def test_junit(outcomes: dict[str, Any]) -> None:
    suites = ElementTree.fromstring(outcomes["junit"])
    assert [suite.get("name") for suite in suites] == ["planes_load"]
    cases = {case.get("name"): case for case in suites[0]}
    results = {"passed": [], "failed": ["failure"], "error": ["error"]}
    assert {name: [each.tag for each in case] for name, case in cases.items()} == {
        name: results[status] for name, status in EXPECTED.items()
    }
    failure = cases["a failure of another task"][0]
    assert failure.get("message") == "forget failed first, not unload"
    assert "planes_load.test.yaml:" in (failure.text or "")


@pytest.mark.long
def test_the_example_pipelines(tmp_path: Path) -> None:
    done = pipelines_test(checkout.REPOSITORY, "--junit", str(tmp_path / "junit.xml"))
    assert done.returncode == 0, done.stdout + done.stderr
    tested = ElementTree.parse(tmp_path / "junit.xml").getroot()
    files = (checkout.REPOSITORY / "pipelines").rglob("*.test.yaml")
    assert {suite.get("name") for suite in tested} == {file.name.removesuffix(".test.yaml") for file in files}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--list"], 0, "planes_load: an expected failure\n"),
        (["--list", "-k", "EXPECTED failure"], 0, "planes_load: an expected failure\n"),
        (["-k", "nothing like it"], 2, "no test has 'nothing like it' in its name"),
        (["plane_load"], 2, "there is no pipeline 'plane_load'; did you mean 'planes_load'?"),
        (["other"], 2, "the pipeline 'other' has no tests; write other.test.yaml beside it"),
        (["--env", "prod"], 2, "has no environment 'prod'"),
    ],
)
def test_choosing(
    arguments: list[str], code: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(tmp_path) / "pipelines"
    (root / "other.yaml").write_text(
        "pipeline: other\nschedule: null\ntasks: {a: {template: redshift.sql, sql: ANALYZE}}\n"
    )
    assert main(["test", *arguments, "--pipelines", str(root)]) == code
    shown = capsys.readouterr()
    assert said in shown.out + shown.err


def test_tests_with_problems_are_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = project(tmp_path, "tests:\n  one:\n    fails: a\n    run_dat: 2026-01-01\n") / "pipelines"
    assert main(["test", "--pipelines", str(root)]) == 1
    shown = capsys.readouterr()
    assert "planes_load.test.yaml:4:5: S201" in shown.err
    assert "0 of 0 tests passed" in shown.err
