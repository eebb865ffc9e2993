"""The metrics that the warehouse computes equal scikit-learn's, on predictions with ties, gaps and groups."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment
from sklearn import metrics

from generator import quoting
from generator.evaluation import statements
from generator.evaluation.subject import METRICS, Kind, Subject
from generator.model import Column, Table
from tests.sandbox.conftest import Redshift

_NUMBERS = itertools.count(1)
TYPES = {"binary": "boolean", "multiclass": "varchar(8)", "regression": "double precision"}


@dataclass(frozen=True)
class Scored:
    """A prediction: its group, what was predicted, with which probability, and what came, where it has come."""

    group: str | None
    prediction: Any
    probability: float | None
    actual: Any


def scored(prediction: st.SearchStrategy[Any], probability: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Scored]]:
    groups = st.sampled_from(["a", 'b"\\', None])
    row = st.builds(Scored, groups, prediction, probability, st.none() | prediction)
    return st.lists(row, min_size=1, max_size=30)


tenths = st.integers(0, 10).map(lambda tenth: tenth / 10)
KINDS: dict[Kind, st.SearchStrategy[list[Scored]]] = {
    "binary": scored(st.booleans(), tenths | st.floats(0, 1)),
    "multiclass": scored(st.sampled_from(["x", "y", "z"]), st.none()),
    "regression": scored(st.integers(-4, 4).map(float) | st.floats(-1e3, 1e3), st.none()),
}


@given(data=st.data())
@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_warehouse_and_scikit_learn_agree(redshift: Redshift, kind: Kind, data: st.DataObject) -> None:
    rows = data.draw(KINDS[kind])
    kept, overall = evaluated(redshift, kind, rows)
    for group in [{}, *({"carrier": name} for name in {row.group for row in rows})]:
        of_group = [row for row in rows if not group or row.group == group["carrier"]]
        known = [row for row in of_group if row.actual is not None]
        expected = {"coverage": len(known) / len(of_group), **(WANTED[kind](known) if known else {})}
        found = {name: value for (text, name, _), value in kept.items() if json.loads(text) == group}
        found = {name: value for name, value in found.items() if not name.startswith("calibration")}
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
        if not group:
            assert {name: overall[name] for name in found} == pytest.approx(expected, rel=1e-9, abs=1e-9)


def binary(rows: Sequence[Scored]) -> dict[str, float]:
    truth = [row.actual for row in rows]
    chosen = [row.prediction for row in rows]
    probability = [row.probability for row in rows]
    found = {
        "accuracy": metrics.accuracy_score(truth, chosen),
        "precision": metrics.precision_score(truth, chosen, zero_division=0),
        "recall": metrics.recall_score(truth, chosen, zero_division=0),
        "f1": metrics.f1_score(truth, chosen, zero_division=0),
        "log_loss": metrics.log_loss(truth, probability, labels=[False, True]),
    }
    return {**found, "auc": metrics.roc_auc_score(truth, probability)} if len(set(truth)) == 2 else found


def multiclass(rows: Sequence[Scored]) -> dict[str, float]:
    truth, chosen = [row.actual for row in rows], [row.prediction for row in rows]
    shares = metrics.precision_recall_fscore_support(truth, chosen, average="macro", zero_division=0)
    return {
        "accuracy": metrics.accuracy_score(truth, chosen),
        **dict(zip(("precision", "recall", "f1"), shares[:3], strict=True)),
    }


def regression(rows: Sequence[Scored]) -> dict[str, float]:
    truth, chosen = np.array([row.actual for row in rows]), np.array([row.prediction for row in rows])
    found = {
        "rmse": metrics.root_mean_squared_error(truth, chosen),
        "mae": metrics.mean_absolute_error(truth, chosen),
        "mape": metrics.mean_absolute_percentage_error(truth, chosen),
        "bias": float(np.mean(chosen - truth)),
    }
    return {**found, "r2": metrics.r2_score(truth, chosen)} if len(rows) > 1 else found


WANTED = {"binary": binary, "multiclass": multiclass, "regression": regression}

Kept = dict[tuple[str, str, int | None], float]


def evaluated(redshift: Redshift, kind: Kind, rows: Sequence[Scored]) -> tuple[Kept, dict[str, Any]]:
    """The scores that were kept, by group, metric and decile; and the row of all groups together."""
    number = next(_NUMBERS)
    table = Table(
        f"public.predictions_{number}",
        "p",
        tuple(
            Column(name, of)
            for name, of in {
                "id": "integer",
                "carrier": "varchar(8)",
                "prediction": TYPES[kind],
                **({} if kind == "regression" else {"probability": "double precision"}),
                "run_date": "date",
            }.items()
        ),
        primary_key=("id",),
    )
    subject = Subject(
        table, ("id",), f'"public"."truth_{number}"', "late", True if kind == "binary" else None, 7, (("p", "carrier"),)
    )
    columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
    redshift.run(
        f"CREATE TABLE {table.name} ({columns})", f"CREATE TABLE public.truth_{number} (id int, late {TYPES[kind]})"
    )
    predictions = [
        (place, row.group, row.prediction, *([] if kind == "regression" else [row.probability]), "2013-01-31")
        for place, row in enumerate(rows)
    ]
    redshift.run(f"INSERT INTO {table.name} VALUES {values(predictions)}")
    redshift.run(
        f"INSERT INTO public.truth_{number} VALUES {values([(place, row.actual) for place, row in enumerate(rows)])}"
    )
    redshift.batch(*statements.create("pipeline_log"))
    done = redshift.batch(*(rendered(text, number) for text in statements.of(subject, "score")))
    *_, last = done["SubStatements"]
    names = [column["name"] for column in redshift.api.get_statement_result(Id=last["Id"])["ColumnMetadata"]]
    assert set(METRICS[kind]) <= set(names)
    (overall,) = redshift.rows(last["Id"])
    kept = redshift.run(
        f"SELECT group_values, metric, decile, value FROM pipeline_log.scores WHERE run_id = '{number}'"
    )
    return {(row[0], row[1], row[2]): row[3] for row in kept}, dict(zip(names, overall, strict=True))


def values(rows: Sequence[tuple[Any, ...]]) -> str:
    return ", ".join("(" + ", ".join(map(constant, row)) + ")" for row in rows)


def constant(value: Any) -> str:
    if value is None:
        return "NULL"
    return quoting.literal(value) if isinstance(value, str) else repr(value).upper()


def rendered(text: str, number: int) -> str:
    environment = Environment()
    environment.filters["literal"] = quoting.literal
    values = {"dag": {"dag_id": "p"}, "run_id": str(number), "run_date": "2013-01-31", "env": {}}
    return environment.from_string(text).render(values)
