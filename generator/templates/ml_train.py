"""ml.train: unload rows, fit and score a model, register the version, and promote it where it is good enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from generator import algorithms, modelling, steps
from generator.model import Tables, Task
from generator.problems import did_you_mean, either
from generator.registry import metrics
from generator.template import Finding, Step, Template

_TEST_SHARE, _SEED = 0.2, 0


def expand(task: Task, _tables: Tables) -> tuple[Step, ...]:
    fit = modelling.job(task, _order(task), "fit", modelling.TRAIN, modelling.SAGEMAKER_TRAIN, models=modelling.MODELS)
    register = steps.redshift(
        task,
        None,
        "register",
        after=("fit",),
        operator=modelling.REGISTER,
        trained_by=f"{task.name}.fit",
        promote_if=dict(task.values.get("promote_if", {})),
        log_schema=modelling.LOG_SCHEMA,
    )
    return (modelling.unload(task, _columns(task)), fit, register, modelling.clean(task, "register"))


def _columns(task: Task) -> list[str]:
    """What is read where the features are named; otherwise that is all the query has."""
    if "features" not in task.values:
        return []
    by = task.values.get("split", {}).get("by")
    return [*task.values["features"], task.values["target"], *task.values.get("keys", ()), *([by] if by else [])]


def _order(task: Task) -> dict[str, Any]:
    values = task.values
    return {
        "job": "train",
        "model": values["model"],
        "kind": values["kind"],
        "target": values["target"],
        "features": values.get("features"),
        "keys": values.get("keys", []),
        "algorithm": values.get("algorithm", algorithms.DEFAULT),
        "hyperparameters": values.get("hyperparameters", {}),
        "split": _split(task),
        "positive": values.get("positive"),
        "query": steps.query(task),
        "run_date": "{{ run_date }}",
    }


def _split(task: Task) -> dict[str, Any]:
    given = task.values.get("split", {})
    if "folds" in given:
        return {"folds": given["folds"], "seed": given.get("seed", _SEED)}
    test = given.get("test", _TEST_SHARE)
    return {"by": given["by"], "test": test} if "by" in given else {"test": test, "seed": given.get("seed", _SEED)}


def check(task: Task, _tables: Tables) -> Iterator[Finding]:
    yield from modelling.check(task)
    yield from _roles(task)
    yield from _split_keys(task)
    yield from algorithms.check(task)
    yield from _metrics(task)
    if "positive" in task.values and task.values["kind"] != "classification":
        yield Finding(("positive",), "R316", "'positive' is for kind: classification", "take it out")


def _roles(task: Task) -> Iterator[Finding]:
    """The target is nothing else; a key is a feature where it is named as one."""
    target = task.values["target"]
    for key in ("keys", "features"):
        if target in task.values.get(key, ()):
            place = task.values[key].index(target)
            message = f"'{target}' is the target, which the model must not see"
            yield Finding((key, place), "R316", message, "take it out here")


def _split_keys(task: Task) -> Iterator[Finding]:
    given = task.values.get("split", {})
    for first, others in (("folds", ("by", "test")), ("by", ("seed",))):
        for other in others:
            if first in given and other in given:
                message = f"split: '{first}' and '{other}' do not go together"
                yield Finding(("split", other), "R316", message, "keep one of the two")


def _metrics(task: Task) -> Iterator[Finding]:
    kind = task.values["kind"]
    known = (*metrics.OF_KIND[kind], metrics.COMPARED)
    for name in task.values.get("promote_if", {}):
        if name not in known:
            message = f"'{name}' is no metric of a {kind}"
            yield Finding(("promote_if", name), "R316", message, did_you_mean(name, known) or f"one of {either(known)}")


TEMPLATE = Template(expand=expand, engine="redshift", sql="query", check=check, column_lists=(), needs=modelling.needs)
