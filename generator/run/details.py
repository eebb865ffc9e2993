"""What AWS says of a task that has run: how many rows it wrote, and why it failed, in words for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.common.compat.sdk import AirflowSensorTimeout
from botocore.exceptions import BotoCoreError, ClientError

from generator.operators.statements import failure

_WRITES = ("insert", "update", "merge", "copy")
_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
# The stock operators' messages: the whole context of the task, and the statement's id somewhere behind it.
_FAILED_STATEMENT = re.compile(rf"Statement {_ID}\S* terminated with status")
_FAILED_QUERY = re.compile(rf"query {_ID} to complete")


def written_rows(task_instance: Any) -> int | None:
    """How many rows the statements of a Redshift task wrote, where the Data API says so."""
    task = task_instance.task
    result = task_instance.xcom_pull(task_ids=task_instance.task_id)
    if not isinstance(task, RedshiftDataOperator) or not isinstance(result, list):
        return None
    client: Any = task.hook.conn
    counts: list[int] = []
    for statement_id in sorted({str(each).partition(":")[0] for each in result}):
        try:
            answer = client.describe_statement(Id=statement_id)
        except (BotoCoreError, ClientError):
            return None
        counts += _written(answer.get("SubStatements") or [answer])
    return sum(counts) if counts else None


def _written(statements: Sequence[Mapping[str, Any]]) -> list[int]:
    """Rows of each statement that writes some; -1 is the Data API's word for "not known"."""
    return [
        statement["ResultRows"]
        for statement in statements
        if statement.get("QueryString", "").lstrip().lower().startswith(_WRITES)
        and statement.get("ResultRows", -1) >= 0
    ]


def reason(task: Any, error: object) -> str:
    """Why a task failed: AWS's own words, where the error tells which statement it was about."""
    message = str(error) or type(error).__name__
    if isinstance(error, AirflowSensorTimeout) and isinstance(task, S3KeySensor):
        keys = [task.bucket_key] if isinstance(task.bucket_key, str) else task.bucket_key
        return f"waited for {', '.join(keys)}, which is not there"
    try:
        if isinstance(task, RedshiftDataOperator) and (found := _FAILED_STATEMENT.search(message)):
            client: Any = task.hook.conn
            return failure(client.describe_statement(Id=found[1]))
        if isinstance(task, AthenaOperator) and (found := _FAILED_QUERY.search(message)):
            return task.hook.get_state_change_reason(found[1]) or message
    except (BotoCoreError, ClientError):
        return message
    return message
