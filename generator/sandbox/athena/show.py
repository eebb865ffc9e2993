"""SHOW and DESCRIBE: the catalog as rows of text."""

import re
from collections.abc import Iterable

from generator.sandbox import differences
from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.ddl import table_of
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.formats import LAZY_SIMPLE, PARQUET_SERDE
from generator.sandbox.athena.query import Query, view_definition
from generator.sandbox.athena.results import Outcome, ResultColumn
from generator.sandbox.athena.statements import (
    Column,
    Describe,
    Explain,
    ShowColumns,
    ShowCreate,
    ShowDatabases,
    ShowPartitions,
    ShowProperties,
    ShowTables,
)
from generator.sandbox.athena.types import ResultType

_AS_WRITTEN = "SHOW CREATE VIEW shows the query as it was written, where Athena formats it anew."
_PLAN = "EXPLAIN shows the sandbox's plan, which is none of Athena's."
# Hive's SerDes whose columns are the table's own; those of others are shown as the SerDe's.
_NATIVE = (LAZY_SIMPLE, PARQUET_SERDE)
_DEFAULT_FORMAT = ("serialization.format", "1")
_STRING = ResultType("string", 0, 0)


def _listed(column: str, rows: Iterable[str]) -> Outcome:
    return Outcome((ResultColumn(column, _STRING),), tuple((row,) for row in rows))


def _matching(names: Iterable[str], pattern: str) -> list[str]:
    """Names that match a pattern of SHOW: a regular expression in which `*` stands for any text."""
    found = re.compile(pattern.replace("*", ".*") or ".*", re.IGNORECASE)
    return [name for name in names if found.fullmatch(name)]


def show_databases(query: Query, statement: ShowDatabases) -> Outcome:
    names = (str(database["Name"]) for database in query.catalog.databases())
    return _listed("database_name", _matching(names, statement.pattern))


def show_tables(query: Query, statement: ShowTables) -> Outcome:
    database = statement.database or query.database
    if not query.catalog.has_database(database):
        raise QueryError(f"FAILED: SemanticException [Error 10072]: Database does not exist: {database}")
    tables = query.catalog.tables(database)
    names = (table.name.table for table in tables if table.view_text or not statement.views_only)
    return _listed("tab_name", _matching(names, statement.pattern))


def show_partitions(query: Query, statement: ShowPartitions) -> Outcome:
    table = table_of(query, statement.name)
    if not table.partition_keys:
        raise QueryError(
            "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
            f"Table {table.name} is not a partitioned table"
        )
    keys = [key.name for key in table.partition_keys]
    rows = (
        "/".join(f"{key}={value}" for key, value in zip(keys, one.values, strict=True))
        for one in query.catalog.partitions(table)
    )
    return _listed("partition", rows)


def show_columns(query: Query, statement: ShowColumns) -> Outcome:
    table = table_of(query, statement.name)
    return _listed("field", (column.name for column in table.all_columns))


def show_properties(query: Query, statement: ShowProperties) -> Outcome:
    table = table_of(query, statement.name)
    if not statement.key:
        return _listed("prpt_name", (f"{key}\t{value}" for key, value in sorted(table.properties.items())))
    value = table.properties.get(statement.key)
    return _listed(
        "prpt_name", [f"Table {table.name} does not have property: {statement.key}" if value is None else value]
    )


def explain(query: Query, statement: Explain) -> Outcome:
    """Raises QueryError where the query is wrong: that is what EXPLAIN (TYPE VALIDATE) is for."""
    prepared = query.describe(statement.query)
    if statement.validate:
        return Outcome((ResultColumn("Valid", ResultType("boolean", 1, 0)),), (("true",),), header=True)
    differences.report(_PLAN)
    plan = "\n".join(str(row[1]) for row in query.execute(f"EXPLAIN {prepared.sql}").fetchall())
    return _listed("Query Plan", plan.split("\n"))


def describe(query: Query, statement: Describe) -> Outcome:
    """One text for each column, its parts padded and parted by tabs, as Hive's DESCRIBE writes them."""
    table = table_of(query, statement.name)
    rows = [_described(column) for column in (*_shown(table), *table.partition_keys)]
    if table.partition_keys:
        heading = _described(Column("# col_name", "data_type", "comment"))
        rows += ["", "# Partition Information", heading, ""]
        rows += [_described(key) for key in table.partition_keys]
    columns = tuple(ResultColumn(name, _STRING) for name in ("col_name", "data_type", "comment"))
    return Outcome(columns, tuple((row,) for row in rows))


def _shown(table: Table) -> list[Column]:
    own = table.view_text or table.serde in _NATIVE
    return [
        Column(column.name, column.type, column.comment or ("" if own else "from deserializer"))
        for column in table.columns
    ]


def _described(column: Column) -> str:
    return "\t".join(text.ljust(20) for text in (column.name, column.type, column.comment))


def show_create(query: Query, statement: ShowCreate) -> Outcome:
    table = table_of(query, statement.name)
    if bool(table.view_text) != statement.view:
        kind = "a table" if statement.view else "a view"
        raise QueryError(f"FAILED: SemanticException: {table.name} is {kind}")
    if table.view_text:
        differences.report(_AS_WRITTEN)
        sql = f"CREATE VIEW {table.name} AS\n{view_definition(table)['originalSql']}"
        return _listed("Create View", sql.split("\n"))
    return _listed("createtab_stmt", _create_table(table).split("\n"))


def _create_table(table: Table) -> str:
    clauses = [f"CREATE EXTERNAL TABLE `{table.name}`(\n{_columns(_shown(table))})"]
    if table.comment:
        clauses.append(f"COMMENT {_text(table.comment)}")
    if table.partition_keys:
        clauses.append(f"PARTITIONED BY ( \n{_columns(table.partition_keys)})")
    if table.bucketed:
        named = ", ".join(f"\n  {name}" for name in table.storage["BucketColumns"])
        clauses.append(f"CLUSTERED BY ( {named}) \nINTO {table.storage['NumberOfBuckets']} BUCKETS")
    clauses.append(f"ROW FORMAT SERDE \n  {_text(table.serde)} ")
    given = {key: value for key, value in table.serde_properties.items() if (key, value) != _DEFAULT_FORMAT}
    if given:
        clauses.append(f"WITH SERDEPROPERTIES ( \n{_pairs(given)}) ")
    storage = table.storage
    clauses.append(f"STORED AS INPUTFORMAT \n  {_text(storage['InputFormat'])} ")
    clauses.append(f"OUTPUTFORMAT \n  {_text(storage['OutputFormat'])}")
    clauses.append(f"LOCATION\n  {_text(storage['Location'])}")
    properties = {key: value for key, value in table.properties.items() if key not in ("EXTERNAL", "comment")}
    if properties:
        clauses.append(f"TBLPROPERTIES (\n{_pairs(properties)})")
    return "\n".join(clauses)


def _columns(columns: Iterable[Column]) -> str:
    return ", \n".join(
        f"  `{column.name}` {column.type}" + (f" COMMENT {_text(column.comment)}" if column.comment else "")
        for column in columns
    )


def _pairs(properties: dict[str, str]) -> str:
    return ", \n".join(f"  {_text(key)}={_text(value)}" for key, value in sorted(properties.items()))


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"
