"""Tables and partitions of the Glue Data Catalog, in which Athena looks up where rows lie."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import AirflowException

Values = tuple[str, ...]
Description = dict[str, Any]

# AWS Glue Web API Reference: the keys of TableInput and PartitionInput, of which GetTable and GetPartition tell more.
_TABLE = (
    "Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor",
    "PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters", "TargetTable",
)  # fmt: skip
_PARTITION = ("Values", "LastAccessTime", "StorageDescriptor", "Parameters", "LastAnalyzedTime")
# And how many partitions BatchCreatePartition, BatchUpdatePartition and BatchDeletePartition take.
_WRITTEN_AT_ONCE, _DELETED_AT_ONCE = 100, 25
_WHOLE = ("tinyint", "smallint", "int", "integer", "bigint")


def table(client: Any, name: str) -> Description | None:
    """A table as GetTable describes it; None where there is none."""
    database, _, plain = name.partition(".")
    try:
        found: Description = client.get_table(DatabaseName=database, Name=plain)["Table"]
    except client.exceptions.EntityNotFoundException:
        return None
    return found


def create_like(client: Any, like: Description, name: str, location: str) -> None:
    """Make a table with the columns and the format of another one, at a location of its own and without partitions."""
    database, _, plain = name.partition(".")
    client.create_table(DatabaseName=database, TableInput={**_at(like, _TABLE, location), "Name": plain})


def drop(client: Any, name: str) -> None:
    """Drop a table, where there is one. Its files stay."""
    database, _, plain = name.partition(".")
    try:
        client.delete_table(DatabaseName=database, Name=plain)
    except client.exceptions.EntityNotFoundException:
        return


def move(client: Any, name: str, location: str) -> None:
    """Let a table without partitions lie elsewhere: from one moment to the next, since it is one call."""
    database, _, plain = name.partition(".")
    found = client.get_table(DatabaseName=database, Name=plain)["Table"]
    # SkipArchive: a version of the table for each publishing would tell nothing, and their number is limited.
    client.update_table(DatabaseName=database, TableInput=_at(found, _TABLE, location), SkipArchive=True)


def partition(client: Any, name: str, values: Values) -> Description | None:
    """A partition of a table; None where there is none."""
    database, _, plain = name.partition(".")
    try:
        answer = client.get_partition(DatabaseName=database, TableName=plain, PartitionValues=list(values))
    except client.exceptions.EntityNotFoundException:
        return None
    found: Description = answer["Partition"]
    return found


def partitions(client: Any, name: str) -> dict[Values, Description]:
    """All partitions of a table by their values."""
    database, _, plain = name.partition(".")
    pages = client.get_paginator("get_partitions").paginate(DatabaseName=database, TableName=plain)
    return {tuple(found["Values"]): found for page in pages for found in page["Partitions"]}


def put_partitions(
    client: Any,
    name: str,
    described: Mapping[Values, Description],
    places: Mapping[Values, str],
    known: Collection[Values],
) -> None:
    """Let partitions, which look like `described`, lie at these places; those that the table has are `known`.

    Raises AirflowException where Glue refuses one.
    """
    database, _, plain = name.partition(".")
    owner = {"DatabaseName": database, "TableName": plain}
    inputs = {
        values: {**_at(described[values], _PARTITION, place), "Values": list(values)}
        for values, place in places.items()
    }
    for batch in _batches([inputs[values] for values in inputs if values not in known], _WRITTEN_AT_ONCE):
        _accepted(name, client.batch_create_partition(**owner, PartitionInputList=batch))
    changed = [values for values in inputs if values in known]
    entries = [{"PartitionValueList": list(values), "PartitionInput": inputs[values]} for values in changed]
    for batch in _batches(entries, _WRITTEN_AT_ONCE):
        _accepted(name, client.batch_update_partition(**owner, Entries=batch))


def remove_partitions(client: Any, name: str, values: Iterable[Values]) -> None:
    """Take partitions out of a table. Raises AirflowException where Glue refuses one."""
    database, _, plain = name.partition(".")
    wanted = [{"Values": list(each)} for each in values]
    for batch in _batches(wanted, _DELETED_AT_ONCE):
        answer = client.batch_delete_partition(DatabaseName=database, TableName=plain, PartitionsToDelete=batch)
        _accepted(name, answer)


def location(described: Description) -> str:
    """The folder of a table or partition, with the slash at its end."""
    place = str(described.get("StorageDescriptor", {}).get("Location", ""))
    return place if place.endswith("/") else f"{place}/"


def values_of(described: Description, given: Mapping[str, str]) -> Values:
    """The values of a partition as Athena writes them: 7 for '07' of a whole number."""
    return tuple(_value(str(given[key["Name"]]), key["Type"].lower()) for key in described["PartitionKeys"])


def partition_folder(described: Description, values: Values) -> str:
    """The folders of a partition within its table's, as Hive names them: day=2013-01-31/hour=7/"""
    names = (key["Name"] for key in described["PartitionKeys"])
    return "".join(f"{name}={_escaped(value)}/" for name, value in zip(names, values, strict=True))


def _escaped(value: str) -> str:
    # Hive's FileUtils.escapePathName: the characters that a folder's name can't hold.
    return "".join(f"%{ord(char):02X}" if char < " " or char in "\"#%'*/:=?\\\x7f{[]^" else char for char in value)


def _value(text: str, kind: str) -> str:
    try:
        return str(int(text)) if kind in _WHOLE else text
    except ValueError:  # Athena has said so before
        return text


def _at(described: Description, kept: Sequence[str], place: str) -> Description:
    plain = {key: described[key] for key in kept if key in described}
    return {**plain, "StorageDescriptor": {**described["StorageDescriptor"], "Location": place}}


def _batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _accepted(name: str, answer: Mapping[str, Any]) -> None:
    if answer.get("Errors"):
        first = answer["Errors"][0]
        detail = first.get("ErrorDetail", {})
        values = first.get("PartitionValues") or first.get("PartitionValueList")
        raise AirflowException(
            f"Glue refused {len(answer['Errors'])} partitions of {name}, first {values}: "
            f"{detail.get('ErrorCode')} {detail.get('ErrorMessage')}"
        )
