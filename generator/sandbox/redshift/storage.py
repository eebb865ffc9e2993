"""What Redshift remembers of a table and DuckDB does not: declared types, encodings, keys, comments.

It is kept in tables of the same DuckDB database, so that it commits and rolls back with the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from generator.sandbox.redshift.types import ColumnType, parse_type

SCHEMA = "_redshift"

_TABLES = f"""
CREATE SCHEMA {SCHEMA};
CREATE TABLE {SCHEMA}.tables (
    schema_name VARCHAR, table_name VARCHAR, kind VARCHAR, dist_style VARCHAR, sort_style VARCHAR,
    remarks VARCHAR, definition VARCHAR, table_id BIGINT);
CREATE TABLE {SCHEMA}.columns (
    schema_name VARCHAR, table_name VARCHAR, column_name VARCHAR, position INTEGER, type VARCHAR,
    encoding VARCHAR, dist_key BOOLEAN, sort_key INTEGER, not_null BOOLEAN, column_default VARCHAR,
    identity VARCHAR, remarks VARCHAR);
CREATE TABLE {SCHEMA}.constraints (
    schema_name VARCHAR, table_name VARCHAR, constraint_name VARCHAR, kind VARCHAR, columns VARCHAR[],
    referenced VARCHAR);
CREATE TABLE {SCHEMA}.functions (
    schema_name VARCHAR, function_name VARCHAR, arguments VARCHAR[], returns VARCHAR, body VARCHAR);
CREATE SEQUENCE {SCHEMA}.table_ids START 100000;
"""


@dataclass(frozen=True)
class Column:
    """A column as declared. `sort_key` is its place in the sort key from 1 (negative: interleaved), or 0."""

    name: str
    type: ColumnType
    encoding: str = ""
    dist_key: bool = False
    sort_key: int = 0
    not_null: bool = False
    default: str | None = None
    identity: str | None = None
    remarks: str | None = None


@dataclass(frozen=True)
class Constraint:
    """A key as declared; Redshift records keys and does not enforce them."""

    name: str
    kind: str
    columns: tuple[str, ...]
    referenced: str | None = None


@dataclass(frozen=True)
class Function:
    """A SQL function of a user; `body` is its SELECT, in which `$1` is the first argument."""

    schema: str
    name: str
    arguments: tuple[ColumnType, ...]
    returns: ColumnType
    body: str


@dataclass(frozen=True)
class Relation:
    """A table or view. `schema` is the session's own temporary schema for a temporary table.

    `kind` is TABLE, VIEW, LATE VIEW (without schema binding) or MATERIALIZED VIEW.
    """

    schema: str
    name: str
    kind: str = "TABLE"
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    dist_style: str = "AUTO"
    sort_style: str = ""
    remarks: str | None = None
    definition: str | None = None
    temporary: bool = field(default=False, compare=False)

    @property
    def is_view(self) -> bool:
        return self.kind != "TABLE"

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def with_column(self, changed: Column) -> Relation:
        """The same relation, the column of that name changed."""
        columns = tuple(changed if column.name == changed.name else column for column in self.columns)
        return replace(self, columns=columns)


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables of this module in a new database."""
    connection.execute(_TABLES)


def save(connection: duckdb.DuckDBPyConnection, relation: Relation) -> None:
    """Remember a relation, in place of what was known under its name."""
    table_id = _table_id(connection, relation)
    forget(connection, relation.schema, relation.name)
    key = (relation.schema, relation.name)
    connection.execute(
        f"INSERT INTO {SCHEMA}.tables VALUES (?, ?, ?, ?, ?, ?, ?, coalesce(?, nextval('{SCHEMA}.table_ids')))",
        (
            *key,
            relation.kind,
            relation.dist_style,
            relation.sort_style,
            relation.remarks,
            relation.definition,
            table_id,
        ),
    )
    _insert(connection, "columns", [(*key, *_row(at, column)) for at, column in enumerate(relation.columns, 1)])
    _insert(
        connection,
        "constraints",
        [(*key, each.name, each.kind, list(each.columns), each.referenced) for each in relation.constraints],
    )


def _table_id(connection: duckdb.DuckDBPyConnection, relation: Relation) -> int | None:
    found = connection.execute(
        f"SELECT table_id FROM {SCHEMA}.tables WHERE schema_name = ? AND table_name = ?",
        (relation.schema, relation.name),
    ).fetchone()
    return found[0] if found else None


