"""Values on their way into a table's columns: CHAR loses its trailing blanks, SUPER and VARBYTE take other types.

Identity columns take none.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.super_values import of
from generator.sandbox.redshift.storage import Column, Relation

# Types whose values change on their way in.
_FITTED = ("binary varying", "character", "super")


def fit_assignments(tree: exp.Expr, relation: Relation) -> None:
    """Change an INSERT, UPDATE or MERGE so that what it assigns is what Redshift would store."""
    if isinstance(tree, exp.Insert):
        _fit_insert(tree, relation)
    elif isinstance(tree, exp.Update):
        _fit_set(tree.expressions, relation)
    elif isinstance(tree, exp.Merge):
        for update in tree.find_all(exp.Update):
            _fit_set(update.expressions, relation)
        for insert in tree.find_all(exp.Insert):
            _fit_merged(insert, relation)


def _fit_set(assignments: list[exp.Expr], relation: Relation) -> None:
    for assignment in assignments:
        if not isinstance(assignment, exp.EQ):
            continue
        column = relation.column(assignment.this.name.lower())
        if column is not None and column.identity is not None:
            raise RedshiftError(f'cannot set an identity column to a value: "{column.name}"')
        value = assignment.expression
        if isinstance(value, exp.Column) and value.name.upper() == "DEFAULT" and not value.this.args.get("quoted"):
            assignment.set("expression", exp.Var(this="DEFAULT"))
            continue
        if column is not None and column.type.name in _FITTED:
            assignment.set("expression", _fitted(assignment.expression, column))


def _fit_insert(tree: exp.Insert, relation: Relation) -> None:
    named = [item.name.lower() for item in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    columns = [column for name in named if (column := relation.column(name)) is not None] or list(relation.columns)
    if named and len(columns) != len(named):
        unknown = next(name for name in named if relation.column(name) is None)
        raise RedshiftError(f'column "{unknown}" of relation "{relation.name}" does not exist')
    for column in columns if named else []:
        if column.identity is not None and column.identity.startswith("always"):
            raise RedshiftError(f'cannot set an identity column to a value: "{column.name}"')
    if not named:
        columns = _without_identity(tree, relation)
    if any(column.type.name in _FITTED for column in columns):
        _fit_source(tree, columns)


def _without_identity(tree: exp.Insert, relation: Relation) -> list[Column]:
    """INSERT without a column list fills all columns but identity ones."""
    columns = [column for column in relation.columns if column.identity is None]
    if len(columns) != len(relation.columns):
        names = [exp.to_identifier(column.name, quoted=True) for column in columns]
        tree.set("this", exp.Schema(this=tree.this, expressions=names))
    return columns


def _fit_merged(insert: exp.Insert, relation: Relation) -> None:
    """The INSERT of a MERGE; sqlglot takes VALUES for a function where no columns are named."""
    (first, *_) = insert.this.expressions
    if isinstance(first, exp.Anonymous) and first.name.lower() == "values":
        columns = [column for column in relation.columns if column.identity is None]
        insert.set("expression", exp.Tuple(expressions=list(first.expressions)))
        names = [exp.column(exp.to_identifier(column.name, quoted=True)) for column in columns]
        insert.set("this", exp.Tuple(expressions=names))
    else:
        columns = [column for item in insert.this.expressions if (column := relation.column(item.name.lower()))]
    for column, value in zip(columns, insert.expression.expressions, strict=False):
        if column.type.name in _FITTED:
            value.replace(_fitted(value.copy(), column))


def _fit_source(tree: exp.Insert, columns: list[Column]) -> None:
    source = tree.expression
    if isinstance(source, exp.Values):
        for row in source.expressions:
            for column, value in zip(columns, row.expressions, strict=False):
                if column.type.name == "character" and value.is_string:
                    value.replace(exp.Literal.string(value.name.rstrip(" ")))
                elif column.type.name in _FITTED and value.name.upper() != "DEFAULT":
                    value.replace(_fitted(value.copy(), column))
        return
    if not isinstance(source, exp.Query):
        return
    labels = [f"c{number}" for number in range(len(columns))]
    items = [
        exp.alias_(_fitted(exp.column(label), column) if column.type.name in _FITTED else exp.column(label), label)
        for column, label in zip(columns, labels, strict=True)
    ]
    derived = exp.Subquery(
        this=source.copy(),
        alias=exp.TableAlias(this=exp.to_identifier("source"), columns=[exp.to_identifier(each) for each in labels]),
    )
    tree.set("expression", exp.select(*items).from_(derived))


def _fitted(value: exp.Expr, column: Column) -> exp.Expr:
    if column.type.name == "super":
        return of(value)
    if column.type.name == "binary varying":
        return call("rs_to_bytes", value)
    return call("rtrim", exp.cast(value, "text"), exp.Literal.string(" "))
