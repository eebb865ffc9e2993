"""The counts in files that are delivered beside the data, for checks that compare with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException
from botocore.exceptions import ClientError

from generator.checks import count_file

_LONGEST = 10 << 20


def counts(operator: Any, checks: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """The counts of the checks that have a `count_file`, under the names that the checks know them by.

    Raises AirflowException where a file is not there, and AirflowFailException where it holds no count.
    """
    hook = S3Hook(
        aws_conn_id=operator.aws_conn_id,
        region_name=operator.region_name,
        verify=operator.verify,
        config=operator.botocore_config,
    )
    client: Any = hook.get_conn()
    return {check["failures"]: _rows(client, check["count_file"]) for check in checks if "count_file" in check}


def _rows(client: Any, uri: str) -> int:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    try:
        text = client.get_object(Bucket=bucket, Key=key)["Body"].read(_LONGEST).decode("utf-8-sig", errors="replace")
    except ClientError as error:
        raise AirflowException(f"the count in {uri} can't be read: {error.response['Error'].get('Message')}") from error
    try:
        return count_file.rows(text)
    except ValueError as error:
        raise AirflowFailException(f"{uri} {error}") from None
