"""A query of Athena's -> the same query for DuckDB.

sqlglot parses it as Trino's SQL; each table becomes a view that `scan` fills; every function must be
one that runs with Trino's result. `kinds` tells the types of operands where these decide.
"""

from collections.abc import Callable, Iterator

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError

from generator.sandbox import differences
from generator.sandbox.athena import casts, expressions, families, foreign, functions, names, rows, selects, typed
from generator.sandbox.athena.calls import PREFIX
from generator.sandbox.athena.clauses import wrap
from generator.sandbox.athena.duck_errors import as_query_error
from generator.sandbox.athena.errors import InvalidRequestError, QueryError, UnsupportedError
from generator.sandbox.athena.functions import geospatial
from generator.sandbox.athena.kinds import Kinds
from generator.sandbox.athena.scan import Scan
from generator.sandbox.athena.sources import cte_of
from generator.sandbox.athena.spelling import respelled
from generator.sandbox.athena.statements import Name

# Inner queries before outer ones, sources before what uses them: each type is final when it is asked for.
_ORDER = (
    "with_",
    "from_",
    "joins",
    "laterals",
    "where",
    "group",
    "having",
    "windows",
    "qualify",
    "expressions",
)

_QUANTIFIERS = {"ALL": exp.All, "ANY": exp.Any, "SOME": exp.Any}

Resolve = Callable[[Name, exp.Expr], None]


class _Dialect(Trino):
    """Trino's SQL with subscripts left as they are written; sqlglot would count them from 0."""

    INDEX_OFFSET = 0


def parse_query(query: str, parameters: tuple[str, ...] = ()) -> exp.Expr:
    """The query's tree, `?` replaced by the parameters in turn. Raises InvalidRequestError."""
    foreign.check(query)
    try:
        tree: exp.Expr = sqlglot.parse_one(respelled(query), read=_Dialect)
        values = [sqlglot.parse_one(respelled(value), read=_Dialect) for value in parameters]
    except (ParseError, TokenError) as error:
        raise InvalidRequestError(_syntax_message(error), "MALFORMED_QUERY") from error
    places = list(tree.find_all(exp.Placeholder, bfs=False))
    if len(places) != len(values):
        message = f"Incorrect number of parameters: expected {len(places)} but found {len(values)}"
        raise InvalidRequestError(message)
    for place, value in zip(places, values, strict=True):
        place.replace(value)
    for table in list(tree.find_all(exp.Values)):
        if table.parent is None:
            tree = names.select_from(table)
        else:
            _select_values(table)
    return tree


def _select_values(table: exp.Expr) -> None:
    """VALUES where a query stands, but not in FROM, as a SELECT from it."""
    parent = table.parent
    if isinstance(parent, exp.Anonymous) and parent.name.upper() in _QUANTIFIERS:
        parent.replace(_QUANTIFIERS[parent.name.upper()](this=names.select_from(table.copy())))
    elif isinstance(parent, exp.In) and len(parent.expressions) == 1:
        query = exp.Subquery(this=names.select_from(table.copy()))
        parent.replace(exp.In(this=parent.this.copy(), query=query))
    elif isinstance(parent, exp.SetOperation | exp.CTE | exp.Exists | exp.Subquery) and table.arg_key != "from_":
        source = isinstance(parent, exp.Subquery) and isinstance(parent.parent, exp.From | exp.Join | exp.Lateral)
        table.replace(table if source else names.select_from(table.copy()))


def resolve_tables(tree: exp.Expr, resolve: Resolve) -> None:
    """Call `resolve` for each table of the query; it changes or replaces the node.

    Raises UnsupportedError where the query holds anything that the sandbox does not run.
    """
    for node in list(tree.walk()):
        expressions.check(node)
    named = {(table.db.lower(), table.name.lower()) for table in tree.find_all(exp.Table) if table.args.get("db")}
    for table in [node for node in tree.find_all(exp.Table) if cte_of(node) is None]:
        if isinstance(table.this, exp.Identifier):
            resolve(_table_name(table), table)
        else:
            table.replace(selects.table_function(table))
    for column in tree.find_all(exp.Column):
        # "db.table.column"; what else has that many parts is the field of a row.
        if column.args.get("db") and (column.db.lower(), column.table.lower()) in named:
            column.set("db", None)
            column.set("catalog", None)
        elif column.args.get("catalog") and (column.catalog.lower(), column.db.lower()) in named:
            column.set("catalog", None)


def translate(tree: exp.Expr, cursor: duckdb.DuckDBPyConnection, resolve: Resolve) -> None:
    """Translate `tree` in place; `resolve` turns its tables into views that exist in `cursor`."""
    resolve_tables(tree, resolve)
    for node in list(_innermost_first(tree)):
        replacement = expressions.translate(node)
        if replacement is not None:
            _replace(node, replacement)
        wrap(node if replacement is None else replacement)

    def bind(whole: exp.Expr) -> None:
        try:
            cursor.execute(f"EXPLAIN {to_duckdb(whole)}")
        except duckdb.Error as error:
            raise as_query_error(error) from error

    names.settle(tree)
    selects.reshape(tree)
    typer = _Typer(tree, cursor)
    typer.run()
    names.check(tree, typer.kinds.sources, bind)


