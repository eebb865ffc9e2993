"""Sixteen runs, each task of which is a process, log at once, the first of them into a warehouse without a run log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.execute import execute
from tests.faults.conftest import Place, place
from tests.faults.scheduler import Try
from tests.faults.test_every_point import CHECKS, ROWS

COUNT = 16
TASKS = ("load.stage", "load.check", "load.publish", "load.drop")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sixteen")


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[Place]:
    tasks = {"load": {"template": "redshift.insert", "table": "public.flights", **ROWS, **CHECKS}}
    with place(folder, {"flights": tasks}) as made:
        made.proxy.hurried = True
        made.sql("DROP SCHEMA pipeline_log CASCADE")
        yield made


def test_nothing_is_lost_or_doubled(here: Place, folder: Path) -> None:
    runs = [here.run("flights", f"scheduled__{number}", retries=0, deferrable=False) for number in range(COUNT)]
    with ThreadPoolExecutor(COUNT) as pool:
        states = list(pool.map(lambda run: run.go(), runs))
    assert states == ["success"] * COUNT, [run.errors for run in runs]
    assert [run.history for run in runs] == [[Try(task, 1, "success") for task in TASKS]] * COUNT
    tries = here.read("SELECT run_id, task, try_number, state FROM pipeline_log.tasks")
    ends = here.read("SELECT run_id, state FROM pipeline_log.runs")
    checks = here.read("SELECT run_id, name, passed FROM pipeline_log.checks")
    sizes = here.read("SELECT run_id, table_name FROM pipeline_log.tables")
    named = [run.run_id for run in runs]
    assert Counter(tries) == Counter((run, task, 1, "success") for run in named for task in TASKS)
    assert Counter(ends) == Counter((run, "success") for run in named)
    assert Counter(sizes) == Counter((run, "public.flights") for run in named)
    kinds = ("not_null (day)", "not_null (flight)", "unique (day, flight)", "row_count")
    assert Counter(checks) == Counter((run, kind, True) for run in named for kind in kinds)
    assert len(here.flights()) == 2 * COUNT
    told = (folder / "log").read_text()
    assert "Serializable isolation violation" not in told
    assert "The run log has no row" not in told


def test_the_sandbox_refuses_what_redshift_would(here: Place) -> None:
    first, second = here.database.session(), here.database.session()
    try:
        for session in (first, second):
            session.begin(block=True)
            execute(session, "SELECT COUNT(*) FROM public.flights")
        execute(first, "DELETE FROM public.flights WHERE flight = 1")
        first.commit()
        with pytest.raises(RedshiftError, match="1023 DETAIL: Serializable isolation violation on table - flights"):
            execute(second, "DELETE FROM public.flights WHERE flight = 2")
    finally:
        first.close()
        second.close()
