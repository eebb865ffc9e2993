"""The example with a bad delivery, as the README tells it: stopped, told, looked into, delivered again, and healed."""

from __future__ import annotations

import json
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from tests import checkout
from tests.documents import README, blocks, commands, matches, run, section
from tests.serving import start, until

TEXT = section(README, "A bad delivery")
SECONDS = 120
ALL_TASKS = {"dry_run": False, "only_failed": False}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pipeline alone, where no other start finds it."""
    folder = tmp_path_factory.mktemp("bad") / "pipelines"
    shutil.copytree(checkout.REPOSITORY / "pipelines" / "weather", folder / "weather")
    shutil.copy(checkout.REPOSITORY / "pipelines" / "project.yaml", folder)
    return folder


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Iterator[str], dict[str, str]]]:
    """What `pipelines up` said until all had run, what it goes on to say, and the variables that lead to its AWS."""
    process = start(folder)
    assert process.stdout is not None
    try:
        said = "".join(until(process.stdout, "serving until Ctrl-C"))
        endpoint = re.search(r"a local AWS at (\S+);", said)
        assert endpoint is not None, said
        yield said, process.stdout, {"AWS_ENDPOINT_URL": endpoint[1]}
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert process.returncode == 0


@pytest.mark.long
def test_a_bad_delivery_from_the_page_to_the_cure(folder: Path) -> None:
    with served(folder) as (said, more, environment):
        assert "stopped as intended" in said
        assert re.search(r"public\.weather +redshift +211 +211 +equal", said)
        (page,) = blocks(TEXT, "text")
        assert page in re.sub("^    ", "", said, flags=re.MULTILINE)
        wait_for_the_log(folder, environment)
        as_data(folder, environment)
        for command, expected in commands(TEXT):
            code, answer = run(command, folder, environment)
            assert code == 0
            assert matches(settled(expected), settled(answer)), answer
        cleared(said)
        assert "weather_load recovered (run of 2013-01-04)" in "".join(until(iter(more), "recovered"))  # type: ignore[arg-type]


def settled(text: str) -> str:
    """A chart without what differs from run to run: when it was, how long it took, and how wide that makes it."""
    text = re.sub(r"2\d{3}-\d\d-\d\d \d\d:\d\d", "then", text)
    text = re.sub(r"(…|\d[\d.]*|\d+ m \d+) s\b", "some time", text)
    return re.sub(" +", " ", re.sub("[█▉▊▋▌▍▎▏─]+", " ", text))


def wait_for_the_log(folder: Path, environment: dict[str, str]) -> None:
    """Airflow's DAG processor writes that a run has ended a moment after somebody was told."""
    deadline = time.monotonic() + SECONDS
    while "1 failed, 3 success" not in run("pipelines history weather_load", folder, environment)[1]:
        assert time.monotonic() < deadline
        time.sleep(1)


def as_data(folder: Path, environment: dict[str, str]) -> None:
    """What programs read: the first fields name task and checks, with their numbers."""
    code, answer = run("pipelines why weather_load --format json", folder, environment)
    told = json.loads(answer)
    assert (code, told["failed_first"]) == (0, "load.check")
    found = {check["name"]: (check["failures"], check["found"]) for check in told["checks"] if not check["passed"]}
    assert found == {
        "not_null (origin)": (4, "4 of 78 rows without a value"),
        "unique (origin, time_hour)": (6, "6 of 78 rows too many"),
    }
    assert told["failed_checks"] == list(found)
    code, answer = run("pipelines history weather_load --format json", folder, environment)
    assert [run["state"] for run in json.loads(answer)["runs"]] == ["success"] * 3 + ["failed"]


def cleared(said: str) -> None:
    """What the button in Airflow does for a run with all its tasks."""
    page = re.search(r"Log: (http://\S+)/dags/weather_load/runs/(\S+)/tasks/load\.check", said)
    assert page is not None
    run_id = httpx.URL(f"http://x/{page[2]}").path[1:]
    address = f"{page[1]}/api/v2/dags/weather_load/clearTaskInstances"
    answer = httpx.post(address, json={**ALL_TASKS, "dag_run_id": run_id}, trust_env=False)
    assert answer.is_success, answer.text


def test_the_readme_shows_the_checks_that_the_pipeline_has() -> None:
    (shown,) = (yaml.safe_load(block)["load"] for block in blocks(TEXT, "yaml"))
    file = yaml.safe_load((checkout.REPOSITORY / "pipelines/weather/weather_load.yaml").read_text(encoding="utf-8"))
    task = file["tasks"]["load"]
    checks = [{key: value for key, value in check.items() if key != "description"} for check in task["checks"]]
    assert [check for check in shown.pop("checks") if check not in checks] == []
    assert shown == {key: task[key] for key in shown}
