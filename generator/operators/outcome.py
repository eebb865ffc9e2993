"""What is known of a task that has run: why it failed, how much it wrote and read, and AWS's ids of its statements.

All of it is for people and logs: what can't be found out is left out, and nothing here makes a task fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.amazon.aws.sensors.s3 import S3KeySensor
from airflow.providers.common.compat.sdk import AirflowSensorTimeout
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_ID = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
_SOME_ID = re.compile(_ID)
# The stock operator's message: a mapping as Python writes it, and the query's id somewhere in it.
_FAILED_QUERY = re.compile(rf"query {_ID} to complete")
_FEW_SECONDS = Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})


@dataclass(frozen=True)
class Outcome:
    """What a try of a task did; None is "not known"."""

    rows_written: int | None = None
    bytes_scanned: int | None = None
    statement_ids: tuple[str, ...] = ()


def written_rows(task_instance: Any) -> int | None:
    """How many rows a task of ours wrote in Redshift, from its result."""
    result = task_instance.xcom_pull(task_ids=task_instance.task_id)
    rows = result.get("rows") if isinstance(result, Mapping) else None
    return rows if isinstance(rows, int) else None


def of(task: Any, error: object) -> Outcome:
    """What the operator object knows after it has run, in the same process; `error` where it failed."""
    if isinstance(task, AthenaOperator):
        return _athena(task, error)
    return Outcome(getattr(task, "rows_written", None), None, tuple(getattr(task, "statement_ids", ())))


def _athena(task: AthenaOperator, error: object) -> Outcome:
    # A task that was deferred and failed has the query's id in its message only.
    found = _SOME_ID.search(str(error)) if error is not None else None
    query = getattr(task, "query_execution_id", None) or (found[1] if found else None)
    if not query:
        return Outcome()
    hook = AthenaHook(aws_conn_id=task.aws_conn_id, region_name=task.region_name, config=_FEW_SECONDS)
    try:
        client: Any = hook.conn
        execution = client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        scanned = execution.get("Statistics", {}).get("DataScannedInBytes")
        return Outcome(_inserted(client, execution), scanned, (query,))
    except (BotoCoreError, ClientError):
        return Outcome(statement_ids=(query,))


def _inserted(client: Any, execution: Mapping[str, Any]) -> int | None:
    """The rows of an INSERT or CREATE TABLE AS; the results of other statements are not read."""
    statement = str(execution.get("Query", "")).lower()
    if execution["Status"]["State"] != "SUCCEEDED" or not re.search(r"\b(insert\s+into|create\s+table)\b", statement):
        return None
    answer = client.get_query_results(QueryExecutionId=execution["QueryExecutionId"], MaxResults=1)
    count = answer.get("UpdateCount")
    return int(count) if count else None


def reason(task: Any, error: object) -> str:
    """Why a task failed: AWS's own words, where the error tells which statement it was about."""
    message = str(error) or type(error).__name__
    if isinstance(error, AirflowSensorTimeout) and isinstance(task, S3KeySensor):
        keys = [task.bucket_key] if isinstance(task.bucket_key, str) else task.bucket_key
        return f"waited for {', '.join(keys)}, which is not there"
    if isinstance(task, AthenaOperator) and (found := _FAILED_QUERY.search(message)):
        try:
            return task.hook.get_state_change_reason(found[1]) or message
        except (BotoCoreError, ClientError):
            return message
    return message
