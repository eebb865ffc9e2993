"""Staged rows in S3: what readers of a table see, at whatever call of AWS the publishing ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from airflow.providers.common.compat.sdk import AirflowException, AirflowFailException

from generator import query
from generator.operators.staged_table import StagedTable
from generator.sandbox.server import Sandbox

BUCKET = "flights-test"
KEY = "0123456789ab"
HOME = f"s3://{BUCKET}/lake/flights/"
PLACE = f"s3://{BUCKET}/lake/flights__load_{KEY}/"
STAGING = f"lake.flights__load_{KEY}"
READS = ("get_", "list_", "head_", "meta", "exceptions")

Ask = Callable[[str], tuple[tuple[object, ...], ...]]

# Of each kind of target: what comes after the columns, its rows before, the staged rows, and its rows after.
KINDS: dict[str, tuple[str, dict[str, str], str, str, set[tuple[int, str]]]] = {
    "table": ("", {}, "(1, 'a'), (2, 'b')", "(3, 'b'), (4, 'c')", {(3, "b"), (4, "c")}),
    "empty table": ("", {}, "(1, 'a')", "", set()),
    "partition": (
        "PARTITIONED BY (part string)",
        {"part": "b"},
        "(1, 'a'), (2, 'b')",
        "(3, 'b'), (4, 'b')",
        {(1, "a"), (3, "b"), (4, "b")},
    ),
    "new partition": (
        "PARTITIONED BY (part string)",
        {"part": "b: c"},
        "(1, 'a')",
        "(3, 'b: c')",
        {(1, "a"), (3, "b: c")},
    ),
    "empty partition": ("PARTITIONED BY (part string)", {"part": "b: c"}, "(1, 'a'), (2, 'b: c')", "", {(1, "a")}),
}


class StoppedError(Exception):
    """What stands for a worker that is killed."""


class Client:
    """A client of AWS that stops for ever before one of its calls that change something, counted over all clients."""

    def __init__(self, client: Any, calls: Iterator[int], last: int) -> None:
        self._client = client
        self._calls = calls
        self._last = last

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name.startswith(READS) or not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            if next(self._calls) >= self._last:
                raise StoppedError
            return found(*args, **kwargs)

        return call


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Ask]:
    """Run a statement in Athena; its rows."""
    values = {"region": "us-east-1", "athena": {"database": "default", "output": f"s3://{BUCKET}/results/"}}

    def rows(sql: str) -> tuple[tuple[object, ...], ...]:
        return query.athena(sql, values, 99).rows

    rows("CREATE DATABASE IF NOT EXISTS lake")
    yield rows
    remove()


def remove() -> None:
    for table in boto3.client("glue").get_tables(DatabaseName="lake")["TableList"]:
        boto3.client("glue").delete_table(DatabaseName="lake", Name=table["Name"])
    for key in keys("lake/"):
        boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)


def keys(prefix: str) -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return [item["Key"] for item in found.get("Contents", ())]


def staged(partition: dict[str, str], stop_before: int = 10_000) -> StagedTable:
    calls = iter(range(10_000))
    glue, s3 = (Client(boto3.client(name), calls, stop_before) for name in ("glue", "s3"))
    return StagedTable(glue, s3, "lake.flights", HOME, STAGING, PLACE, partition)


def create(ask: Ask, partitioned: str, rows: str) -> None:
    columns = "n int" if partitioned else "n int, part string"
    ask(f"CREATE EXTERNAL TABLE lake.flights ({columns}) {partitioned} STORED AS PARQUET LOCATION '{HOME}'")
    ask(f"INSERT INTO lake.flights VALUES {rows}")


def stage(ask: Ask, staged: StagedTable, rows: str) -> None:
    assert staged.create().startswith(staged.place)
    selected = f"VALUES {rows}" if rows else "SELECT 1, 'x' WHERE false"
    ask(f"INSERT INTO {staged.staging} {selected}")


def seen(ask: Ask) -> set[tuple[int, str]]:
    found = [(int(str(n)), str(part)) for n, part in ask("SELECT n, part FROM lake.flights")]
    assert len(found) == len(set(found))
    return set(found)


def is_tidy() -> bool:
    """Nothing is staged, and all files are where the table's declaration says."""
    glue = boto3.client("glue")
    tables = {found["Name"]: found for found in glue.get_tables(DatabaseName="lake")["TableList"]}
    partitions = glue.get_partitions(DatabaseName="lake", TableName="flights")["Partitions"]
    places = [found["StorageDescriptor"]["Location"] for found in (tables["flights"], *partitions)]
    return [*tables] == ["flights"] and keys("lake/flights__") == [] and all(place.startswith(HOME) for place in places)


@pytest.mark.parametrize("kind", [*KINDS])
def test_wherever_publishing_stops_readers_see_all_old_rows_or_all_new_ones(kind: str, ask: Ask) -> None:
    partitioned, partition, before, rows, after = KINDS[kind]
    for stops in range(100):
        create(ask, partitioned, before)
        old = seen(ask)
        stage(ask, staged(partition), rows)
        assert seen(ask) == old
        try:
            staged(partition, stops).publish()
        except StoppedError:
            assert seen(ask) in (old, after)
        else:
            break
        if stops % 2:  # the next try
            staged(partition).publish()
            assert seen(ask) == after
        staged(partition).drop()  # the teardown runs, and somebody clears the tasks later
        assert seen(ask) in (old, after)
        stage(ask, staged(partition), rows)
        assert seen(ask) in (old, after)
        staged(partition).publish()
        staged(partition).drop()
        assert seen(ask) == after
        assert is_tidy()
        remove()
    assert seen(ask) == after
    staged(partition).drop()
    assert seen(ask) == after
    assert is_tidy()
    assert stops >= 3


