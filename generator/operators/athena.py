"""Athena statements that may run again: what an earlier run or try left in S3 is removed first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

if TYPE_CHECKING:
    from airflow.sdk import Context

# S3 API Reference, DeleteObjects: "up to 1,000 object keys".
_DELETE_LIMIT = 1000


class AthenaInsertOperator(AthenaOperator):
    """Runs one statement in Athena, and deletes the objects of a folder before it, on every try.

    Athena's INSERT INTO adds files, and CREATE TABLE AS and UNLOAD want an empty folder: without the cleaning
    a second try would double the rows, or fail with HIVE_PATH_ALREADY_EXISTS and hide the first failure.

    :param clean: the folder, s3://bucket/folder/, with the slash at its end. (templated)
    """

    template_fields = (*AthenaOperator.template_fields, "clean")

    def __init__(self, *, clean: str, deferrable: bool = True, **kwargs: Any) -> None:
        super().__init__(deferrable=deferrable, **kwargs)
        self.clean = clean

    def execute(self, context: Context) -> Any:
        """Empty the folder, then submit the statement."""
        bucket, folder = folder_of(self.clean)
        removed = self.empty(bucket, folder)
        self.log.info("Removed %d objects under %s", removed, self.clean)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> str:
        """Resumed by the trigger: raise AirflowException with Athena's reason where the statement failed."""
        if event and event.get("status") != "success" and event.get("value"):
            reason = self.hook.get_state_change_reason(event["value"])
            raise AirflowException(f"{reason or event.get('message')} (Athena query {event['value']})")
        return str(super().execute_complete(context, event))

    def empty(self, bucket: str, folder: str) -> int:
        """Delete the objects under a folder; how many there were."""
        hook = S3Hook(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            config=self.botocore_config,
        )
        client: Any = hook.get_conn()
        removed = 0
        pages = client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=folder, PaginationConfig={"PageSize": _DELETE_LIMIT}
        )
        for page in pages:
            keys = [{"Key": found["Key"]} for found in page.get("Contents", ())]
            if keys:
                _delete(client, bucket, keys)
            removed += len(keys)
        return removed


def _delete(client: Any, bucket: str, keys: list[dict[str, str]]) -> None:
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    if answer.get("Errors"):
        first = answer["Errors"][0]
        raise AirflowException(
            f"{len(answer['Errors'])} objects could not be removed, first s3://{bucket}/{first['Key']}: "
            f"{first.get('Code')} {first.get('Message')}"
        )


def folder_of(uri: str) -> tuple[str, str]:
    """Bucket and key prefix of a folder. Raises AirflowFailException for all that could be more than one."""
    scheme, _, path = uri.partition("://")
    bucket, _, key = path.partition("/")
    if scheme != "s3" or not bucket or not key.strip("/") or not key.endswith("/"):
        raise AirflowFailException(f"'{uri}' is no folder that can be emptied: it must look like s3://bucket/folder/")
    return bucket, key
