"""The registry in the sandbox's Redshift: what is promoted, what is current when, and two that write at once."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from generator import query
from generator.registry import gates, statements, tables
from tests.registry.conftest import GATE, VALUES, register, trained


def current(schema: str, day: str, model: str = "delay") -> str | None:
    rows = query.redshift(statements.current(schema, model, day), VALUES, 10).rows
    return str(rows[0][0]) if rows else None


def listed(schema: str) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    versions, promotions = (query.redshift(text, VALUES, 99).rows for text in statements.everything(schema))
    return [(row[1], row[14], row[15]) for row in versions], [row[1:3] for row in promotions]


def test_without_conditions_each_version_is_promoted(schema: str) -> None:
    assert register(schema, trained("a", "2013-01-07")) == {
        "promoted": True,
        "current_version": None,
        "current_value": None,
    }
    register(schema, trained("b", "2013-01-14"))
    assert [current(schema, f"2013-01-{day}") for day in ("06", "07", "13", "14", "31")] == [None, "a", "a", "b", "b"]


def test_a_version_that_fails_is_kept_and_not_used(schema: str) -> None:
    register(schema, trained("a", "2013-01-07", 0.8), GATE)
    register(schema, trained("b", "2013-01-14", 0.74), GATE)
    verdict = register(schema, trained("c", "2013-01-21", 0.78), GATE)
    assert verdict == {"promoted": False, "current_version": "a", "current_value": 0.8}
    register(schema, trained("d", "2013-01-28", 0.795), GATE)
    assert listed(schema) == (
        [
            ("d", True, None),
            ("c", False, "the comparison with the current version: auc >= -0.01"),
            ("b", False, "auc is 0.74, not >= 0.75"),
            ("a", True, None),
        ],
        [("d", "2013-01-28"), ("a", "2013-01-07")],
    )


@pytest.mark.parametrize(
    ("promote_if", "before", "now", "promoted"),
    [
        ({"log_loss": "< 1", "compared_to_current": ">= 0"}, {"log_loss": 0.5}, {"log_loss": 0.4}, True),
        ({"log_loss": "< 1", "compared_to_current": ">= 0"}, {"log_loss": 0.5}, {"log_loss": 0.6}, False),
        ({"compared_to_current": "> 0"}, {"rmse": 2.0, "r2": 0.5}, {"rmse": 1.9, "r2": 0.4}, True),
        ({"compared_to_current": ">= 0"}, {"accuracy": 0.5, "f1": 0.9}, {"accuracy": 0.4, "f1": 0.9}, False),
        ({"bias": "< 5", "compared_to_current": ">= 0"}, {"bias": -1.0}, {"bias": 0.9}, True),
        ({"bias": "< 5", "compared_to_current": ">= 0"}, {"bias": -1.0}, {"bias": 1.1}, False),
        ({"compared_to_current": ">= 0"}, {"rmse": 1.0}, {"auc": 0.6}, True),  # the current one has no AUC
        ({"compared_to_current": ">= 0"}, {"auc": 0.6, "accuracy": 0.9}, {"auc": None, "accuracy": 0.8}, False),
        ({"auc": ">= 0", "compared_to_current": ">= 0"}, {"auc": 0.6}, {"auc": None}, False),
        ({"compared_to_current": ">= 1e-5"}, {"auc": 0.6}, {"auc": 0.60002}, True),
    ],
)
def test_better_is_by_the_metric(
    promote_if: dict[str, str], before: dict[str, Any], now: dict[str, Any], promoted: bool, schema: str
) -> None:
    register(schema, trained("a", "2013-01-07", metrics=before))
    version = trained("b", "2013-01-14", metrics=now)
    verdict = register(schema, version, promote_if)
    assert verdict["promoted"] is promoted
    results = gates.results(promote_if, now, verdict, 100)
    assert all(result["passed"] for result in results) is promoted
    assert current(schema, "2013-01-14") == ("b" if promoted else "a")


def test_what_people_read_of_a_gate(schema: str) -> None:
    register(schema, trained("2013-01-07-aaaaaaaa", "2013-01-07", 0.84))
    version = trained("2013-01-14-bbbbbbbb", "2013-01-14", 0.8)
    verdict = register(schema, version, GATE)
    found = gates.results(GATE, version.metrics, verdict, 250)
    assert [(each["name"], each["passed"], each["found"], each["expected"]) for each in found] == [
        ("auc", True, "0.8", ">= 0.75"),
        (
            "compared_to_current",
            False,
            "-0.04 (0.8, and 0.84 of 2013-01-07-aaaaaaaa)",
            "auc >= -0.01 better than the current version's",
        ),
    ]
    assert {(each["kind"], each["severity"], each["rows"]) for each in found} == {("gate", "warn", 250)}


def test_a_task_that_runs_again_leaves_what_one_run_would(schema: str) -> None:
    register(schema, trained("a", "2013-01-07", 0.8), GATE)
    for _ in range(3):
        register(schema, trained("b", "2013-01-14", 0.81), {"compared_to_current": ">= 0.01"})
    assert listed(schema) == (
        [("b", True, None), ("a", True, None)],
        [("b", "2013-01-14"), ("a", "2013-01-07")],
    )


def test_a_run_that_trains_something_else_again_replaces_its_promotion(schema: str) -> None:
    register(schema, trained("a", "2013-01-07", 0.8), GATE)
    register(schema, trained("b", "2013-01-14", 0.9), GATE)
    register(schema, trained("c", "2013-01-14", 0.6), GATE)  # the rows were wrong the first time
    assert listed(schema) == (
        [
            ("c", False, "auc is 0.6, not >= 0.75"),
            ("b", False, "trained again by the same run, as c"),
            ("a", True, None),
        ],
        [("a", "2013-01-07")],
    )
    assert current(schema, "2013-01-14") == "a"


def test_by_hand_from_a_day_on(schema: str) -> None:
    register(schema, trained("a", "2013-01-07"))
    register(schema, trained("b", "2013-01-14"))
    by_hand = statements.promote(schema, "delay", "a", "2013-01-16", "somebody", "b is worse")
    query.redshift_batch(by_hand, VALUES, 1)
    assert [current(schema, day) for day in ("2013-01-15", "2013-01-16")] == ["b", "a"]
    register(schema, trained("b", "2013-01-14"))  # cleared, and run again
    assert current(schema, "2013-01-16") == "a"
    register(schema, trained("c", "2013-01-21"))
    assert current(schema, "2013-01-21") == "c"


def test_the_decision_of_the_same_day_stands_when_the_training_runs_again(schema: str) -> None:
    register(schema, trained("a", "2013-01-07"))
    register(schema, trained("b", "2013-01-14"))
    query.redshift_batch(statements.promote(schema, "delay", "a", "2013-01-14", "somebody", ""), VALUES, 1)
    assert current(schema, "2013-01-14") == "a"
    register(schema, trained("b", "2013-01-14"))
    assert current(schema, "2013-01-14") == "a"


def test_nobody_promotes_what_is_not_registered(schema: str) -> None:
    register(schema, trained("a", "2013-01-07"))
    query.redshift_batch(statements.promote(schema, "delay", "b", "2013-01-16", "somebody", ""), VALUES, 1)
    assert listed(schema)[1] == [("a", "2013-01-07")]


def test_a_training_for_a_past_day_changes_no_later_one(schema: str) -> None:
    register(schema, trained("b", "2013-01-14", 0.9))
    verdict = register(schema, trained("a", "2013-01-07", 0.8), GATE)
    assert verdict == {"promoted": True, "current_version": None, "current_value": None}
    assert [current(schema, day) for day in ("2013-01-07", "2013-01-14")] == ["a", "b"]


def test_models_do_not_meet(schema: str) -> None:
    register(schema, trained("a", "2013-01-07", 0.9))
    verdict = register(schema, trained("b", "2013-01-14", 0.8, model="it's \\ other"), GATE)
    assert verdict["current_version"] is None
    assert current(schema, "2013-01-14") == "a"
    assert current(schema, "2013-01-14", "it's \\ other") == "b"


def test_trainings_at_once_are_compared_one_after_the_other(schema: str) -> None:
    """Each must be better than the last that was promoted, so those form a rising row, whatever the order."""
    scores = [0.5 + 0.03 * step for step in range(12)]
    random.Random(7).shuffle(scores)
    versions = [trained(f"v{score:.2f}", "2013-01-07", score, run=f"manual__{score}") for score in scores]
    with ThreadPoolExecutor(12) as pool:
        verdicts = list(pool.map(lambda each: register(schema, each, {"compared_to_current": "> 0"}), versions))
    rows = query.redshift(
        f"SELECT version FROM {tables.name_of(schema, 'promotions')} ORDER BY promoted_at", VALUES, 99
    ).rows
    promoted = [str(version) for (version,) in rows]
    assert promoted == sorted(set(promoted))
    assert promoted[-1] == f"v{max(scores):.2f}"
    assert current(schema, "2013-01-07") == promoted[-1]
    assert sum(verdict["promoted"] is True for verdict in verdicts) == len(promoted)


def test_known_versions(schema: str) -> None:
    register(schema, trained("a", "2013-01-07", 0.8), GATE)
    register(schema, trained("b", "2013-01-14", 0.1), GATE)
    assert query.redshift(statements.known(schema, "delay"), VALUES, 9).rows == (("b", None), ("a", "2013-01-07"))
    (row,) = query.redshift(statements.fixed(schema, "delay", "b"), VALUES, 9).rows
    assert row == ("b", "s3://lake/models/delay/b/", "0" * 64)
    (metrics,) = query.redshift(f"SELECT metrics FROM {schema}.models WHERE version = 'a'", VALUES, 9).rows
    assert json.loads(str(metrics[0])) == {"auc": 0.8, "log_loss": pytest.approx(0.2)}
