"""A load that fails anywhere, or whose worker is killed anywhere, leaves its table as it was or as it shall be.

Each task of a pipeline is run undisturbed, which records the requests that it sends and the tables that it leaves; and
then once more for everything that can go wrong at each of these requests, with the tries that Airflow makes after it.
Where it leaves the tables as the undisturbed one did, the tasks after it do what they did. The tasks before it are not
run each time: what they had sent is sent once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from generator.run_log import tables as run_log
from tests.faults.conftest import Place, place, tried
from tests.faults.proxy import Fault, Request, faults
from tests.faults.scheduler import Run, Try, may_run, state_of_run

FILES = {"from": "s3://lake/{{ run_date }}.csv.gz", "format": {"type": "csv", "header": True, "compression": "gzip"}}
CHECKS = {"checks": [{"row_count": {"min": 2}}]}
ROWS = {"sql": "SELECT DATE '2013-01-31' AS day, 1 AS flight, 5 AS delay UNION ALL SELECT DATE '2013-01-31', 2, 7"}
TWICE = {"sql": "SELECT DATE '2013-01-31' AS day, 1 AS flight, 5 AS delay UNION ALL SELECT DATE '2013-01-31', 1, 7"}
OLD = [("2013-01-30", 1, 0), ("2013-01-31", 1, 99)]
NEW = [("2013-01-31", 1, 5), ("2013-01-31", 2, 7)]


@dataclass(frozen=True)
class Scenario:
    """A task, and the rows of the target after it.

    :ivar logged: whether there is a run log before the run
    :ivar examined: the tasks that are examined; the others are as in the scenario "upsert"
    """

    task: dict[str, Any]
    new: list[tuple[Any, ...]]
    state: str = "success"
    deferrable: bool = False
    logged: bool = True
    examined: tuple[str, ...] = ()


PUBLISH = ("load.publish",)
END = "the end of the run"

SCENARIOS = {
    "upsert": Scenario({"template": "redshift.upsert", **FILES, **CHECKS}, [OLD[0], *NEW]),
    "copy_checked": Scenario({"template": "redshift.copy", **FILES, **CHECKS}, sorted([*OLD, *NEW]), examined=PUBLISH),
    "copy": Scenario({"template": "redshift.copy", **FILES}, sorted([*OLD, *NEW]), deferrable=True),
    "insert_checked": Scenario(
        {"template": "redshift.insert", "mode": "replace", **ROWS, **CHECKS}, NEW, examined=("load.stage", *PUBLISH)
    ),
    "insert": Scenario({"template": "redshift.insert", **ROWS}, sorted([*OLD, *NEW]), logged=False),
    "bad_delivery": Scenario(
        {"template": "redshift.upsert", **TWICE}, OLD, state="failed", deferrable=True, examined=("load.check", END)
    ),
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    pipelines = {name: {"load": {"table": "public.flights", **each.task}} for name, each in SCENARIOS.items()}
    with place(tmp_path_factory.mktemp("points"), pipelines) as made:
        yield made


@pytest.mark.long
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_point(name: str, here: Place) -> None:
    pipeline = Disturbed(here, name)
    tasks = here.run(name).tasks()
    for task in tasks:
        if may_run(task, tasks, pipeline.states):
            pipeline.examine(task["name"])
    pipeline.states[END] = state_of_run(tasks, pipeline.states)
    assert pipeline.states[END] == SCENARIOS[name].state
    pipeline.examine(END)
    assert pipeline.wrong == {}
    after = here.tables()
    assert after.pop("flights") == SCENARIOS[name].new
    after.pop("flights__appends", None)
    assert after == {}, "left behind"


@dataclass
class Disturbed:
    """A pipeline whose tasks are examined one after the other.

    :ivar states: the state of each task that has been examined
    :ivar wrong: what should not be as it is, by the fault that led to it
    """

    here: Place
    name: str
    states: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    _sent: list[tuple[str, ...]] = field(default_factory=list)
    _history: list[Try] = field(default_factory=list)
    _targets: list[Any] = field(default_factory=lambda: [OLD])
    _left: dict[str, Any] = field(default_factory=dict)
    _seen: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._left = self.here.tables()

    def examine(self, task: str) -> None:
        """Run a task undisturbed, and with all that can go wrong."""
        run = self._run(task, None)
        requests, tables = self.here.proxy.seen, self.here.tables()
        self._left = tables
        self.states.setdefault(task, run.history[-1].state)
        history = run.history
        self._targets = [self._targets[-1], tables["flights"]]
        self._note(task, None, requests, self._judged(run, task, None, tables))
        examined = SCENARIOS[self.name].examined
        for fault in tried(faults(requests)) if task in examined or not examined else ():
            run = self._run(task, fault)
            self._note(task, fault, requests, self._judged(run, task, fault, tables))
        # What was sent twice had failed at first: there was no run log.
        self._sent += dict.fromkeys(request.statements for request in requests if request.statements)
        self._history = history
        self._restore()
        self._left = tables

    def _note(self, task: str, fault: Fault | None, requests: list[Request], problems: Iterator[str]) -> None:
        if found := list(problems):
            self.wrong[f"{task}: {fault} {requests[fault.at] if fault else ''}"] = found

    def _run(self, task: str, fault: Fault | None) -> Run:
        """Run one task, or the end of the run, where the tasks before it have been."""
        self._restore()
        self.here.proxy.expect(fault)
        self._seen = []
        run = self.here.run(self.name, ended=self._look, deferrable=SCENARIOS[self.name].deferrable)
        run.history += self._history
        if task == END:
            run.end(self.states[END])
        else:
            run.run_task(task)
        return run

    def _look(self) -> None:
        """See what the target holds when something has gone wrong, before anything is tried again."""
        if self.here.proxy.fired and not self._seen:
            self._seen.append(self.here.flights())

    def _restore(self) -> None:
        """Bring the warehouse to where it was when the tasks so far had run."""
        values = ", ".join(f"('{day}', {flight}, {delay})" for day, flight, delay in OLD)
        with self.here.database.connection() as connection:  # faster than Redshift's SQL
            connection.execute(f"DELETE FROM public.flights; INSERT INTO public.flights VALUES {values}")
            if self._has_log():
                connection.execute(";".join(f"DELETE FROM pipeline_log.{table}" for table in run_log.TABLES))
        clean = [f'DROP TABLE public."{name}"' for name in self._left if name != "flights"]
        clean += [] if self._has_log() else ["DROP SCHEMA IF EXISTS pipeline_log CASCADE"]
        self.here.sql(*clean, *(sql for statements in self._sent for sql in statements))

    def _has_log(self) -> bool:
        return SCENARIOS[self.name].logged or bool(self._sent)

    def _judged(self, run: Run, task: str, fault: Fault | None, tables: dict[str, Any]) -> Iterator[str]:
        """What should not be as it is."""
        if fault is not None and not self.here.proxy.fired:
            yield "nothing went wrong"
        if any(seen not in self._targets for seen in self._seen):
            yield f"the target is neither old nor new: {self._seen}"
        if task != END and run.history[-1].state != self.states[task]:
            yield f"{run.history} {run.errors}"
        self._left = self.here.tables()
        if self._left != tables:
            yield f"the tables hold {self._left}, and should hold {tables}"
        yield from self._untruths(run, fault)

    def _untruths(self, run: Run, fault: Fault | None) -> Iterator[str]:
        """What the log tells of a run that is not so, or does not tell without a reason."""
        # A row is lost only where its own statement fails, or who writes it is killed.
        harmed = fault is not None and self.here.proxy.seen[fault.at].is_log and (fault.kills or fault.kind == "failed")
        if not SCENARIOS[self.name].logged:
            self.here.sql(*run_log.create("pipeline_log"))
        tries = self.here.read("SELECT task, try_number, state FROM pipeline_log.tasks")
        ends = self.here.read("SELECT state FROM pipeline_log.runs")
        rows = sorted((Try(*row) for row in tries), key=str)
        true = sorted(run.history, key=str)
        if (
            harmed
        ):  # a try that told that it failed, and was killed before Airflow knew that it is not to be tried again
            rows, true = ([replace(each, state=each.state.replace("up_for_retry", "failed")) for each in side]
                          for side in (rows, true))  # fmt: skip
        if [each for each in true if each in rows] != rows or len(true) - len(rows) > harmed:
            yield f"the log says {rows}, and it was {true}"
        expected = [(self.states[END],)] if END in self.states else []
        if ends != expected and not (harmed and ends == []):
            yield f"the log says of the run {ends}, and it was {expected}"
