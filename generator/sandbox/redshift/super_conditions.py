"""CASE, COALESCE, DECODE and NULLIF where SUPER values are among their parts."""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions.super_values import of
from generator.sandbox.redshift.super_comparisons import equal, key
from generator.sandbox.redshift.super_scope import as_super, is_super


def refuse_condition(_: exp.Expr) -> exp.Expr:
    """A SUPER value where a condition is wanted."""
    raise Unsupported("a SUPER value as a condition; compare it, or cast it to BOOLEAN")


def branches(node: exp.Expr) -> exp.Expr:
    """CASE, COALESCE and the like: SUPER where one of the results is."""
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return node  # a branch, which the CASE around it sees to
    if isinstance(node, exp.Case) and node.this is not None and _compares(node):
        node = _searched(node)
    if any(is_super(condition) for condition in _conditions(node)):
        return refuse_condition(node)
    results = list(_results(node))
    if not any(map(is_super, results)):
        return node
    for result in results:
        if not is_super(result):
            result.replace(of(result.copy()))
    return as_super(node)


def _compares(node: exp.Case) -> bool:
    return is_super(node.this) or any(is_super(branch.this) for branch in node.args["ifs"])


def _searched(node: exp.Case) -> exp.Case:
    """CASE x WHEN y … as CASE WHEN x = y …"""
    for branch in node.args["ifs"]:
        branch.set("this", equal(exp.EQ(this=node.this.copy(), expression=branch.this.copy())))
    node.set("this", None)
    return node


def _conditions(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        return [branch.this for branch in node.args["ifs"]] if node.this is None else []
    return [node.this] if isinstance(node, exp.If) else []


def _results(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        found = [branch.args["true"] for branch in node.args["ifs"]]
        return found + [node.args["default"]] * (node.args.get("default") is not None)
    if isinstance(node, exp.If | exp.Nvl2):
        return [part for part in (node.args.get("true"), node.args.get("false")) if part is not None]
    return [node.this, *node.expressions]


def decode(node: exp.Expr) -> exp.Expr:
    """DECODE (x, search, result, …, default), in which NULL finds NULL, as a CASE."""
    value, *rest = node.expressions
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    cases = [
        exp.If(this=exp.NullSafeEQ(this=key(value.copy()), expression=key(search)), true=result)
        for search, result in pairs
    ]
    return branches(exp.Case(ifs=cases, default=rest[-1] if len(rest) % 2 else None))


def null_if(node: exp.Expr) -> exp.Expr:
    """NULLIF (value, other)."""
    value = node.this
    same = exp.func("coalesce", equal(exp.EQ(this=value.copy(), expression=node.expression)), exp.false())
    result = exp.Case(ifs=[exp.If(this=exp.Not(this=same), true=value.copy())])
    return as_super(result) if is_super(value) else result
