"""The digits of subseconds that times have in Trino: 3 for all of Athena's, but for literals written otherwise.

`TIMESTAMP '2013-01-31 01:02:03'` has none, and its text none either; DuckDB's timestamps don't tell. See "TIMESTAMP"
(trino.io/docs/current/language/types.html).
"""

from __future__ import annotations

from sqlglot import exp

PRECISION = "precision"  # the key of a translated literal's meta data
_USUAL = 3
# What gives a time as precise as the one it gets.
_KEEPING = frozenset(
    f"trino__{name}"
    for name in (
        "timestamp_literal", "zoned_value", "time", "trunc", "add", "add_zoned", "timestamp_plus", "zoned_plus",
        "zoned", "at_zone", "zoned_in", "local", "as_timestamp",
    )
)  # fmt: skip


def precision_of(node: exp.Expr) -> int:
    """The digits of subseconds of the times in `node`: 3 but for literals written otherwise.

    A column may be such a literal in the query beneath.
    """
    if node.find(exp.Column) is not None:
        own = node.find_ancestor(exp.Select)
        beneath = (each for each in node.root().walk() if _is_selected(each, own))
        return next((int(each.meta[PRECISION]) for each in beneath), _USUAL)
    return next(
        (int(each.meta[PRECISION]) for each in node.walk() if each.meta.get(PRECISION, _USUAL) != _USUAL), _USUAL
    )


def _is_selected(node: exp.Expr, own: exp.Expr | None) -> bool:
    """Whether `node` is a time of another precision than 3 in the rows of VALUES, or of a query other than `own`."""
    if node.meta.get(PRECISION, _USUAL) == _USUAL:
        return False
    inner: exp.Expr = node
    while inner.parent is not None and not isinstance(inner.parent, exp.Select | exp.Values):
        inner = inner.parent
        if isinstance(inner, exp.Predicate) or (isinstance(inner, exp.Anonymous) and inner.name not in _KEEPING):
            return False
    return isinstance(inner.parent, exp.Values) or (inner.parent is not own and inner.arg_key == "expressions")
