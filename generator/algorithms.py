"""The algorithms that models are trained with, and the hyperparameters that each of them takes."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from typing import Any

from generator import schema
from generator.ml.algorithms import ALGORITHMS
from generator.model import Task
from generator.problems import did_you_mean, either
from generator.template import Finding

DEFAULT = "gradient_boosting"
_KEY = "hyperparameters"


@functools.cache
def hyperparameters() -> dict[str, Any]:
    """The schema of each algorithm's hyperparameters, by its name."""
    text = (schema.folder() / "algorithms.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["$defs"][_KEY]
    return found


def check(task: Task) -> Iterator[Finding]:
    """What the algorithm can't do, and hyperparameters that it does not have."""
    name, kind = task.values.get("algorithm", DEFAULT), task.values["kind"]
    if kind not in ALGORITHMS[name].classes:
        others = [other for other, each in ALGORITHMS.items() if kind in each.classes]
        yield Finding(("algorithm",), "R316", f"{name} is not for a {kind}", f"one of {either(others)}")
    known = _of_kind(hyperparameters()[name]["properties"], kind)
    for key, value in task.values.get(_KEY, {}).items():
        if key not in known:
            message = f"unknown hyperparameter '{key}' of {name}"
            yield Finding((_KEY, key), "S201", message, did_you_mean(key, known))
        elif complaint := schema.complaint(known[key], value, f"'{_KEY}.{key}'"):
            yield Finding((_KEY, key), "S206", complaint, str(known[key].get("description", "")))


def _of_kind(known: dict[str, Any], kind: str) -> dict[str, Any]:
    """The hyperparameters that a model of that kind has."""
    return {key: part for key, part in known.items() if part.get("x-kind", kind) == kind}
