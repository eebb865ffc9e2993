"""A training and a prediction that fail anywhere, or whose worker is killed anywhere, leave what one run would leave.

Each task is run undisturbed, which records its requests to Redshift and S3 and what it leaves there; and then once more
for everything that can go wrong at each of these requests, with the tries that Airflow makes after it. Where it leaves
the warehouse, S3 and its own result as the undisturbed one did, the tasks after it do what they did.

What is no different from a load is examined there: the faults of the log's own requests, of which one is left, that a
worker is killed before the first of them, when all of a task's work is done and nobody has heard; and errors that come
instead of an answer where a step only sends statements. Its workers are killed all the same: S3 and the results of
tasks are new to it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from generator.registry import statements, tables
from generator.run_log import tables as run_log
from generator.run_names import run_key
from generator.sandbox import s3
from tests.faults.conftest import Place, place, tried
from tests.faults.proxy import Fault, Request, faults, until
from tests.faults.scheduler import Run, may_run, state_of_run
from tests.faults.test_overlap import held, settled

# They share a place, which takes seconds to make.
pytestmark = pytest.mark.xdist_group("models")

TABLES = """\
public.points:
  columns:
    id: {type: integer, not_null: true}
    x: {type: float8}
    y: {type: boolean}
public.guesses:
  columns:
    id: {type: integer, not_null: true}
    prediction: {type: boolean}
    probability: {type: float8}
    model_version: {type: varchar(64)}
    run_date: {type: date}
  primary_key: [id]
