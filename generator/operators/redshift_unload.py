"""UNLOAD, and how many rows it wrote, for the tasks that read the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from generator.operators.statements import StatementsOperator

if TYPE_CHECKING:
    from airflow.sdk import Context


class RedshiftUnloadOperator(StatementsOperator):
    """Runs UNLOAD, and SELECT pg_last_unload_count() after it, in one session.

    :param sql: the two statements. (templated)

    The task's result is {statement_ids, rows: how many were unloaded}. A folder without files says less: Redshift may
    write none where there are no rows, and they may have been deleted since.
    """

    def execute(self, context: Context) -> Any:  # noqa: ARG002
        """Send the statements."""
        return self.run_statements([list(self.sql)])

    def finish(self, statement_ids: Sequence[str]) -> dict[str, Any]:
        """Log how many rows were unloaded."""
        (row,) = self.rows(f"{statement_ids[0]}:{len(self.sql)}")
        count = int(row["unloaded"])
        self.log.info("%s rows unloaded", f"{count:,}")
        return {"statement_ids": list(statement_ids), "rows": count}
