"""The system tables and views that people query, as views over what the sandbox knows of its tables.

Columns: "System tables and views reference" in the Amazon Redshift Database Developer Guide. Only columns that
the sandbox can fill truthfully are there; a query for another one fails.
"""

from __future__ import annotations

import duckdb

from generator.sandbox.redshift.storage import SCHEMA

_SCHEMAS = f"""
SELECT schema_name AS nspname, schema_oid AS oid FROM (
    SELECT schema_name, any_value(oid) AS schema_oid FROM duckdb_schemas()
    WHERE database_name = current_database() AND NOT internal AND schema_name NOT IN ('main', '{SCHEMA}')
    GROUP BY ALL
    UNION ALL SELECT unnest(['information_schema', 'pg_catalog']), unnest([11, 12]))
"""

_TABLES = f"""
SELECT '{{database}}' AS table_catalog, schema_name AS table_schema, table_name,
    CASE WHEN kind <> 'TABLE' THEN 'VIEW' WHEN schema_name LIKE 'pg_temp_%' THEN 'LOCAL TEMPORARY'
        ELSE 'BASE TABLE' END AS table_type, remarks
FROM {SCHEMA}.tables
"""

_COLUMNS = f"""
SELECT '{{database}}' AS table_catalog, c.schema_name AS table_schema, c.table_name, c.column_name,
    c.position AS ordinal_position, c.column_default, CASE WHEN c.not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
    regexp_replace(c.type, '\\(.*', '') AS data_type,
    CASE WHEN c.type LIKE 'character%' THEN CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER) END
        AS character_maximum_length,
    CASE WHEN c.type LIKE 'numeric%' THEN CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER)
        ELSE MAP {{{{'smallint': 16, 'integer': 32, 'bigint': 64}}}}[c.type] END AS numeric_precision,
    CASE WHEN c.type LIKE 'numeric%' THEN CAST(regexp_extract(c.type, ',(\\d+)', 1) AS INTEGER)
        ELSE MAP {{{{'smallint': 0, 'integer': 0, 'bigint': 0}}}}[c.type] END AS numeric_scale,
    c.remarks
FROM {SCHEMA}.columns c
"""

_TABLE_DEF = f"""
SELECT schema_name AS schemaname, table_name AS tablename, column_name AS "column", type, encoding,
    dist_key AS distkey, sort_key AS sortkey, not_null AS notnull
FROM {SCHEMA}.columns JOIN {SCHEMA}.tables USING (schema_name, table_name)
WHERE kind = 'TABLE' AND (schema_name LIKE 'pg_temp_%' OR schema_name IN (SELECT unnest(current_schemas(false))))
ORDER BY 1, 2, position
"""

_TABLE_INFO = f"""
SELECT '{{database}}' AS "database", t.schema_name AS "schema", t.table_id, t.table_name AS "table",
    CASE WHEN bool_or(coalesce(c.encoding, 'none') <> 'none') THEN 'Y' ELSE 'N' END AS encoded,
    CASE t.dist_style WHEN 'KEY' THEN 'KEY(' || max(CASE WHEN c.dist_key THEN c.column_name END) || ')'
        WHEN 'AUTO' THEN 'AUTO(ALL)' ELSE t.dist_style END AS diststyle,
    CASE t.sort_style WHEN 'AUTO' THEN 'AUTO(SORTKEY)' WHEN 'INTERLEAVED' THEN 'INTERLEAVED'
        ELSE max(CASE WHEN c.sort_key = 1 THEN c.column_name END) END AS sortkey1,
    max(CASE WHEN c.type LIKE 'character varying%'
        THEN CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER) ELSE 0 END) AS max_varchar,
    count(CASE WHEN c.sort_key <> 0 THEN 1 END) AS sortkey_num,
    greatest(1, CAST(any_value(d.estimated_size) * count(*) * 8 // 1048576 AS BIGINT)) AS size,
    CAST(any_value(d.estimated_size) AS DECIMAL(38, 0)) AS tbl_rows,
    CAST(any_value(d.estimated_size) AS DECIMAL(38, 0)) AS estimated_visible_rows
FROM {SCHEMA}.tables t JOIN {SCHEMA}.columns c USING (schema_name, table_name)
JOIN duckdb_tables() d ON d.table_name = t.table_name AND d.database_name = current_database()
    AND d.schema_name = t.schema_name
WHERE t.kind = 'TABLE' AND d.estimated_size > 0
GROUP BY t.schema_name, t.table_id, t.table_name, t.dist_style, t.sort_style
"""

