"""The system tables and views that people query, as views over what the sandbox knows of its tables.

Columns: "System tables and views reference" in the Amazon Redshift Database Developer Guide. Only columns that
the sandbox can fill truthfully are there; a query for another one fails.
"""

from __future__ import annotations

import duckdb

from generator.sandbox.redshift import history, information_schema, pg_catalog
from generator.sandbox.redshift.storage import SCHEMA

_TABLE_INFO = """
SELECT '{database}' AS "database", t.schema_name AS "schema", t.table_id, t.table_name AS "table",
    CASE WHEN bool_or(coalesce(c.encoding, 'none') <> 'none') THEN 'Y' ELSE 'N' END AS encoded,
    CASE t.dist_style WHEN 'KEY' THEN 'KEY(' || max(CASE WHEN c.dist_key THEN c.column_name END) || ')'
        WHEN 'AUTO' THEN 'AUTO(ALL)' ELSE t.dist_style END AS diststyle,
    CASE t.sort_style WHEN 'AUTO' THEN 'AUTO(SORTKEY)' WHEN 'INTERLEAVED' THEN 'INTERLEAVED'
        ELSE max(CASE WHEN c.sort_key = 1 THEN c.column_name END) END AS sortkey1,
    max(CASE WHEN c.type LIKE 'character varying%'
        THEN CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER) ELSE 0 END) AS max_varchar,
    max(CASE WHEN abs(c.sort_key) = 1 THEN c.encoding END) AS sortkey1_enc,
    CAST(count(CASE WHEN c.sort_key <> 0 THEN 1 END) AS INTEGER) AS sortkey_num,
    greatest(1, CAST(any_value(d.estimated_size) * count(*) * 8 // 1048576 AS BIGINT)) AS size,
    CAST(NULL AS DECIMAL(10, 4)) AS pct_used, CAST(0 AS BIGINT) AS empty, CAST(NULL AS DECIMAL(5, 2)) AS unsorted,
    CAST(NULL AS DECIMAL(5, 2)) AS stats_off, CAST(any_value(d.estimated_size) AS DECIMAL(38, 0)) AS tbl_rows,
    CAST(NULL AS DECIMAL(19, 2)) AS skew_sortkey1, CAST(NULL AS DECIMAL(19, 2)) AS skew_rows,
    CAST(any_value(d.estimated_size) AS DECIMAL(38, 0)) AS estimated_visible_rows, CAST(NULL AS VARCHAR) AS risk_event,
    CAST(NULL AS DECIMAL(12, 2)) AS vacuum_sort_benefit
FROM {schema}.tables t JOIN {schema}.columns c USING (schema_name, table_name)
JOIN duckdb_tables() d ON d.table_name = t.table_name AND d.database_name = current_database()
    AND d.schema_name = t.schema_name
WHERE t.kind = 'TABLE' AND d.estimated_size > 0
GROUP BY t.schema_name, t.table_id, t.table_name, t.dist_style, t.sort_style
"""

_ALL_TABLES = """
SELECT '{database}' AS database_name, schema_name, table_name,
    CASE WHEN kind = 'TABLE' THEN 'TABLE' ELSE 'VIEW' END AS table_type, CAST(NULL AS VARCHAR) AS table_acl, remarks
FROM {schema}.tables
"""

_ALL_COLUMNS = f"""
SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, column_name, ordinal_position,
    column_default, is_nullable, data_type, character_maximum_length, numeric_precision, numeric_scale, remarks
FROM ({information_schema.COLUMNS})
"""

_REDSHIFT_COLUMNS = f"""
SELECT a.table_catalog AS database_name, a.table_schema AS schema_name, a.table_name, a.column_name,
    a.ordinal_position, a.data_type, a.column_default, a.is_nullable, c.encoding, c.dist_key AS distkey,
    c.sort_key AS sortkey, CAST(NULL AS VARCHAR) AS column_acl, a.remarks
FROM ({information_schema.COLUMNS}) a JOIN {{schema}}.columns c
    ON c.schema_name = a.table_schema AND c.table_name = a.table_name AND c.column_name = a.column_name
"""

_ALL_SCHEMAS = f"""
SELECT '{{database}}' AS database_name, nspname AS schema_name, nspowner AS schema_owner, 'local' AS schema_type,
    nspacl AS schema_acl, CAST(NULL AS VARCHAR) AS source_database, CAST(NULL AS VARCHAR) AS schema_option
FROM ({pg_catalog.NAMESPACES})
"""

