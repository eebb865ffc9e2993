"""Tables as DuckDB views: first their columns alone, to bind a query; then the files it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from generator.sandbox import differences
from generator.sandbox.athena import text
from generator.sandbox.athena.catalog import HIVE_DEFAULT_PARTITION, Catalog, Partition, Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.formats import Format
from generator.sandbox.athena.memory import MemoryFiles
from generator.sandbox.athena.objects import Object, Objects
from generator.sandbox.athena.projection import is_projected, projected_partitions
from generator.sandbox.athena.types import canonical, duck_type, result_type
from generator.sandbox.sql import quote_name, quote_string

_LATER = "Columns that a table of text got after a partition are read from its files, where Athena may give NULL."
_FILE = "$file"  # no column of a table has this name
# What Athena reads from a Parquet file's column into a table's column of another type.
_PARQUET_WIDENS = {
    "SMALLINT": ("TINYINT",),
    "INTEGER": ("TINYINT", "SMALLINT"),
    "BIGINT": ("TINYINT", "SMALLINT", "INTEGER"),
    "DOUBLE": ("FLOAT",),
}


@dataclass(frozen=True)
class Scan:
    """A table as one query reads it, under the name `view`; `prune` picks partitions by their columns."""

    table: Table
    view: str


def declare(cursor: duckdb.DuckDBPyConnection, scan: Scan) -> None:
    """Create the view with the table's columns and no rows."""
    columns = ", ".join(
        f"CAST(NULL AS {duck_type(column.type)}) AS {quote_name(column.name)}" for column in scan.table.all_columns
    )
    cursor.execute(f"CREATE OR REPLACE TEMP VIEW {scan.view} AS SELECT {columns} WHERE false")


