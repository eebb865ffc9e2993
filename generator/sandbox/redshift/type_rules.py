"""Types that Redshift does not convert silently although DuckDB does: conditions, and columns of set operations.

"Conditions", "UNION, INTERSECT, and EXCEPT" and "Type compatibility and conversion" in the Amazon Redshift Database
Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError

_CATEGORIES = {
    "number": exp.DataType.NUMERIC_TYPES,
    "text": exp.DataType.TEXT_TYPES,
    "moment": {
        exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME, exp.DType.TIMESTAMPNTZ,
    },
    "time": {exp.DType.TIME, exp.DType.TIMETZ},
    "boolean": {exp.DType.BOOLEAN},
}  # fmt: skip
_PLAIN = (exp.Column, exp.Literal, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError where a condition is no boolean, or where set operations join types that do not match.

    A literal text beside another type becomes one of that type, which changes `tree`.
    """
    for part, name in _conditions(tree):
        kind = _category(part)
        if isinstance(part, _PLAIN) and not part.is_string and kind not in ("", "boolean"):
            raise RedshiftError(f"argument of {name} must be type boolean, not type {_name(part)}")
    for operation in tree.find_all(exp.SetOperation):
        _match(operation)


def _conditions(tree: exp.Expr) -> Iterator[tuple[exp.Expr, str]]:
    """What must be boolean, and Redshift's name of its place."""
    for node in tree.walk():
        if isinstance(node, exp.And | exp.Or):
            yield from ((side.unnest(), node.key.upper()) for side in (node.this, node.expression))
        elif isinstance(node, exp.Where | exp.Having | exp.Not):
            yield node.this.unnest(), node.key.upper()
        elif isinstance(node, exp.Join) and node.args.get("on") is not None:
            yield node.args["on"].unnest(), "JOIN/ON"


def _match(operation: exp.SetOperation) -> None:
    sides = [side.unnest() for side in (operation.this, operation.expression)]
    if not all(isinstance(side, exp.Query) for side in sides):
        return
    left, right = (list(side.selects) for side in sides)
    if any(item.is_star for item in (*left, *right)):
        return
    if len(left) != len(right):
        raise RedshiftError(f"each {operation.key.upper()} query must have the same number of columns")
    for one, other in zip(left, right, strict=True):
        _match_columns(operation.key.upper(), one.unalias(), other.unalias())


def _match_columns(name: str, one: exp.Expr, other: exp.Expr) -> None:
    first, second = _category(one), _category(other)
    if not first or not second or first == second:
        return
    for literal, beside in ((one, other), (other, one)):
        if literal.is_string and beside.type is not None:
            literal.replace(exp.cast(literal.copy(), beside.type))
            return
    raise RedshiftError(f"{name} types {_name(one)} and {_name(other)} cannot be matched")


def _category(node: exp.Expr) -> str:
    kind = node.type.this if node.type is not None else None
    return next((name for name, kinds in _CATEGORIES.items() if kind in kinds), "")


def _name(node: exp.Expr) -> str:
    kind = exp.DataType(this=node.type.this) if node.type is not None else None
    text = kind.sql(dialect="postgres").lower() if kind is not None else "unknown"
    return {"int": "integer", "varchar": "character varying", "char": "character", "decimal": "numeric"}.get(text, text)