def _row(position: int, column: Column) -> tuple[object, ...]:
    return (
        column.name, position, column.type.declared, column.encoding, column.dist_key, column.sort_key,
        column.not_null, column.default, column.identity, column.remarks,
    )  # fmt: skip


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Iterable[object]]) -> None:
    for row in map(tuple, rows):
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO {SCHEMA}.{table} VALUES ({marks})", row)


def forget(connection: duckdb.DuckDBPyConnection, schema: str, name: str | None = None) -> None:
    """Forget a relation, or all of a schema's."""
    for table in ("tables", "columns", "constraints"):
        connection.execute(
            f"DELETE FROM {SCHEMA}.{table} WHERE schema_name = ? AND (? IS NULL OR table_name = ?)",
            (schema, name, name),
        )


def load(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> Relation | None:
    """The relation of that name, or None."""
    key = (schema, name)
    found = connection.execute(
        f"""SELECT kind, dist_style, sort_style, remarks, definition FROM {SCHEMA}.tables
        WHERE schema_name = ? AND table_name = ?""",
        key,
    ).fetchone()
    if found is None:
        return None
    kind, dist_style, sort_style, remarks, definition = found
    columns = connection.execute(
        f"""SELECT column_name, type, encoding, dist_key, sort_key, not_null, column_default, identity, remarks
        FROM {SCHEMA}.columns WHERE schema_name = ? AND table_name = ? ORDER BY position""",
        key,
    ).fetchall()
    constraints = connection.execute(
        f"""SELECT constraint_name, kind, columns, referenced FROM {SCHEMA}.constraints
        WHERE schema_name = ? AND table_name = ? ORDER BY rowid""",
        key,
    ).fetchall()
    return Relation(
        schema, name, kind,
        tuple(Column(column, parse_type(type_), *rest) for column, type_, *rest in columns),
        tuple(Constraint(label, sort, tuple(names), target) for label, sort, names, target in constraints),
        dist_style, sort_style, remarks, definition,
    )  # fmt: skip


def names(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    """The tables and views of a schema."""
    rows = connection.execute(f"SELECT table_name FROM {SCHEMA}.tables WHERE schema_name = ?", (schema,)).fetchall()
    return [name for (name,) in rows]


def views(connection: duckdb.DuckDBPyConnection) -> list[Relation]:
    """All views but those without schema binding, which depend on nothing."""
    rows = connection.execute(
        f"SELECT schema_name, table_name FROM {SCHEMA}.tables WHERE kind IN ('VIEW', 'MATERIALIZED VIEW')"
    ).fetchall()
    found = (load(connection, *row) for row in rows)
    return [relation for relation in found if relation is not None]


def late_views(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of the views without schema binding, which are looked into each time they are queried."""
    rows = connection.execute(f"SELECT table_name FROM {SCHEMA}.tables WHERE kind = 'LATE VIEW'").fetchall()
    return frozenset(name for (name,) in rows)


def functions(connection: duckdb.DuckDBPyConnection) -> list[Function]:
    """All SQL functions of users."""
    rows = connection.execute(f"SELECT * FROM {SCHEMA}.functions ORDER BY rowid").fetchall()
    return [
        Function(schema, name, tuple(map(parse_type, arguments)), parse_type(returns), body)
        for schema, name, arguments, returns, body in rows
    ]


def save_function(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    """Remember a function, in place of what was known of the same name and arguments."""
    forget_function(connection, function)
    arguments = [kind.declared for kind in function.arguments]
    row = (function.schema, function.name, arguments, function.returns.declared, function.body)
    connection.execute(f"INSERT INTO {SCHEMA}.functions VALUES (?, ?, ?, ?, ?)", row)


def forget_function(connection: duckdb.DuckDBPyConnection, function: Function) -> None:
    connection.execute(
        f"DELETE FROM {SCHEMA}.functions WHERE schema_name = ? AND function_name = ? AND arguments = ?",
        (function.schema, function.name, [kind.declared for kind in function.arguments]),
    )


def rename_schema(connection: duckdb.DuckDBPyConnection, old: str, new: str) -> None:
    for table in ("tables", "columns", "constraints", "functions"):
        connection.execute(f"UPDATE {SCHEMA}.{table} SET schema_name = ? WHERE schema_name = ?", (new, old))
