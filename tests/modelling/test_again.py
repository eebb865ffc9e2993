"""What goes wrong in the middle, and runs again: the registry and the predictions are as one run would leave them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from tests.airflow_tasks import run_dag
from tests.modelling.conftest import BUCKET, Warehouse, run_of

# A line with a slope that the run's date decides, so that a version can be told from its predictions.
ROWS = "SELECT id, x, x * CAST(DATEDIFF(day, '2013-01-01', '{{ run_date }}') AS float8) AS y FROM public.points"
TRAIN: dict[str, Any] = {
    "template": "ml.train",
    "model": "slope",
    "kind": "regression",
    "sql": ROWS,
    "target": "y",
    "keys": ["id"],
    "algorithm": "linear_regression",
}
PREDICT: dict[str, Any] = {
    "template": "ml.predict",
    "model": "slope",
    "sql": "SELECT id, x FROM public.points",
    "keys": ["id"],
    "table": "public.slopes",
}
VERSIONS = "SELECT model, version, run_date, run_id, promoted, metadata_sha256, location FROM pipeline_log.models"
PROMOTIONS = "SELECT model, version, effective_from, promoted_by FROM pipeline_log.promotions"


@pytest.fixture
def points(warehouse: Warehouse) -> Warehouse:
    """Twenty points, and a table for predictions."""
    if "public.points" not in warehouse.tables:
        points = {"id": pa.array(range(20), pa.int32()), "x": [float(each) for each in range(20)]}
        warehouse.load("public.points", pa.table(points), ["id"])
        warehouse.declare_predictions("public.slopes", "float8", probability=False)
    warehouse.rows("DELETE FROM public.slopes")
    return warehouse


def killed_after_its_work(dag: Any) -> Any:
    """The DAG; the worker of each task is killed when its work is done and nobody has heard, and it runs again."""
    for task in dag.tasks:
        task.deferrable = False
        object.__setattr__(task, "execute", _twice(task.execute))
    return dag


def _twice(execute: Callable[..., Any]) -> Callable[..., Any]:
    def work(context: Any) -> Any:
        execute(context)
        return execute(context)

    return work


def everything(warehouse: Warehouse) -> dict[str, Any]:
    return {
        "versions": sorted(warehouse.rows(VERSIONS)),
        "promotions": sorted(warehouse.rows(PROMOTIONS)),
        "predictions": warehouse.rows("SELECT * FROM public.slopes ORDER BY id"),
        "tables": warehouse.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"),
        "objects": [each for each in warehouse.objects() if not each.startswith("raw/")],
    }


def test_killed_after_any_step_and_run_again(points: Warehouse) -> None:
    tasks = {"train": TRAIN, "predict": {**PREDICT, "depends_on": ["train"]}}
    assert points.run(tasks) == {}
    expected = everything(points)
    assert [row[1] for row in expected["predictions"]] == pytest.approx([30.0 * x for x in range(20)])
    assert len(expected["versions"]) == len(expected["promotions"]) == 1
    version = expected["versions"][0][1]
    assert expected["objects"] == [f"models/slope/{version}/{name}" for name in ("metadata.json", "model.skops")]
    assert run_dag(killed_after_its_work(points.dag(tasks)), run_of("2013-01-31")) == {}
    assert everything(points) == expected


def test_killed_after_any_step_of_the_first_run(points: Warehouse) -> None:
    tasks = {"train": TRAIN, "predict": {**PREDICT, "depends_on": ["train"]}}
    assert run_dag(killed_after_its_work(points.dag(tasks)), run_of("2013-01-31")) == {}
    found = everything(points)
    assert [row[1] for row in found["predictions"]] == pytest.approx([30.0 * x for x in range(20)])
    assert (len(found["versions"]), len(found["promotions"]), len(found["objects"])) == (1, 1, 2)


def test_a_model_that_was_kept_by_half_is_kept_whole(points: Warehouse) -> None:
    results: dict[str, Any] = {}
    assert points.run({"train": TRAIN}, results=results) == {}
    location = results["train.fit"]["location"].removeprefix(f"s3://{BUCKET}/")
    points.s3.delete_object(Bucket=BUCKET, Key=f"{location}metadata.json")
    assert points.run({"train": TRAIN}) == {}
    assert points.objects("models/") == [f"{location}metadata.json", f"{location}model.skops"]


def test_a_model_of_another_card_gets_a_name_of_its_own(points: Warehouse) -> None:
    first: dict[str, Any] = {}
    second: dict[str, Any] = {}
    assert points.run({"train": TRAIN}, results=first) == {}
    other = {**TRAIN, "sql": f"{ROWS} -- the same rows"}
    assert points.run({"train": other}, results=second) == {}
    versions = [each["train.fit"]["version"] for each in (first, second)]
    assert versions[1].startswith(f"{versions[0]}-")
    assert len(points.objects("models/")) == 4
    assert points.current("slope", "2013-01-31") == versions[1]
    assert points.run({"predict": PREDICT}) == {}
    assert {row[2] for row in points.rows("SELECT * FROM public.slopes")} == {versions[1]}


def test_a_model_that_is_not_what_it_was_is_neither_used_nor_overwritten(points: Warehouse) -> None:
    results: dict[str, Any] = {}
    assert points.run({"train": TRAIN}, results=results) == {}
    kept = results["train.fit"]
    key = kept["location"].removeprefix(f"s3://{BUCKET}/") + "model.skops"
    body = points.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    points.s3.put_object(Bucket=BUCKET, Key=key, Body=body + b"!")
    failed = points.run({"predict": PREDICT})
    assert list(failed) == ["predict.predict"]
    assert "model.skops is not the one of the card: its SHA-256 is " in failed["predict.predict"]
    failed = points.run({"train": TRAIN})
    assert not failed
    assert points.current("slope", "2013-01-31") != kept["version"]
    assert points.run({"predict": PREDICT}) == {}
    card = kept["location"].removeprefix(f"s3://{BUCKET}/") + "metadata.json"
    points.s3.put_object(Bucket=BUCKET, Key=card, Body=b"{}")
    failed = points.run({"predict": {**PREDICT, "version": kept["version"]}})
    assert "metadata.json is not the registered one" in failed["predict.predict"]


def test_rows_that_were_deleted_are_not_taken_for_none(points: Warehouse) -> None:
    assert points.run({"train": TRAIN}) == {}
    results: dict[str, Any] = {}
    assert points.run({"predict": PREDICT}, results=results) == {}
    dag = points.dag({"predict": PREDICT})
    dag.get_task("predict.unload").execute = lambda _context: results["predict.unload"]  # cleared was what follows it
    failed = run_dag(dag, run_of("2013-01-31"), results)
    assert list(failed) == ["predict.predict"]
    assert "holds no rows, and 20 were unloaded: they are deleted when a run is over" in failed["predict.predict"]
    assert len(points.rows("SELECT * FROM public.slopes")) == 20


def test_no_rows_are_no_error(points: Warehouse) -> None:
    assert points.run({"train": TRAIN}) == {}
    assert points.run({"predict": {**PREDICT, "sql": "SELECT id, x FROM public.points WHERE x < 0"}}) == {}
    assert points.rows("SELECT * FROM public.slopes") == []


def test_a_training_without_rows_fails(points: Warehouse) -> None:
    failed = points.run({"train": {**TRAIN, "sql": f"{ROWS} WHERE x < 0"}})
    assert list(failed) == ["train.fit"]
    assert "the query's result is empty" in failed["train.fit"]


def test_two_trainings_at_once_leave_one_current_version(points: Warehouse) -> None:
    """The registry's tables do not exist yet, and each makes them; both train for the same day."""
    dags = [
        points.dag({"train": {**TRAIN, "sql": f"{ROWS} WHERE id <> {number}"}}, name=f"models_{number}")
        for number in range(2)
    ]
    run = run_of("2013-01-31")
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda dag: run_dag(dag, run), dags)) == [{}, {}]
    promoted = [
        version for (version,) in points.rows("SELECT version FROM pipeline_log.promotions ORDER BY promoted_at")
    ]
    assert len(set(promoted)) == len(points.rows(VERSIONS)) == 2
    assert points.current("slope", "2013-01-31") == promoted[-1]


