"""A killed worker's statement goes on in the warehouse, while Airflow tries the task again or cleans up after it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from generator.run_names import run_key
from tests.faults.conftest import Place, place
from tests.faults.proxy import Fault, until
from tests.faults.scheduler import Run
from tests.faults.test_every_point import CHECKS, FILES, ROWS

TASKS = {
    "staged": {"template": "redshift.insert", "table": "public.flights", **ROWS, **CHECKS},
    "insert": {"template": "redshift.insert", "table": "public.flights", **ROWS},
    "copy": {"template": "redshift.copy", "table": "public.flights", **FILES},
    "upsert": {"template": "redshift.upsert", "table": "public.flights", **FILES},
}
ROWS_OF_THE_RUN = [("2013-01-31", 1, 5), ("2013-01-31", 2, 7)]
RUN_ID = "scheduled__2013-01-31"
KILLED_AT_ITS_STATEMENT = Fault(0, "killed after")


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    pipelines = {name: {"load": task} for name, task in TASKS.items()}
    with place(tmp_path_factory.mktemp("overlap"), pipelines) as made:
        made.proxy.hurried = True
        yield made


@pytest.fixture
def here(everywhere: Place) -> Iterator[Place]:
    everywhere.sql("DELETE FROM public.flights", "DROP TABLE IF EXISTS public.flights__appends")
    yield everywhere
    everywhere.sql(*(f'DROP TABLE public."{name}"' for name in left_behind(everywhere)))


def staging(pipeline: str) -> str:
    return f"flights__load_{run_key(pipeline, RUN_ID)}"


def left_behind(here: Place) -> list[str]:
    return [name for name in here.tables() if name not in ("flights", "flights__appends")]


@contextmanager
def held(here: Place, table: str) -> Iterator[None]:
    """While somebody else has a table, or its name."""
    locks = here.database.locks
    locks.acquire("somebody else", ("public", table))
    try:
        yield
    finally:
        locks.release("somebody else")


def sent(here: Place) -> int:
    """How many requests with statements tasks have sent."""
    return len([request for request in here.proxy.seen if request.statements and not request.is_log])


def settled(here: Place) -> bool:
    listed = here.client.list_statements(Status="ALL")["Statements"]
    return all(each["Status"] in ("FINISHED", "FAILED", "ABORTED") for each in listed)


def tried_twice(here: Place, run: Run, task: str, table: str) -> str:
    """Run a task whose first try is killed while its statement waits for a table, which comes free after the second
    has sent its own; the task's state."""
    here.proxy.expect(KILLED_AT_ITS_STATEMENT)
    with ThreadPoolExecutor(1) as pool:
        with held(here, table):
            state = pool.submit(run.run_task, task)
            until(lambda: sent(here) > 1 or state.done())
        return state.result()


@pytest.mark.parametrize("pipeline", ["staged", "upsert"])
def test_a_stage_that_is_still_filled(pipeline: str, here: Place) -> None:
    run = here.run(pipeline)
    assert tried_twice(here, run, "load.stage", staging(pipeline)) == "success", run.errors
    assert len(run.history) == 2
    until(lambda: settled(here))
    assert [row[:3] for row in here.tables()[staging(pipeline)]] == ROWS_OF_THE_RUN


@pytest.mark.parametrize(
    ("pipeline", "task"),
    [("staged", "load.publish"), ("upsert", "load.merge"), ("insert", "load"), ("copy", "load")],
)
def test_rows_that_are_still_published(pipeline: str, task: str, here: Place) -> None:
    here.proxy.expect(None)
    run = here.run(pipeline)
    if pipeline in ("staged", "upsert"):
        assert run.run_task("load.stage") == "success"
    assert tried_twice(here, run, task, "flights") == "success", run.errors
    until(lambda: settled(here))
    assert here.flights() == ROWS_OF_THE_RUN


@pytest.mark.parametrize("task", ["load.stage", "load.publish"])
def test_no_stage_appears_after_the_clean_up(task: str, here: Place) -> None:
    here.proxy.expect(None)
    run = here.run("staged", retries=0)
    table = staging("staged")
    if task == "load.publish":
        assert run.run_task("load.stage") == "success"
        table = "flights"
    here.proxy.expect(KILLED_AT_ITS_STATEMENT)
    with held(here, table):
        assert run.run_task(task) == "failed"
        assert run.run_task("load.drop") == "success"
    until(lambda: settled(here))
    assert left_behind(here) == []
    assert here.flights() == []


@pytest.mark.parametrize(("pipeline", "task"), [("insert", "load"), ("staged", "load.publish")])
def test_a_run_that_appends_twice_at_once_where_nobody_ends_the_first(pipeline: str, task: str, here: Place) -> None:
    here.proxy.expect(None)
    run = here.run(pipeline)
    if task != "load":
        run.run_task("load.stage")
    before = len(here.proxy.seen)
    run.run_task(task)
    (appended,) = (each.statements for each in here.proxy.seen[before:] if "flights__appends" in str(each.statements))
    here.sql("DELETE FROM public.flights", "DELETE FROM public.flights__appends")
    with held(here, "flights"):
        numbers = [here.begin(*appended) for _ in range(2)]
        until(lambda: len(here.database.locks._waiting) == 2)
    until(lambda: settled(here))
    assert here.flights() == ROWS_OF_THE_RUN
    assert [here.client.describe_statement(Id=number).get("Error", "") for number in numbers] == ["", ""]


@pytest.mark.parametrize(("pipeline", "task"), [("insert", "load"), ("staged", "load.publish")])
def test_two_runs_that_append_at_once(pipeline: str, task: str, here: Place) -> None:
    here.proxy.expect(None)
    runs = [here.run(pipeline, f"scheduled__{number}", retries=0) for number in (1, 2)]
    if task != "load":
        assert [run.run_task("load.stage") for run in runs] == ["success", "success"]
    before = sent(here)
    with ThreadPoolExecutor(2) as pool:
        with held(here, "flights"):
            states = [pool.submit(run.run_task, task) for run in runs]
            until(lambda: sent(here) == before + 2)
        assert [state.result() for state in states] == ["success", "success"], [run.errors for run in runs]
    assert here.flights() == sorted([*ROWS_OF_THE_RUN, *ROWS_OF_THE_RUN])
