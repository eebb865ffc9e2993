"""`pipelines up`: all of it as a process of its own, and what it decides, piece by piece."""

from __future__ import annotations

import datetime
import re
import shutil
import signal
import socket
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import psutil  # type: ignore[import-untyped]
import pytest

from generator import cli
from generator.up import calendar, counts, metadata, settings, supervisor
from tests.documents import README, commands, matches, run, section
from tests.serving import start, until

ROOT = Path(__file__).parents[1]
NEW_YORK = ZoneInfo("America/New_York")

PROJECT = """\
project: small
default_environment: local
environments:
  local:
    region: us-east-1
    endpoint_url: http://127.0.0.1:4566
    bucket: small
    redshift: {workgroup: local, database: dev, iam_role: "arn:aws:iam::123456789012:role/local"}
    athena: {workgroup: primary, database: lake, output: "s3://small/athena/"}
  production:
    region: us-east-1
    bucket: acme
    redshift: {cluster: acme, db_user: airflow, database: dev, iam_role: "arn:aws:iam::123456789012:role/acme"}
"""
FAILING = """\
pipeline: failing
schedule: "@daily"
start_date: 2013-01-01
catchup: true
tasks:
  count:
    template: redshift.sql
    sql: SELECT count(*) FROM public.nowhere
"""


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """The example pipelines, where no other start finds them."""
    return Path(shutil.copytree(ROOT / "pipelines", tmp_path / "pipelines"))


@pytest.fixture
def failing(tmp_path: Path) -> Path:
    folder = tmp_path / "pipelines"
    folder.mkdir()
    (folder / "project.yaml").write_text(PROJECT)
    (folder / "failing.yaml").write_text(FAILING)
    return folder


