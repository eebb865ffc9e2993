"""One query at work: its tables resolved, translated, and pointed at the files that it needs."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.athena import information, intervals, names, scan, translate
from generator.sandbox.athena.catalog import Catalog, Table
from generator.sandbox.athena.duck_errors import as_query_error
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions.scalars import none_hidden
from generator.sandbox.athena.memory import MemoryFiles
from generator.sandbox.athena.objects import Objects
from generator.sandbox.athena.results import Outcome, ResultColumn, text_row
from generator.sandbox.athena.scan import Loader, Scan
from generator.sandbox.athena.statements import Name
from generator.sandbox.athena.types import result_type
from generator.sandbox.athena.zones import ZONED
from generator.sandbox.sql import quote_name

_PARTITIONS = "$partitions"
_ZONES = "Timestamps of different time zones that are the same instant are grouped apart; Athena groups them together."
_VIEW_PREFIX, _VIEW_SUFFIX = "/* Presto View: ", " */"


@dataclass(frozen=True)
class Prepared:
    """DuckDB's SQL for a query, whose views are loaded; `columns` are names and DuckDB's types."""

    sql: str
    columns: tuple[tuple[str, str], ...]


class Query:
    """Prepares and runs SELECTs on a cursor of its own.

    `database` is where unqualified names are looked up; `stopped` tells whether somebody wants it to end.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        catalog: Catalog,
        objects: Objects,
        memory: MemoryFiles,
        database: str,
        stopped: Callable[[], bool],
    ) -> None:
        self.cursor = cursor
        self.catalog = catalog
        self.objects = objects
        self.database = database
        self._stopped = stopped
        self.memory = memory
        self._loader = Loader(cursor, catalog, objects, memory)
        self._scans: list[Scan] = []
        self._conditions: dict[str, tuple[str, ...]] = {}

    @property
    def scanned_bytes(self) -> int:
        return self._loader.scanned_bytes

    def describe(self, sql: str, parameters: tuple[str, ...] = ()) -> Prepared:
        """Translate a query without reading a file.

        Raises InvalidRequestError for a syntax error, QueryError for all that Athena finds later.
        """
        # A node around the query, so that every node of the query has a parent.
        whole = exp.Subquery(this=translate.parse_query(sql, parameters))
        translate.translate(whole, self.cursor, self._resolver(self.database))
        names.name_results(whole.this)
        self._conditions = translate.partition_conditions(whole, self._scans)
        duck = translate.to_duckdb(whole.this)
        described = [(str(row[0]), str(row[1])) for row in self.execute(f"DESCRIBE {duck}").fetchall()]
        if any(kind == ZONED for _, kind in described) and whole.find(exp.Group, exp.Distinct, exp.SetOperation):
            differences.report(_ZONES)
        return Prepared(duck, tuple(_result_names(described)))

    def prepare(self, sql: str, parameters: tuple[str, ...] = ()) -> Prepared:
        """Translate a query and load what it reads. Raises as `describe` does."""
        prepared = self.describe(sql, parameters)
        try:
            for scan in self._scans:
                self._loader.load(scan, self._conditions.get(scan.view, ()))
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise as_query_error(error) from error
        return prepared

    def select(self, sql: str, parameters: tuple[str, ...]) -> Outcome:
        """Run a SELECT and render its rows."""
        prepared = self.prepare(sql, parameters)
        columns = tuple(ResultColumn(name, result_type(kind)) for name, kind in prepared.columns)
        types = [column.type for column in columns]
        shown = intervals.as_texts(prepared.sql, [kind for _, kind in prepared.columns])
        rows = tuple(text_row(row, types) for row in self.execute(shown).fetchall())
        columns = intervals.named(columns, rows)
        return Outcome(columns, rows, header=True, scanned_bytes=self.scanned_bytes)

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run DuckDB's SQL; its errors in Athena's words. Raises duckdb.InterruptException when stopped."""
        if self._stopped():
            raise duckdb.InterruptException("stopped between two steps")
        try:
            with none_hidden(sql):
                return self.cursor.execute(sql)
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            raise as_query_error(error) from error

    def table(self, name: Name) -> Table:
        """A table or view by its name as written. Raises QueryError where there is none."""
        full = qualified(name, self.database)
        table = self.catalog.table(full)
        if table is None:
            if not self.catalog.has_database(full.database):
                raise QueryError(f"SCHEMA_NOT_FOUND: line 1:1: Schema '{full.database}' does not exist")
            raise QueryError(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{full}' does not exist")
        return table

    def _resolver(self, database: str) -> translate.Resolve:
        def resolve(name: Name, node: exp.Expr) -> None:
            full = qualified(name, database)
            alias = node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(full.table, quoted=True))
            if full.database == information.SCHEMA:
                view = f"information_{full.table}"
                rows = information.select(self.catalog, full.table)
                self.execute(f"CREATE OR REPLACE TEMP VIEW {view} AS {rows}")
                _point(node, view, alias)
                return
            if full.table.endswith(_PARTITIONS):
                view = f"partitions_{len(self._scans)}_{full.table.removesuffix(_PARTITIONS)}"
                rows = scan.partitions(
                    self.table(Name(full.database, full.table.removesuffix(_PARTITIONS))), self.catalog
                )
                self.execute(f"CREATE OR REPLACE TEMP VIEW {quote_name(view)} AS {rows}")
                _point(node, view, alias)
                return
            table = self.table(full)
            if table.view_text:
                node.replace(exp.Subquery(this=self._view(table), alias=alias))
                return
            source = Scan(table, f"scan_{len(self._scans)}")
            self._scans.append(source)
            scan.declare(self.cursor, source)
            _point(node, source.view, alias)

        return resolve

    def _view(self, table: Table) -> exp.Expr:
        definition = view_definition(table)
        whole = exp.Subquery(this=translate.parse_query(str(definition["originalSql"])))
        translate.resolve_tables(whole, self._resolver(str(definition.get("schema", "default"))))
        names.name_results(whole.this)
        tree: exp.Expr = whole.this
        return tree


def _point(node: exp.Expr, view: str, alias: exp.Expr) -> None:
    """Let a table of the query be DuckDB's view of that name."""
    for key, value in {
        "this": exp.to_identifier(view, quoted=True),
        "db": None,
        "catalog": None,
        "alias": alias,
    }.items():
        node.set(key, value)


