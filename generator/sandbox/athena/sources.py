"""What the FROM clauses of a query offer: the columns of tables, WITH queries and subqueries, and their types."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
from sqlglot import exp

from generator.sandbox.athena.types import fields

Columns = list[tuple[str, str]]
_UNKNOWN = ""


class Sources:
    """Finds columns by name, from the sources of the SELECT around them outwards.

    Args:
        cursor: a connection that knows the query's views.
        to_duckdb: an expression's text in DuckDB's SQL.
        kind_of: tells the type of an expression.
    """

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        to_duckdb: Callable[[exp.Expr], str],
        kind_of: Callable[[exp.Expr], str],
    ) -> None:
        self._cursor = cursor
        self._to_duckdb = to_duckdb
        self._kind_of = kind_of
        self._known: dict[int, tuple[exp.Expr, Columns | None]] = {}

    def column(self, node: exp.Expr, path: list[str]) -> str | None:
        """The type of the column (or the field of a row) that `path`, in lower case, names at `node`."""
        scope = node.find_ancestor(exp.Select)
        while scope is not None:
            found = self._in_select(scope, node, path)
            if found is not None:
                return found or None
            node, scope = scope, scope.find_ancestor(exp.Select)
        return None

    def has(self, select: exp.Select, name: str) -> bool | None:
        """Whether a source of `select` itself has a column of that name; None where that can't be told."""
        found = self._in_select(select, select.args["from_"], [name]) if select.args.get("from_") else None
        return None if found == _UNKNOWN else found is not None

    def owner(self, select: exp.Select, name: str) -> str:
        """The name of the source of `select` that has a column of that name, "" where that can't be told."""
        for source in _sources(select):
            columns = self.source(source)
            if columns is None:
                return ""
            if name in {column for column, _ in columns}:
                return source.alias_or_name
        return ""

    def _in_select(self, select: exp.Select, node: exp.Expr, path: list[str]) -> str | None:
        unknown = False
        for source in _sources(select):
            if _inside(node, source):
                break
            columns = self.source(source)
            if len(path) > 1 and source.alias_or_name.lower() == path[0]:
                return _field(columns, path[1:]) if columns is not None else _UNKNOWN
            found = _field(columns, path) if columns is not None else None
            if found is not None:
                return found
            unknown = unknown or columns is None
        return _UNKNOWN if unknown else None

    def source(self, source: exp.Expr) -> Columns | None:
        """The columns of a source in a FROM clause, None where they can't be told."""
        if id(source) not in self._known:
            self._known[id(source)] = source, self._source(source)
        return self._known[id(source)][1]

    def _source(self, source: exp.Expr) -> Columns | None:
        alias = source.args.get("alias")
        names = [name.name.lower() for name in alias.columns] if isinstance(alias, exp.TableAlias) else []
        if source.args.get("joins") or source.args.get("sample"):
            return None
        columns: Columns | None = None
        if isinstance(source, exp.Table):
            columns = self._table(source)
        elif isinstance(source, exp.Subquery):
            columns = self.query(source.this)
        elif isinstance(source, exp.Lateral) and isinstance(source.this, exp.Subquery):
            columns = self.query(source.this.this)
        elif isinstance(source, exp.Values):
            return self._described(source)
        if columns is None or not names:
            return columns
        return [(name, kind) for name, (_, kind) in zip(names, columns, strict=False)] + columns[len(names) :]

    def _table(self, table: exp.Table) -> Columns | None:
        cte = cte_of(table)
        if cte is None:
            return self._described(table)
        query = cte.this
        if _inside(table, cte):  # a recursive query reads itself: its columns are those of its first part
            query = query.this if isinstance(query, exp.SetOperation) else None
        columns = self.query(query) if query is not None else None
        names = [name.name.lower() for name in cte.args["alias"].columns]
        if columns is None or not names:
            return columns
        return [(name, kind) for name, (_, kind) in zip(names, columns, strict=False)]

    def query(self, query: exp.Expr) -> Columns | None:
        """The columns of a query that is translated already."""
        if id(query) not in self._known:
            self._known[id(query)] = query, self._query(query)
        return self._known[id(query)][1]

    def _query(self, query: exp.Expr) -> Columns | None:
        if isinstance(query, exp.Subquery):
            return self.query(query.this)
        if isinstance(query, exp.SetOperation):
            return _common(self.query(query.this), self.query(query.expression))
        if not isinstance(query, exp.Select):
            return None
        columns: Columns = []
        for chosen in query.expressions:
            found = self._star(query, chosen) if chosen.is_star else self._chosen(chosen)
            if found is None:
                return None
            columns += found
        return columns

    def _chosen(self, chosen: exp.Expr) -> Columns | None:
        if isinstance(chosen, exp.Aliases):
            return None
        kind = self._kind_of(chosen.this if isinstance(chosen, exp.Alias) else chosen)
        literal = {"INTEGER_LITERAL": "INTEGER", "STRING_LITERAL": "VARCHAR"}
        return [(chosen.alias_or_name.lower(), literal.get(kind, kind))]

    def _star(self, query: exp.Select, star: exp.Expr) -> Columns | None:
        table = star.table.lower() if isinstance(star, exp.Column) else ""
        if any(join.args.get("using") for join in query.args.get("joins") or []) and not table:
            return None
        if not isinstance(star, exp.Column | exp.Star) or any(star.args.get(key) for key in ("except_", "replace")):
            return None
        columns: Columns = []
        for source in _sources(query):
            if table in ("", source.alias_or_name.lower()):
                found = self.source(source)
                if found is None:
                    return None
                columns += found
        return columns

    def _described(self, source: exp.Expr) -> Columns | None:
        try:
            rows = self._cursor.execute(f"DESCRIBE SELECT * FROM {self._to_duckdb(source)}").fetchall()
        except duckdb.Error:
            return None
        return [(str(row[0]).lower(), str(row[1])) for row in rows]


def cte_of(table: exp.Table) -> exp.Expr | None:
    """The WITH query that `table` names, None where it names a table."""
    if table.args.get("db"):
        return None
    node: exp.Expr | None = table
    inside: set[int] = set()
    while node is not None:
        inside.add(id(node))
        with_ = node.args.get("with_")
        found: exp.Expr | None = None
        for cte in with_.expressions if with_ is not None else ():
            if id(cte) in inside and with_ is not None and not with_.args.get("recursive"):
                break
            if cte.alias.lower() == table.name.lower():
                found = cte
        if found is not None:
            return found
        node = node.parent
    return None


def _sources(select: exp.Select) -> Iterator[exp.Expr]:
    from_ = select.args.get("from_")
    if from_ is not None:
        yield from_.this
        for join in (*(from_.this.args.get("joins") or ()), *(select.args.get("joins") or ())):
            yield join.this
    yield from select.args.get("laterals") or ()


def _inside(node: exp.Expr | None, around: exp.Expr) -> bool:
    while node is not None:
        if node is around:
            return True
        node = node.parent
    return False


def _field(columns: Columns, path: list[str]) -> str | None:
    """The type that `path` leads to, through the fields of rows; None where there is no such column."""
    for name, kind in columns:
        if name == path[0]:
            return _field([(n.lower(), k) for n, k in fields(kind)], path[1:]) if path[1:] else kind
    return None


def _common(left: Columns | None, right: Columns | None) -> Columns | None:
    if left is None or right is None or len(left) != len(right):
        return None
    columns: Columns = []
    for (name, one), (_, other) in zip(left, right, strict=True):
        if one != other and '"NULL"' not in (one, other):
            return None
        columns.append((name, other if one == '"NULL"' else one))
    return columns
