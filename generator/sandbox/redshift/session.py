"""A Redshift database of the sandbox, and the sessions that run statements in it."""

from __future__ import annotations

import contextlib
import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import fsspec

from generator.sandbox import duck
from generator.sandbox.redshift import catalog, functions, history, storage
from generator.sandbox.redshift.errors import SERIALIZABLE, RedshiftError, from_duckdb, is_conflict
from generator.sandbox.redshift.locks import TableLocks
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.redshift.types import ColumnType
from generator.sandbox.sql import quote_name

_PIDS = itertools.count(1073741824)
_QUERY_IDS = itertools.count(1)


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result: its name, its type, and the table column that it plainly is, if it is one."""

    name: str
    type: ColumnType
    schema: str = ""
    table: str = ""
    nullable: bool = True


@dataclass(frozen=True)
class Outcome:
    """What a statement gave: `columns` is None where it gives no rows; `affected` counts rows written."""

    columns: tuple[ResultColumn, ...] | None = None
    rows: Sequence[tuple[object, ...]] = ()
    affected: int = 0


@dataclass(frozen=True)
class Loads:
    """The last query, COPY and UNLOAD of a session: their IDs, -1 before the first, and rows, 0 where one failed."""

    query_id: int = -1
    copy_id: int = -1
    copied: int = 0
    unload_id: int = -1
    unloaded: int = 0


@dataclass(frozen=True)
class Prepared:
    """A prepared statement: its text with `$1`, and the types that PREPARE gave its parameters."""

    text: str
    types: tuple[ColumnType, ...]


@dataclass
class Cursor:
    """An open cursor. `position` is the number of rows up to its current one."""

    name: str
    result: Outcome
    position: int = 0


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
        self.search_path: tuple[str, ...] = ("public",)
        self.settings: dict[str, str] = {}
        self._path = ["public"]
        self._followed = "public"
        self._settings_before: dict[str, str] = {}
        self._settings_after: dict[str, str | None] = {}
        self.prepared: dict[str, Prepared] = {}
        self.cursor: Cursor | None = None
        self.loads = Loads()
        self._loads_before = self.loads
        self._has_temporary = False
        self.in_transaction = False
        self.in_block = False
        self.aborted = False
        self.cancelled = False
        self._snapshot: int | None = None
        self._rewritten: set[tuple[str, str]] = set()
        self.connection = connection
        self._known: dict[tuple[str, ...], Relation | None] | None = None
        connection.execute("SET search_path = 'public'")

    @property
    def temporary_schema(self) -> str:
        """The schema under which the session's temporary tables are listed."""
        return f"pg_temp_{self.pid}"

    def home(self, schema: str, *, temporary: bool) -> str:
        """The schema that a new table is made in; `schema` may be empty."""
        self._has_temporary = self._has_temporary or temporary
        return self.temporary_schema if temporary else schema or self.search_path[0]

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
            self._settings_before = dict(self.settings)
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
        self.settings = self._settings_before
        if self.in_block:
            self.loads = self._loads_before

    def _ended(self, rewritten: set[tuple[str, str]]) -> None:
        self.in_transaction = self.in_block = self.aborted = False
        self._snapshot = None
        self._rewritten = set()
        self.cursor = None
        for name, value in self._settings_after.items():
            self._put(name, value)
        self._settings_after = {}
        self.database.locks.release(self, rewritten)
        if self.settings.get("search_path", "public") != self._followed and not self.cancelled:
            self.follow_path()

    def set(self, name: str, value: str | None, *, local: bool = False) -> None:
        """Set a parameter (None: to its default) for the session, or `local`ly until the transaction ends."""
        if local:
            self._settings_after.setdefault(name, self.settings.get(name))
        else:
            self._settings_after.pop(name, None)
        self._put(name, value)
        self.follow_path()

    def _put(self, name: str, value: str | None) -> None:
        if value is None:
            self.settings.pop(name, None)
        else:
            self.settings[name] = value

    def follow_path(self) -> None:
        """Look names up in the schemas of the setting search_path, those of them that there are."""
        self._followed = self.settings.get("search_path", "public")
        names = [name.strip().strip('"') for name in self._followed.split(",")]
        path = tuple(name for name in names if name not in ("", "$user"))
        known = {name for (name,) in self.connection.execute("SELECT schema_name FROM duckdb_schemas()").fetchall()}
        found = [schema for schema in path if schema in known]
        if (path, found) != (self.search_path, self._path):
            self.search_path, self._path = path, found
            listed = ",".join(map(quote_name, found)).replace("'", "''")
            self.connection.execute(f"SET search_path = '{listed}'")

    def begin_copy(self) -> None:
        """Give the COPY that begins to load its query ID."""
        self.end_query()
        self.loads = replace(self.loads, copy_id=self.loads.query_id, copied=0)

    def begin_unload(self) -> None:
        """Give the UNLOAD that begins to write its query ID."""
        self.end_query()
        self.loads = replace(self.loads, unload_id=self.loads.query_id, unloaded=0)

    def end_query(self) -> None:
        """Give a query of users' tables its ID."""
        self.loads = replace(self.loads, query_id=next(_QUERY_IDS))

    def note(self, text: str, started: datetime.datetime, before: int, error: str = "", rows: int = 0) -> None:
        """Note a statement that has ended in the database's history; `before` was the last query's ID."""
        last = self.loads.query_id
        query_id = last if last != before else next(_QUERY_IDS)
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
        if self._has_temporary:
            # An interruption of the last statement may reach this connection late, so another one tidies up.
            with contextlib.closing(self.database.connection()) as connection:
                storage.forget(connection, self.temporary_schema)
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
        schema, table = self.split(name)
        with self.database.connection() as outside:
            for candidate in (schema,) if schema else self.search_path:
                if storage.load(outside, candidate, table) is not None:
                    self.lock_name(candidate, table)
                    return

    def find(self, name: Sequence[str], connection: duckdb.DuckDBPyConnection | None = None) -> Relation | None:
        """The table or view of that (dotted) name, or None; as `connection` sees it, if not as the session."""
        key = tuple(name)
        if connection is not None or self._known is None:
            return self._look_up(name, connection or self.connection)
        if key not in self._known:
            self._known[key] = self._look_up(name, self.connection)
        return self._known[key]

    def _look_up(self, name: Sequence[str], connection: duckdb.DuckDBPyConnection) -> Relation | None:
        schema, table = self.split(name)
        # Most sessions have no temporary tables to look for.
        own = (self.temporary_schema,) if self._has_temporary else ()
        for candidate in (schema,) if schema else (*own, *self.search_path):
            found = storage.load(connection, candidate, table)
            if found is not None:
                return replace(found, temporary=candidate == self.temporary_schema)
        return None

    @contextlib.contextmanager
    def unchanged(self) -> Iterator[None]:
        """While a statement is translated no table changes: each that it names is looked up once."""
        outer, self._known = self._known, {} if self._known is None else self._known
        try:
            yield
        finally:
            self._known = outer

    def relation(self, name: Sequence[str]) -> Relation:
        """The table or view of that (dotted) name. Raises RedshiftError where there is none."""
        found = self.find(name)
        if found is None:
            raise RedshiftError(f'relation "{".".join(name)}" does not exist')
        return found

    def split(self, name: Sequence[str]) -> tuple[str, str]:
        """Schema ("" where not given) and table of a dotted name. Raises RedshiftError for another database."""
        if len(name) == 3 and name[0] != self.database.name:
            raise RedshiftError(f'cross-database reference to database "{name[0]}" is not supported')
        if len(name) > 3:
            raise RedshiftError(f"improper qualified name (too many dotted names): {'.'.join(name)}")
        return ("", name[0]) if len(name) == 1 else (name[-2], name[-1])

    def place(self, relation: Relation) -> str:
        """The relation's name in DuckDB's SQL."""
        if relation.schema == self.temporary_schema:
            return f"temp.main.{quote_name(relation.name)}"
        return f"{quote_name(relation.schema)}.{quote_name(relation.name)}"
