"""Predictions against the truth, scored by Redshift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowFailException

from generator import thresholds
from generator.evaluation import statements
from generator.operators import check_report, log_tables
from generator.operators.report import as_table
from generator.operators.statements import StatementsOperator

if TYPE_CHECKING:
    from airflow.sdk import Context

_NO_METRICS = ("group_values", "rows", "covered", "predictions")


class MlEvaluateOperator(StatementsOperator):
    """Runs the statements that score predictions, and compares the scores with a gate.

    :param sql: the statements; the last one gives the scores of all rows together. (templated)
    :param gate: a threshold for each metric that is looked at, such as {"auc": ">= 0.7"}. (templated)
    :param severity: what a score beyond its threshold is: an error, which fails the task, or a warning.
    :param log_schema: the schema of the table of scores. (templated)
    :param subject: what is evaluated, for messages. (templated)

    The task's result is {"checks": [a result for each threshold], "scores": {metric: value}}, also that of a task that
    fails. A score beyond its threshold is not tried again: it would be the same.
    """

    template_fields = (*StatementsOperator.template_fields, "gate", "log_schema", "subject")
    template_fields_renderers = {"sql": "sql", "gate": "json"}  # noqa: RUF012

    def __init__(
        self,
        *,
        gate: Mapping[str, str],
        log_schema: str,
        severity: str = "error",
        subject: str = "the predictions",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.gate = gate
        self.log_schema = log_schema
        self.severity = severity
        self.subject = subject
        self.check_results: list[dict[str, Any]] = []
        self._context: Any = None

    def execute(self, context: Context) -> Any:
        """Make the table of scores where there is none, and send the statements as one transaction."""
        self._context = context
        log_tables.ensure(self, self.log_schema, [statements.TABLE], statements.create(self.log_schema))
        return self.run_statements([list(self.sql)])

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Resumed by the trigger."""
        self._context = context
        return super().execute_complete(context, event)

    def finish(self, statement_ids: Sequence[str]) -> dict[str, Any]:
        """Log the scores; raise ChecksFailed where one is beyond its threshold and that is an error."""
        rows = self.rows(f"{statement_ids[-1]}:{len(self.sql)}")
        row = rows[0] if rows else {"rows": 0, "covered": 0, "predictions": 0}
        if int(row["rows"]) != int(row["predictions"]):
            raise AirflowFailException(
                f"{self.subject}: {row['rows']} truths for {row['predictions']} predictions, so some keys have several "
                "truths, or predictions have the same key; no score was kept"
            )
        scores = {name: value for name, value in row.items() if name not in _NO_METRICS and value is not None}
        self.log.info("%s of %s predictions have their truth", row["covered"], row["rows"])
        shown = [(name, f"{value:.6g}") for name, value in scores.items()]
        self.log.info("Scores of %s:\n%s", self.subject, as_table(("metric", "value"), shown))
        found = [self._result(name, text, scores.get(name), int(row["covered"])) for name, text in self.gate.items()]
        return {**check_report.conclude(self, self._context, found), "scores": scores}

    def _result(self, metric: str, threshold: str, value: float | None, covered: int) -> dict[str, Any]:
        nothing = "nothing: it is not defined for these rows" if covered else "nothing: no truth has come"
        return {
            "name": metric,
            "kind": "gate",
            "severity": self.severity,
            "passed": thresholds.parse(threshold).holds(value),
            "found": nothing if value is None else f"{value:.6g}",
            "expected": threshold,
            "failures": None,
            "rows": covered,
            "samples": [],
            "description": "",
        }
