"""Runs one parsed statement: which function does which, and the database that queries run on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from generator.sandbox import athena_ddl, athena_macros, athena_show, athena_write, duck
from generator.sandbox import athena_statements as statements
from generator.sandbox.athena_catalog import Catalog
from generator.sandbox.athena_memory import MemoryFiles
from generator.sandbox.athena_objects import Objects
from generator.sandbox.athena_query import Query
from generator.sandbox.athena_results import Outcome
from generator.sandbox.athena_statements import Statement

Run = Callable[[Query, Any], Outcome]
_BY_STATEMENT: dict[type[Statement], Run] = {
    statements.CreateDatabase: athena_ddl.create_database,
    statements.DropDatabase: athena_ddl.drop_database,
    statements.CreateTable: athena_ddl.create_table,
    statements.DropTable: athena_ddl.drop_table,
    statements.CreateView: athena_ddl.create_view,
    statements.DropView: athena_ddl.drop_view,
    statements.AddPartitions: athena_ddl.add_partitions,
    statements.DropPartitions: athena_ddl.drop_partitions,
    statements.SetProperties: athena_ddl.set_properties,
    statements.AddColumns: athena_ddl.add_columns,
    statements.RepairTable: athena_ddl.repair,
    statements.ShowDatabases: athena_show.show_databases,
    statements.ShowTables: athena_show.show_tables,
    statements.ShowPartitions: athena_show.show_partitions,
    statements.ShowColumns: athena_show.show_columns,
    statements.ShowCreate: athena_show.show_create,
    statements.Describe: athena_show.describe,
}


@dataclass(frozen=True)
class Task:
    """A statement with what surrounds it: `results` is the S3 folder for results, `database` the context's."""

    statement: Statement
    database: str
    parameters: tuple[str, ...]
    results: str


class Engine:
    """Athena's engine for the sandbox at `endpoint`: a DuckDB database of its own, apart from Redshift's."""

    def __init__(self, endpoint: str) -> None:
        self._database = duck.open_database(endpoint)
        athena_macros.install(self._database)
        MemoryFiles.register(self._database)
        self.catalog = Catalog(endpoint)
        self.objects = Objects(endpoint)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one task; another thread may interrupt it."""
        return self._database.cursor()

    def run(self, task: Task, cursor: duckdb.DuckDBPyConnection, stopped: Callable[[], bool]) -> Outcome:
        """Raises QueryError, InvalidRequestError, or duckdb.InterruptException where it was interrupted."""
        with MemoryFiles() as memory:
            query = Query(cursor, self.catalog, self.objects, memory, task.database, stopped)
            return _run(query, task)

    def close(self) -> None:
        self._database.close()


def _run(query: Query, task: Task) -> Outcome:
    statement = task.statement
    match statement:
        case statements.Select():
            return query.select(statement.query, task.parameters)
        case statements.Insert():
            return athena_write.insert(query, statement, task.parameters)
        case statements.Unload():
            return athena_write.unload(query, statement, task.parameters)
        case statements.CreateTableAs():
            return athena_write.create_table_as(query, statement, task.parameters, task.results)
    return _BY_STATEMENT[type(statement)](query, statement)
