"""SQL text -> Statement. Queries within statements stay text; Hive's DDL is read whole.

The grammar is that of "DDL statements" and "DML queries, functions, and operators" in Athena's user guide
(docs.aws.amazon.com/athena/latest/ug/ddl-reference.html, .../dml-queries-functions-operators.html).
"""

import re
from collections.abc import Callable
from copy import copy

from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.athena.statements import (
    AddColumns,
    AddPartitions,
    CreateDatabase,
    CreateTableAs,
    CreateView,
    Describe,
    DropDatabase,
    DropPartitions,
    DropTable,
    DropView,
    Insert,
    PartitionSpec,
    RepairTable,
    Select,
    SetProperties,
    ShowColumns,
    ShowCreate,
    ShowDatabases,
    ShowPartitions,
    ShowTables,
    Statement,
    Unload,
)  # fmt: skip
from generator.sandbox.athena.table_ddl import columns, properties, read_create_table
from generator.sandbox.athena.words import Words

_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE")
# Athena reads these with Hive's grammar, all others with Trino's: they quote names and strings differently.
_HIVE = re.compile(
    r"(?is)(?:\s+|--[^\n]*\n|/\*.*?\*/)*"
    r"(?:create\s+(?:external|database|schema)|drop\s+(?:table|database|schema)|alter|msck|show|desc|describe)\b"
)


def parse(sql: str) -> Statement:
    """The one statement in `sql`.

    Raises InvalidRequestError for a syntax error or several statements, UnsupportedError for a statement that
    Athena knows and the sandbox does not.
    """
    words = Words(sql, "hive" if _HIVE.match(sql) else "trino")
    if words.at_end:
        raise InvalidRequestError("Query string is empty", "MALFORMED_QUERY")
    _check_single(sql, words)
    if any(words.looking_at(*"(" * depth, start) for depth in range(4) for start in _QUERIES):
        return Select(words.rest())
    reader = next((read for start, read in _READERS.items() if words.accept(*start.split())), None)
    if reader is not None:
        statement = reader(words)
        words.end()
        return statement
    if any(words.looking_at(known) for known in _KNOWN):
        raise UnsupportedError(f"this {words.identifier().upper()} statement")
    raise words.mismatch()


def _check_single(sql: str, words: Words) -> None:
    ahead = copy(words)
    ahead.text_until(";")
    ahead.accept(";")
    if not ahead.at_end:
        raise InvalidRequestError(f"Only one sql statement is allowed. Got: {sql}", "MALFORMED_QUERY")


def _if_not_exists(words: Words) -> bool:
    return words.accept("IF", "NOT", "EXISTS")


def _if_exists(words: Words) -> bool:
    return words.accept("IF", "EXISTS")


def _create_database(words: Words) -> Statement:
    lenient, database = _if_not_exists(words), words.identifier()
    comment = words.string() if words.accept("COMMENT") else ""
    location = words.string() if words.accept("LOCATION") else ""
    if words.accept("WITH", "DBPROPERTIES"):
        properties(words)
    return CreateDatabase(database, lenient, comment, location)


def _drop_database(words: Words) -> Statement:
    lenient, database = _if_exists(words), words.identifier()
    cascade = words.accept("CASCADE")
    words.accept("RESTRICT")
    return DropDatabase(database, lenient, cascade)


def _create_table_as(words: Words) -> Statement:
    lenient, name = _if_not_exists(words), words.name()
    if words.looking_at("("):
        raise UnsupportedError("CREATE TABLE without EXTERNAL (Iceberg tables); say CREATE EXTERNAL TABLE")
    options = dict(words.listed(lambda: _option(words))) if words.accept("WITH") else {}
    words.expect("AS")
    query = words.rest()
    suffix = re.search(r"(?is)\s+with\s+(no\s+)?data\s*$", query)
    if suffix:
        query = query[: suffix.start()]
    return CreateTableAs(name, lenient, options, query, with_data=not (suffix and suffix[1]))


def _option(words: Words) -> tuple[str, str | tuple[str, ...]]:
    key = words.identifier()
    words.expect("=")
    if not words.accept("ARRAY"):
        return key, words.value()
    words.expect("[")
    items = [words.string()]
    while words.accept(","):
        items.append(words.string())
    words.expect("]")
    return key, tuple(items)


def _create_view(words: Words, *, or_replace: bool = False) -> Statement:
    name = words.name()
    words.expect("AS")
    return CreateView(name, or_replace, words.rest())


