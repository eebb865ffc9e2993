"""Athena statements that may run again: what an earlier run or try left in S3 is removed first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.common.compat.sdk import AirflowException

from generator.operators import folders

if TYPE_CHECKING:
    from airflow.sdk import Context


class AthenaQueryOperator(AthenaOperator):
    """One statement, deferrable unless told otherwise, whose error is Athena's reason."""

    def __init__(self, *, deferrable: bool = True, **kwargs: Any) -> None:
        super().__init__(deferrable=deferrable, **kwargs)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> str:
        """Resumed by the trigger: raise AirflowException with Athena's reason where the statement failed."""
        if event and event.get("status") != "success" and event.get("value"):
            reason = self.hook.get_state_change_reason(event["value"])
            raise AirflowException(f"{reason or event.get('message')} (Athena query {event['value']})")
        return str(super().execute_complete(context, event))


class AthenaInsertOperator(AthenaQueryOperator):
    """Runs one statement in Athena, and deletes the objects of a folder before it, on every try.

    Athena's INSERT INTO adds files, and CREATE TABLE AS and UNLOAD want an empty folder: without the cleaning
    a second try would double the rows, or fail with HIVE_PATH_ALREADY_EXISTS and hide the first failure.

    :param clean: the folder, s3://bucket/folder/, with the slash at its end. (templated)
    :param whole_numbers: partition columns in it whose folders Athena names by the number: month=7/ for '07'.
    """

    template_fields = (*AthenaOperator.template_fields, "clean")

    def __init__(self, *, clean: str, whole_numbers: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.clean = clean
        self.whole_numbers = whole_numbers

    def execute(self, context: Context) -> Any:
        """Empty the folder, then submit the statement."""
        folder = self.clean
        for name in self.whole_numbers:
            folder = re.sub(rf"(/{re.escape(name)}=-?)0+(?=[0-9])", r"\1", folder)
        removed = folders.empty(s3_client(self), folder)
        self.log.info("Removed %d objects under %s", removed, folder)
        return super().execute(context)


def s3_client(operator: Any) -> Any:
    """A client of S3, with the connection of an operator."""
    hook = S3Hook(
        aws_conn_id=operator.aws_conn_id,
        region_name=operator.region_name,
        verify=operator.verify,
        config=operator.botocore_config,
    )
    return hook.get_conn()
