"""Tables of ours in the warehouse that hold data of value, such as the registry of models: made before first use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from airflow.providers.common.compat.sdk import AirflowException

from generator.operators.described import redshift_columns
from generator.operators.statements import StatementsOperator


def ensure(operator: StatementsOperator, schema: str, tables: Iterable[str], create: Sequence[str]) -> None:
    """Run the statements that create the tables where one is missing. Raises AirflowException where it can't be made.

    They run in a transaction of their own: one that takes a snapshot before its LOCK would not see what the other
    wrote that it waited for (Amazon Redshift Database Developer Guide, "LOCK"). Of two tasks that create the same
    tables at once Redshift refuses one, which finds them made.
    """
    if _complete(operator, schema, tables):
        return
    operator.log.info("Making the tables of %s", schema)
    try:
        operator.run_now(list(create))
    except AirflowException:
        if not _complete(operator, schema, tables):
            raise


def _complete(operator: StatementsOperator, schema: str, tables: Iterable[str]) -> bool:
    return all(redshift_columns(operator.hook.conn, operator.target, f"{schema}.{table}") for table in tables)