@pytest.mark.long
def test_airflow_runs_the_examples_and_the_tables_hold_what_the_source_has(examples: Path) -> None:
    serving = start(examples)
    assert serving.stdout is not None
    output = "".join(until(serving.stdout, "serving until Ctrl-C"))
    endpoint = re.search(r"a local AWS at (\S+);", output)
    assert endpoint is not None, output
    answers = [
        (expected, run(command, examples, {"AWS_ENDPOINT_URL": endpoint[1]}))
        for command, expected in commands(section(README, "A model"))
    ]
    serving.send_signal(signal.SIGINT)
    serving.communicate()
    assert serving.returncode == 0, output
    for expected, (code, said) in answers:
        assert code == 0
        assert matches(expected, said), said
    runs = re.findall(r"^  (\w+) +(\S+) .*?(success|failed(?:, as intended)?) +\d", output, re.MULTILINE)
    assert {run for run in runs if run[0] in ("flights_load", "delay_train", "delay_predict")} == {
        *(("flights_load", f"2013-01-0{day}", "success") for day in (1, 2, 3, 4)),
        ("delay_train", "2013-01-04", "success"),
        ("delay_predict", "2013-01-04", "success"),
    }
    assert {(pipeline, state) for pipeline, _, state in runs} == {
        *((name, "success") for name in ("flights_audit", "flights_lake", "flights_load", "reference_load")),
        *(("weather_load", state) for state in ("success", "failed, as intended")),
        *((name, "success") for name in ("delay_train", "delay_predict", "delay_evaluate")),
    }
    counted = re.findall(r"^  (\w+\.\w+) +(?:redshift|athena) +([\d,]+) +([\d,]+) +(\w+)", output, re.MULTILINE)
    assert {table: (rows, told) for table, rows, _, told in counted} == {
        "public.flights": ("3,614", "equal"),
        "lake.flights": ("3,614", "equal"),
        "lake.flights_raw": ("3,669", "equal"),
        "public.weather": ("211", "equal"),
        "public.airlines": ("16", "equal"),
        "public.airports": ("1,458", "equal"),
        "public.planes": ("3,322", "equal"),
    }


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--env", "production"], "the environment 'production' is not on this machine"),
        (["--env", "staging"], "no environment 'staging'"),
    ],
)
def test_wrong_use_is_told(failing: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert cli.main(["up", "--pipelines", str(failing), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "366", "two"])
def test_days_are_days_of_2013(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["up", "--days", days])
    assert ended.value.code == 2
    assert "is no number from 1 to 365" in capsys.readouterr().err


def test_a_port_that_was_asked_for_is_never_replaced(failing: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert settings.free_port(port) != port
        assert cli.main(["up", "--pipelines", str(failing), "--port", str(port)]) == 2
    assert f"port {port} is taken" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("schedule", "start", "events"),
    [
        ("30 23 * * *", "2013-01-01", ["2013-01-02T04:30", "2013-01-03T04:30"]),
        ("@daily", "2013-01-02", ["2013-01-02T05:00"]),
        (datetime.timedelta(hours=24), "2013-01-01", ["2013-01-01T05:00", "2013-01-02T05:00"]),
    ],
)
def test_schedules_that_catch_up_end_with_the_sample(
    schedule: str | datetime.timedelta, start: str, events: list[str]
) -> None:
    dag = dag_like(schedule, start)
    calendar.ending(datetime.date(2013, 1, 2))(dag)
    assert [f"{event:%Y-%m-%dT%H:%M}" for event in dag.timetable.event_dates] == events


def test_what_starts_on_a_later_day_of_the_sample_never_runs() -> None:
    dag = dag_like("@daily", "2013-01-03")
    calendar.ending(datetime.date(2013, 1, 2))(dag)
    assert not dag.timetable.can_be_scheduled


@pytest.mark.parametrize(
    ("schedule", "start", "catchup"),
    [
        ("@daily", "2013-01-01", False),
        ("@daily", "2014-01-01", True),
        ("@once", "2013-01-01", True),
        (None, None, True),
    ],
)
def test_other_schedules_are_left_alone(schedule: str | None, start: str | None, catchup: bool) -> None:
    dag = dag_like(schedule, start, catchup)
    calendar.ending(datetime.date(2013, 1, 2))(dag)
    assert dag.timetable is None


def dag_like(schedule: object, start: str | None, catchup: bool = True) -> SimpleNamespace:
    day = None if start is None else datetime.datetime.fromisoformat(start).replace(tzinfo=NEW_YORK)
    return SimpleNamespace(
        dag_id="flights", schedule=schedule, start_date=day, catchup=catchup, timezone=NEW_YORK, timetable=None
    )


def test_settings_and_keys_of_the_shell_do_not_reach_airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AIRFLOW__CORE__EXECUTOR", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.setenv(name, "theirs")
    given = settings.variables(tmp_path, "http://127.0.0.1:1", {}, {"AWS_SECRET_ACCESS_KEY": "sandbox"})
    assert "theirs" not in given.values()
    assert given["AWS_SECRET_ACCESS_KEY"] == "sandbox"


def test_a_corrected_flight_is_in_two_files_and_once_in_the_tables() -> None:
    first, last = datetime.date(2013, 1, 1), datetime.date(2013, 1, 2)
    delivered = {"raw/flights/2013-01-01.csv.gz": 842, "raw/flights/2013-01-02.csv.gz": 961} | {
        f"raw/{name}.csv.gz": 1 for name in ("airlines", "airports", "planes")
    }
    source = counts.source_rows(first, last, delivered)
    assert (source["public.flights"], source["lake.flights_raw"]) == (1785, 1803)


@pytest.mark.parametrize(
    ("rows", "source", "is_wrong"),
    [(1, 1, False), (0, 1, True), (None, 1, True), (None, None, False), (5, None, False)],
)
def test_only_what_differs_from_a_known_source_is_wrong(rows: int | None, source: int | None, is_wrong: bool) -> None:
    assert counts.Count("public.t", "redshift", rows, source).is_wrong is is_wrong


def test_each_start_has_its_own_home(tmp_path: Path) -> None:
    kept, home = tmp_path / "kept.db", tmp_path / "airflow"
    kept.write_bytes(b"tables")
    (home / "logs").mkdir(parents=True)
    metadata.fresh(kept, home)
    assert [(path.name, path.read_bytes()) for path in home.iterdir()] == [("airflow.db", b"tables")]


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run; one that nobody has asked how it ended (a zombie) does not."""
    return [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]


def test_a_failed_run_is_told_and_ctrl_c_leaves_no_process(failing: Path) -> None:
    serving = start(failing, "--days", "1")
    assert serving.stdout is not None
    output = "".join(until(serving.stdout, "serving until Ctrl-C"))
    children = psutil.Process(serving.pid).children(recursive=True)
    serving.send_signal(signal.SIGINT)
    rest, _ = serving.communicate()
    assert serving.returncode == 1, rest
    assert "failing, count failed in run scheduled__2013-01-01" in output
    error = r'^  AirflowException: ERROR: relation "\S*nowhere" does not exist \(statement, id \S+\)$'
    assert re.search(error, output, re.MULTILINE)
    assert re.search(r"http://127\.0\.0\.1:\d+/dags/failing/runs/\S+/tasks/count\n", output)
    assert len(children) > len(supervisor.PARTS)
    assert running(children) == []


def test_a_process_that_ends_by_itself_ends_the_others(failing: Path) -> None:
    (failing / "failing.yaml").write_text(FAILING.replace('"@daily"', "null").replace("catchup: true\n", ""))
    serving = start(failing, "--days", "1")
    assert serving.stdout is not None
    list(until(serving.stdout, "serving until Ctrl-C"))
    children = psutil.Process(serving.pid).children(recursive=True)
    (triggerer,) = [child for child in children if "triggerer" in command_line(child) and is_part(child)]
    triggerer.kill()
    output, _ = serving.communicate()
    assert serving.returncode == 1
    assert "Airflow's triggerer ended by itself with exit code -9" in output
    assert running(children) == []


def command_line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def is_part(process: psutil.Process) -> bool:
    return "generator.up.supervisor" in command_line(process.parent())
