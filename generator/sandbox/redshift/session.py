"""A Redshift database of the sandbox, and the sessions that run statements in it."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Sequence

import duckdb
import fsspec

from generator.sandbox import duck
from generator.sandbox.redshift import catalog, functions, history, storage
from generator.sandbox.redshift.errors import SERIALIZABLE, RedshiftError, from_duckdb, is_conflict
from generator.sandbox.redshift.locks import TableLocks
from generator.sandbox.redshift.memory import Cursor, Loads, Parameters, Prepared, next_query_id
from generator.sandbox.redshift.names import Names
from generator.sandbox.redshift.storage import Relation

_PIDS = itertools.count(1073741824)


class Database:
    """One Redshift database, empty but for the schema `public`. `s3_endpoint` is where its COPY reads."""

    def __init__(self, s3_endpoint: str, name: str) -> None:
        self.s3_endpoint = s3_endpoint
        self.name = name
        self.locks = TableLocks()
        # Whether there ever was a view without schema binding or a function: queries are searched for them then.
        self.has_inlined = False
        self._root = duck.open_database(s3_endpoint)
        self._root.register_filesystem(fsspec.filesystem("memory"))
        # sqlglot writes NULLS FIRST wherever it is not DuckDB's default, which therefore stays.
        self._root.execute("SET GLOBAL integer_division = true")
        self._root.execute("CREATE SCHEMA public")
        functions.create(self._root, name)
        storage.create(self._root)
        self.history = history.History(self._root)
        catalog.create(self._root, name)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection outside all sessions and their transactions, to be closed by the caller."""
        return self._root.cursor()

    def session(self, user: str = "") -> Session:
        return Session(self, self.connection(), user or "awsuser")

    def close(self) -> None:
        self._root.close()


class Session:
    """A connection to a database: its temporary tables, its transaction, its locks.

    A session runs one statement at a time; only `cancel` may be called from another thread.
    """

    def __init__(self, database: Database, connection: duckdb.DuckDBPyConnection, user: str) -> None:
        self.database = database
        self.user = user
        self.pid = next(_PIDS)
        self.connection = connection
        self.names = Names(connection, database.name, self.pid)
        self.parameters = Parameters()
        self.prepared: dict[str, Prepared] = {}
        self.cursor: Cursor | None = None
        self.loads = Loads()
        self._loads_before = self.loads
        self.in_transaction = False
        self.in_block = False
        self.aborted = False
        self.cancelled = False
        self._snapshot: int | None = None
        self._rewritten: set[tuple[str, str]] = set()

    def sql(self, text: str, values: Sequence[object] = ()) -> duckdb.DuckDBPyConnection:
        """Run a statement of DuckDB's own SQL. Raises RedshiftError."""
        if self.cancelled:
            raise RedshiftError("Query cancelled on user's request")
        try:
            return self.connection.execute(text, values) if values else self.connection.execute(text)
        except duckdb.Error as error:
            raise self.error(error) from error

    def error(self, error: duckdb.Error) -> RedshiftError:
        """What DuckDB reports, as Redshift's error."""
        return self.conflict("(unknown)") if is_conflict(error) else from_duckdb(error)

    def conflict(self, table: str) -> RedshiftError:
        text = SERIALIZABLE.format(table=table, first=self.pid, second=self.pid + 1, pid=self.pid)
        return RedshiftError(text)

    def begin(self, *, block: bool = False) -> None:
        """Start a transaction where none is; `block`: it goes on until a COMMIT or ROLLBACK."""
        if not self.in_transaction:
            self.sql("BEGIN")
            self.in_transaction = True
            self.parameters.begin()
            self._loads_before = self.loads
        self.in_block = self.in_block or block

    def commit(self) -> None:
        """End the transaction, keeping its work. Raises RedshiftError where it lost a conflict."""
        rewritten: set[tuple[str, str]] = set()
        try:
            if self.in_transaction:
                self.sql("ROLLBACK" if self.aborted else "COMMIT")
                rewritten = set() if self.aborted else self._rewritten
        finally:
            if self.aborted:
                self._forget()
            self._ended(rewritten)

    def rollback(self) -> None:
        """End the transaction, undoing its work."""
        try:
            if self.in_transaction:
                self.connection.execute("ROLLBACK")
        except duckdb.Error:
            pass  # DuckDB has ended the transaction by itself, as after a conflict at commit
        finally:
            if self.in_transaction:
                self._forget()
            self._ended(set())

    def _forget(self) -> None:
        """Undo what the transaction has set; a COPY of its own that failed keeps its ID."""
        self.parameters.undo()
        if self.in_block:
            self.loads = self._loads_before

    def _ended(self, rewritten: set[tuple[str, str]]) -> None:
        self.in_transaction = self.in_block = self.aborted = False
        self._snapshot = None
        self._rewritten = set()
        self.cursor = None
        self.parameters.end()
        self.database.locks.release(self, rewritten)
        if not self.cancelled and not self.names.follows(self.parameters.values.get("search_path")):
            self.follow_path()

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a parameter (None: to its default) for the session, or `local`ly until the transaction ends."""
        self.parameters.set(name, value, local=local)
        self.follow_path()

    def follow_path(self) -> None:
        """Look names up where the parameter search_path says: it, or which schemas there are, has changed."""
        self.names.follow(self.parameters.values.get("search_path"))

    def note(self, text: str, started: datetime.datetime, before: int, error: str = "", rows: int = 0) -> None:
        """Note a statement that has ended in the database's history; `before` was the last query's ID."""
        last = self.loads.query_id
        query_id = last if last != before else next_query_id()
        self.database.history.add(
            history.ended(query_id, self.pid, text, started, error=error, canceled=self.cancelled, rows=rows)
        )

    def take_snapshot(self) -> None:
        """Fix what the transaction sees; Redshift does so at its first statement other than LOCK."""
        if self._snapshot is None:
            self._snapshot = self.database.locks.now()

    def cancel(self) -> None:
        """Stop what the session runs or waits for."""
        self.cancelled = True
        self.database.locks.cancel(self)
        self.connection.interrupt()

    def close(self) -> None:
        """End the session: its transaction is rolled back, its temporary tables are gone."""
        self.cancelled = False
        self.rollback()
        if self.names.has_temporary:
            # An interruption of the last statement may reach this connection late, so another one tidies up.
            with contextlib.closing(self.database.connection()) as connection:
                storage.forget(connection, self.names.temporary_schema)
        self.connection.close()

    def lock(self, relation: Relation, *, rewrites: bool = False) -> None:
        """Take the table for writing until the transaction ends, after whoever has it.

        `rewrites`: the statement reads the table too. Raises RedshiftError 1023 where another transaction
        that did so has committed since this one took its snapshot.
        """
        key = (relation.schema, relation.name)
        if relation.temporary:
            return
        self.database.locks.acquire(self, key)
        if rewrites:
            if self._snapshot is not None and self.database.locks.is_rewritten(key, self._snapshot):
                raise self.conflict(relation.name)
            self._rewritten.add(key)

    def lock_name(self, schema: str, table: str) -> None:
        """Take a table's name, whether or not there is such a table."""
        self.database.locks.acquire(self, (schema, table))

    def lock_first(self, name: Sequence[str]) -> None:
        """Take the table of that name before the transaction looks at it, so that it sees it as it is then."""
        schema, table = self.names.split(name)
        with self.database.connection() as outside:
            for candidate in (schema,) if schema else self.names.search_path:
                if storage.load(outside, candidate, table) is not None:
                    self.lock_name(candidate, table)
                    return
