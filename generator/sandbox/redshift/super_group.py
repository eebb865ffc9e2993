"""GROUP BY, DISTINCT and ORDER BY of SUPER values: by a key that is the same for equal values (1, 1.0 and 1e+0)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions.calls import DUCKDB, call
from generator.sandbox.redshift.super_comparisons import key
from generator.sandbox.redshift.super_scope import Output, as_super, is_super


def group_by_keys(query: exp.Select, outputs: Sequence[Output]) -> None:
    """Group by keys; what is selected of a group's value is any one of its equals."""
    group = query.args.get("group")
    if group is None:
        return
    if group.args.get("all") and any(kind for _, kind in outputs):
        raise Unsupported("PIVOT or GROUP BY ALL with SUPER values")
    if any(isinstance(node, exp.GroupingSets | exp.Cube | exp.Rollup) for node in group.walk()):
        if any(is_super(node) for node in group.walk()):
            raise Unsupported("GROUPING SETS, CUBE and ROLLUP of SUPER values")
        return
    for item in list(group.expressions):
        value = _selected(query, item)
        if not is_super(value):
            continue
        value = (value.this if isinstance(value, exp.Alias) else value).copy()
        item.replace(key(value.copy()))
        _pick(query, value)


def _selected(query: exp.Select, item: exp.Expr) -> exp.Expr:
    """What an item of GROUP BY or ORDER BY means, which may be a position or an alias of the SELECT list."""
    if isinstance(item, exp.Literal) and not item.is_string:
        at = int(item.name) - 1
        return query.expressions[at] if 0 <= at < len(query.expressions) else item
    if isinstance(item, exp.Column) and not item.table:
        for selected in query.expressions:
            if isinstance(selected, exp.Alias) and selected.alias.lower() == item.name.lower():
                return selected
    return item


def _pick(query: exp.Select, value: exp.Expr) -> None:
    """ANY_VALUE of a grouped value, wherever it is not in an aggregate already."""
    parts = [*query.expressions, query.args.get("having"), query.args.get("order")]
    for part in parts:
        for node in list(part.walk()) if part is not None else ():
            if node == value and not _in_aggregate(node):
                picked = as_super(call("any_value", value.copy()))
                node.replace(picked)


def _in_aggregate(node: exp.Expr) -> bool:
    parent = node.parent
    while parent is not None and not isinstance(parent, exp.Query):
        if isinstance(parent, exp.AggFunc):
            return True
        if isinstance(parent, exp.Anonymous) and parent.meta.get(DUCKDB) and parent.name in _AGGREGATES:
            return True
        parent = parent.parent
    return False


_AGGREGATES = ("any_value", "arg_min", "arg_max")


def order_by_positions(query: exp.Query, outputs: Sequence[Output]) -> None:
    """ORDER BY a position of a SUPER value by its key. Raises Unsupported where that has no expression of its own."""
    order = query.args.get("order")
    for item in order.expressions if order is not None else ():
        if not isinstance(item.this, exp.Literal) or item.this.is_string:
            continue
        at = int(item.this.name) - 1
        if not 0 <= at < len(outputs) or not outputs[at][1]:
            continue
        value = query.expressions[at] if isinstance(query, exp.Select) and not _has_star(query) else None
        if value is None:
            raise Unsupported("ORDER BY a position of a SUPER value beside * or UNION; name the column")
        item.set("this", key((value.this if isinstance(value, exp.Alias) else value).copy()))


def _has_star(query: exp.Select) -> bool:
    return any(
        isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star))
        for item in query.expressions
    )


def one_of_each(query: exp.Select, *, has_super: bool) -> None:
    """SELECT DISTINCT of SUPER values: any one of those whose keys are equal."""
    if query.args.get("distinct") is None or not has_super:
        return
    if _has_star(query):
        raise Unsupported("SELECT DISTINCT * of SUPER values; name the columns")
    values = [(item.this if isinstance(item, exp.Alias) else item).copy() for item in query.expressions]
    on = exp.Tuple(expressions=[key(value) if is_super(value) else value for value in values])
    made = exp.Distinct(on=on)
    made.meta[DUCKDB] = True
    query.set("distinct", made)
