"""DDL: what changes the catalog. Data in S3 stays as it is, whatever is dropped.

The messages of failures are Hive's, which runs Athena's DDL.
"""

import re
import time
from collections.abc import Iterable, Sequence
from typing import Any

from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.formats import Storage, storage_of
from generator.sandbox.athena.query import Query, qualified, view_text
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import (
    Column,
    CreateDatabase,
    CreateTable,
    CreateView,
    DropDatabase,
    DropTable,
    DropView,
    Name,
    SetDatabaseProperties,
)
from generator.sandbox.athena.types import duck_type, hive_type

TASK = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
_LONGEST_NAME = 255
_SIZED = re.compile(r"\b(decimal|varchar|char)\((\d+)(?:,(\d+))?\)")
_MOST = {"decimal": 38, "varchar": 65_535, "char": 255}


def table_of(query: Query, name: Name) -> Table:
    """The table that a DDL statement names. Raises QueryError where there is none."""
    full = qualified(name, query.database)
    table = query.catalog.table(full)
    if table is None:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {full}")
    return table


def create_database(query: Query, statement: CreateDatabase) -> Outcome:
    if not query.catalog.has_database(statement.database):
        query.catalog.create_database(statement.database, statement.comment, statement.location, statement.properties)
    elif not statement.if_not_exists:
        raise QueryError(f"{TASK}Database {statement.database} already exists")
    return Outcome()


def set_database_properties(query: Query, statement: SetDatabaseProperties) -> Outcome:
    found = query.catalog.database(statement.database)
    if found is None:
        raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {statement.database}")
    query.catalog.set_database_properties(found, statement.properties)
    return Outcome()


def drop_database(query: Query, statement: DropDatabase) -> Outcome:
    name = statement.database
    if not query.catalog.has_database(name):
        if not statement.if_exists:
            raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {name}")
    elif query.catalog.tables(name) and not statement.cascade:
        raise QueryError(
            f"{TASK}InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
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
        raise QueryError(f"{TASK}AlreadyExistsException(message:Table {name.table} already exists.)")
    if not statement.location.lower().startswith("s3://"):
        raise QueryError(
            "FAILED: SemanticException: No location was specified for table. An S3 location must be specified"
        )
    storage = storage_of(statement)
    if not statement.columns:
        raise QueryError(
            "FAILED: SemanticException [Error 10043]: Either list of columns or a custom serializer should be specified"
        )
    if {column.name for column in statement.columns} & {key.name for key in statement.partition_keys}:
        raise QueryError("FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns")
    check_columns((*statement.columns, *statement.partition_keys))
    unknown = set(statement.buckets[0]) - {column.name for column in statement.columns}
    if unknown:
        raise QueryError(f"FAILED: SemanticException [Error 10002]: Invalid column reference {min(unknown)}")
    query.catalog.create_table(name.database, _definition(name, statement, storage))
    return Outcome()


def check_columns(columns: Iterable[Column]) -> None:
    """Raises QueryError for names that are too long or repeated, and for types that Athena does not have."""
    known: set[str] = set()
    for column in columns:
        if len(column.name) > _LONGEST_NAME:
            raise QueryError(f"{TASK}InvalidObjectException(message:{column.name} is longer than {_LONGEST_NAME})")
        if column.name in known:
            raise QueryError(f"FAILED: SemanticException [Error 10036]: Duplicate column name: {column.name}")
        known.add(column.name)
        duck_type(column.type)
        for kind, size, scale in _SIZED.findall(column.type):
            what = "Decimal precision" if kind == "decimal" else f"{kind.title()} length {size}"
            if not 1 <= int(size) <= _MOST[kind]:
                raise QueryError(f"FAILED: RuntimeException {what} out of allowed range [1,{_MOST[kind]}]")
            if int(scale or 0) > int(size):
                raise QueryError("FAILED: RuntimeException Decimal scale must be less than or equal to precision")


def _definition(name: Name, statement: CreateTable, storage: Storage) -> dict[str, Any]:
    buckets, count = statement.buckets
    described = {"Description": statement.comment} if statement.comment else {}
    return {
        "Name": name.table,
        "TableType": "EXTERNAL_TABLE",
        **described,
        "PartitionKeys": glue_columns(statement.partition_keys),
        "Parameters": {
            "EXTERNAL": "TRUE",
            **({"comment": statement.comment} if statement.comment else {}),
            "transient_lastDdlTime": str(int(time.time())),
            **statement.properties,
        },
        "StorageDescriptor": {
            "Columns": glue_columns(statement.columns),
            "Location": statement.location,
            "InputFormat": storage.input_format,
            "OutputFormat": storage.output_format,
            **({"BucketColumns": list(buckets), "NumberOfBuckets": count} if buckets else {}),
            "SerdeInfo": {
                "SerializationLibrary": storage.serde,
                "Parameters": statement.serde_properties or {"serialization.format": "1"},
            },
        },
    }


def check_names(names: Sequence[str]) -> None:
    """Raises QueryError where a query's columns can't be those of a table or a view."""
    for position, name in enumerate(names, 1):
        if name == f"_col{position - 1}":
            raise QueryError(f"COLUMN_NAME_NOT_SPECIFIED: line 1:1: Column name not specified at position {position}")
        if name in names[: position - 1]:
            raise QueryError(f"DUPLICATE_COLUMN_NAME: line 1:1: Column name '{name}' specified more than once")


def drop_table(query: Query, statement: DropTable) -> Outcome:
    full = qualified(statement.name, query.database)
    if query.catalog.table(full) is not None:
        query.catalog.drop_table(full)
    elif not statement.if_exists:
        raise QueryError(f"FAILED: SemanticException [Error 10001]: Table not found {full}")
    return Outcome()


def drop_view(query: Query, statement: DropView) -> Outcome:
    """DROP VIEW is run by Trino, with its messages."""
    full = qualified(statement.name, query.database)
    table = query.catalog.table(full)
    if table is not None and table.view_text:
        query.catalog.drop_table(full)
    elif table is not None or not statement.if_exists:
        raise QueryError(f"TABLE_NOT_FOUND: line 1:1: View 'awsdatacatalog.{full}' does not exist")
    return Outcome()


def create_view(query: Query, statement: CreateView) -> Outcome:
    name = qualified(statement.name, query.database)
    _check_database(query, name.database)
    known = query.catalog.table(name)
    if known is not None and not (statement.or_replace and known.view_text):
        raise QueryError(f"TABLE_ALREADY_EXISTS: line 1:1: Table or view 'awsdatacatalog.{name}' already exists")
    described = query.describe(statement.query).columns
    check_names([column for column, _ in described])
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
        "StorageDescriptor": {"Columns": glue_columns(columns), "Location": "", "SerdeInfo": {}},
    }
    change = query.catalog.create_table if known is None else query.catalog.update_table
    change(name.database, definition)
    return Outcome()


def _check_database(query: Query, database: str) -> None:
    if not query.catalog.has_database(database):
        raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}")


def glue_columns(columns: Iterable[Column]) -> list[dict[str, str]]:
    """Columns as Glue keeps them."""
    return [
        {"Name": column.name, "Type": column.type, **({"Comment": column.comment} if column.comment else {})}
        for column in columns
    ]
