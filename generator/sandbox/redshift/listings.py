"""The Data API's listings: databases, schemas, tables, and the columns of a table."""

from __future__ import annotations

from typing import Any

from generator.sandbox.redshift import requests
from generator.sandbox.redshift.outcome import ResultColumn
from generator.sandbox.redshift.requests import ApiError, page
from generator.sandbox.redshift.results import metadata
from generator.sandbox.redshift.statements import Databases
from generator.sandbox.redshift.storage import SCHEMA
from generator.sandbox.redshift.types import parse_type

_LIMIT = 1000


def list_databases(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """ListDatabases: those that were used so far, of this cluster or workgroup."""
    return page("Databases", databases.names(requests.target(request)), request, _LIMIT)


def list_schemas(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """ListSchemas, whose names match SchemaPattern (`%` and `_` as in LIKE)."""
    pattern = request.get("SchemaPattern") or "%"
    rows = _query(
        databases,
        request,
        f"SELECT nspname FROM {SCHEMA}.pg_namespace WHERE nspname LIKE ? ESCAPE '\\' ORDER BY 1",
        pattern,
    )
    return page("Schemas", [name for (name,) in rows], request, _LIMIT)


def list_tables(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """ListTables: tables and views whose schema and name match the patterns."""
    rows = _query(
        databases,
        request,
        f"""SELECT table_name, table_type, table_schema FROM {SCHEMA}.svv_tables
        WHERE table_schema LIKE ? ESCAPE '\\' AND table_name LIKE ? ESCAPE '\\' ORDER BY 3, 1""",
        request.get("SchemaPattern") or "%",
        request.get("TablePattern") or "%",
    )
    kinds = {"BASE TABLE": "TABLE"}
    tables = [{"name": name, "type": kinds.get(kind, kind), "schema": schema} for name, kind, schema in rows]
    return page("Tables", tables, request, _LIMIT)


def describe_table(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """DescribeTable: the columns of a table; none where there is no such table."""
    rows = _query(
        databases,
        request,
        """SELECT schema_name, table_name, column_name, type, not_null, column_default FROM _redshift.columns
        WHERE (? IS NULL OR schema_name = ?) AND (? IS NULL OR table_name = ?) ORDER BY 1, 2, position""",
        *[request.get("Schema") or None] * 2,
        *[request.get("Table") or None] * 2,
    )
    columns = [_column(*row) for row in rows]
    return {"TableName": request.get("Table") or "", **page("ColumnList", columns, request, _LIMIT)}


def _column(schema: str, table: str, name: str, kind: str, not_null: bool, default: str | None) -> dict[str, Any]:
    described = metadata(ResultColumn(name, parse_type(kind), schema, table, not not_null))
    del described["label"]
    return described | {"length": described["precision"]} | ({"columnDefault": default} if default else {})


def _query(databases: Databases, request: dict[str, Any], sql: str, *values: object) -> list[tuple[Any, ...]]:
    target = requests.target(request)
    session = databases.database(target).session()
    try:
        return session.sql(sql, values).fetchall()
    except Exception as error:
        raise ApiError("InternalServerException", str(error)) from error
    finally:
        session.close()
