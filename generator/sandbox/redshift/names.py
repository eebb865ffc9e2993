"""Which table or view a name means in a session: its search path, and its temporary tables before all others."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

import duckdb

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.sql import quote_name

_DEFAULT_PATH = "public"


class Names:
    """The names that session `pid` of a database knows; its temporary tables are listed under `temporary_schema`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, database: str, pid: int) -> None:
        self.temporary_schema = f"pg_temp_{pid}"
        self.has_temporary = False
        self.search_path: tuple[str, ...] = (_DEFAULT_PATH,)
        self._path = [_DEFAULT_PATH]
        self._followed = _DEFAULT_PATH
        self._connection = connection
        self._database = database
        self._known: dict[tuple[str, ...], Relation | None] | None = None
        connection.execute(f"SET search_path = '{_DEFAULT_PATH}'")

    def follows(self, setting: str | None) -> bool:
        """Whether names are looked up as a value of the parameter search_path says; None is its default."""
        return (setting or _DEFAULT_PATH) == self._followed

    def follow(self, setting: str | None) -> None:
        """Look names up in the schemas of the parameter search_path, those of them that there are."""
        self._followed = setting or _DEFAULT_PATH
        names = [name.strip().strip('"') for name in self._followed.split(",")]
        path = tuple(name for name in names if name not in ("", "$user"))
        known = {name for (name,) in self._connection.execute("SELECT schema_name FROM duckdb_schemas()").fetchall()}
        found = [schema for schema in path if schema in known]
        if (path, found) != (self.search_path, self._path):
            self.search_path, self._path = path, found
            listed = ",".join(map(quote_name, found)).replace("'", "''")
            self._connection.execute(f"SET search_path = '{listed}'")

    def home(self, schema: str, *, temporary: bool) -> str:
        """The schema that a new table is made in; `schema` may be empty."""
        self.has_temporary = self.has_temporary or temporary
        return self.temporary_schema if temporary else schema or self.search_path[0]

    def find(self, name: Sequence[str], connection: duckdb.DuckDBPyConnection | None = None) -> Relation | None:
        """The table or view of that (dotted) name, or None; as `connection` sees it, if not as the session."""
        key = tuple(name)
        if connection is not None or self._known is None:
            return self._look_up(name, connection or self._connection)
        if key not in self._known:
            self._known[key] = self._look_up(name, self._connection)
        return self._known[key]

    def _look_up(self, name: Sequence[str], connection: duckdb.DuckDBPyConnection) -> Relation | None:
        schema, table = self.split(name)
        # Most sessions have no temporary tables to look for.
        own = (self.temporary_schema,) if self.has_temporary else ()
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
        if len(name) == 3 and name[0] != self._database:
            raise RedshiftError(f'cross-database reference to database "{name[0]}" is not supported')
        if len(name) > 3:
            raise RedshiftError(f"improper qualified name (too many dotted names): {'.'.join(name)}")
        return ("", name[0]) if len(name) == 1 else (name[-2], name[-1])

    def place(self, relation: Relation) -> str:
        """The relation's name in DuckDB's SQL."""
        if relation.schema == self.temporary_schema:
            return f"temp.main.{quote_name(relation.name)}"
        return f"{quote_name(relation.schema)}.{quote_name(relation.name)}"