def partitions(table: Table, catalog: Catalog) -> str:
    """DuckDB's SQL for the rows of `table$partitions`: the values of the registered partitions.

    See "Listing partitions in sorted order" (docs.aws.amazon.com/athena/latest/ug/show-partitions.html).
    """
    if not table.partition_keys:
        raise QueryError(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{table.name}$partitions' does not exist")
    rows = [_values(table, one) for one in catalog.partitions(table)] or [(None,) * len(table.partition_keys)]
    listed = ", ".join(f"({_literals(row)})" for row in rows)
    names = ", ".join(quote_name(key.name) for key in table.partition_keys)
    chosen = ", ".join(
        f"CAST({quote_name(key.name)} AS {duck_type(key.type)}) AS {quote_name(key.name)}"
        for key in table.partition_keys
    )
    none = "" if catalog.partitions(table) else " WHERE false"
    return f"SELECT {chosen} FROM (VALUES {listed}) AS p({names}){none}"


def _literals(row: Sequence[object]) -> str:
    return ", ".join("NULL" if value is None else quote_string(str(value)) for value in row)


class Loader:
    """Points the views of one query at files, and counts the bytes of the files that it reads."""

    def __init__(
        self, cursor: duckdb.DuckDBPyConnection, catalog: Catalog, objects: Objects, memory: MemoryFiles
    ) -> None:
        self._cursor = cursor
        self._memory = memory
        self._catalog = catalog
        self._objects = objects
        self.scanned_bytes = 0

    def load(self, scan: Scan, conditions: Sequence[str]) -> None:
        """`conditions`: DuckDB's expressions over partition columns that all rows of the result meet."""
        partitions = self._partitions(scan, conditions)
        files = self._files(scan.table, partitions)
        if not files:
            return
        self.scanned_bytes += sum(found.size for found, _ in files)
        if scan.table.format is Format.PARQUET:
            names = [self._memory.put(self._objects.read(found.uri)) for found, _ in files]
            source, values = self._parquet(scan.table, names)
        else:
            for one in {id(one): one for _, one in files}.values():
                _check_columns(scan.table, one)
            names = [found.uri for found, _ in files]
            source, values = self._text(scan, names)
        labels = [quote_name(column.name) for column in scan.table.columns]
        chosen = [f"{value} AS {label}" for value, label in zip(values, labels, strict=True)]
        if scan.table.partition_keys:
            self._file_table(scan, {name: one for name, (_, one) in zip(names, files, strict=True)})
            chosen += [f"p.{quote_name(key.name)}" for key in scan.table.partition_keys]
            source += f' AS r JOIN {scan.view}_files AS p ON r."{_FILE}" = p."{_FILE}"'
        else:
            source += " AS r"
        self._cursor.execute(f"CREATE OR REPLACE TEMP VIEW {scan.view} AS SELECT {', '.join(chosen)} FROM {source}")

    def _partitions(self, scan: Scan, conditions: Sequence[str]) -> list[Partition]:
        table = scan.table
        if not table.partition_keys:
            return [Partition((), table.location)]
        known = projected_partitions(table, conditions) if is_projected(table) else self._catalog.partitions(table)
        if not conditions or not known:
            return known
        name = f"{scan.view}_partitions"
        keys = ", ".join(f"{quote_name(key.name)} {duck_type(key.type)}" for key in table.partition_keys)
        self._cursor.execute(f"CREATE TEMP TABLE {name} ({keys}, {quote_name(_FILE)} INTEGER)")
        rows = [(*_values(table, partition), index) for index, partition in enumerate(known)]
        self._insert(name, rows, table)
        found = self._cursor.execute(
            f"SELECT {quote_name(_FILE)} FROM {name} WHERE {' AND '.join(conditions)} ORDER BY 1"
        ).fetchall()
        return [known[index] for (index,) in found]

    def _files(self, table: Table, partitions: list[Partition]) -> list[tuple[Object, Partition]]:
        """The files of the partitions; one listing of the table's folder serves all partitions within it."""
        within = [one for one in partitions if one.location.startswith(table.location)]
        listed = self._objects.under(_common(within)) if within else []
        by_location = {one.location: one for one in within}
        found = []
        for one in listed:
            folder = next((place for place in _parents(one.uri) if place in by_location), None)
            if folder is not None:
                found.append((one, by_location[folder]))
        for other in partitions:
            if other.location not in by_location:
                found += [(one, other) for one in self._objects.under(other.location)]
        return found

    def _file_table(self, scan: Scan, files: dict[str, Partition]) -> None:
        keys = "".join(f", {quote_name(key.name)} {duck_type(key.type)}" for key in scan.table.partition_keys)
        self._cursor.execute(f"CREATE TEMP TABLE {scan.view}_files ({quote_name(_FILE)} VARCHAR{keys})")
        rows = [(name, *_values(scan.table, partition)) for name, partition in files.items()]
        self._insert(f"{scan.view}_files", rows, scan.table)

    def _insert(self, name: str, rows: list[tuple[Any, ...]], table: Table) -> None:
        literals = (f"({_literals(row)})" for row in rows)
        try:
            self._cursor.execute(f"INSERT INTO {name} VALUES {', '.join(literals)}")
        except duckdb.ConversionException as error:
            raise QueryError(
                f"HIVE_INVALID_PARTITION_VALUE: Invalid partition value of {table.name}: {error}"
            ) from error

    def _parquet(self, table: Table, uris: list[str]) -> tuple[str, list[str]]:
        listed = ", ".join(map(quote_string, uris))
        # The join with the partitions' values needs each row's file, and costs as much as the reading.
        named = f"filename = {quote_string(_FILE)}, " if table.partition_keys else ""
        source = f"read_parquet([{listed}], {named}union_by_name = true, hive_partitioning = false)"
        described = self._cursor.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        kinds = {str(name).lower(): (str(name), str(kind)) for name, kind, *_ in described}
        return source, [_parquet_value(table, column.name, column.type, kinds) for column in table.columns]

    def _text(self, scan: Scan, uris: list[str]) -> tuple[str, list[str]]:
        table, name = scan.table, f"{scan.view}_fields"
        values = [text.value_sql(table, index) for index in range(len(table.columns))]
        self._cursor.execute(f"CREATE TEMP TABLE {name} ({quote_name(_FILE)} VARCHAR, f VARCHAR[])")
        read = text.reader(table)
        skip, footer = (_count(table, f"skip.{end}.line.count") for end in ("header", "footer"))
        parts = f"string_split(one, {quote_string(text.delimiter(table))})" if read is None else "one"
        for uri in uris:
            found = text.lines(self._objects.text(uri), skip, footer)
            if not found:
                continue
            fields = found if read is None else read(found)
            if fields:
                rows = f"SELECT unnest(?::VARCHAR[]{'' if read is None else '[]'}) AS one"
                self._cursor.execute(f"INSERT INTO {name} SELECT ?, {parts} FROM ({rows})", [uri, fields])
        return name, values


def _check_columns(table: Table, partition: Partition) -> None:
    """A partition keeps the columns that the table had when it was added, until it is altered itself.

    See docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html.
    """
    own, wanted = partition.types, tuple(column.type for column in table.columns)
    if not own or own == wanted:
        return
    if any(one != other for one, other in zip(own, wanted, strict=False)):
        raise UnsupportedError(f"the partition {partition.values} of {table.name}, whose columns have other types")
    differences.report(_LATER)


def _count(table: Table, name: str) -> int:
    text = table.properties.get(name, "0")
    if not text.isdigit():
        raise QueryError(f"HIVE_INVALID_METADATA: Invalid value for {name} property: {text}")
    return int(text)


def _parquet_value(table: Table, name: str, hive: str, kinds: dict[str, tuple[str, str]]) -> str:
    """A column as the table's type: absent from the files it is NULL; only widening conversions are read."""
    wanted = duck_type(hive)
    if name not in kinds:
        return f"CAST(NULL AS {wanted})"
    stored, kind = kinds[name]
    if canonical(kind) != canonical(wanted) and kind not in _PARQUET_WIDENS.get(wanted, ()):
        raise QueryError(
            f"HIVE_BAD_DATA: Field {name}'s type {result_type(kind).name} in parquet file {table.location} is "
            f"incompatible with type {hive} defined in table schema"
        )
    return f"CAST(r.{quote_name(stored)} AS {wanted})"


def _values(table: Table, partition: Partition) -> tuple[str | None, ...]:
    if len(partition.values) != len(table.partition_keys):
        raise QueryError(f"HIVE_INVALID_METADATA: partition {partition.values} of {table.name} has other keys")
    return tuple(None if value == HIVE_DEFAULT_PARTITION else value for value in partition.values)


def _common(partitions: list[Partition]) -> str:
    first, last = min(one.location for one in partitions), max(one.location for one in partitions)
    length = next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))
    return first[: first.rfind("/", 0, length) + 1]


def _parents(uri: str) -> list[str]:
    """The folders that hold an object, innermost first."""
    parts = uri.split("/")
    return ["/".join(parts[:end]) + "/" for end in range(len(parts) - 1, 2, -1)]
