"""Athena's metadata calls (GetDatabase, ListTableMetadata …), answered from the Glue Data Catalog."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from generator.sandbox.athena.catalog import Catalog
from generator.sandbox.athena.errors import InvalidRequestError, MetadataError
from generator.sandbox.athena.statements import Name

Item = TypeVar("Item")
_Body = dict[str, Any]


def page(items: Sequence[Item], token: str | None, most: int) -> tuple[Sequence[Item], dict[str, str]]:
    """One page of `items`, and the NextToken where there is another. Raises InvalidRequestError."""
    if token is not None and not (token.isdigit() and int(token) <= len(items)):
        raise InvalidRequestError("The NextToken is not valid")
    start = int(token or 0)
    end = start + most
    return items[start:end], {"NextToken": str(end)} if end < len(items) else {}


def get_database(catalog: Catalog, body: _Body) -> _Body:
    _check_catalog(body)
    found = catalog.database(body["DatabaseName"].lower())
    if found is None:
        raise MetadataError(f"Database {body['DatabaseName']} not found.")
    return {"Database": _database(found)}


def list_databases(catalog: Catalog, body: _Body) -> _Body:
    _check_catalog(body)
    found, token = page(catalog.databases(), body.get("NextToken"), body.get("MaxResults", 50))
    return {"DatabaseList": [_database(one) for one in found], **token}


def get_table_metadata(catalog: Catalog, body: _Body) -> _Body:
    _check_catalog(body)
    name = Name(body["DatabaseName"].lower(), body["TableName"].lower())
    found = catalog.glue_table(name)
    if found is None:
        raise MetadataError(f"Table {name.table} not found.")
    return {"TableMetadata": _table(found)}


def list_table_metadata(catalog: Catalog, body: _Body) -> _Body:
    """`Expression` is a regular expression that names match, as Glue's GetTables takes it."""
    _check_catalog(body)
    database = body["DatabaseName"].lower()
    if not catalog.has_database(database):
        raise MetadataError(f"Database {database} not found.")
    wanted = re.compile(body.get("Expression") or ".*")
    tables = [one for one in catalog.glue_tables(database) if wanted.fullmatch(one["Name"])]
    found, token = page(tables, body.get("NextToken"), body.get("MaxResults", 50))
    return {"TableMetadataList": [_table(one) for one in found], **token}


def _check_catalog(body: _Body) -> None:
    if body["CatalogName"].lower() != "awsdatacatalog":
        raise InvalidRequestError(f"Catalog {body['CatalogName']} does not exist")


def _database(found: _Body) -> _Body:
    described = {"Name": found["Name"], "Parameters": found.get("Parameters", {})}
    return {**described, "Description": found["Description"]} if found.get("Description") else described


def _table(found: _Body) -> _Body:
    storage = found.get("StorageDescriptor", {})
    serde = storage.get("SerdeInfo", {})
    described = {
        "location": storage.get("Location", ""),
        "inputformat": storage.get("InputFormat", ""),
        "outputformat": storage.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
        **{f"serde.param.{key}": value for key, value in serde.get("Parameters", {}).items()},
    }
    created = found.get("CreateTime")
    return {
        "Name": found["Name"],
        "TableType": found.get("TableType", ""),
        "Columns": [_column(column) for column in storage.get("Columns", [])],
        "PartitionKeys": [_column(column) for column in found.get("PartitionKeys", [])],
        "Parameters": {**found.get("Parameters", {}), **described},
        **({"CreateTime": created.timestamp()} if isinstance(created, datetime) else {}),
    }


def _column(column: dict[str, str]) -> dict[str, str]:
    return {key: column[key] for key in ("Name", "Type", "Comment") if column.get(key)}
