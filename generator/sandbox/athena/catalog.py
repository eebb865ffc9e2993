"""The tables that Athena knows: AwsDataCatalog, which is the Glue Data Catalog of the sandbox."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.glue.exceptions import EntityNotFoundException
from moto.glue.models import GlueBackend, glue_backends

from generator.sandbox import duck
from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.formats import Format, check_input, format_of
from generator.sandbox.athena.statements import Column, Name

HIVE_DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"  # stands for NULL in a partition's name
_BATCH = 100  # what BatchCreatePartition takes in one call


@dataclass(frozen=True)
class Partition:
    """`values` in the order of the table's partition keys; `location` ends with a slash.

    `types` are those of the partition's own columns, where the catalog has it.
    """

    values: tuple[str, ...]
    location: str
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table or view as Glue describes it; `location` ends with a slash, and is empty for views."""

    name: Name
    columns: tuple[Column, ...]
    partition_keys: tuple[Column, ...]
    location: str
    serde: str
    serde_properties: dict[str, str]
    properties: dict[str, str]
    view_text: str
    storage: dict[str, Any]
    comment: str = ""

    @property
    def format(self) -> Format:
        """How its files are written. Raises UnsupportedError."""
        kind = self.properties.get("table_type", self.properties.get("spark.sql.sources.provider", "")).lower()
        if kind in ("iceberg", "delta", "hudi"):
            raise UnsupportedError(f"{kind.title()} tables")
        check_input(self.storage.get("InputFormat", ""))
        return format_of(self.serde)

    @property
    def bucketed(self) -> bool:
        return int(self.storage.get("NumberOfBuckets", 0)) > 0

    @property
    def all_columns(self) -> tuple[Column, ...]:
        return self.columns + self.partition_keys


class Catalog:
    """Reads and changes the Glue Data Catalog at `endpoint`; every call sees what Glue holds at that time."""

    def __init__(self, endpoint: str) -> None:
        self._glue = duck.client("glue", endpoint)
        self.ensure_database("default")  # each account's catalog has it

    def ensure_database(self, name: str) -> None:
        if not self.has_database(name):
            self.create_database(name)

    def databases(self) -> list[dict[str, Any]]:
        pages = self._glue.get_paginator("get_databases").paginate()
        found = [database for page in pages for database in page["DatabaseList"]]
        return sorted(found, key=lambda database: str(database["Name"]))

    def has_database(self, name: str) -> bool:
        return self.database(name) is not None

    def database(self, name: str) -> dict[str, Any] | None:
        try:
            found = _glue().get_database(name).as_dict()
        except EntityNotFoundException:
            return None
        return {key: value for key, value in found.items() if value is not None}

    def create_database(
        self, name: str, comment: str = "", location: str = "", properties: dict[str, str] | None = None
    ) -> None:
        self._glue.create_database(DatabaseInput=_database_input(name, comment, location, properties or {}))

    def set_database_properties(self, found: dict[str, Any], properties: dict[str, str]) -> None:
        """Add properties to the database that `database` described as `found`."""
        name, known = found["Name"], found.get("Parameters", {})
        given = _database_input(name, found.get("Description", ""), found.get("LocationUri", ""), known | properties)
        self._glue.update_database(Name=name, DatabaseInput=given)

    def drop_database(self, name: str) -> None:
        for table in self.tables(name):
            self.drop_table(table.name)
        self._glue.delete_database(Name=name)

    def tables(self, database: str) -> list[Table]:
        return [_table(found) for found in self.glue_tables(database)]

    def glue_tables(self, database: str) -> list[dict[str, Any]]:
        pages = self._glue.get_paginator("get_tables").paginate(DatabaseName=database)
        found = [table for page in pages for table in page["TableList"]]
        return sorted(found, key=lambda table: str(table["Name"]))

    def table(self, name: Name) -> Table | None:
        found = self.glue_table(name)
        return None if found is None else _table(found)

    def glue_table(self, name: Name) -> dict[str, Any] | None:
        try:
            found = _glue().get_table(name.database, name.table)
        except EntityNotFoundException:
            return None
        return dict(found.as_dict())

    def create_table(self, database: str, definition: dict[str, Any]) -> None:
        """`definition` is Glue's TableInput."""
        self._glue.create_table(DatabaseName=database, TableInput=definition)

    def update_table(self, database: str, definition: dict[str, Any]) -> None:
        self._glue.update_table(DatabaseName=database, TableInput=definition)

    def drop_table(self, name: Name) -> None:
        self._glue.delete_table(DatabaseName=name.database, Name=name.table)

    def partitions(self, table: Table) -> list[Partition]:
        found = (one.as_dict() for one in _glue().get_partitions(table.name.database, table.name.table, ""))
        return sorted(map(_partition, found), key=lambda partition: partition.values)

    def add_partitions(self, table: Table, partitions: Iterable[Partition]) -> None:
        """Register partitions. Raises RuntimeError where Glue refuses one."""
        for batch in _batches(partitions):
            inputs = [
                {
                    "Values": list(partition.values),
                    "StorageDescriptor": {**table.storage, "Location": partition.location},
                }
                for partition in batch
            ]
            answer = self._glue.batch_create_partition(
                DatabaseName=table.name.database, TableName=table.name.table, PartitionInputList=inputs
            )
            if answer.get("Errors"):
                raise RuntimeError(f"Glue refused partitions of {table.name}: {answer['Errors']}")

    def change_partition(self, table: Table, partition: Partition, change: Callable[[dict[str, Any]], None]) -> None:
        """Change a partition's PartitionInput in place, and keep it."""
        owner = {"DatabaseName": table.name.database, "TableName": table.name.table}
        values = list(partition.values)
        found = self._glue.get_partition(**owner, PartitionValues=values)["Partition"]
        given = {key: found[key] for key in ("Values", "StorageDescriptor", "Parameters") if key in found}
        change(given)
        self._glue.update_partition(**owner, PartitionValueList=values, PartitionInput=given)

    def drop_partition(self, table: Table, partition: Partition) -> None:
        self._glue.delete_partition(
            DatabaseName=table.name.database,
            TableName=table.name.table,
            PartitionValues=list(partition.values),
        )


