"""INFORMATION_SCHEMA's views, and the columns of tables as SVV_COLUMNS shows them, too.

"The Information Schema" in PostgreSQL's documentation; SVV_COLUMNS in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

TABLES = """
SELECT '{database}' AS table_catalog, schema_name AS table_schema, table_name,
    CASE WHEN kind <> 'TABLE' THEN 'VIEW' WHEN schema_name LIKE 'pg_temp_%' THEN 'LOCAL TEMPORARY'
        ELSE 'BASE TABLE' END AS table_type, remarks
FROM {schema}.tables
"""

_DATETIMES = "type LIKE 'time%'"
COLUMNS = f"""
SELECT '{{database}}' AS table_catalog, schema_name AS table_schema, table_name, column_name,
    position AS ordinal_position, column_default, CASE WHEN not_null THEN 'NO' ELSE 'YES' END AS is_nullable,
    regexp_replace(type, '\\(.*', '') AS data_type,
    CASE WHEN type LIKE 'character%' THEN CAST(regexp_extract(type, '\\((\\d+)', 1) AS INTEGER) END
        AS character_maximum_length,
    CASE WHEN type LIKE 'numeric%' THEN CAST(regexp_extract(type, '\\((\\d+)', 1) AS INTEGER)
        ELSE CASE type WHEN 'smallint' THEN 16 WHEN 'integer' THEN 32 WHEN 'bigint' THEN 64 WHEN 'real' THEN 24
            WHEN 'double precision' THEN 53 END END AS numeric_precision,
    CASE WHEN type LIKE 'numeric%' THEN 10
        WHEN type IN ('smallint', 'integer', 'bigint', 'real', 'double precision') THEN 2 END
        AS numeric_precision_radix,
    CASE WHEN type LIKE 'numeric%' THEN CAST(regexp_extract(type, ',(\\d+)', 1) AS INTEGER)
        WHEN type IN ('smallint', 'integer', 'bigint') THEN 0 END AS numeric_scale,
    CASE WHEN {_DATETIMES} THEN 6 END AS datetime_precision,
    CAST(NULL AS VARCHAR) AS interval_type, CAST(NULL AS VARCHAR) AS interval_precision,
    CAST(NULL AS VARCHAR) AS character_set_catalog, CAST(NULL AS VARCHAR) AS character_set_schema,
    CAST(NULL AS VARCHAR) AS character_set_name, CAST(NULL AS VARCHAR) AS collation_catalog,
    CAST(NULL AS VARCHAR) AS collation_schema, CAST(NULL AS VARCHAR) AS collation_name,
    CAST(NULL AS VARCHAR) AS domain_name, remarks
FROM {{schema}}.columns
"""

_CONSTRAINTS = """
SELECT '{database}' AS constraint_catalog, schema_name AS constraint_schema, constraint_name,
    '{database}' AS table_catalog, schema_name AS table_schema, table_name, kind AS constraint_type,
    'NO' AS is_deferrable, 'NO' AS initially_deferred
FROM {schema}.constraints
"""

_KEY_COLUMNS = """
SELECT '{database}' AS constraint_catalog, schema_name AS constraint_schema, constraint_name,
    '{database}' AS table_catalog, schema_name AS table_schema, table_name,
    unnest(columns) AS column_name, generate_subscripts(columns, 1) AS ordinal_position
FROM {schema}.constraints
"""

VIEWS = {
    "information_schema.tables": f"SELECT table_catalog, table_schema, table_name, table_type FROM ({TABLES})",
    "information_schema.columns": f"SELECT * EXCLUDE (remarks) FROM ({COLUMNS})",
    "information_schema.schemata": "SELECT '{database}' AS catalog_name, nspname AS schema_name, "
    "'awsuser' AS schema_owner FROM {schema}.pg_namespace",
    "information_schema.views": "SELECT '{database}' AS table_catalog, schema_name AS table_schema, table_name, "
    "definition AS view_definition, 'NONE' AS check_option, 'NO' AS is_updatable "
    "FROM {schema}.tables WHERE kind <> 'TABLE'",
    "information_schema.table_constraints": _CONSTRAINTS,
    "information_schema.key_column_usage": _KEY_COLUMNS,
}
# Those that lack columns of the SQL standard's, which `*` would show.
PARTIAL = frozenset({"information_schema.columns", "information_schema.schemata"})
