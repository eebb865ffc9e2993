"""SQL text -> Statement. Queries within statements stay text; Hive's DDL is read whole.

The grammar is that of "DDL statements" and "DML queries, functions, and operators" in Athena's user guide
(docs.aws.amazon.com/athena/latest/ug/ddl-reference.html, .../dml-queries-functions-operators.html).
"""

import re
from collections.abc import Callable
from copy import copy

from generator.sandbox.athena.alter import not_supported, read_alter_database, read_alter_table
from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.athena.statements import (
    ChangeRows,
    CreateDatabase,
    CreateTableAs,
    CreateView,
    Deallocate,
    Describe,
    DropDatabase,
    DropTable,
    DropView,
    Execute,
    Explain,
    Insert,
    Name,
    Prepare,
    RepairTable,
    Select,
    ShowColumns,
    ShowCreate,
    ShowDatabases,
    ShowPartitions,
    ShowProperties,
    ShowTables,
    Statement,
    Unload,
)
from generator.sandbox.athena.table_ddl import properties, read_create_table
from generator.sandbox.athena.words import Words

_ICEBERG = re.compile(r"""(?i)['"]table_type['"]\s*=\s*['"]iceberg['"]""")
_QUERIES = ("SELECT", "WITH", "VALUES", "TABLE")
# Athena reads these with Hive's grammar, all others with Trino's: they quote names and strings differently.
_HIVE = re.compile(
    r"(?is)(?:\s+|--[^\n]*\n|/\*.*?\*/)*"
    r"(?:create\s+(?:external|database|schema|table\s+(?:if\s+not\s+exists\s+)?[`\w.]+\s*(?:\(|like\b))|drop\s+(?:table|database|schema)|alter|msck|show|desc|describe)\b"
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
    if any(words.looking_at(*known.split()) for known in _NOT_ATHENAS):
        raise not_supported()
    reader = next((read for start, read in _READERS.items() if words.accept(*start.split())), None)
    if reader is not None:
        statement = reader(words)
        words.end()
        return statement
    if any(words.looking_at(known) for known in _KNOWN):
        raise UnsupportedError(f"this {words.value().upper()} statement")
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
    own = properties(words) if words.accept("WITH", "DBPROPERTIES") else {}
    return CreateDatabase(database, lenient, comment, location, own)


def _drop_database(words: Words) -> Statement:
    lenient, database = _if_exists(words), words.identifier()
    cascade = words.accept("CASCADE")
    words.accept("RESTRICT")
    return DropDatabase(database, lenient, cascade)


def _create_table_as(words: Words) -> Statement:
    lenient, name = _if_not_exists(words), words.name()
    if words.looking_at("LIKE"):
        raise not_supported()
    if words.looking_at("("):
        if _ICEBERG.search(words.sql):
            raise UnsupportedError("Iceberg tables; say CREATE EXTERNAL TABLE")
        raise InvalidRequestError("CREATE TABLE without EXTERNAL makes Iceberg tables alone", "MALFORMED_QUERY")
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


def _show_properties(words: Words) -> Statement:
    name = words.name()
    (key,) = words.listed(words.string) if words.looking_at("(") else ("",)
    return ShowProperties(name, key)


def _describe(words: Words) -> Statement:
    if words.accept("EXTENDED") or words.accept("FORMATTED"):
        raise UnsupportedError("DESCRIBE EXTENDED and DESCRIBE FORMATTED")
    if words.accept("TABLE"):  # taken for a table of that name
        words.rest()
        return Describe(Name("", "table"))
    name = words.name()
    if not (words.at_end or words.looking_at(";")):
        raise UnsupportedError("DESCRIBE of a partition or of a column")
    return Describe(name)


def _explain(words: Words) -> Statement:
    if words.accept("ANALYZE"):
        raise UnsupportedError("EXPLAIN ANALYZE")
    options: dict[str, str] = {}
    if words.looking_at("(", "FORMAT") or words.looking_at("(", "TYPE"):
        options = dict(words.listed(lambda: (words.identifier(), words.identifier())))
    if options.get("format", "text") != "text" or options.get("type") == "io":
        raise UnsupportedError("EXPLAIN in another format than text")
    if words.looking_at("EXPLAIN") or words.looking_at("PREPARE"):
        raise words.mismatch("a query")
    query = words.rest()
    if not isinstance(parse(query), Select):
        raise UnsupportedError("EXPLAIN of a statement other than SELECT")
    return Explain(query, validate=options.get("type") == "validate")


def _prepare(words: Words) -> Statement:
    name = words.identifier()
    words.expect("FROM")
    if words.looking_at("EXPLAIN") or words.looking_at("PREPARE"):
        raise words.mismatch("a query")
    text = words.rest()
    if not isinstance(parse(text), Select | CreateTableAs | Insert | Unload):
        raise InvalidRequestError("PREPARE takes SELECT, CREATE TABLE AS, INSERT INTO and UNLOAD", "NOT_SUPPORTED")
    return Prepare(name, text)


def _execute(words: Words) -> Statement:
    name, values = words.identifier(), []
    if words.accept("USING"):
        values.append(words.text_until(",", ";"))
        while words.accept(","):
            values.append(words.text_until(",", ";"))
    return Execute(name, tuple(values))


def _deallocate(words: Words) -> Statement:
    words.expect("PREPARE")
    return Deallocate(words.identifier())


def _change_rows(verb: str) -> Callable[[Words], Statement]:
    def read(words: Words) -> Statement:
        statement = ChangeRows(verb, words.name())
        words.rest()
        return statement

    return read


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
    "ALTER DATABASE": read_alter_database,
    "ALTER SCHEMA": read_alter_database,
    "ALTER TABLE": read_alter_table,
    "MSCK REPAIR TABLE": _repair,
    "SHOW DATABASES": _show_databases,
    "SHOW SCHEMAS": _show_databases,
    "SHOW TABLES": _show_tables,
    "SHOW VIEWS": lambda words: _show_tables(words, views_only=True),
    "SHOW PARTITIONS": lambda words: ShowPartitions(words.name()),
    "SHOW COLUMNS": _show_columns,
    "SHOW TBLPROPERTIES": _show_properties,
    "SHOW CREATE TABLE": lambda words: ShowCreate(words.name()),
    "SHOW CREATE VIEW": lambda words: ShowCreate(words.name(), view=True),
    "DESCRIBE": _describe,
    "DESC": _describe,
    "INSERT INTO": _insert,
    "UNLOAD": _unload,
    "EXPLAIN": _explain,
    "PREPARE": _prepare,
    "EXECUTE": _execute,
    "DEALLOCATE": _deallocate,
    "DELETE FROM": _change_rows("DELETE"),
    "UPDATE": _change_rows("UPDATE"),
    "MERGE INTO": _change_rows("MERGE"),
    "VACUUM": _change_rows("VACUUM"),
    "OPTIMIZE": _change_rows("OPTIMIZE"),
}
_KNOWN = ("ALTER", "SHOW", "CREATE", "DROP")
# "Unsupported DDL" in the user guide, with what "Considerations and limitations" adds.
_NOT_ATHENAS = (
    "ALTER INDEX", "COMMIT", "CREATE INDEX", "CREATE ROLE", "CREATE TEMPORARY", "DESCRIBE DATABASE", "DESCRIBE INPUT",
    "DESCRIBE OUTPUT", "DFS", "DROP INDEX", "DROP ROLE", "DROP TEMPORARY", "EXPORT", "GRANT", "IMPORT", "LOCK",
    "REVOKE", "ROLLBACK", "SHOW COMPACTIONS", "SHOW CURRENT", "SHOW GRANT", "SHOW INDEXES", "SHOW LOCKS",
    "SHOW PRINCIPALS", "SHOW ROLE", "SHOW ROLES", "SHOW STATS", "SHOW TRANSACTIONS", "START TRANSACTION", "UNLOCK",
)  # fmt: skip
