"""The columns that tables have, as AWS describes them, and how they differ from those that are declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from generator.operators.drift import existing_type, shown_type, type_of

# Hive's names of types in Glue, for which declarations may say the other.
_HIVE = {"integer": "int"}


def redshift_columns(client: Any, target: Mapping[str, Any], table: str) -> list[dict[str, Any]]:
    """The ColumnList of DescribeTable, or none: for a missing table the Data API has more than one answer."""
    schema, _, name = table.partition(".")
    pages = client.get_paginator("describe_table").paginate(Schema=schema, Table=name, **target)
    try:
        return [column for page in pages for column in page.get("ColumnList", ())]
    except ClientError as error:
        detail = error.response["Error"]
        if detail["Code"] == "ResourceNotFoundException" or "does not exist" in detail.get("Message", ""):
            return []
        raise


def redshift_types(columns: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Each column's type in one spelling."""
    return {column["name"]: shown_type(existing_type(column)) for column in columns}


def athena_types(client: Any, catalog: str, table: str) -> dict[str, str]:
    """Each column's type, partition columns included, from GetTableMetadata; none where there is no such table."""
    database, _, name = table.partition(".")
    try:
        answer = client.get_table_metadata(CatalogName=catalog, DatabaseName=database, TableName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "MetadataException" or "not found" in str(error):
            return {}
        raise
    found = answer["TableMetadata"]
    return {
        column["Name"]: hive_type(column["Type"]) for column in (*found["Columns"], *found.get("PartitionKeys", ()))
    }


def hive_type(text: str) -> str:
    """A type of Athena's DDL in one spelling."""
    plain = "".join(text.lower().split())
    return _HIVE.get(plain, plain)


def differences(check: Mapping[str, Any], found: Mapping[str, str], engine: str) -> Iterator[str]:
    """What a ``columns`` check finds wrong, given the types that the table's columns have."""
    if not found:
        yield f"there is no table {check['table']}"
        return
    spelt = hive_type if engine == "athena" else lambda text: shown_type(type_of(text))
    declared = {column["name"]: spelt(column["type"]) for column in check["declared"]}
    for name, kind in declared.items():
        if name not in found:
            yield f"{name} is missing"
        elif found[name] != kind:
            yield f"{name} is {found[name]}, and {kind} in the YAML file"
    if check["exact"]:
        yield from (f"{name} is not in the YAML file" for name in found if name not in declared)