def to_duckdb(tree: exp.Expr) -> str:
    return tree.sql("duckdb", identify=True)


def partition_conditions(tree: exp.Expr, scans: list[Scan]) -> dict[str, tuple[str, ...]]:
    """For each view, the conditions over partition columns alone that all its rows in the result must meet.

    Read off the WHERE clauses of SELECTs without outer joins; what is not recognized prunes nothing. A view
    that is read in more than one place is pruned by none of them.
    """
    by_view = {scan.view: scan for scan in scans}
    found: dict[str, tuple[str, ...]] = {}
    places: dict[str, int] = {}
    for table in tree.find_all(exp.Table):
        if table.name in by_view:
            places[table.name] = places.get(table.name, 0) + 1
            found[table.name] = tuple(_conditions(table, by_view[table.name]))
    return {view: conditions for view, conditions in found.items() if places[view] == 1}


def _conditions(table: exp.Table, scan: Scan) -> Iterator[str]:
    select = table.find_ancestor(exp.Select)
    keys = {key.name for key in scan.table.partition_keys}
    if not keys or select is None or not select.args.get("where"):
        return
    joins = select.args.get("joins") or []
    direct = any(table is source.this for source in (select.args["from_"], *joins) if source)
    if not direct or any(join.side for join in joins):
        return
    where = select.args["where"].this
    for condition in where.flatten() if isinstance(where, exp.And) else [where]:
        columns = list(condition.find_all(exp.Column))
        names = {column.name.lower() for column in columns}
        tables = {column.table.lower() for column in columns}
        own = {table.alias_or_name.lower()} if joins else {"", table.alias_or_name.lower()}
        if columns and names <= keys and tables <= own and not condition.find(exp.Query, exp.Rand, exp.Uuid):
            plain = condition.copy()
            for column in plain.find_all(exp.Column):
                column.set("table", None)
            yield to_duckdb(plain)


class _Typer:
    """Applies the rules that need types, innermost expressions first."""

    def __init__(self, tree: exp.Expr, cursor: duckdb.DuckDBPyConnection) -> None:
        self._tree = tree
        self._is_spatial = geospatial.is_used(tree)
        self.kinds = Kinds(tree, cursor, to_duckdb)

    def run(self) -> None:
        for node in list(_innermost_first(self._tree)):
            if node.meta.get("translated") or rows.expand(node, self.kinds.kind_of):
                continue
            selects.check_condition(node, self.kinds.kind_of)
            if self._is_spatial:
                geospatial.check(node, self.kinds.kind_of)
            if isinstance(node, exp.SetOperation):
                selects.check_columns(node, self.kinds.sources, families.alike)
            if isinstance(node, exp.Select):
                selects.expand_using(node, self.kinds.sources)
            rule = typed.RULES.get(type(node))
            if isinstance(node, exp.Anonymous):
                rule = _called
            if isinstance(node, exp.Cast | exp.TryCast | exp.Date):
                rule = casts.cast
            replacement = rule(node, self.kinds.kind_of) if rule else None
            if replacement is not None:
                _replace(node, replacement)
            wrap(node if replacement is None else replacement)


def _called(node: exp.Expr, kind_of: Callable[[exp.Expr], str]) -> exp.Expr | None:
    """A call of one of `functions`."""
    name = node.name.lower().removeprefix(PREFIX)
    if name in functions.DIFFERENCES:
        differences.report(functions.DIFFERENCES[name])
    rewrite = functions.REWRITES.get(name)
    rewritten: exp.Expr | None = rewrite(list(node.expressions), kind_of) if rewrite is not None else None
    return rewritten


def _innermost_first(node: exp.Expr) -> Iterator[exp.Expr]:
    keys = [key for key in _ORDER if key in node.args] if isinstance(node, exp.Select) else []
    for key in [*keys, *(key for key in node.args if key not in keys)]:
        value = node.args[key]
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, exp.Expr):
                yield from _innermost_first(child)
    yield node


def _replace(node: exp.Expr, replacement: exp.Expr) -> None:
    if node.parent is None:
        raise UnsupportedError(node.sql("trino")[:60])
    node.replace(replacement)


def _table_name(table: exp.Table) -> Name:
    catalog = table.catalog.lower()
    if catalog not in ("", "awsdatacatalog"):
        raise QueryError(f"CATALOG_NOT_FOUND: line 1:1: Catalog '{catalog}' does not exist")
    return Name(table.db.lower(), table.name.lower())


def _syntax_message(error: ParseError | TokenError) -> str:
    details = error.errors[0] if isinstance(error, ParseError) and error.errors else {}
    if not details:
        return f"line 1:1: mismatched input: {error}"
    # sqlglot counts to the end of the word that it did not expect.
    column = max(1, int(details["col"] or 1) - len(details["highlight"] or "") + 1)
    return f"line {details['line']}:{column}: mismatched input '{details['highlight']}'"