def test_each_date_predicts_with_the_version_that_was_current_then(points: Warehouse) -> None:
    trainings = ["2013-01-03", "2013-01-06", "2013-01-09"]
    versions = {}
    for day in trainings:
        results: dict[str, Any] = {}
        assert points.run({"train": TRAIN}, day, results) == {}
        versions[day] = results["train.fit"]["version"]
    assert len(set(versions.values())) == 3
    days = [(date(2013, 1, 2) + timedelta(days=each)).isoformat() for each in range(11)]
    failed = points.run({"predict": PREDICT}, days[0])
    assert (
        "no version of the model 'slope' was current on 2013-01-02: the first one is since 2013-01-03"
        in (failed["predict.predict"])
    )
    for day in days[1:]:
        used = max(each for each in trainings if each <= day)
        assert points.run({"predict": PREDICT}, day) == {}
        rows = points.rows("SELECT id, prediction, model_version, run_date FROM public.slopes ORDER BY id")
        assert {row[2:] for row in rows} == {(versions[used], day)}
        slope = int(used[-2:]) - 1
        assert [row[1] for row in rows] == pytest.approx([float(slope * x) for x in range(20)])


def test_a_version_that_fails_its_thresholds_is_a_warning_and_not_used(points: Warehouse) -> None:
    first: dict[str, Any] = {}
    assert points.run({"train": TRAIN}, "2013-01-05", first) == {}
    results: dict[str, Any] = {}
    strict = {**TRAIN, "promote_if": {"rmse": "< -1", "compared_to_current": ">= -100"}}
    assert points.run({"train": strict}, "2013-01-08", results) == {}
    registered = results["train.register"]
    assert (registered["promoted"], registered["current_version"]) == (False, first["train.fit"]["version"])
    assert [(each["name"], each["severity"], each["passed"]) for each in registered["checks"]] == [
        ("rmse", "warn", False),
        ("compared_to_current", "warn", True),
    ]
    assert points.current("slope", "2013-01-31") == first["train.fit"]["version"]


