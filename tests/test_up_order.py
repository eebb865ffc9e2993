"""Which pipelines `pipelines up` starts after others."""

from __future__ import annotations

import pytest

from generator.model import After, Cron, Every, Pipeline, Schedule, Task
from generator.project import load_workspace
from generator.up import order
from tests.checkout import REPOSITORY

DAILY = Cron("@daily")


def pipeline(name: str, reads: str = "", writes: str = "", schedule: Schedule = DAILY) -> Pipeline:
    task = Task("work", "redshift.sql", {}, reads=tuple(reads.split()), writes=tuple(writes.split()))
    return Pipeline(name, f"{name}.yaml", "", (task,), schedule=schedule)


def ml(name: str, template: str) -> Pipeline:
    return Pipeline(name, f"{name}.yaml", "", (Task("work", template, {"model": "m"}),), schedule=DAILY)


@pytest.mark.parametrize(
    ("pipelines", "expected"),
    [
        ([pipeline("a", writes="x.t"), pipeline("b", writes="x.u")], []),
        ([pipeline("b", reads="x.t"), pipeline("a", writes="x.t")], [{"b"}]),
        ([pipeline("a", reads="x.t", writes="x.t")], []),
        ([pipeline("c", "x.u"), pipeline("b", "x.t", "x.u"), pipeline("a", writes="x.t")], [{"b"}, {"c"}]),
        ([pipeline("a", writes="x.t"), pipeline("b", "x.t", schedule=After(("x.t",)))], []),
        ([pipeline("a", writes="x.t"), pipeline("b", "x.t", schedule=None)], []),
        ([pipeline("a", writes="x.t"), pipeline("b", "x.t", schedule=Every(60))], [{"b"}]),
        ([pipeline("a", "x.u", "x.t"), pipeline("b", "x.t", "x.u")], []),
        ([ml("b", "ml.predict"), ml("a", "ml.train")], [{"b"}]),
    ],
)
def test_stages(pipelines: list[Pipeline], expected: list[set[str]]) -> None:
    assert [*order.stages(pipelines)] == expected


def test_the_examples_learn_from_flights_that_are_loaded() -> None:
    workspace = load_workspace(REPOSITORY / "pipelines", "")
    assert [*order.stages(workspace.pipelines)] == [{"delay_train"}, {"delay_predict"}]
