"""Row counts of earlier runs, from the run log in Redshift, for tasks that run elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException

from generator import sql_comment as comments
from generator.operators import check_report, described
from generator.operators.statements import failure, field_value


def row_counts(
    client: Any, target: Mapping[str, Any], schema: str, queries: Sequence[str], comment: str
) -> list[list[int]]:
    """What each query of generator.checks.history answers; nothing where no check was ever logged.

    Raises AirflowException with Redshift's own message, or where it takes too long for what it is worth.

    :param client: a client of the Redshift Data API
    :param target: the database and where it is, in the Data API's words
    :param schema: the schema of the run log
    :param comment: what goes before each statement
    """
    if not described.redshift_columns(client, target, f"{schema}.checks"):
        return [[] for _ in queries]
    statements = [comments.signed(comment, query) for query in queries]
    statement = str(client.batch_execute_statement(Sqls=statements, **target)["Id"])
    if not check_report.wait(lambda: _has_finished(client, statement)):
        client.cancel_statement(Id=statement)
        raise AirflowException(f"statement {statement} takes too long")
    return [_counts(client, f"{statement}:{number}") for number, _ in enumerate(queries, 1)]


def _has_finished(client: Any, statement: str) -> bool:
    answer = client.describe_statement(Id=statement)
    if answer["Status"] in ("FAILED", "ABORTED"):
        raise AirflowException(failure(answer))
    return bool(answer["Status"] == "FINISHED")


def _counts(client: Any, statement: str) -> list[int]:
    """One page holds them all: they are no more than 999."""
    found = (field_value(record[0]) for record in client.get_statement_result(Id=statement)["Records"])
    return [int(count) for count in found if count is not None]
