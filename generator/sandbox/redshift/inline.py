"""What a query names and what must be put in its place before it runs: views that bind late, and SQL functions."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.numbered import bound
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Function, Relation
from generator.sandbox.redshift.translate import parse
from generator.sandbox.redshift.types import ColumnType

_DEPTH = 30


def expanded(session: Session, tree: exp.Expr, depth: int = 0) -> exp.Expr:
    """The statement with late-binding views as subqueries and calls of SQL functions as their expressions."""
    if not session.database.has_inlined:
        return tree
    if depth > _DEPTH:
        raise RedshiftError("infinite recursion detected in a view or function")
    late = storage.late_views(session.connection)
    functions = storage.functions(session.connection)
    if late and any(table.name.lower() in late for table in tree.find_all(exp.Table)):
        tree = _with_views(session, tree, late, depth)
    if functions:
        tree = _with_functions(session, tree, functions, depth)
    return tree


def _with_views(session: Session, tree: exp.Expr, late: frozenset[str], depth: int) -> exp.Expr:
    changed = tree.copy()
    local = {cte.alias.lower() for cte in changed.find_all(exp.CTE)}
    for table in list(changed.find_all(exp.Table)):
        name = [part.name.lower() for part in table.parts]
        if name[-1] not in late or (len(name) == 1 and name[0] in local):
            continue
        view = session.names.find(name)
        if view is not None and view.kind == "LATE VIEW":
            table.replace(_subquery(session, view, table, depth))
    return changed


def _subquery(session: Session, view: Relation, table: exp.Table, depth: int) -> exp.Expr:
    query = expanded(session, parse(view.definition or ""), depth + 1)
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(view.name, quoted=True))
    return exp.Subquery(this=query, alias=alias.copy(), joins=[join.copy() for join in table.args.get("joins") or ()])


def _with_functions(session: Session, tree: exp.Expr, functions: Sequence[Function], depth: int) -> exp.Expr:
    names = {function.name for function in functions}
    changed = tree.copy()
    for node in reversed(list(changed.walk(bfs=False))):
        if not isinstance(node, exp.Anonymous) or node.name.lower() not in names:
            continue
        called = node.parent if isinstance(node.parent, exp.Dot) and node.arg_key == "expression" else node
        schema = called.this.name.lower() if isinstance(called, exp.Dot) else ""
        function = _chosen(session, functions, schema, node)
        value = _value(session, function, list(node.expressions), depth)
        if isinstance(called.parent, exp.Select) and called.arg_key == "expressions":
            value = exp.alias_(value, function.name, quoted=True)
        if called.parent is None:
            return value
        called.replace(value)
    return changed


def _chosen(session: Session, functions: Sequence[Function], schema: str, call: exp.Anonymous) -> Function:
    name, count = call.name.lower(), len(call.expressions)
    found = [
        each
        for each in functions
        if each.name == name
        and len(each.arguments) == count
        and (each.schema == schema if schema else each.schema in session.names.search_path)
    ]
    if not found:
        raise RedshiftError(f"function {name} with {count} arguments does not exist")
    if len(found) > 1:
        raise Unsupported(f"functions {name} that differ in their arguments' types alone")
    return found[0]


def _value(session: Session, function: Function, arguments: list[exp.Expr], depth: int) -> exp.Expr:
    """The function's expression with its arguments, as their types have them, in their places."""
    marks = [f'("${number}")' for number in range(1, len(arguments) + 1)]
    body = expanded(session, parse(bound(function.body, marks)), depth + 1)
    item = body.expressions[0]
    root = exp.paren(item.this.copy() if isinstance(item, exp.Alias) else item.copy())
    for column in list(root.find_all(exp.Column)):
        if column.name.startswith("$"):
            at = int(column.name[1:]) - 1
            column.replace(_cast(arguments[at].copy(), function.arguments[at]))
    return _cast(root, function.returns)


def _cast(value: exp.Expr, kind: ColumnType) -> exp.Expr:
    """Types of functions have neither lengths nor precisions."""
    if kind.name == "numeric":
        return exp.paren(value)
    name = "varchar(65535)" if kind.is_text else kind.declared
    return exp.cast(exp.paren(value), exp.DataType.build(name, dialect="redshift"))