@pytest.mark.parametrize(
    ("probability", "kind", "message"),
    [
        (
            True,
            "regression",
            "predicts a number, which has no probability: take that column out of public.wrong_regression",
        ),
        (False, "classification", "has no column for its probability: add `probability: {type: float8}`"),
    ],
)
def test_the_table_has_a_probability_where_there_is_one(
    probability: bool, kind: str, message: str, points: Warehouse
) -> None:
    table = f"public.wrong_{kind}"
    points.declare_predictions(table, "float8" if kind == "regression" else "boolean", probability)
    classes = {
        "kind": "classification",
        "algorithm": "logistic_regression",
        "sql": "SELECT id, x, x > 9 AS y FROM public.points",
    }
    train = {**TRAIN, **(classes if kind == "classification" else {})}
    failed = points.run({"train": train, "predict": {**PREDICT, "table": table, "depends_on": ["train"]}})
    assert list(failed) == ["predict.predict"]
    assert message in failed["predict.predict"]


def test_a_model_that_nobody_trained(points: Warehouse) -> None:
    assert points.run({"train": TRAIN}) == {}
    failed = points.run({"predict": {**PREDICT, "model": "slop"}})
    assert "the model 'slop' has no version yet: train it first" in failed["predict.predict"]
    failed = points.run({"predict": {**PREDICT, "version": "2013-01-31-00000000"}})
    assert "the model 'slope' has no version '2013-01-31-00000000'; " in failed["predict.predict"]