_LOAD_ERRORS = """
SELECT user_id, query_id, table_id, start_time, '{database}' AS database_name, table_name, file_name,
    line_number, column_name, column_type, error_code, error_message, raw_line, raw_field_value
FROM {schema}.load_errors
"""

_STL_LOAD_ERRORS = """
SELECT user_id AS userid, 0 AS slice, table_id AS tbl, start_time AS starttime, query_id AS query,
    file_name AS filename, line_number, column_name AS colname, column_type AS type,
    raw_line, raw_field_value, error_code AS err_code, error_message AS err_reason
FROM {schema}.load_errors
"""

_LOAD_HISTORY = """
SELECT 100 AS user_id, query_id, session_id, '{database}' AS database_name, 'completed' AS status, table_name,
    started AS start_time, ended AS end_time, date_diff('microsecond', started, ended) AS duration, data_source,
    loaded_rows, len(files) AS source_file_count, len(files) AS file_count_scanned
FROM {schema}.loads
"""

_LOAD_DETAIL = """
SELECT 100 AS user_id, query_id, unnest(files) AS file_name, ended AS record_time FROM {schema}.loads
"""

_LOAD_COMMITS = """
SELECT 100 AS userid, query_id AS query, 0 AS slice, table_name AS name, unnest(files) AS filename, ended AS curtime,
    1 AS status
FROM {schema}.loads
"""

VIEWS: dict[str, str] = {
    **pg_catalog.VIEWS,
    **information_schema.VIEWS,
    **history.VIEWS,
    "svv_tables": f"SELECT * FROM ({information_schema.TABLES})",
    "svv_columns": f"SELECT * FROM ({information_schema.COLUMNS})",
    "svv_all_tables": _ALL_TABLES,
    "svv_redshift_tables": f"SELECT *, 'awsuser' AS table_owner FROM ({_ALL_TABLES})",
    "svv_all_columns": _ALL_COLUMNS,
    "svv_redshift_columns": _REDSHIFT_COLUMNS,
    "svv_all_schemas": _ALL_SCHEMAS,
    "svv_redshift_schemas": f"SELECT * EXCLUDE (source_database) FROM ({_ALL_SCHEMAS})",
    "svv_table_info": _TABLE_INFO,
    "sys_load_error_detail": _LOAD_ERRORS,
    "stl_load_errors": _STL_LOAD_ERRORS,
    "sys_load_history": _LOAD_HISTORY,
    "sys_load_detail": _LOAD_DETAIL,
    "stl_load_commits": _LOAD_COMMITS,
}
_LOADS = frozenset({"sys_load_history", "sys_load_detail", "stl_load_commits"})

# Views that lack columns of Redshift's, which `*` would show.
PARTIAL = (
    pg_catalog.PARTIAL
    | information_schema.PARTIAL
    | history.PARTIAL
    | {"svv_table_info", "sys_load_error_detail", "stl_load_errors", *_LOADS}
)

# Views that show a known small difference, in one sentence, which is logged.
DIFFERENCES = {
    **history.DIFFERENCES,
    "svv_table_info": "SVV_TABLE_INFO's size is an estimate, and what it says of sorting, skew and statistics is NULL.",
    **dict.fromkeys(_LOADS, "Views of loads do not show those that failed or were rolled back."),
}

_LOG_TABLES = f"""
CREATE TABLE {SCHEMA}.loads (
    query_id BIGINT, session_id INTEGER, table_name VARCHAR, data_source VARCHAR, started TIMESTAMP, ended TIMESTAMP,
    loaded_rows BIGINT, files VARCHAR[]);
CREATE TABLE {SCHEMA}.load_errors (
    user_id INTEGER, query_id BIGINT, table_id INTEGER, start_time TIMESTAMP, table_name VARCHAR, file_name VARCHAR,
    line_number BIGINT, column_name VARCHAR, column_type VARCHAR, error_code INTEGER, error_message VARCHAR,
    raw_line VARCHAR, raw_field_value VARCHAR)
"""


def create(connection: duckdb.DuckDBPyConnection, database: str) -> None:
    """Make the views in a new database of that name, whose `storage` tables are there."""
    connection.execute(_LOG_TABLES)
    name = database.replace("'", "''")
    for view, query in VIEWS.items():
        text = query.replace("{schema}", SCHEMA).replace("{database}", name)
        connection.execute(f'CREATE VIEW {SCHEMA}."{view}" AS {text}')