_CONSTRAINTS = f"""
SELECT '{{database}}' AS constraint_catalog, schema_name AS constraint_schema, constraint_name,
    '{{database}}' AS table_catalog, schema_name AS table_schema, table_name, kind AS constraint_type
FROM {SCHEMA}.constraints
"""

_KEY_COLUMNS = f"""
SELECT '{{database}}' AS constraint_catalog, schema_name AS constraint_schema, constraint_name,
    '{{database}}' AS table_catalog, schema_name AS table_schema, table_name,
    unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal_position
FROM {SCHEMA}.constraints
"""

_LOAD_ERRORS = f"""
SELECT user_id, query_id, table_id, start_time, '{{database}}' AS database_name, table_name, file_name,
    line_number, column_name, column_type, error_code, error_message, raw_line, raw_field_value
FROM {SCHEMA}.load_errors
"""

_STL_LOAD_ERRORS = f"""
SELECT user_id AS userid, 0 AS slice, table_id AS tbl, start_time AS starttime, query_id AS query,
    file_name AS filename, line_number, column_name AS colname, column_type AS type,
    raw_line, raw_field_value, error_code AS err_code, error_message AS err_reason
FROM {SCHEMA}.load_errors
"""

VIEWS: dict[str, str] = {
    "pg_namespace": _SCHEMAS,
    "svv_tables": f"SELECT * FROM ({_TABLES})",
    "svv_columns": f"SELECT * FROM ({_COLUMNS})",
    "svv_schemas": "SELECT '{database}' AS database_name, nspname AS schema_name, 'local' AS schema_type "
    f"FROM {SCHEMA}.pg_namespace",
    "pg_table_def": _TABLE_DEF,
    "svv_table_info": _TABLE_INFO,
    "sys_load_error_detail": _LOAD_ERRORS,
    "stl_load_errors": _STL_LOAD_ERRORS,
    "pg_tables": f"SELECT schema_name AS schemaname, table_name AS tablename FROM {SCHEMA}.tables WHERE kind = 'TABLE'",
    "pg_views": f"SELECT schema_name AS schemaname, table_name AS viewname, definition FROM {SCHEMA}.tables "
    "WHERE kind <> 'TABLE'",
    "information_schema.tables": f"SELECT table_catalog, table_schema, table_name, table_type FROM ({_TABLES})",
    "information_schema.columns": f"SELECT * EXCLUDE (remarks) FROM ({_COLUMNS})",
    "information_schema.schemata": "SELECT '{database}' AS catalog_name, nspname AS schema_name "
    f"FROM {SCHEMA}.pg_namespace",
    "information_schema.table_constraints": _CONSTRAINTS,
    "information_schema.key_column_usage": _KEY_COLUMNS,
}

_LOAD_ERROR_TABLE = f"""
CREATE TABLE {SCHEMA}.load_errors (
    user_id INTEGER, query_id BIGINT, table_id INTEGER, start_time TIMESTAMP, table_name VARCHAR, file_name VARCHAR,
    line_number BIGINT, column_name VARCHAR, column_type VARCHAR, error_code INTEGER, error_message VARCHAR,
    raw_line VARCHAR, raw_field_value VARCHAR)
"""


def create(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Make the views in a new database of that name, whose `storage` tables are there."""
    connection.execute(_LOAD_ERROR_TABLE)
    name = database.replace("'", "''")
    for view, query in VIEWS.items():
        connection.execute(f'CREATE VIEW {SCHEMA}."{view}" AS {query.format(database=name)}')
