"""From S3 through Redshift, a model and its predictions back to Redshift: the numbers are scikit-learn's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from sklearn import metrics
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.modelling.conftest import BUCKET, Warehouse, breast_cancer, diabetes

RUN_ON = ["worker", "sagemaker"]


def near(values: Mapping[str, float]) -> dict[str, Any]:
    return {name: pytest.approx(value, rel=0, abs=1e-9) for name, value in values.items()}


@pytest.mark.parametrize("run_on", RUN_ON)
def test_breast_cancer(run_on: str, warehouse: Warehouse) -> None:
    table, features, target = breast_cancer()
    warehouse.load("public.patients", table, ["id"])
    warehouse.declare_predictions("public.diagnoses", "boolean")
    train, test = train_test_split(np.arange(len(target)), test_size=0.25, random_state=7, stratify=target)
    model = HistGradientBoostingClassifier(random_state=0, max_iter=50).fit(features[train], target[train])
    probability = model.predict_proba(features[test])[:, 1]
    predicted, truth = model.predict(features[test]), target[test]
    expected = {
        "accuracy": metrics.accuracy_score(truth, predicted),
        "precision": metrics.precision_score(truth, predicted),
        "recall": metrics.recall_score(truth, predicted),
        "f1": metrics.f1_score(truth, predicted),
        "auc": metrics.roc_auc_score(truth, probability),
        "log_loss": metrics.log_loss(truth, probability),
    }
    shared = {"model": "benign", "sql": "SELECT * FROM public.patients", "keys": ["id"], "run_on": run_on}
    results: dict[str, Any] = {}
    training = {
        **shared,
        "template": "ml.train",
        "kind": "classification",
        "target": "benign",
        "hyperparameters": {"max_iter": 50},
        "split": {"test": 0.25, "seed": 7},
        "promote_if": {"auc": ">= 0.9", "compared_to_current": ">= -0.01"},
    }
    predicting = {**shared, "template": "ml.predict", "table": "public.diagnoses", "depends_on": ["train"]}
    assert warehouse.run({"train": training, "predict": predicting}, results=results) == {}
    version = results["train.fit"]["version"]
    assert results["train.fit"]["metrics"] == near(expected)
    ((logged,),) = warehouse.rows("SELECT metrics FROM pipeline_log.models")
    assert json.loads(logged) == near(expected)
    rows = warehouse.rows("SELECT * FROM public.diagnoses ORDER BY id")
    assert [row[0] for row in rows] == list(range(len(target)))
    assert [row[1] for row in rows] == [bool(each) for each in model.predict(features)]
    assert [row[2] for row in rows] == pytest.approx(list(model.predict_proba(features)[:, 1]), rel=0, abs=1e-9)
    assert {row[3:] for row in rows} == {(version, "2013-01-31")}
    assert warehouse.objects("models/") == [
        f"models/benign/{version}/{name}" for name in ("metadata.json", "model.skops")
    ]
    assert warehouse.objects("ml/models/") == []


@pytest.mark.parametrize("run_on", RUN_ON)
def test_diabetes(run_on: str, warehouse: Warehouse) -> None:
    table, features, target = diabetes()
    warehouse.load("public.diabetics", table, ["id"])
    warehouse.declare_predictions("public.progressions", "float8", probability=False)
    train, test = train_test_split(np.arange(len(target)), test_size=0.2, random_state=0)
    model = make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), LinearRegression())
    model.fit(features[train], target[train])
    predicted, truth = model.predict(features[test]), target[test]
    expected = {
        "rmse": metrics.root_mean_squared_error(truth, predicted),
        "mae": metrics.mean_absolute_error(truth, predicted),
        "mape": metrics.mean_absolute_percentage_error(truth, predicted),
        "r2": metrics.r2_score(truth, predicted),
        "bias": float(np.mean(predicted - truth)),
    }
    shared = {"model": "progression", "sql": "SELECT * FROM public.diabetics", "keys": ["id"], "run_on": run_on}
    results: dict[str, Any] = {}
    training = {
        **shared,
        "template": "ml.train",
        "kind": "regression",
        "target": "progression",
        "algorithm": "linear_regression",
    }
    predicting = {**shared, "template": "ml.predict", "table": "public.progressions", "depends_on": ["train"]}
    assert warehouse.run({"train": training, "predict": predicting}, results=results) == {}
    assert results["train.fit"]["metrics"] == near(expected)
    rows = warehouse.rows("SELECT id, prediction FROM public.progressions ORDER BY id")
    assert [row[1] for row in rows] == pytest.approx(list(model.predict(features)), rel=0, abs=1e-9)


def test_training_unloads_no_column_that_it_does_not_use(warehouse: Warehouse) -> None:
    table, _, _ = breast_cancer()
    warehouse.load("public.patients", table, ["id"])
    training = {
        "template": "ml.train",
        "model": "benign",
        "kind": "classification",
        "sql": "SELECT * FROM public.patients",
        "target": "benign",
        "features": ["mean_radius", "mean_area"],
        "keys": ["id"],
        "algorithm": "logistic_regression",
    }
    dag = warehouse.dag({"train": training})
    unload = dag.get_task("train.unload").sql[0]
    assert 'SELECT "mean_radius", "mean_area", "benign", "id"\nFROM (\nSELECT * FROM public.patients\n)' in unload
    assert warehouse.run({"train": training}) == {}
    version = warehouse.current("benign", "2013-01-31")
    card = warehouse.s3.get_object(Bucket=BUCKET, Key=f"models/benign/{version}/metadata.json")["Body"].read()
    assert [each["name"] for each in json.loads(card)["features"]] == ["mean_radius", "mean_area"]
