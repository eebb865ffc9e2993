"""What types Redshift gives to the parts of a query, as far as sqlglot can tell from the declared columns.

DuckDB's results say VARCHAR where Redshift says CHAR(2) or VARCHAR(64), and its divisions give DOUBLE where
Redshift's give NUMERIC. Where the types of a query can't be told, what DuckDB says stands.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.types import ColumnType, parse_type

Types = dict[str, object]
_MARK = "node"


def result_types(session: Session, query: exp.Expr) -> list[ColumnType | None]:
    """The types of a query's columns in order, None for each that is not told; empty where none is."""
    typed = _annotated(session, query)
    if typed is None or not isinstance(typed, exp.Query):
        return []
    return [_column_type(item.type) for item in typed.selects]


def mark_types(session: Session, tree: exp.Expr) -> None:
    """Write the types that are told onto the tree's own nodes (`node.type`), for the rewrites to use."""
    nodes = list(tree.walk())
    for number, node in enumerate(nodes):
        node.meta[_MARK] = number
    typed = _annotated(session, tree)
    for node in typed.walk() if typed is not None else ():
        origin = node.meta.get(_MARK)
        if origin is not None and type(nodes[origin]) is type(node) and node.type is not None:
            nodes[origin].type = node.type


def _annotated(session: Session, tree: exp.Expr) -> exp.Expr | None:
    schema = _schema(session, tree)
    try:
        qualified = qualify(
            tree.copy(),
            dialect="redshift",
            schema=schema,
            db=session.search_path[0],
            validate_qualify_columns=False,
            quote_identifiers=False,
            identify=False,
        )
        return annotate_types(qualified, schema=schema, dialect="redshift")
    except (SqlglotError, RedshiftError, KeyError, ValueError, AttributeError):
        return None  # the types of DuckDB's own result are the answer then


def _schema(session: Session, tree: exp.Expr) -> Types:
    types: dict[str, dict[str, dict[str, str]]] = {}
    for table in tree.find_all(exp.Table):
        relation = session.find([part for part in (table.db.lower(), table.name.lower()) if part])
        if relation is not None:
            schema = table.db.lower() or session.search_path[0]
            columns = {column.name: column.type.declared for column in relation.columns}
            types.setdefault(schema, {})[relation.name] = columns
    return dict(types)


def _column_type(kind: exp.DataType | None) -> ColumnType | None:
    """A type that says more than DuckDB's: text with its length."""
    if kind is None or kind.this not in (exp.DType.VARCHAR, exp.DType.CHAR, exp.DType.NCHAR, exp.DType.NVARCHAR):
        return None
    try:
        return parse_type(kind.sql(dialect="redshift")) if kind.expressions else None
    except (RedshiftError, ValueError):
        return None
