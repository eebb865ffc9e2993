"""PG_CATALOG's tables, as views over what the sandbox knows of its tables.

"System catalog tables" in the Amazon Redshift Database Developer Guide, and "System Catalogs" in PostgreSQL 8.0's
documentation, to which it refers. Object ids join them to each other.
"""

from __future__ import annotations

OWNER = 100  # the id of the user awsuser, the first of a cluster

NAMESPACES = f"""
SELECT nspname, CAST({OWNER} AS INTEGER) AS nspowner, CAST(NULL AS VARCHAR) AS nspacl, oid FROM (
    SELECT schema_name AS nspname, any_value(oid) AS oid FROM duckdb_schemas()
    WHERE database_name = current_database() AND NOT internal AND schema_name NOT IN ('main', '{{schema}}')
    GROUP BY ALL
    UNION ALL SELECT unnest(['information_schema', 'pg_catalog']), unnest([11, 12]))
"""

_TYPES = """
SELECT unnest([16, 20, 21, 23, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1700, 4000, 6551]) AS oid,
    unnest(['bool', 'int8', 'int2', 'int4', 'float4', 'float8', 'bpchar', 'varchar', 'date', 'time', 'timestamp',
        'timestamptz', 'numeric', 'super', 'varbyte']) AS typname,
    unnest(['boolean', 'bigint', 'smallint', 'integer', 'real', 'double precision', 'character', 'character varying',
        'date', 'time without time zone', 'timestamp without time zone', 'timestamp with time zone', 'numeric',
        'super', 'binary varying']) AS declared
"""

_CLASSES = f"""
SELECT t.table_id AS oid, t.table_name AS relname, n.oid AS relnamespace, CAST({OWNER} AS INTEGER) AS relowner,
    CASE WHEN t.kind = 'TABLE' THEN 'r' ELSE 'v' END AS relkind,
    (SELECT CAST(count(*) AS SMALLINT) FROM {{schema}}.columns c
        WHERE c.schema_name = t.schema_name AND c.table_name = t.table_name) AS relnatts
FROM {{schema}}.tables t JOIN ({NAMESPACES}) n ON n.nspname = t.schema_name
"""

_ATTRIBUTES = f"""
SELECT t.table_id AS attrelid, c.column_name AS attname, y.oid AS atttypid, CAST(c.position AS SMALLINT) AS attnum,
    CAST(CASE WHEN c.type LIKE 'numeric%' THEN 4 + 65536 * CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER)
            + CAST(regexp_extract(c.type, ',(\\d+)', 1) AS INTEGER)
        WHEN c.type LIKE 'character%' THEN 4 + CAST(regexp_extract(c.type, '\\((\\d+)', 1) AS INTEGER)
        ELSE -1 END AS INTEGER) AS atttypmod,
    c.not_null AS attnotnull, c.column_default IS NOT NULL AS atthasdef, false AS attisdropped,
    c.dist_key AS attisdistkey, c.sort_key AS attsortkeyord
FROM {{schema}}.columns c JOIN {{schema}}.tables t USING (schema_name, table_name)
JOIN ({_TYPES}) y ON y.declared = regexp_replace(c.type, '\\(.*', '')
"""

_TABLE_DEF = """
SELECT schema_name AS schemaname, table_name AS tablename, column_name AS "column", type, encoding,
    dist_key AS distkey, sort_key AS sortkey, not_null AS "notnull"
FROM {schema}.columns JOIN {schema}.tables USING (schema_name, table_name)
WHERE kind = 'TABLE' AND (schema_name LIKE 'pg_temp_%' OR schema_name IN (SELECT unnest(current_schemas(false))))
ORDER BY 1, 2, position
"""

_CONSTRAINTS = f"""
SELECT c.constraint_name AS conname, n.oid AS connamespace,
    CASE c.kind WHEN 'PRIMARY KEY' THEN 'p' WHEN 'UNIQUE' THEN 'u' ELSE 'f' END AS contype, t.table_id AS conrelid
FROM {{schema}}.constraints c JOIN {{schema}}.tables t USING (schema_name, table_name)
JOIN ({NAMESPACES}) n ON n.nspname = c.schema_name
"""

_DESCRIPTIONS = """
SELECT table_id AS objoid, 1259 AS classoid, 0 AS objsubid, remarks AS description
FROM {schema}.tables WHERE remarks IS NOT NULL
UNION ALL SELECT t.table_id, 1259, c.position, c.remarks
FROM {schema}.columns c JOIN {schema}.tables t USING (schema_name, table_name) WHERE c.remarks IS NOT NULL
"""

VIEWS = {
    "pg_namespace": NAMESPACES,
    "pg_class": _CLASSES,
    "pg_attribute": _ATTRIBUTES,
    "pg_type": f"SELECT oid, typname FROM ({_TYPES})",
    "pg_constraint": _CONSTRAINTS,
    "pg_description": _DESCRIPTIONS,
    "pg_table_def": _TABLE_DEF,
    "pg_tables": "SELECT schema_name AS schemaname, table_name AS tablename, 'awsuser' AS tableowner, "
    "CAST(NULL AS VARCHAR) AS tablespace, false AS hasindexes, false AS hasrules, false AS hastriggers "
    "FROM {schema}.tables WHERE kind = 'TABLE'",
    "pg_views": "SELECT schema_name AS schemaname, table_name AS viewname, 'awsuser' AS viewowner, definition "
    "FROM {schema}.tables WHERE kind <> 'TABLE'",
    "pg_user": f"SELECT 'awsuser' AS usename, {OWNER} AS usesysid, true AS usecreatedb, true AS usesuper, "
    "false AS usecatupd, '********' AS passwd, CAST(NULL AS TIMESTAMP) AS valuntil, "
    "CAST(NULL AS VARCHAR) AS useconfig",
}
# Those that lack columns of PostgreSQL's, which `*` would show.
PARTIAL = frozenset({"pg_class", "pg_attribute", "pg_type", "pg_constraint"})
