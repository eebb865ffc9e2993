"""CREATE TABLE AS, INSERT and UNLOAD: the rows of a query as files in S3.

See docs.aws.amazon.com/athena/latest/ug: create-table-as.html, insert-into.html, unload.html.
"""

import uuid
from collections.abc import Collection, Sequence

from generator.sandbox.athena.catalog import Partition, Table, folder, partition_path
from generator.sandbox.athena.ddl import check_names
from generator.sandbox.athena.errors import InvalidRequestError, QueryError, UnsupportedError
from generator.sandbox.athena.families import trino_name
from generator.sandbox.athena.files import RESULT, Target, write
from generator.sandbox.athena.formats import BY_FORMAT, OPENX_JSON, Format
from generator.sandbox.athena.query import Prepared, Query, qualified
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import ChangeRows, Column, CreateTableAs, Insert, Unload
from generator.sandbox.athena.text import delimiter
from generator.sandbox.athena.types import decimal_digits, duck_type, hive_type, is_integer
from generator.sandbox.sql import quote_name

_FORMATS = {"PARQUET": Format.PARQUET, "TEXTFILE": Format.TEXT, "JSON": Format.JSON}
_WIDENS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_CTAS_OPTIONS = {
    "format", "external_location", "partitioned_by", "write_compression", "parquet_compression",
    "field_delimiter", "table_type", "is_external", "compression_level",
}  # fmt: skip
_UNLOAD_OPTIONS = {"format", "compression", "compression_level", "partitioned_by", "field_delimiter"}
# Of a table's text, beyond the delimiter of its fields.
_TEXT_PROPERTIES = {"escape.delim", "serialization.null.format", "collection.delim", "mapkey.delim"}
_Written = list[tuple[tuple[str, ...], str]]
_Options = dict[str, str | tuple[str, ...]]


def insert(query: Query, statement: Insert, parameters: tuple[str, ...]) -> Outcome:
    """Raises QueryError where the columns do not fit, or more than 100 partitions are written."""
    table = query.table(statement.name)
    if table.view_text:
        raise QueryError(f"NOT_SUPPORTED: line 1:1: Inserting into views is not supported: {table.name}")
    _check_writable(table)
    prepared = query.prepare(statement.query, parameters)
    _store(query, _fitted(table, statement, prepared))
    codec = table.properties.get("write.compression", table.properties.get("parquet.compression", "GZIP"))
    target = Target(
        location=table.location,
        format=table.format,
        names=tuple(column.name for column in table.all_columns),
        keys=tuple(key.name for key in table.partition_keys),
        codec=codec,
        delimiter=delimiter(table) if table.format is Format.TEXT else "",
    )
    return _write_table(query, table, target)


def _check_writable(table: Table) -> None:
    """INSERT knows fewer SerDes than SELECT ("Supported formats and SerDes" of INSERT INTO), and no buckets."""
    if table.bucketed:
        raise QueryError(f"NOT_SUPPORTED: Inserting into bucketed tables is not supported: {table.name}")
    if table.format in (Format.CSV, Format.REGEX) or table.serde == OPENX_JSON:
        raise QueryError(
            f"HIVE_UNSUPPORTED_FORMAT: Output format {table.storage.get('OutputFormat')} with SerDe {table.serde} is "
            "not supported."
        )
    properties = table.serde_properties
    if table.format is Format.TEXT and (properties.keys() & _TEXT_PROPERTIES):
        raise UnsupportedError("INSERT into a table with escapes, or with a text of its own for NULL")


def change_rows(query: Query, statement: ChangeRows) -> Outcome:
    """DELETE, UPDATE, MERGE, VACUUM and OPTIMIZE: the sandbox has no tables that they work on.

    See docs.aws.amazon.com/athena/latest/ug: delete-statement.html, update-statement.html, merge-into-statement.html,
    vacuum-statement.html, optimize-statement.html.
    """
    table = query.table(statement.name)
    if table.view_text:
        raise QueryError(f"NOT_SUPPORTED: line 1:1: {statement.verb} of a view is not supported: {table.name}")
    _ = table.format  # of Iceberg tables it says that the sandbox has none
    if statement.verb in ("VACUUM", "OPTIMIZE"):
        raise QueryError(f"NOT_SUPPORTED: {statement.verb} is supported for Iceberg tables alone: {table.name}")
    raise QueryError("NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables")