def _glue() -> GlueBackend:
    """moto's own Glue, in this process: every query asks it, and HTTP would take as long as the query."""
    return glue_backends[DEFAULT_ACCOUNT_ID][duck.REGION]


def folder(location: str) -> str:
    """A location as a prefix that matches this folder alone: "s3://b/day=1" is no start of "s3://b/day=10"."""
    return location if not location or location.endswith("/") else location + "/"


def partition_path(keys: Iterable[str], values: Iterable[str]) -> str:
    """The folders of a partition within its table's: `<column>=<value>/…/`."""
    return "".join(f"{key}={_escaped(value)}/" for key, value in zip(keys, values, strict=True))


def partition_folder(table: Table, values: Iterable[str]) -> str:
    """Where a partition without a location of its own lies."""
    return table.location + partition_path((key.name for key in table.partition_keys), values)


def _escaped(value: str) -> str:
    # Hive's FileUtils.escapePathName: the characters that a folder's name can't hold.
    return "".join(f"%{ord(char):02X}" if char < " " or char in "\"#%'*/:=?\\\x7f{[]^" else char for char in value)


def _database_input(name: str, comment: str, location: str, properties: dict[str, str]) -> dict[str, Any]:
    described = {"Name": name, "Description": comment, "LocationUri": location, "Parameters": properties}
    return {key: value for key, value in described.items() if value}


def _table(found: dict[str, Any]) -> Table:
    storage = found.get("StorageDescriptor", {})
    serde = storage.get("SerdeInfo", {})
    return Table(
        name=Name(found["DatabaseName"], found["Name"]),
        columns=tuple(map(_column, storage.get("Columns", []))),
        partition_keys=tuple(map(_column, found.get("PartitionKeys", []))),
        location=folder(storage.get("Location", "")),
        serde=serde.get("SerializationLibrary", ""),
        serde_properties=dict(serde.get("Parameters", {})),
        properties=dict(found.get("Parameters", {})),
        view_text=found.get("ViewOriginalText", "") if found.get("TableType") == "VIRTUAL_VIEW" else "",
        storage=storage,
        comment=found.get("Description", ""),
    )


def _partition(found: dict[str, Any]) -> Partition:
    storage = found["StorageDescriptor"]
    types = tuple(_column(column).type for column in storage.get("Columns", []))
    return Partition(tuple(found["Values"]), folder(storage["Location"]), types)


def _column(found: dict[str, str]) -> Column:
    return Column(found["Name"].lower(), found.get("Type", "string"), found.get("Comment", ""))


def _batches(partitions: Iterable[Partition]) -> Iterator[list[Partition]]:
    left = list(partitions)
    return (left[start : start + _BATCH] for start in range(0, len(left), _BATCH))
