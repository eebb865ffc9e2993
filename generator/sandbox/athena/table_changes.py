"""ALTER TABLE and MSCK REPAIR TABLE: columns, properties, places and partitions of a table that exists."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote

from generator.sandbox.athena.catalog import Partition, Table, folder, partition_folder
from generator.sandbox.athena.ddl import TASK, check_columns, glue_columns, table_of
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.formats import LAZY_SIMPLE, PARQUET_SERDE
from generator.sandbox.athena.query import Query
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import (
    AddColumns,
    AddPartitions,
    ChangeColumn,
    Column,
    DropPartitions,
    PartitionSpec,
    RenamePartition,
    RepairTable,
    ReplaceColumns,
    SetLocation,
    SetProperties,
)

_READ_ONLY = ("CreationTime", "UpdateTime", "DatabaseName", "CreateTime", "CreatedBy", "CatalogId", "VersionId",
              "IsRegisteredWithLakeFormation")  # fmt: skip
_Change = Callable[[dict[str, Any]], None]


def add_partitions(query: Query, statement: AddPartitions) -> Outcome:
    table = table_of(query, statement.name)
    known = {one.values for one in query.catalog.partitions(table)}
    new = []
    for spec, location in statement.partitions:
        values = _spec_values(table, spec)
        if values not in known:
            new.append(Partition(values, folder(location) or partition_folder(table, values)))
            known.add(values)
        elif not statement.if_not_exists:
            raise QueryError(f"{TASK}AlreadyExistsException(message:Partition already exists.)")
    query.catalog.add_partitions(table, new)
    return Outcome()


def drop_partitions(query: Query, statement: DropPartitions) -> Outcome:
    table = table_of(query, statement.name)
    known = {one.values: one for one in query.catalog.partitions(table)}
    for spec in statement.partitions:
        wanted = dict(spec)
        _check_keys(table, wanted)
        places = [(index, wanted[key.name]) for index, key in enumerate(table.partition_keys) if key.name in wanted]
        found = [values for values in known if all(values[index] == value for index, value in places)]
        if not found and not statement.if_exists:
            raise QueryError(f"FAILED: SemanticException [Error 10006]: Partition not found {dict(spec)}")
        for values in found:
            query.catalog.drop_partition(table, known.pop(values))
    return Outcome()


def rename_partition(query: Query, statement: RenamePartition) -> Outcome:
    """The partition gets other values; its files stay where they are, as those of external tables do."""
    table = table_of(query, statement.name)
    old, new = _partition_of(query, table, statement.old), _spec_values(table, statement.new)
    if new in {one.values for one in query.catalog.partitions(table)}:
        raise QueryError(f"{TASK}Unable to rename partition. Partition already exists.")
    query.catalog.drop_partition(table, old)
    query.catalog.add_partitions(table, [Partition(new, old.location)])
    return Outcome()


def repair(query: Query, statement: RepairTable) -> Outcome:
    """MSCK REPAIR TABLE adds the partitions whose folders are named `<column>=<value>`; it removes none.

    Names of folders count in lower case alone, and values with a colon are passed over ("Considerations and
    limitations" and "Troubleshooting" of docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html).
    """
    table = table_of(query, statement.name)
    keys = [key.name for key in table.partition_keys]
    known = {one.values: one.location for one in query.catalog.partitions(table)}
    uris = [one.uri for one in query.objects.under(table.location)]
    found: dict[tuple[str, ...], str] = {}
    for uri in uris if keys else []:
        parts = uri[len(table.location) :].split("/")[:-1][: len(keys)]
        pairs = [part.partition("=") for part in parts]
        values = tuple(unquote(value) for _, _, value in pairs)
        if [name for name, _, _ in pairs] == keys and not any(":" in value for value in values):
            found.setdefault(values, table.location + "/".join(parts))
    new = {values: place for values, place in sorted(found.items()) if values not in known}
    query.catalog.add_partitions(table, [Partition(values, folder(place)) for values, place in new.items()])
    missing = [values for values, place in sorted(known.items()) if not query.objects.under(place)]
    rows = [f"Partitions not in metastore:\t{'	'.join(_named(table, values) for values in new)}"] if new else []
    if missing:
        rows.append(f"Partitions missing from filesystem:\t{'	'.join(_named(table, values) for values in missing)}")
    rows += [f"Repair: Added partition to metastore {table.name}:{_named(table, values)}" for values in new]
    return Outcome(rows=tuple((row,) for row in rows))


def set_properties(query: Query, statement: SetProperties) -> Outcome:
    """Tables are external, whatever the property EXTERNAL is set to."""
    given = {key: value for key, value in statement.properties.items() if key.upper() != "EXTERNAL"}

    def change(definition: dict[str, Any]) -> None:
        definition["Parameters"] = {**definition.get("Parameters", {}), **given}

    return _alter(query, table_of(query, statement.name), change)


def set_location(query: Query, statement: SetLocation) -> Outcome:
    table = table_of(query, statement.name)
    if not statement.location.lower().startswith("s3://"):
        raise QueryError(f"{TASK}{statement.location} is not an Amazon S3 location")

    def change(definition: dict[str, Any]) -> None:
        definition["StorageDescriptor"]["Location"] = statement.location

    return _alter(query, table, change, statement.partition)


def add_columns(query: Query, statement: AddColumns) -> Outcome:
    table = table_of(query, statement.name)
    known = {column.name for column in table.all_columns}
    _check_new(statement.columns)
    for column in statement.columns:
        if column.name in known and not statement.partition:
            raise QueryError(f"{TASK}Duplicate column name: {column.name}")

    def change(definition: dict[str, Any]) -> None:
        definition["StorageDescriptor"]["Columns"] += glue_columns(statement.columns)

    return _alter(query, table, change, statement.partition)


def replace_columns(query: Query, statement: ReplaceColumns) -> Outcome:
    table = table_of(query, statement.name)
    if table.serde not in (LAZY_SIMPLE, PARQUET_SERDE):
        raise QueryError(f"{TASK}Replace columns is not supported for table {table.name}. SerDe may be incompatible.")
    _check_new(statement.columns)
    return _alter(query, table, _columns_to(statement.columns), statement.partition)


def change_column(query: Query, statement: ChangeColumn) -> Outcome:
    """CHANGE COLUMN gives a column another name, type, comment or place."""
    table = table_of(query, statement.name)
    new, columns = statement.new, [column for column in table.columns if column.name != statement.old]
    if len(columns) == len(table.columns):
        raise QueryError(f"{TASK}Invalid column reference {statement.old}")
    place = next(index for index, column in enumerate(table.columns) if column.name == statement.old)
    if statement.after:
        names = [column.name for column in columns]
        if statement.after not in names:
            raise QueryError(f"{TASK}Invalid column reference {statement.after}")
        place = names.index(statement.after) + 1
    columns.insert(0 if statement.first else place, new)
    check_columns([*columns, *table.partition_keys])
    return _alter(query, table, _columns_to(columns))


def _columns_to(columns: Sequence[Column]) -> _Change:
    def change(definition: dict[str, Any]) -> None:
        definition["StorageDescriptor"]["Columns"] = glue_columns(columns)

    return change


def _check_new(columns: Sequence[Column]) -> None:
    check_columns(columns)
    for column in columns:
        if column.type == "date":
            raise QueryError(f"{TASK}Column {column.name}: the type date can't be added to a table, timestamp can")


def _alter(query: Query, table: Table, change: _Change, partition: PartitionSpec = ()) -> Outcome:
    if table.view_text:
        raise QueryError(f"FAILED: SemanticException [Error 10131]: {table.name} is a view")
    if partition:
        query.catalog.change_partition(table, _partition_of(query, table, partition), change)
        return Outcome()
    found = query.catalog.glue_table(table.name) or {}
    definition = {key: value for key, value in found.items() if key not in _READ_ONLY}
    change(definition)
    query.catalog.update_table(table.name.database, definition)
    return Outcome()


def _partition_of(query: Query, table: Table, spec: PartitionSpec) -> Partition:
    values = _spec_values(table, spec)
    for one in query.catalog.partitions(table):
        if one.values == values:
            return one
    raise QueryError(f"FAILED: SemanticException [Error 10006]: Partition not found {dict(spec)}")


def _named(table: Table, values: Iterable[str]) -> str:
    return "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, values, strict=True))


def _spec_values(table: Table, spec: PartitionSpec) -> tuple[str, ...]:
    given = dict(spec)
    _check_keys(table, given)
    if len(given) < len(table.partition_keys):
        raise QueryError(f"FAILED: SemanticException: partition spec {given} doesn't contain all partition columns")
    return tuple(given[key.name] for key in table.partition_keys)


def _check_keys(table: Table, given: dict[str, str]) -> None:
    if not table.partition_keys:
        raise QueryError(f"FAILED: SemanticException table is not partitioned but partition spec exists: {given}")
    if given.keys() - {key.name for key in table.partition_keys}:
        raise QueryError(f"FAILED: SemanticException: table is not partitioned by {', '.join(given)}")