def test_all_partitions_of_a_table_change_one_after_another(ask: Ask) -> None:
    old, new = {(1, "a"), (2, "b")}, {(3, "b"), (4, "c")}
    for stops in range(100):
        create(ask, "PARTITIONED BY (part string)", "(1, 'a'), (2, 'b')")
        stage(ask, staged({}), "(3, 'b'), (4, 'c')")
        assert seen(ask) == old
        try:
            staged({}, stops).publish()
        except StoppedError:
            for part in "abc":
                of_part = {row for row in seen(ask) if row[1] == part}
                assert of_part in ({row for row in rows if row[1] == part} for rows in (old, new))
        else:
            break
        if stops % 2:
            staged({}).drop()
            stage(ask, staged({}), "(3, 'b'), (4, 'c')")
        staged({}).publish()
        assert seen(ask) == new
        staged({}).drop()
        assert is_tidy()
        remove()
    assert seen(ask) == new
    assert stops >= 5


def test_the_rows_of_an_earlier_run_that_stopped_go_when_they_are_replaced(ask: Ask) -> None:
    create(ask, "", "(1, 'a')")
    stage(ask, staged({}), "(2, 'b')")
    with pytest.raises(StoppedError):
        staged({}, stop_before=1).publish()
    staged({}).drop()
    assert seen(ask) == {(2, "b")}
    next_run = replace(staged({}), staging=STAGING.replace("0", "f"), place=PLACE.replace("0", "f"))
    stage(ask, next_run, "(3, 'c')")
    next_run.publish()
    next_run.drop()
    assert seen(ask) == {(3, "c")}
    assert is_tidy()


def test_rows_are_not_published_when_they_are_gone(ask: Ask) -> None:
    create(ask, "", "(1, 'a')")
    stage(ask, staged({}), "(2, 'b')")
    staged({}).drop()
    with pytest.raises(AirflowFailException, match="clear all tasks of this group"):
        staged({}).publish()
    assert seen(ask) == {(1, "a")}


def test_rows_that_an_earlier_try_still_writes_are_not_published(ask: Ask) -> None:
    create(ask, "PARTITIONED BY (part string)", "(1, 'a')")
    staged({"part": "a"}).create()
    ask(f"ALTER TABLE {STAGING} ADD PARTITION (part = 'a') LOCATION '{PLACE}of_the_try/part=a/'")
    ask(f"INSERT INTO {STAGING} VALUES (2, 'a')")
    with pytest.raises(AirflowFailException, match=r"rows of an earlier try .* clear all tasks of this group"):
        staged({"part": "a"}).publish()
    assert seen(ask) == {(1, "a")}


def test_two_that_publish_at_once_do_not_mix_their_rows(ask: Ask) -> None:
    create(ask, "", "(1, 'a')")
    stage(ask, staged({}), "(2, 'b')")
    boto3.client("s3").put_object(Bucket=BUCKET, Key="lake/flights/other", Body=b"")

    class Meeting(Client):
        def copy(self, *args: Any, **kwargs: Any) -> None:
            self._client.copy(*args, **kwargs)

        def delete_objects(self, **kwargs: Any) -> Any:
            answer = self._client.delete_objects(**kwargs)
            self._client.put_object(Bucket=BUCKET, Key="lake/flights/of_another_run", Body=b"")
            return answer

    meeting = Meeting(boto3.client("s3"), iter(range(100)), 100)
    with pytest.raises(AirflowException, match="does another run write it"):
        replace(staged({}), s3=meeting).publish()
    assert seen(ask) == {(2, "b")}
    staged({}).publish()
    assert seen(ask) == {(2, "b")}


@pytest.mark.parametrize(
    ("properties", "location", "message"),
    [
        ("'projection.enabled' = 'true'", HOME, "partition projection"),
        ("'table_type' = 'ICEBERG'", HOME, "Iceberg"),
        ("'a' = 'b'", f"s3://{BUCKET}/elsewhere/", "lies at s3://flights-test/elsewhere/"),
        ("'a' = 'b'", f"s3://{BUCKET}/lake/flights__archive/", "flights__archive"),
    ],
)
def test_tables_that_glue_can_not_lead_elsewhere(properties: str, location: str, message: str, ask: Ask) -> None:
    ask(f"CREATE EXTERNAL TABLE lake.flights (n int) STORED AS PARQUET LOCATION '{location}'")
    ask(f"ALTER TABLE lake.flights SET TBLPROPERTIES ({properties})")
    with pytest.raises(AirflowFailException, match=message):
        staged({}).create()


def test_a_table_that_is_not_there(ask: Ask) -> None:
    with pytest.raises(AirflowFailException, match=r"athena\.create_table makes it"):
        staged({}).create()
