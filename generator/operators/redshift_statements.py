"""The operator of most Redshift tasks: statements, and in its errors Redshift's own words first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from generator.operators.statements import StatementsOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class RedshiftStatementsOperator(StatementsOperator):
    """Runs SQL in Redshift: a string is one statement, a list of at most 40 is one transaction.

    :param sql: the statement, or the statements. (templated)

    The task's result is {statement_ids: the Data API's ids, rows: how many were written, or None}. The stock
    operator's error is the whole context of the task, with Redshift's message somewhere behind it.
    """

    def execute(self, context: Context) -> Any:  # noqa: ARG002
        """Send the SQL."""
        return self.run_statements([self.sql])

    def finish(self, statement_ids: Sequence[str]) -> dict[str, Any]:
        """Log how many rows were written."""
        if self.rows_written is not None:
            self.log.info("%s rows written", f"{self.rows_written:,}")
        return {"statement_ids": list(statement_ids), "rows": self.rows_written}
