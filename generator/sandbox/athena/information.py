"""information_schema: the catalog as tables that a query reads.

See docs.aws.amazon.com/athena/latest/ug/querying-glue-catalog.html.
"""

from collections.abc import Callable, Iterator

from generator.sandbox.athena.catalog import Catalog, Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.types import duck_type, result_type
from generator.sandbox.sql import quote_name, quote_string

SCHEMA = "information_schema"
_CATALOG = "awsdatacatalog"
_Row = tuple[str | int | None, ...]


def select(catalog: Catalog, table: str) -> str:
    """DuckDB's SQL for the rows of one of its tables. Raises QueryError or UnsupportedError for another."""
    if table not in _TABLES:
        if table in ("views", "applicable_roles", "enabled_roles", "roles", "table_privileges"):
            raise UnsupportedError(f"{SCHEMA}.{table}")
        raise QueryError(f"TABLE_NOT_FOUND: line 1:1: Table '{_CATALOG}.{SCHEMA}.{table}' does not exist")
    columns, rows = _TABLES[table]
    names = ", ".join(quote_name(name) for name, _ in columns)
    nothing = ", ".join(f"CAST(NULL AS {kind})" for _, kind in columns)
    listed = [f"SELECT {nothing} WHERE false"]
    listed += ["SELECT " + ", ".join(map(_literal, row)) for row in rows(catalog)]
    return f"SELECT * FROM ({' UNION ALL '.join(listed)}) AS rows ({names})"


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else quote_string(value)


def _every_table(catalog: Catalog) -> Iterator[Table]:
    for database in catalog.databases():
        yield from catalog.tables(str(database["Name"]))


def _schemata(catalog: Catalog) -> Iterator[_Row]:
    return ((_CATALOG, str(database["Name"])) for database in catalog.databases())


def _tables(catalog: Catalog) -> Iterator[_Row]:
    for table in _every_table(catalog):
        kind = "VIEW" if table.view_text else "BASE TABLE"
        yield _CATALOG, table.name.database, table.name.table, kind


def _columns(catalog: Catalog) -> Iterator[_Row]:
    for table in _every_table(catalog):
        keys = {key.name for key in table.partition_keys}
        for position, column in enumerate(table.all_columns, 1):
            named = result_type(duck_type(column.type))
            kind = f"decimal({named.precision},{named.scale})" if named.name == "decimal" else named.name
            extra = "partition key" if column.name in keys else None
            owner = (_CATALOG, table.name.database, table.name.table)
            yield *owner, column.name, position, "YES", kind, column.comment or None, extra


_TEXT = "VARCHAR"
_TABLE = (("table_catalog", _TEXT), ("table_schema", _TEXT), ("table_name", _TEXT))
_COLUMN = (
    ("column_name", _TEXT), ("ordinal_position", "BIGINT"), ("is_nullable", _TEXT), ("data_type", _TEXT),
    ("comment", _TEXT), ("extra_info", _TEXT),
)  # fmt: skip
_TABLES: dict[str, tuple[tuple[tuple[str, str], ...], Callable[[Catalog], Iterator[_Row]]]] = {
    "schemata": ((("catalog_name", _TEXT), ("schema_name", _TEXT)), _schemata),
    "tables": ((*_TABLE, ("table_type", _TEXT)), _tables),
    "columns": ((*_TABLE, *_COLUMN), _columns),
}