"""
ROWS = 60
CREATE = (
    "CREATE TABLE public.points (id integer NOT NULL, x float8, y boolean)",
    f"INSERT INTO public.points VALUES {', '.join(f'({n}, {n}.5, {n % 7 > 2})' for n in range(ROWS))}",
    "CREATE TABLE public.guesses (id integer NOT NULL, prediction boolean, probability float8, "
    "model_version varchar(64), run_date date)",
    "INSERT INTO public.guesses SELECT id, TRUE, 1, 'old', DATE '2013-01-30' FROM public.points",
)
TASKS = {
    "train": {
        "template": "ml.train",
        "model": "guess",
        "kind": "classification",
        "sql": "SELECT id, x, y FROM public.points",
        "target": "y",
        "keys": ["id"],
        "algorithm": "logistic_regression",
        "promote_if": {"accuracy": ">= 0", "compared_to_current": ">= 0"},
    },
    "predict": {
        "template": "ml.predict",
        "model": "guess",
        "sql": "SELECT id, x FROM public.points",
        "keys": ["id"],
        "table": "public.guesses",
        "checks": [{"row_count": {"min": ROWS}}],
        "depends_on": ["train"],
    },
}
# What is asked of the registry and of the predictions; moments are left out.
SEEN = {
    "models": "SELECT * EXCLUDE (trained_at, logged_at) FROM pipeline_log.models ORDER BY ALL",
    "promotions": "SELECT * EXCLUDE (promoted_at) FROM pipeline_log.promotions ORDER BY ALL",
    "guesses": "SELECT * FROM public.guesses ORDER BY ALL",
}
WRITTEN = ("pipeline_log.models", "pipeline_log.promotions", "public.guesses")
# These are examined for all that can go wrong, and the others are killed.
EXAMINED = ("train.fit", "train.register", "train.clean", "predict.predict")
# After these there is something to clean up that was not there before.
FILLING = ("train.unload", "predict.predict", "predict.stage")
OF_A_MOMENT = ("statement_ids", "trained_at", "statement_id")
STAGING = f"guesses__predict_{run_key('models', 'scheduled__2013-01-31')}"


@dataclass(frozen=True)
class State:
    """What a run has left: rows by what they are of, the staged rows, objects in S3, and results of tasks."""

    seen: dict[str, list[Any]]
    staged: list[Any] | None
    objects: dict[str, bytes]
    results: dict[str, Any] = field(default_factory=dict)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with place(tmp_path_factory.mktemp("models"), {"models": TASKS}, TABLES) as made:
        s3.backend().delete_object("lake", "2013-01-31.csv.gz")
        made.sql(*CREATE, *tables.create("pipeline_log"), *registered())
        yield made


def registered() -> list[str]:
    """A version that is current since the day before the run."""
    old = statements.Trained(
        model="guess",
        version="old",
        kind="classification",
        algorithm="logistic_regression",
        pipeline="models",
        run_id="scheduled__2013-01-30",
        run_date="2013-01-30",
        task="train.register",
        trained_at="2013-01-30 00:00:00",
        location="s3://lake/models/guess/old/",
        metadata_sha256="0" * 64,
        rows=48,
        git_commit="c0ffee",
        metrics={"accuracy": 0.25, "auc": 0.25},
    )
    return statements.register("pipeline_log", old, statements.Gate())


@dataclass
class Disturbed:
    """The pipeline, whose tasks are examined one after the other.

    :ivar states: the state of each task that has been examined
    :ivar wrong: what should not be as it is, by the fault that led to it
    """

    here: Place
    states: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    points: int = 0
    _staging: list[str] = field(default_factory=list)
    _meanwhile: list[State] = field(default_factory=list)
    _results: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._before = self.state()
        self._rows = self._written()

    def examine(self, task: str) -> None:
        """Run a task undisturbed, and with all that can go wrong; what it leaves is where the next one begins."""
        run = self._run(task, None)
        self.states[task] = run.history[-1].state
        requests, after, rows = self.here.proxy.seen, self.state(run), self._written()
        for fault in tried(chosen(requests, whole=task in EXAMINED)):
            self.points += 1
            disturbed = self._run(task, fault)
            self._note(task, fault, self._judged(disturbed, after))
        if task in FILLING:
            self.points += 1
            fault = Fault(
                max(at for at, each in enumerate(requests) if each.changes and not each.is_log), "killed after"
            )
            self._note(f"{task}, the last time", fault, self._left_behind(task, fault))
        # One that was sent twice had failed at first.
        self._staging += [sql for request in requests for sql in request.statements if STAGING in sql][:3]
        self._before, self._rows, self._results = after, rows, run.results

    def state(self, run: Run | None = None) -> State:
        """What is there now, and with a run, the results of its tasks."""
        found = {name: self.here.read(query) for name, query in SEEN.items()}
        ((count,),) = self.here.read(f"SELECT COUNT(*) FROM duckdb_tables() WHERE table_name = '{STAGING}'")
        staged = self.here.read(f"FROM public.{STAGING} ORDER BY ALL") if count else None
        objects = {key: each.value for key, each in s3.backend().get_bucket("lake").keys.items()}
        return State(found, staged, objects, without_moments(run.results) if run else {})

    def _note(self, task: str, fault: Fault, problems: Iterator[str]) -> None:
        request = self.here.proxy.seen[fault.at] if fault.at < len(self.here.proxy.seen) else None
        if found := list(problems):
            self.wrong[f"{task}: {fault} {request}"] = found

    def _written(self) -> dict[str, list[Any]]:
        with self.here.database.connection() as connection:
            return {table: connection.execute(f"FROM {table}").fetchall() for table in WRITTEN}

    def _run(self, task: str, fault: Fault | None, retries: int = 1) -> Run:
        """Run one task, where the tasks before it have been."""
        self._restore()
        self._meanwhile.clear()
        self.here.proxy.expect(fault)
        run = self.here.run("models", ended=self._look, deferrable=task == "train.register", retries=retries)
        run.results = dict(self._results)
        run.run_task(task)
        return run

    def _look(self) -> None:
        """See what is there when something has gone wrong, before anything is tried again."""
        if self.here.proxy.fired and not self._meanwhile:
            self._meanwhile.append(self.state())

    def _restore(self) -> None:
        """Bring S3 and the warehouse to where they were when the tasks so far had run."""
        now = self.state()
        for key in now.objects.keys() - self._before.objects.keys():
            s3.backend().delete_object("lake", key)
        for key in {key for key, _ in self._before.objects.items() - now.objects.items()}:
            s3.backend().put_object("lake", key, self._before.objects[key])
        with self.here.database.connection() as connection:  # faster than Redshift's SQL
            connection.execute(";".join(f"DELETE FROM pipeline_log.{table}" for table in run_log.TABLES))
            for table, rows in self._rows.items() if now.seen != self._before.seen else ():
                connection.execute(f"DELETE FROM {table}")
                connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        if now.staged != self._before.staged:
            self.here.sql(*(self._staging if self._before.staged is not None else [f"DROP TABLE public.{STAGING}"]))

    def _judged(self, run: Run, after: State) -> Iterator[str]:
        """What should not be as it is."""
        if not self.here.proxy.fired:
            yield "nothing went wrong"
        if run.history[-1].state != "success":
            yield f"{run.history} {run.errors}"
        found = self.state(run)
        for part in ("seen", "staged", "objects", "results"):
            if getattr(found, part) != getattr(after, part):
                yield f"{part}: {getattr(found, part)}, and should be {getattr(after, part)}"
        yield from self._halves(after)

    def _halves(self, after: State) -> Iterator[str]:
        """What was neither as before the task nor as after it, when something had gone wrong."""
        for state in self._meanwhile:
            for name, rows in state.seen.items():
                if rows not in (self._before.seen[name], after.seen[name]):
                    yield f"{name} by half: {rows}"

    def _left_behind(self, task: str, fault: Fault) -> Iterator[str]:
        """What is left where the task is not tried again, and what cleans up after it has run."""
        run = self._run(task, fault, retries=0)
        if run.history[-1].state != "failed":
            yield f"{run.history}"
        group = task.partition(".")[0]
        for each in run.tasks():
            if each["is_teardown"] and each["name"].startswith(group):
                assert run.run_task(each["name"]) == "success", run.errors
        left = self.state()
        if left.seen != self._before.seen or left.staged is not None or of_the_run(left):
            yield f"left behind: {left}"


def chosen(requests: list[Request], *, whole: bool) -> Iterator[Fault]:
    """What can go wrong that is not examined with the loads.

    A transaction fails as a whole: that is, at its first statement, and when all of its work is done.
    """
    for fault in faults(requests):
        request = requests[fault.at]
        is_between = fault.kind == "failed" and 0 < fault.statement < len(request.statements)
        if (whole or fault.kills) and not is_between and (not request.is_log or fault.kind == "killed before"):
            yield fault


def of_the_run(state: State) -> list[str]:
    """The objects that are there only while the run goes on."""
    return [key for key in state.objects if not key.startswith("models/")]


def without_moments(value: Any) -> Any:
    """A result of a task, without what no two runs have in common."""
    if isinstance(value, Mapping):
        return {name: without_moments(each) for name, each in value.items() if name not in OF_A_MOMENT}
    return [without_moments(each) for each in value] if isinstance(value, list) else value


@pytest.mark.long
def test_every_point(here: Place) -> None:
    pipeline = Disturbed(here)
    tasks = here.run("models").tasks()
    for task in tasks:
        assert may_run(task, tasks, pipeline.states), pipeline.states
        pipeline.examine(task["name"])
    assert pipeline.wrong == {}
    assert state_of_run(tasks, pipeline.states) == "success"
    is_right(here, pipeline.state())


def is_right(here: Place, end: State) -> None:
    """Each fault has left what is asserted of the undisturbed run here."""
    ((version, location, registered_sha256, _),) = here.read(statements.current("pipeline_log", "guess", "2013-01-31"))
    trained = here.read("SELECT version FROM pipeline_log.models WHERE run_id = 'scheduled__2013-01-31'")
    assert trained == [(version,)] != [("old",)]
    assert len(end.seen["models"]) == len(end.seen["promotions"]) == 2
    folder = location.removeprefix("s3://lake/")
    assert sorted(end.objects) == [f"{folder}metadata.json", f"{folder}model.skops"]
    card, model = (end.objects[key] for key in sorted(end.objects))
    assert hashlib.sha256(card).hexdigest() == registered_sha256
    assert hashlib.sha256(model).hexdigest() == json.loads(card)["model_sha256"]
    assert [(row[0], *row[3:]) for row in end.seen["guesses"]] == [(n, version, "2013-01-31") for n in range(ROWS)]
    assert end.staged is None
    assert of_the_run(end) == []


@pytest.mark.parametrize("group", ["train", "predict"])
def test_no_rows_are_unloaded_after_the_clean_up(group: str, here: Place) -> None:
    """A killed worker's UNLOAD goes on in the warehouse; it waits for a table here, so that it ends late."""
    here.proxy.expect(None)
    run = here.run("models", retries=0, deferrable=False)
    assert run.run_task(f"{group}.unload") == "success"
    (unload,) = (each.statements for each in here.proxy.seen if each.changes and not each.is_log)
    name = f"pipelines {run_key('models', run.run_id)} {group}.unload"
    target = {"WorkgroupName": "local", "Database": "dev"}
    with held(here, "points"):
        here.client.batch_execute_statement(Sqls=["LOCK public.points", *unload], StatementName=name, **target)
        until(lambda: bool(here.database.locks._waiting))
        assert run.run_task(f"{group}.clean") == "success", run.errors
    until(lambda: settled(here))
    assert [key for key in s3.backend().get_bucket("lake").keys if key.startswith("ml/")] == []
