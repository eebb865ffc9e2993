from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from generator.operators import folders
from generator.operators.athena import AthenaInsertOperator
from generator.operators.folders import folder_of
from generator.sandbox.server import Sandbox

BUCKET = "flights-test"
Run = Callable[[Any], Any]


def insert(clean: str, query: str = "SELECT 1") -> AthenaInsertOperator:
    return AthenaInsertOperator(
        task_id="insert",
        query=query,
        clean=clean,
        output_location=f"s3://{BUCKET}/results/",
        region_name="us-east-1",
        sleep_time=1,
    )


def put(*keys: str) -> None:
    client = boto3.client("s3")
    for key in keys:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")


def keys(prefix: str) -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", ())]


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        ("s3://bucket/lake/flights/", ("bucket", "lake/flights/")),
        ("s3://bucket/day=2013-01-01/", ("bucket", "day=2013-01-01/")),
        ("s3://bucket/what?/", ("bucket", "what?/")),
    ],
)
def test_folders(uri: str, folder: tuple[str, str]) -> None:
    assert folder_of(uri) == folder


@pytest.mark.parametrize(
    "uri",
    ["s3://bucket/", "s3://bucket", "s3://bucket//", "s3://bucket/lake", "s3:///lake/", "/lake/", "http://b/lake/", ""],
)
def test_what_is_no_folder_is_left_alone(uri: str) -> None:
    with pytest.raises(AirflowFailException, match="it must look like s3://bucket/folder/"):
        folder_of(uri)


def test_the_folder_is_emptied_before_each_try(sandbox: Sandbox, run: Run) -> None:
    put("lake/day=1/a", "lake/day=1/deep/b", "lake/day=10/c", "lake/day=2/d")
    run(insert(f"s3://{BUCKET}/lake/day=1/"))
    assert keys("lake/") == ["lake/day=10/c", "lake/day=2/d"]
    put("lake/day=1/of-a-failed-try")
    run(insert(f"s3://{BUCKET}/lake/day=1/"))
    assert keys("lake/day=1/") == []


def test_more_objects_than_one_request_takes(sandbox: Sandbox) -> None:
    put(*[f"many/{number}" for number in range(1001)])
    assert folders.empty(boto3.client("s3"), f"s3://{BUCKET}/many/") == 1001
    assert keys("many/") == []


def test_a_failure_gives_athenas_reason_first(run: Run) -> None:
    with pytest.raises(AirflowException) as raised:
        run(insert(f"s3://{BUCKET}/lake/day=1/", "SELECT * FROM nowhere.flights"))
    assert "nowhere" in str(raised.value).partition("(Athena query")[0]
    assert "context" not in str(raised.value)


@pytest.mark.parametrize(("written", "lies"), [("07", "7"), ("000", "0"), ("-01", "-1"), ("7", "7"), ("010", "10")])
def test_folders_of_whole_numbers_are_named_by_the_number(run: Run, written: str, lies: str) -> None:
    put(f"monthly/year=2013/month={lies}/earlier", "monthly/year=2013/month=99/other")
    operator = insert(f"s3://{BUCKET}/monthly/year=2013/month={written}/")
    operator.whole_numbers = ["year", "month"]
    run(operator)
    assert keys("monthly/") == ["monthly/year=2013/month=99/other"]