def create_table_as(query: Query, statement: CreateTableAs, parameters: tuple[str, ...], results: str) -> Outcome:
    """`results` is the folder of the query's results, in which a table without a location gets its own."""
    name = qualified(statement.name, query.database)
    if not query.catalog.has_database(name.database):
        raise QueryError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{name.database}' does not exist")
    if query.catalog.table(name) is not None:
        if statement.if_not_exists:
            return Outcome()
        raise QueryError(f"TABLE_ALREADY_EXISTS: line 1:1: Table 'awsdatacatalog.{name}' already exists")
    options = _options(statement.properties, _CTAS_OPTIONS, "PARQUET")
    prepared = query.prepare(statement.query, parameters)
    own = f"{folder(results)}tables/{uuid.uuid4()}"
    location = folder(str(statement.properties.get("external_location", own)))
    _refuse_existing(query, location, str(name))
    target = _target(options, prepared, location)
    columns = [Column(column, hive_type(kind)) for column, kind in prepared.columns]
    _store(query, prepared.sql if statement.with_data else f"SELECT * FROM ({prepared.sql}) LIMIT 0")
    written = write(query, target, {})  # a query that fails makes no table
    query.catalog.create_table(name.database, _definition(name.table, columns, target))
    _add_partitions(query, query.table(name), target, written, set())
    return _outcome(query, [uri for _, uri in written])


def unload(query: Query, statement: Unload, parameters: tuple[str, ...]) -> Outcome:
    """Raises QueryError where the destination holds objects, as Athena does."""
    if "format" not in statement.properties:
        raise InvalidRequestError("UNLOAD: the property 'format' is required")
    options = _options(statement.properties, _UNLOAD_OPTIONS, "PARQUET")
    location = folder(statement.location)
    prepared = query.prepare(statement.query, parameters)
    _refuse_existing(query, location, "unload")
    target = _target(options, prepared, location)
    _store(query, prepared.sql)
    written = write(query, target, {})
    return _outcome(query, [uri for _, uri in written])


def _refuse_existing(query: Query, location: str, name: str) -> None:
    if query.objects.under(location):
        raise QueryError(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{name}' already exists: {location}. You may "
            "need to manually clean the data at the location before retrying."
        )


def _options(given: _Options, known: set[str], default: str) -> dict[str, str | tuple[str, ...]]:
    for key in given:
        if key not in known:
            raise UnsupportedError(f"the property {key!r}")
    options = {"format": default, **given}
    if str(options["format"]).upper() not in _FORMATS:
        raise UnsupportedError(f"writing the format {options['format']}")
    if str(options.get("table_type", "HIVE")).upper() != "HIVE":
        raise UnsupportedError(f"tables of the type {options['table_type']}")
    return options


def _target(options: _Options, prepared: Prepared, location: str) -> Target:
    names = tuple(name for name, _ in prepared.columns)
    check_names(names)
    keys = options.get("partitioned_by", ())
    keys = (keys,) if isinstance(keys, str) else keys
    if keys and names[-len(keys) :] != keys:
        raise QueryError(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same "
            f"order as the table properties: [{', '.join(keys)}]"
        )
    codecs = [str(options[key]).upper() for key in options if key.endswith("compression")]
    if len(codecs) > 1:
        raise QueryError("INVALID_TABLE_PROPERTY: Only one of the properties for compression may be given")
    codec = codecs[0] if codecs else "GZIP"
    kind = _FORMATS[str(options["format"]).upper()]
    if len(str(options.get("field_delimiter", "\x01"))) != 1:
        raise QueryError("INVALID_TABLE_PROPERTY: field_delimiter must be a single character")
    return Target(location, kind, names, keys, codec, str(options.get("field_delimiter", "\x01")))