def qualified(name: Name, database: str) -> Name:
    """The name with its database; raises QueryError where neither it nor the context has one."""
    if not (name.database or database):
        raise QueryError("MISSING_SCHEMA_NAME: line 1:1: Schema must be specified when session schema is not set")
    return Name(name.database or database, name.table)


def view_text(sql: str, database: str, columns: list[dict[str, str]]) -> str:
    """What Glue keeps of a view, in Presto's form."""
    definition = {
        "originalSql": sql, "catalog": "awsdatacatalog", "schema": database, "columns": columns,
    }  # fmt: skip
    return _VIEW_PREFIX + base64.b64encode(json.dumps(definition).encode()).decode() + _VIEW_SUFFIX


def view_definition(table: Table) -> dict[str, object]:
    """The definition in a view's text. Raises UnsupportedError for views that others than Athena made."""
    text = table.view_text
    if not text.startswith(_VIEW_PREFIX):
        raise UnsupportedError(f"the view {table.name}, which is no Presto view")
    found: dict[str, object] = json.loads(base64.b64decode(text[len(_VIEW_PREFIX) : -len(_VIEW_SUFFIX)]))
    return found


def _result_names(columns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    unnamed = names.UNNAMED
    return [
        (f"_col{position}" if name.startswith(unnamed) else name, kind) for position, (name, kind) in enumerate(columns)
    ]
