"""Runs one parsed statement: which function does which, and the database that queries run on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb

from generator.sandbox import differences, duck
from generator.sandbox.athena import ddl, functions, macros, show, statements, table_changes, write
from generator.sandbox.athena.catalog import Catalog
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.memory import MemoryFiles
from generator.sandbox.athena.objects import Objects
from generator.sandbox.athena.prepared import PreparedStatement, PreparedStatements, UnknownStatementError
from generator.sandbox.athena.query import Query
from generator.sandbox.athena.results import Outcome
from generator.sandbox.athena.statements import Statement

Run = Callable[[Query, Any], Outcome]
_BY_STATEMENT: dict[type[Statement], Run] = {
    statements.CreateDatabase: ddl.create_database,
    statements.DropDatabase: ddl.drop_database,
    statements.CreateTable: ddl.create_table,
    statements.DropTable: ddl.drop_table,
    statements.CreateView: ddl.create_view,
    statements.DropView: ddl.drop_view,
    statements.AddPartitions: table_changes.add_partitions,
    statements.DropPartitions: table_changes.drop_partitions,
    statements.SetProperties: table_changes.set_properties,
    statements.AddColumns: table_changes.add_columns,
    statements.SetDatabaseProperties: ddl.set_database_properties,
    statements.ReplaceColumns: table_changes.replace_columns,
    statements.ChangeColumn: table_changes.change_column,
    statements.SetLocation: table_changes.set_location,
    statements.RenamePartition: table_changes.rename_partition,
    statements.RepairTable: table_changes.repair,
    statements.ShowDatabases: show.show_databases,
    statements.ShowTables: show.show_tables,
    statements.ShowPartitions: show.show_partitions,
    statements.ShowColumns: show.show_columns,
    statements.ShowCreate: show.show_create,
    statements.ShowProperties: show.show_properties,
    statements.Describe: show.describe,
    statements.Explain: show.explain,
    statements.ChangeRows: write.change_rows,
}

_EXTERNAL = (
    "The Create Table As Select query failed because it was submitted with an 'external_location' property to an "
    "Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
    "'external_location' property and resubmit the query."
)


@dataclass(frozen=True)
class Task:
    """A statement, its text, and what surrounds it: the context's database, the S3 folder for results.

    `enforced`: the workgroup has results go to a location of its own, whatever the client says.
    """

    statement: Statement
    text: str
    database: str
    parameters: tuple[str, ...]
    results: str
    workgroup: str = "primary"
    enforced: bool = False


class Engine:
    """Athena's engine for the sandbox at `endpoint`: a DuckDB database of its own, apart from Redshift's."""

    def __init__(self, endpoint: str) -> None:
        self._database = duck.open_database(endpoint)
        macros.install(self._database)
        functions.create(self._database)
        MemoryFiles.register(self._database)
        self.catalog = Catalog(endpoint)
        self.objects = Objects()
        self.prepared = PreparedStatements()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A cursor for one task; another thread may interrupt it."""
        return self._database.cursor()

    def run(self, task: Task, cursor: duckdb.DuckDBPyConnection, stopped: Callable[[], bool]) -> Outcome:
        """Raises QueryError, InvalidRequestError, or duckdb.InterruptException where it was interrupted."""
        with MemoryFiles() as memory:
            query = Query(cursor, self.catalog, self.objects, memory, task.database, stopped)
            with differences.statement(task.text):
                return self._prepare(task) or _run(query, task)

    def _prepare(self, task: Task) -> Outcome | None:
        """PREPARE and DEALLOCATE PREPARE, which change the workgroup."""
        statement = task.statement
        if isinstance(statement, statements.Prepare):
            self.prepared.create(PreparedStatement(statement.prepared, statement.text, task.workgroup))
        elif isinstance(statement, statements.Deallocate):
            try:
                self.prepared.delete(task.workgroup, statement.prepared)
            except UnknownStatementError as error:
                raise QueryError(str(error)) from error
        else:
            return None
        return Outcome()

    def close(self) -> None:
        self._database.close()


def _run(query: Query, task: Task) -> Outcome:
    statement = task.statement
    match statement:
        case statements.Select():
            return query.select(statement.query, task.parameters)
        case statements.Insert():
            return write.insert(query, statement, task.parameters)
        case statements.Unload():
            return write.unload(query, statement, task.parameters)
        case statements.CreateTableAs():
            if task.enforced and "external_location" in statement.properties:
                raise QueryError(_EXTERNAL)
            return write.create_table_as(query, statement, task.parameters, task.results)
    return _BY_STATEMENT[type(statement)](query, statement)