def _insert(words: Words) -> Statement:
    name = words.name()
    named = words.looking_at("(") and not any(words.looking_at("(", start) for start in (*_QUERIES, "("))
    return Insert(name, words.listed(words.identifier) if named else (), words.rest())


def _unload(words: Words) -> Statement:
    query = words.parenthesized()
    words.expect("TO")
    location = words.string()
    options = dict(words.listed(lambda: _option(words))) if words.accept("WITH") else {}
    return Unload(query, location, options)


def _alter_table(words: Words) -> Statement:
    name = words.name()
    if words.accept("ADD", "COLUMNS"):
        return AddColumns(name, columns(words))
    if words.accept("ADD"):
        lenient, found = _if_not_exists(words), []
        while words.accept("PARTITION"):
            found.append((_partition(words), words.string() if words.accept("LOCATION") else ""))
        return AddPartitions(name, lenient, tuple(found))
    if words.accept("DROP"):
        lenient, specs = _if_exists(words), []
        while words.accept("PARTITION"):
            specs.append(_partition(words))
            words.accept(",")
        return DropPartitions(name, lenient, tuple(specs))
    if words.accept("SET", "TBLPROPERTIES"):
        return SetProperties(name, properties(words))
    raise UnsupportedError("this form of ALTER TABLE")


def _partition(words: Words) -> PartitionSpec:
    def item() -> tuple[str, str]:
        column = words.identifier()
        if not words.accept("="):
            raise UnsupportedError("a PARTITION clause with a comparison other than =")
        if words.accept("DATE"):
            return column, words.string()
        return column, words.value()

    return words.listed(item)


def _repair(words: Words) -> Statement:
    return RepairTable(words.name())


def _show_databases(words: Words) -> Statement:
    return ShowDatabases(words.string() if words.accept("LIKE") else "")


def _show_tables(words: Words, *, views_only: bool = False) -> Statement:
    database = words.identifier() if words.accept("IN") or words.accept("FROM") else ""
    words.accept("LIKE")
    return ShowTables(database, "" if words.at_end or words.looking_at(";") else words.string(), views_only)


def _show_columns(words: Words) -> Statement:
    if not words.accept("IN"):
        words.expect("FROM")
    name = words.name()
    if words.accept("IN") or words.accept("FROM"):
        name = type(name)(words.identifier(), name.table)
    return ShowColumns(name)


def _describe(words: Words) -> Statement:
    if words.accept("EXTENDED") or words.accept("FORMATTED"):
        raise UnsupportedError("DESCRIBE EXTENDED and DESCRIBE FORMATTED")
    return Describe(words.name())


# By their first words; longer beginnings come before their shorter kin.
_READERS: dict[str, Callable[[Words], Statement]] = {
    "CREATE EXTERNAL TABLE": read_create_table,
    "CREATE DATABASE": _create_database,
    "CREATE SCHEMA": _create_database,
    "CREATE TABLE": _create_table_as,
    "CREATE OR REPLACE VIEW": lambda words: _create_view(words, or_replace=True),
    "CREATE VIEW": _create_view,
    "DROP DATABASE": _drop_database,
    "DROP SCHEMA": _drop_database,
    "DROP TABLE": lambda words: DropTable(if_exists=_if_exists(words), name=words.name()),
    "DROP VIEW": lambda words: DropView(if_exists=_if_exists(words), name=words.name()),
    "ALTER TABLE": _alter_table,
    "MSCK REPAIR TABLE": _repair,
    "SHOW DATABASES": _show_databases,
    "SHOW SCHEMAS": _show_databases,
    "SHOW TABLES": _show_tables,
    "SHOW VIEWS": lambda words: _show_tables(words, views_only=True),
    "SHOW PARTITIONS": lambda words: ShowPartitions(words.name()),
    "SHOW COLUMNS": _show_columns,
    "SHOW CREATE TABLE": lambda words: ShowCreate(words.name()),
    "SHOW CREATE VIEW": lambda words: ShowCreate(words.name(), view=True),
    "DESCRIBE": _describe,
    "DESC": _describe,
    "INSERT INTO": _insert,
    "UNLOAD": _unload,
}
_KNOWN = (
    "ALTER", "DELETE", "UPDATE", "MERGE", "EXPLAIN", "PREPARE", "EXECUTE", "DEALLOCATE", "OPTIMIZE", "VACUUM",
    "SHOW", "CREATE", "DROP",
)  # fmt: skip
