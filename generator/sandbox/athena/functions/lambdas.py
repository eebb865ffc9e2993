"""Trino's functions that take lambdas (trino.io/docs/current/functions/lambda.html, array.html, map.html).

They are rewritten before types are asked for, since a lambda's body can be bound only where DuckDB knows what its
arguments are.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena.clauses import around
from generator.sandbox.athena.errors import QueryError
from generator.sandbox.athena.templates import template
from generator.sandbox.section import Section

Early = Callable[[list[exp.Expr]], exp.Expr]
_KEY, _VALUE = "e.key", "e.value"


def _body(call: str, function: exp.Expr, **names: str) -> exp.Expr:
    """The body of a lambda with its arguments replaced by DuckDB's expressions, in their order."""
    if not isinstance(function, exp.Lambda) or len(function.expressions) != len(names):
        raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: {call} takes a lambda of {len(names)} arguments there")
    values = dict(zip([name.name.lower() for name in function.expressions], names.values(), strict=True))
    holder = exp.Paren(this=function.this.copy())
    _substitute(holder.this, values)
    return holder


def _substitute(node: exp.Expr, values: dict[str, str]) -> None:
    if isinstance(node, exp.Lambda):  # an inner lambda's arguments hide those around it
        inner = {name.name.lower() for name in node.expressions}
        _substitute(node.this, {name: value for name, value in values.items() if name not in inner})
        return
    if isinstance(node, exp.Column):
        first = node.parts[0].name.lower()
        if first in values:
            path = [part.copy() for part in node.parts[1:]]
            node.replace(exp.Dot.build([template(values[first]), *path]) if path else template(values[first]))
        return
    if isinstance(node, exp.Identifier):
        if node.name.lower() in values and not (isinstance(node.parent, exp.Dot) and node.arg_key == "expression"):
            node.replace(template(values[node.name.lower()]))
        return
    for child in list(node.iter_expressions()):
        _substitute(child, values)


def _take(name: str, arguments: list[exp.Expr], count: int) -> list[exp.Expr]:
    if len(arguments) != count:
        raise QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function {name}")
    return arguments


def _matching(name: str) -> Early:
    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        listed, function = _take(name, arguments, 2)
        body = _body(name, function, e="e")
        return template(f"trino__{name}(list_transform(:a, lambda e: :f))", a=listed, f=body)

    return rewrite


def _array_sort(arguments: list[exp.Expr]) -> exp.Expr:
    """By a comparison, an element's place is the number of those that come before it; equal ones keep their order.

    Each pair is compared once, in the order of the array: a comparison may say of NULLs what it likes.
    """
    if len(arguments) == 1:
        return template("list_sort(:a, 'ASC', 'NULLS LAST')", a=arguments[0])
    listed, function = _take("array_sort", arguments, 2)
    sql = """list_transform(list_sort(list_transform(:a, lambda e, i: {'place': len(list_filter(:a, lambda f, j:
        CASE WHEN j < i THEN trino__order(:earlier) <= 0 WHEN j > i THEN trino__order(:later) > 0 ELSE false END)),
        'e': e})), lambda z: z.e)"""
    return template(
        sql,
        a=listed,
        earlier=_body("array_sort", function, x="f", y="e"),
        later=_body("array_sort", function, x="e", y="f"),
    )


def _reduce(arguments: list[exp.Expr]) -> exp.Expr:
    listed, initial, step, output = _take("reduce", arguments, 4)
    state = _folded(listed, initial, step)
    return template("list_transform([:s], lambda z: :o)[1]", s=state, o=_body("reduce", output, s="z"))


def _folded(listed: exp.Expr, initial: exp.Expr, step: exp.Expr) -> exp.Expr:
    """The last state; states and elements are two fields of one row, since DuckDB wants one type for both."""
    body = _body("reduce", step, s="p.s", x="q.x")
    return template(
        "list_reduce(list_transform(:a, lambda e: {'s': NULL, 'x': e}), lambda p, q: {'s': :f, 'x': NULL},"
        " {'s': :i, 'x': NULL}).s",
        a=listed,
        i=initial,
        f=body,
    )


