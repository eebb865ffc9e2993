"""ml.evaluate: predictions against the truth, scored by Redshift; the scores are kept, and a gate may stop the run."""

from __future__ import annotations

from collections.abc import Iterator

from generator import quoting, steps
from generator.checks import history
from generator.evaluation import statements
from generator.evaluation.subject import (
    METRICS,
    PREDICTION,
    RUN_DATE,
    Subject,
    has_column,
    kind_of,
    type_of,
    usual_positive,
)
from generator.model import Table, Tables, Task, seconds
from generator.problems import did_you_mean
from generator.template import Finding, Step, Template

_OPERATOR = "generator.operators.ml_evaluate.MlEvaluateOperator"
_DAY_SECONDS = 86_400
_DESCRIBED = {
    "binary": "predictions of two classes",
    "multiclass": "predictions of several classes (`positive` names the one that is looked for, where there is one)",
    "regression": "predicted numbers (predictions of classes have a column 'probability')",
}


def expand(task: Task, tables: Tables) -> tuple[Step, ...]:
    gate = {name: text for name, text in task.values.get("gate", {}).items() if name != "severity"}
    return (
        steps.redshift(
            task,
            statements.of(_subject(task, tables), task.name),
            operator=_OPERATOR,
            log_schema=history.SCHEMA,
            gate=gate,
            severity=task.values.get("gate", {}).get("severity", "error"),
            subject=f"the predictions in {task.values['predictions']}",
        ),
    )


def _subject(task: Task, tables: Tables) -> Subject:
    predictions = tables[task.values["predictions"]]
    truth = task.values.get("truth")
    window = task.values.get("window")
    return Subject(
        predictions,
        _keys(task, predictions),
        quoting.table(truth) if truth else f"(\n{steps.query(task)}\n)",
        task.values["target"],
        _positive(task, predictions),
        max(1, seconds(window) // _DAY_SECONDS) if window else None,
        tuple(("p" if has_column(predictions, name) else "t", name) for name in task.values.get("group_by", ())),
    )


def _positive(task: Task, predictions: Table) -> bool | float | str | None:
    positive: bool | float | str | None = task.values.get("positive")
    return usual_positive(type_of(predictions, PREDICTION)) if positive is None else positive


def _keys(task: Task, predictions: Table) -> tuple[str, ...]:
    return tuple(task.values.get("keys", predictions.primary_key))


def check(task: Task, tables: Tables) -> Iterator[Finding]:
    predictions = tables[task.values["predictions"]]
    lacking = [name for name in (PREDICTION, RUN_DATE) if not has_column(predictions, name)]
    for name in lacking:
        message = f"the table {predictions.name} has no column '{name}', which ml.predict writes"
        yield Finding(("predictions",), "R311", message)
    if not _keys(task, predictions):
        message = f"the table {predictions.name} has no primary_key, by which predictions find their truth"
        yield Finding(("predictions",), "R322", message, "name the columns under 'keys'")
    yield from _columns(task, predictions, tables.get(task.values.get("truth", "")))
    if not lacking:
        yield from _metrics(task, predictions)


def _columns(task: Task, predictions: Table, truth: Table | None) -> Iterator[Finding]:
    """Keys are columns of both sides, the target is one of the truth, groups are of either; a query's are not known."""
    sides = [predictions, *([truth] if truth else [])]
    for place, name in enumerate(_keys(task, predictions)):
        for table in sides:
            path: tuple[str | int, ...] = ("keys", place) if "keys" in task.values else ("truth",)
            yield from _column(path, name, table)
    if truth:
        yield from _column(("target",), task.values["target"], truth)
        for place, name in enumerate(task.values.get("group_by", ())):
            if not any(has_column(table, name) for table in sides):
                yield from _column(("group_by", place), name, predictions)


def _column(path: tuple[str | int, ...], name: str, table: Table) -> Iterator[Finding]:
    if not has_column(table, name):
        message = f"the table {table.name} has no column '{name}'"
        yield Finding(path, "R311", message, did_you_mean(name, table.column_names))


def _metrics(task: Task, predictions: Table) -> Iterator[Finding]:
    kind = kind_of(predictions, _positive(task, predictions))
    for name in task.values.get("gate", {}):
        if name not in (*METRICS[kind], "severity"):
            message = f"'{name}' is no metric of {_DESCRIBED[kind]}"
            yield Finding(("gate", name), "R316", message, f"one of {', '.join(METRICS[kind])}")


TEMPLATE = Template(
    expand=expand, engine="redshift", sql="query", check=check, table_keys=("predictions", "truth"), column_lists=()
)
