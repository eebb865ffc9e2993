"""Tables of ours in the warehouse that hold data of value, such as the registry of models: made before first use."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Sequence

from airflow.providers.common.compat.sdk import AirflowException

from generator.operators.described import redshift_columns
from generator.operators.statements import StatementsOperator

# Two that create the same name at once, and what Redshift says of transactions that can't both be.
_CONFLICT = re.compile(r"\b1023\b|conflict with concurrent|deadlock|pg_namespace|pg_class|pg_type|already exists")
_TRIES = 5


def ensure(operator: StatementsOperator, schema: str, tables: Iterable[str], create: Sequence[str]) -> None:
    """Run the statements that create the tables where one is missing. Raises AirflowException where it can't be made.

    They run in a transaction of their own: one that takes a snapshot before its LOCK would not see what the other
    wrote that it waited for (Amazon Redshift Database Developer Guide, "LOCK"). Of two that create the same tables at
    once Redshift refuses one, which tries again until they are there.
    """
    for number in range(1, _TRIES + 1):
        if _complete(operator, schema, tables):
            return
        operator.log.info("Making the tables of %s", schema)
        try:
            operator.run_now(list(create))
            return
        except AirflowException as error:
            if number == _TRIES or not _CONFLICT.search(str(error)):
                raise
            time.sleep(random.uniform(0.2, 1.0))  # noqa: S311 - so that those who met part


def _complete(operator: StatementsOperator, schema: str, tables: Iterable[str]) -> bool:
    return all(redshift_columns(operator.hook.conn, operator.target, f"{schema}.{table}") for table in tables)