def _reduce_agg(arguments: list[exp.Expr]) -> exp.Expr:
    value, initial, step, _ = _take("reduce_agg", arguments, 4)
    values = template("list(:v)", v=value)
    # `:x` stays in the tree for `around`, which puts the aggregate with its clauses there.
    folded = _folded(template("trino__values(:x)", x=exp.Placeholder(this="x")), initial, step)
    return around(folded, x=values)


def _zip_with(arguments: list[exp.Expr]) -> exp.Expr:
    left, right, function = _take("zip_with", arguments, 3)
    body = _body("zip_with", function, x="e.x", y="e.y")
    return template("list_transform(trino__pairs(:a, :b), lambda e: :f)", a=left, b=right, f=body)


def _map_filter(arguments: list[exp.Expr]) -> exp.Expr:
    entries, function = _take("map_filter", arguments, 2)
    body = _body("map_filter", function, k=_KEY, v=_VALUE)
    return template("map_from_entries(list_filter(map_entries(:m), lambda e: :f))", m=entries, f=body)


def _transformed(name: str, entry: str) -> Early:
    def rewrite(arguments: list[exp.Expr]) -> exp.Expr:
        entries, function = _take(name, arguments, 2)
        body = _body(name, function, k=_KEY, v=_VALUE)
        sql = f"map_from_entries(list_transform(map_entries(:m), lambda e: {entry}))"
        return template(sql, m=entries, f=body)

    return rewrite


def _map_zip_with(arguments: list[exp.Expr]) -> exp.Expr:
    left, right, function = _take("map_zip_with", arguments, 3)
    body = _body("map_zip_with", function, k="e.key", v1="e.v1", v2="e.v2")
    sql = "map_from_entries(list_transform(trino__both(:a, :b), lambda e: {'key': e.key, 'value': :f}))"
    return template(sql, a=left, b=right, f=body)


def _array_join(arguments: list[exp.Expr]) -> exp.Expr:
    """Elements become text as CAST makes it, so the cast is left to be translated."""
    if len(arguments) not in (2, 3):
        raise QueryError("FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters for function array_join")
    listed, separator = arguments[:2]
    cast = exp.Cast(this=template("e"), to=exp.DataType.build("VARCHAR"))
    texts = template("list_transform(:a, lambda e: :c)", a=listed, c=cast)
    if len(arguments) == 3:
        texts = template("list_transform(:a, lambda t: coalesce(t, :n))", a=texts, n=arguments[2])
    return template("array_to_string(:a, :s)", a=texts, s=separator)


EARLY: dict[str, Early] = {
    "any_match": _matching("any_match"),
    "all_match": _matching("all_match"),
    "none_match": _matching("none_match"),
    "array_join": _array_join,
    "array_sort": _array_sort,
    "reduce": _reduce,
    "reduce_agg": _reduce_agg,
    "zip_with": _zip_with,
    "map_filter": _map_filter,
    "transform_keys": _transformed("transform_keys", "{'key': :f, 'value': e.value}"),
    "transform_values": _transformed("transform_values", "{'key': e.key, 'value': :f}"),
    "map_zip_with": _map_zip_with,
}
SECTION = Section(
    macros={
        "_any_match(found)": """CASE WHEN found IS NULL THEN NULL WHEN list_contains(found, true) THEN true
            WHEN len(list_filter(found, lambda b: b IS NULL)) = 0 THEN false END""",
        "_all_match(found)": """CASE WHEN found IS NULL THEN NULL WHEN list_contains(found, false) THEN false
            WHEN len(list_filter(found, lambda b: b IS NULL)) = 0 THEN true END""",
        "_none_match(found)": "NOT trino__any_match(found)",
        "_order(found)": """CASE WHEN found IN (-1, 0, 1) THEN found
            ELSE trino_fail('INVALID_FUNCTION_ARGUMENT: Lambda comparator must return either -1, 0, or 1') END""",
        "_values(x)": "list_filter(x, lambda e: e IS NOT NULL)",
        "_pairs(a, b)": """CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN
            list_transform(range(1, greatest(len(a), len(b)) + 1), lambda i: {'x': a[i], 'y': b[i]}) END""",
        "_both(a, b)": """CASE WHEN a IS NOT NULL AND b IS NOT NULL THEN list_transform(
            list_concat(map_keys(a), list_filter(map_keys(b), lambda k: NOT map_contains(a, k))),
            lambda k: {'key': k, 'v1': a[k], 'v2': b[k]}) END""",
    }
)
