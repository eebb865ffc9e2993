"""Checks of rows in Redshift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from botocore.exceptions import BotoCoreError, ClientError

from generator.checks.results import results
from generator.operators import check_report, described
from generator.operators.statements import BATCH_LIMIT, StatementsOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class RedshiftCheckOperator(StatementsOperator):
    """Runs one SELECT that gives one row, and tells from it which checks pass.

    :param sql: the SELECT. (templated)
    :param checks: what to make of its columns, as generator.checks.statement gives it. (templated)
    :param subject: what is checked, for messages: "the staged rows of public.flights". (templated)
    :param log_schema: the schema of the run log, for checks that compare with earlier runs. (templated)

    The task's result is {"checks": [a result for each]}, also that of a task that fails. Rows that fail are asked for
    in a second request, only where checks fail. A failed check is not tried again: the data would be the same.
    """

    template_fields = (*StatementsOperator.template_fields, "checks", "subject", "log_schema")
    template_fields_renderers = {"sql": "sql", "checks": "json"}  # noqa: RUF012

    def __init__(
        self, *, checks: list[dict[str, Any]], subject: str = "the rows", log_schema: str = "", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.checks = checks
        self.subject = subject
        self.log_schema = log_schema
        self.check_results: list[dict[str, Any]] = []
        self._context: Any = None

    def execute(self, context: Context) -> Any:
        """Send the SELECT; before it, in the same request, the questions for earlier runs."""
        self._context = context
        history = self._history()
        return self.run_statements([[str(self.sql), *history] if history else str(self.sql)])

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        """Resumed by the trigger."""
        self._context = context
        return super().execute_complete(context, event)

    def finish(self, statement_ids: Sequence[str]) -> dict[str, Any]:
        """Log all results, with rows that fail; raise ChecksFailed where a check failed that must not."""
        found = self._results(statement_ids[0])
        wanted = check_report.to_sample(self.checks, found)[:BATCH_LIMIT]
        if wanted:
            try:
                self._sample(wanted, found)
            except (AirflowException, BotoCoreError, ClientError) as error:
                self.log.warning("The rows that fail can't be shown: %s", error)
        return check_report.conclude(self, self._context, found)

    def _sample(self, wanted: Sequence[int], found: list[dict[str, Any]]) -> None:
        """Fetch rows that fail, in one request and without deferring: it is short, or given up."""
        statement_id = self.run_now([self.checks[place]["sample"] for place in wanted])
        for number, place in enumerate(wanted, 1):
            rows = self.rows(f"{statement_id}:{number}")
            found[place]["samples"] = check_report.sample(self.checks[place], rows)

    def _results(self, statement_id: str) -> list[dict[str, Any]]:
        parts = self.hook.conn.describe_statement(Id=statement_id).get("SubStatements")
        rows = self.rows(f"{statement_id}:1" if parts else statement_id)
        if len(rows) != 1:
            raise AirflowFailException(f"the checks' query gave {len(rows)} rows, and must give one")
        row = rows[0]
        compared = [check for check in self.checks if "history" in check]
        for number, check in enumerate(compared if parts else (), 2):
            counts = [earlier["row_count"] for earlier in self.rows(f"{statement_id}:{number}")]
            row[f"history:{check['name']}"] = [int(count) for count in counts if count is not None]
        for check in self.checks:
            if check["kind"] == "columns":
                columns = described.redshift_columns(self.hook.conn, self.target, check["table"])
                types = described.redshift_types(columns)
                row[f"differences:{check['name']}"] = [*described.differences(check, types, "redshift")]
        return results(self.checks, row | check_report.counts(self))

    def _history(self) -> list[str]:
        """The questions for earlier runs; none where nothing is compared or nothing was ever logged."""
        queries = [check["history"] for check in self.checks if "history" in check]
        logged = (described.redshift_columns(self.hook.conn, self.target, f"{self.log_schema}.{table}")
                  for table in ("tables", "checks"))  # fmt: skip
        return queries if queries and all(logged) else []
