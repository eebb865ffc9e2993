"""What is evaluated: predictions, the truth that they are joined with, and the rows and groups that are looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from generator import quoting
from generator.model import Table

Kind = Literal["binary", "multiclass", "regression"]

PREDICTION, PROBABILITY, RUN_DATE = "prediction", "probability", "run_date"

_NUMBERS = ("smallint", "int", "bigint", "decimal", "numeric", "real", "float", "double")

METRICS: dict[Kind, tuple[str, ...]] = {
    "binary": ("accuracy", "precision", "recall", "f1", "auc", "log_loss", "coverage"),
    "multiclass": ("accuracy", "precision", "recall", "f1", "coverage"),
    "regression": ("rmse", "mae", "mape", "r2", "bias", "coverage"),
}


@dataclass(frozen=True)
class Subject:
    """Predictions and their truth.

    :param predictions: the declared table of predictions
    :param keys: the columns by which a prediction finds its truth
    :param truth: a quoted table, or a query in parentheses
    :param target: the truth's column that was predicted
    :param positive: the class that the probability is of; None where there are more than two, or none
    :param window: how many days of run dates are looked at, up to the run's own; None for all up to it
    :param groups: columns whose values are measured one by one, each with the alias of its table: ("p", "carrier")
    """

    predictions: Table
    keys: tuple[str, ...]
    truth: str
    target: str
    positive: bool | int | float | str | None = None
    window: int | None = None
    groups: tuple[tuple[str, str], ...] = ()

    @property
    def kind(self) -> Kind:
        return kind_of(self.predictions, self.positive)

    @property
    def prediction_type(self) -> str:
        return type_of(self.predictions, PREDICTION).upper()


def kind_of(predictions: Table, positive: object) -> Kind:
    """Probabilities belong to classes, and metrics of one class need to know which it is."""
    if not has_column(predictions, PROBABILITY):
        return "regression"
    return "multiclass" if positive is None else "binary"


def has_column(table: Table, name: str) -> bool:
    return name in table.column_names


def type_of(table: Table, name: str) -> str:
    return next(column.type for column in table.columns if column.name == name)


def usual_positive(kind: str) -> bool | int | None:
    """The class that is meant where nobody says so: true or 1; texts have none."""
    if kind.lower().startswith("bool"):
        return True
    return 1 if kind.lower().startswith(_NUMBERS) else None


def constant(value: Any) -> str:
    """A class as an SQL constant."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int | float) else quoting.literal(value)
