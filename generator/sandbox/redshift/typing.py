"""What types Redshift gives to the parts of a query, told from the declared columns of its tables.

DuckDB's results say VARCHAR where Redshift says CHAR(2) or VARCHAR(64), and its arithmetic has other types than
Redshift's. Where the types of a query can't be told, what DuckDB says stands.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.scope import Scope, traverse_scope

from generator.sandbox.redshift import functions, kinds
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.told_kinds import kind_of
from generator.sandbox.redshift.types import ColumnType, parse_type

Columns = list[tuple[str, Kind | None]]
Resolve = Callable[[exp.Column], Kind | None]


def result_types(session: Session, query: exp.Expr) -> list[ColumnType | None]:
    """The types of a query's columns in order, None for each that is not told; empty where none is."""
    if not isinstance(query, exp.Query):
        return []
    typing = _Typing(session)
    typing.mark(query)
    return [_column_type(kind) for _, kind in typing.outputs.get(id(query.unnest()), [])]


def mark_types(session: Session | None, tree: exp.Expr) -> None:
    """Write the types that are told onto the tree's nodes (`node.type`), for the rewrites to use.

    `session` knows the tables; without one only those of constants and of what is computed from them are told.
    """
    _Typing(session).mark(tree)


class _Typing:
    """The types of one statement; `outputs` are the columns of each of its queries, by the query's id."""

    def __init__(self, session: Session | None) -> None:
        self.session = session
        self.outputs: dict[int, Columns] = {}

    def mark(self, tree: exp.Expr) -> None:
        for query in _outermost(tree):
            try:
                scopes = traverse_scope(query)
            except SqlglotError:
                continue  # the types of DuckDB's own result are the answer then
            for scope in scopes:
                self._mark_scope(scope)
        if not isinstance(tree, exp.Query):
            sources = self._statement_sources(tree)
            self._mark(tree, tree, lambda column: _look_up(column, sources))

    def _mark_scope(self, scope: Scope) -> None:
        query = scope.expression
        aliases: dict[str, Kind | None] = {}
        chain = list(self._sources(scope))

        def resolve(column: exp.Column) -> Kind | None:
            for sources in chain:
                found = _look_up(column, sources)
                if found is not None:
                    return found
            return None if column.table else aliases.get(column.name.lower())

        if isinstance(query, exp.Select):
            for item in query.expressions:
                self._mark(item, query, resolve)
                aliases.setdefault(item.alias_or_name.lower(), item.type)
        self._mark(query, query, resolve)
        self.outputs[id(query)] = self._columns(scope, chain[0])

    def _mark(self, node: exp.Expr, root: exp.Expr, resolve: Resolve) -> None:
        """Tell the types of a part of a query, without those of queries inside, which are told already."""
        if isinstance(node, exp.Select | exp.SetOperation) and node is not root:
            columns = self.outputs.get(id(node), [])
            node.type = columns[0][1] if len(columns) == 1 else None
            return
        if isinstance(node, exp.DataType):
            return
        for part in node.iter_expressions():
            self._mark(part, root, resolve)
        if isinstance(node, exp.Column):
            found = resolve(node)
        else:
            found = _called(node) if isinstance(node, exp.Anonymous) else kind_of(node)
        if found is not None:
            node.type = found

    def _sources(self, scope: Scope) -> list[dict[str, Columns]]:
        """The tables of a query and those of the queries around it, inner ones first, by name."""
        found: list[dict[str, Columns]] = []
        current: Scope | None = scope
        while current is not None:
            tables = current.selected_sources if isinstance(current.expression, exp.Select) else {}
            found.append({name.lower(): self._source(source) for name, (_, source) in tables.items()})
            current = current.parent
        return found

    def _source(self, source: exp.Table | Scope) -> Columns:
        if isinstance(source, Scope):
            parent = source.expression.parent
            while isinstance(parent, exp.SetOperation):  # what a recursive query says of itself
                parent = parent.parent
            return _renamed(self.outputs.get(id(source.expression), []), parent)
        return self._table(source)

    def _table(self, table: exp.Table) -> Columns:
        name = [part for part in (table.db.lower(), table.name.lower()) if part]
        relation = self.session.names.find(name) if self.session is not None and name else None
        if relation is None:
            return []
        return [(column.name, _kind(column.type.declared)) for column in relation.columns]

    def _columns(self, scope: Scope, sources: dict[str, Columns]) -> Columns:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            left, right = (self.outputs.get(id(side.unnest()), []) for side in (query.this, query.expression))
            pairs = zip(left, right, strict=False)
            return [(name, kinds.shared((one, other))) for (name, one), (_, other) in pairs]
        columns: Columns = []
        for item in query.selects if isinstance(query, exp.Select) else ():
            if isinstance(item, exp.Star):
                columns += [column for source in sources.values() for column in source]
            elif isinstance(item, exp.Column) and isinstance(item.this, exp.Star):
                columns += sources.get(item.table.lower(), [])
            else:
                columns.append((item.alias_or_name.lower(), item.type))
        return columns

    def _statement_sources(self, tree: exp.Expr) -> dict[str, Columns]:
        sources = {table.alias_or_name.lower(): self._table(table) for table in tree.find_all(exp.Table)}
        for query in tree.find_all(exp.Subquery):
            if query.alias:
                sources[query.alias.lower()] = _renamed(self.outputs.get(id(query.unnest()), []), query)
        return sources


def _called(call: exp.Anonymous) -> Kind | None:
    """What a listed function gives, if its section says."""
    told = functions.RETURNS.get(call.name.lower().removeprefix(functions.PREFIX))
    return told(call.expressions) if callable(told) else None if told is None else _kind(told)


def _outermost(tree: exp.Expr) -> list[exp.Expr]:
    """The queries of a statement that are in no other query."""
    if isinstance(tree, exp.Query):
        return [tree]
    walk = tree.walk(prune=lambda node: isinstance(node, exp.Query))
    return [node.unnest() for node in walk if isinstance(node, exp.Query)]


def _renamed(columns: Columns, parent: exp.Expr | None) -> Columns:
    """Columns under the names that a list such as `t (a, b)` gives them."""
    alias = parent.args.get("alias") if isinstance(parent, exp.CTE | exp.Subquery) else None
    names = [column.name.lower() for column in alias.args.get("columns") or ()] if alias is not None else []
    return [
        (names[at] if at < len(names) else name, kind)
        for at, (name, kind) in enumerate(columns)
    ]  # fmt: skip


def _look_up(column: exp.Column, sources: dict[str, Columns]) -> Kind | None:
    name, table = column.name.lower(), column.table.lower()
    for source, columns in sources.items():
        if table in ("", source):
            for candidate, kind in columns:
                if candidate == name:
                    return kind
    return None


@functools.lru_cache(maxsize=1024)
def _kind(declared: str) -> Kind | None:
    try:
        return kinds.build(declared)
    except (SqlglotError, ValueError):
        return None


def _column_type(kind: exp.DataType | None) -> ColumnType | None:
    """A type that says more than DuckDB's: text with its length."""
    if kind is None or kind.this not in (exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.NCHAR, exp.DType.NVARCHAR):
        return None
    try:
        return parse_type(kind.sql(dialect="redshift")) if kind.expressions else None
    except (RedshiftError, ValueError):
        return None
