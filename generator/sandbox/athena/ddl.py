"""DDL: what changes the catalog. Data in S3 stays as it is, whatever is dropped.

The messages of failures are Hive's, which runs Athena's DDL.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

from generator.sandbox.athena.catalog import Partition, Table, folder, partition_folder
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.formats import storage_of
from generator.sandbox.athena.query import Query, qualified, view_text
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import (
    AddColumns,
    AddPartitions,
    Column,
    CreateDatabase,
    CreateTable,
    CreateView,
    DropDatabase,
    DropPartitions,
    DropTable,
    DropView,
    Name,
    PartitionSpec,
    RepairTable,
    SetProperties,
)
from generator.sandbox.athena.types import duck_type, hive_type

_TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
_READ_ONLY = ("CreationTime", "UpdateTime", "DatabaseName", "CreateTime", "CreatedBy", "CatalogId", "VersionId",
              "IsRegisteredWithLakeFormation")  # fmt: skip


def table_of(query: Query, name: Name) -> Table:
    """The table that a DDL statement names. Raises QueryError where there is none."""
    full = qualified(name, query.database)
    table = query.catalog.table(full)
    if table is None:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {full}")
    return table


def create_database(query: Query, statement: CreateDatabase) -> Outcome:
    if not query.catalog.has_database(statement.database):
        query.catalog.create_database(statement.database, statement.comment, statement.location)
    elif not statement.if_not_exists:
        raise QueryError(f"{_TASK}Database {statement.database} already exists")
    return Outcome()


def drop_database(query: Query, statement: DropDatabase) -> Outcome:
    name = statement.database
    if not query.catalog.has_database(name):
        if not statement.if_exists:
            raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
    elif query.catalog.tables(name) and not statement.cascade:
        raise QueryError(
            f"{_TASK}InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
        )
    else:
        query.catalog.drop_database(name)
    return Outcome()


def create_table(query: Query, statement: CreateTable) -> Outcome:
    name = qualified(statement.name, query.database)
    _check_database(query, name.database)
    if query.catalog.table(name) is not None:
        if statement.if_not_exists:
            return Outcome()
        raise QueryError(f"{_TASK}AlreadyExistsException(message:Table {name.table} already exists.)")
    if not statement.location.lower().startswith("s3://"):
        raise QueryError(
            "FAILED: SemanticException: No location was specified for table. An S3 location must be specified"
        )
    names = [column.name for column in (*statement.columns, *statement.partition_keys)]
    if len(set(names)) < len(names):
        raise QueryError("FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns")
    for column in (*statement.columns, *statement.partition_keys):
        duck_type(column.type)
    query.catalog.create_table(name.database, _definition(name, statement))
    return Outcome()


def _definition(name: Name, statement: CreateTable) -> dict[str, Any]:
    storage = storage_of(statement)
    described = {"Description": statement.comment} if statement.comment else {}
    return {
        "Name": name.table,
        "TableType": "EXTERNAL_TABLE",
        **described,
        "PartitionKeys": _glue_columns(statement.partition_keys),
        "Parameters": {
            "EXTERNAL": "TRUE",
            **({"comment": statement.comment} if statement.comment else {}),
            **statement.properties,
        },
        "StorageDescriptor": {
            "Columns": _glue_columns(statement.columns),
            "Location": statement.location,
            "InputFormat": storage.input_format,
            "OutputFormat": storage.output_format,
            "SerdeInfo": {
                "SerializationLibrary": storage.serde,
                "Parameters": statement.serde_properties or {"serialization.format": "1"},
            },
        },
    }


def drop_table(query: Query, statement: DropTable) -> Outcome:
    return _drop(query, statement.name, if_exists=statement.if_exists)


def drop_view(query: Query, statement: DropView) -> Outcome:
    return _drop(query, statement.name, if_exists=statement.if_exists)


def _drop(query: Query, name: Name, *, if_exists: bool) -> Outcome:
    full = qualified(name, query.database)
    if query.catalog.table(full) is not None:
        query.catalog.drop_table(full)
    elif not if_exists:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {full}")
    return Outcome()


def create_view(query: Query, statement: CreateView) -> Outcome:
    name = qualified(statement.name, query.database)
    _check_database(query, name.database)
    known = query.catalog.table(name)
    if known is not None and not (statement.or_replace and known.view_text):
        raise QueryError(f"TABLE_ALREADY_EXISTS: line 1:1: Table or view 'awsdatacatalog.{name}' already exists")
    described = query.describe(statement.query).columns
    columns = [Column(column.lower(), hive_type(kind)) for column, kind in described]
    shown = [{"name": column.name, "type": column.type} for column in columns]
    text = view_text(statement.query, query.database or name.database, shown)
    definition = {
        "Name": name.table,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": text,
        "ViewExpandedText": "/* Presto View */",
        "PartitionKeys": [],
        "StorageDescriptor": {"Columns": _glue_columns(columns), "Location": "", "SerdeInfo": {}},
    }
    change = query.catalog.create_table if known is None else query.catalog.update_table
    change(name.database, definition)
    return Outcome()


def add_partitions(query: Query, statement: AddPartitions) -> Outcome:
    table = table_of(query, statement.name)
    known = {one.values for one in query.catalog.partitions(table)}
    new = []
    for spec, location in statement.partitions:
        values = _spec_values(table, spec)
        if values not in known:
            new.append(Partition(values, folder(location) or partition_folder(table, values)))
        elif not statement.if_not_exists:
            raise QueryError(f"{_TASK}AlreadyExistsException(message:Partition already exists.)")
    query.catalog.add_partitions(table, new)
    return Outcome()


def drop_partitions(query: Query, statement: DropPartitions) -> Outcome:
    table = table_of(query, statement.name)
    known = {one.values: one for one in query.catalog.partitions(table)}
    for spec in statement.partitions:
        wanted = dict(spec)
        _check_keys(table, wanted)
        places = [(index, wanted[key.name]) for index, key in enumerate(table.partition_keys) if key.name in wanted]
        found = [one for values, one in known.items() if all(values[index] == value for index, value in places)]
        if not found and not statement.if_exists:
            raise QueryError(f"FAILED: SemanticException [Error 10006]: Partition not found {dict(spec)}")
        for one in found:
            query.catalog.drop_partition(table, one)
    return Outcome()


def repair(query: Query, statement: RepairTable) -> Outcome:
    """MSCK REPAIR TABLE adds the partitions whose folders are named `<column>=<value>`; it removes none."""
    table = table_of(query, statement.name)
    known = {one.values for one in query.catalog.partitions(table)}
    found: dict[tuple[str, ...], str] = {}
    for one in query.objects.under(table.location):
        parts = one.uri[len(table.location) :].split("/")[: len(table.partition_keys)]
        pairs = [part.partition("=") for part in parts]
        names = [name.lower() for name, _, _ in pairs]
        if names == [key.name for key in table.partition_keys]:
            found.setdefault(tuple(unquote(value) for _, _, value in pairs), table.location + "/".join(parts))
    new = {values: place for values, place in sorted(found.items()) if values not in known}
    query.catalog.add_partitions(table, [Partition(values, folder(place)) for values, place in new.items()])
    rows = [f"Partitions not in metastore:\t{'	'.join(_named(table, values) for values in new)}"] if new else []
    rows += [f"Repair: Added partition to metastore {table.name}:{_named(table, values)}" for values in new]
    return Outcome(rows=tuple((row,) for row in rows))


def set_properties(query: Query, statement: SetProperties) -> Outcome:
    def change(definition: dict[str, Any]) -> None:
        definition["Parameters"] = {**definition.get("Parameters", {}), **statement.properties}

    return _alter(query, statement.name, change)


def add_columns(query: Query, statement: AddColumns) -> Outcome:
    known = {column.name for column in table_of(query, statement.name).all_columns}
    for column in statement.columns:
        duck_type(column.type)
        if column.name in known:
            raise QueryError(f"{_TASK}Duplicate column name: {column.name}")

    def change(definition: dict[str, Any]) -> None:
        definition["StorageDescriptor"]["Columns"] += _glue_columns(statement.columns)

    return _alter(query, statement.name, change)


def _alter(query: Query, name: Name, change: Callable[[dict[str, Any]], None]) -> Outcome:
    table = table_of(query, name)
    found = query.catalog.glue_table(table.name) or {}
    definition = {key: value for key, value in found.items() if key not in _READ_ONLY}
    change(definition)
    query.catalog.update_table(table.name.database, definition)
    return Outcome()


def _named(table: Table, values: Iterable[str]) -> str:
    return "/".join(f"{key.name}={value}" for key, value in zip(table.partition_keys, values, strict=True))


def _spec_values(table: Table, spec: PartitionSpec) -> tuple[str, ...]:
    given = dict(spec)
    _check_keys(table, given)
    if len(given) < len(table.partition_keys):
        raise QueryError(f"FAILED: SemanticException: partition spec {given} doesn't contain all partition columns")
    return tuple(given[key.name] for key in table.partition_keys)


def _check_keys(table: Table, given: dict[str, str]) -> None:
    if not table.partition_keys or given.keys() - {key.name for key in table.partition_keys}:
        raise QueryError(f"FAILED: SemanticException: table is not partitioned by {', '.join(given)}")


def _check_database(query: Query, database: str) -> None:
    if not query.catalog.has_database(database):
        raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}")


def _glue_columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    return [
        {"Name": column.name, "Type": column.type, **({"Comment": column.comment} if column.comment else {})}
        for column in columns
    ]