def _store(query: Query, sql: str) -> None:
    """Run the query whole before a file is written: one that fails leaves nothing behind."""
    query.execute(f"CREATE TEMP TABLE {RESULT} AS {sql}")


def _fitted(table: Table, statement: Insert, prepared: Prepared) -> str:
    """The query's columns in the table's order and types; columns that INSERT does not name are NULL."""
    columns = table.all_columns
    named = statement.columns or tuple(column.name for column in columns)
    unknown = set(named) - {column.name for column in columns}
    if unknown:
        raise QueryError(
            f"COLUMN_NOT_FOUND: line 1:1: Insert column name does not exist in target table: {min(unknown)}"
        )
    kinds = {column.name: duck_type(column.type) for column in columns}
    given = [kind for _, kind in prepared.columns]
    wanted = [kinds[name] for name in named]
    if len(given) != len(wanted) or not all(map(_fits, given, wanted)):
        table_types, query_types = (", ".join(map(trino_name, types)) for types in (wanted, given))
        raise QueryError(
            "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: "
            f"Table: [{table_types}], Query: [{query_types}]"
        )
    inner = ", ".join(quote_name(name) for name in named)
    outer = ", ".join(
        f"CAST({quote_name(name) if name in named else 'NULL'} AS {kind}) AS {quote_name(name)}"
        for name, kind in kinds.items()
    )
    return f"SELECT {outer} FROM ({prepared.sql}) AS q({inner})"


def _fits(given: str, wanted: str) -> bool:
    """Whether Trino stores a value of one type in a column of the other without a cast."""
    if given in (wanted, '"NULL"'):
        return True
    if is_integer(given) and wanted in _WIDENS:
        return _WIDENS.index(given) < _WIDENS.index(wanted)
    have, want = decimal_digits(given), decimal_digits(wanted)
    if have and want:
        return have[1] <= want[1] and have[0] - have[1] <= want[0] - want[1] and not is_integer(wanted)
    if have and wanted in ("DOUBLE", "FLOAT"):
        return True
    return (given, wanted) in (("FLOAT", "DOUBLE"), ("DATE", "TIMESTAMP"))


def _write_table(query: Query, table: Table, target: Target) -> Outcome:
    known = {one.values: one.location for one in query.catalog.partitions(table)} if target.keys else {}
    written = write(query, target, known)
    _add_partitions(query, table, target, written, known.keys())
    return _outcome(query, [uri for _, uri in written])


def _add_partitions(
    query: Query, table: Table, target: Target, written: _Written, known: Collection[tuple[str, ...]]
) -> None:
    new = sorted({values for values, _ in written if target.keys}.difference(known))
    paths = {values: target.location + partition_path(target.keys, values) for values in new}
    query.catalog.add_partitions(table, [Partition(values, place) for values, place in paths.items()])


def _outcome(query: Query, uris: Sequence[str]) -> Outcome:
    (count,) = query.execute(f"SELECT count(*) FROM {RESULT}").fetchone() or (0,)
    return Outcome(update_count=count, scanned_bytes=query.scanned_bytes, manifest=tuple(uris))


def _definition(name: str, columns: Sequence[Column], target: Target) -> dict[str, object]:
    storage = BY_FORMAT[target.format]
    split = len(columns) - len(target.keys)

    def glue(some: Sequence[Column]) -> list[dict[str, str]]:
        return [{"Name": column.name.lower(), "Type": column.type} for column in some]

    properties = {"field.delim": target.delimiter} if target.format is Format.TEXT else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": glue(columns[split:]),
        "Parameters": {
            "EXTERNAL": "TRUE",
            "has_encrypted_data": "false",
            "write.compression": target.codec,
        },
        "StorageDescriptor": {
            "Columns": glue(columns[:split]),
            "Location": target.location,
            "InputFormat": storage.input_format,
            "OutputFormat": storage.output_format,
            "SerdeInfo": {"SerializationLibrary": storage.serde, "Parameters": properties},
        },
    }
