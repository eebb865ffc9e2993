"""Expressions whose translation depends on the types of their operands: comparisons, texts, arrays, branches.

A rule takes the expression and `kind_of`, which tells DuckDB's type of an operand, and returns what runs
instead, or None where DuckDB does the same as Trino. Types that Trino would refuse are refused.
"""

from sqlglot import exp

from generator.sandbox.athena import arithmetic, rows, unnest
from generator.sandbox.athena.calls import call
from generator.sandbox.athena.clauses import Call, around
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.families import TEXT, UNKNOWN, KindOf, Rule, alike, mismatch, trino_name, unexpected
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import element, fields, is_integer
from generator.sandbox.athena.zones import ZONED


def _compare(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    others = [node.expression] if isinstance(node, exp.Binary) else [*node.expressions]
    if node.args.get("query") is not None:
        others.append(node.args["query"])
    if isinstance(node, exp.Between):
        others = [node.args["low"], node.args["high"]]
    left = kind_of(node.this)
    for other in others:
        right = kind_of(other)
        if not alike(left, right):
            operators = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
            raise mismatch(operators.get(node.key, node.key.upper()), left, right)
    return _compare_instants([node.this, *others], kind_of)


def _compare_instants(operands: list[exp.Expr], kind_of: KindOf) -> exp.Expr | None:
    """Timestamps with time zone are compared by their instants; times without a zone are in the session's, UTC."""
    kinds = [kind_of(operand) for operand in operands]
    if ZONED not in kinds:
        return None
    if any(isinstance(operand, exp.Query | exp.Any | exp.All) for operand in operands[1:]):
        raise UnsupportedError("timestamps with time zone compared with the rows of a query; cast them to timestamp")
    for operand, kind in zip(operands, kinds, strict=True):
        if kind == ZONED:
            operand.replace(call("trino__instant_of", operand))
    return None


def _text_only(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    kinds = [kind_of(part) for part in parts]
    for part, kind in zip(parts, kinds, strict=True):
        if kind in UNKNOWN:
            part.replace(template("CAST(:x AS VARCHAR)", x=part))
    if all(kind in (*TEXT, *UNKNOWN) for kind in kinds):
        return None
    if not isinstance(node, exp.ConcatWs) and any(kind.endswith("[]") for kind in kinds):
        return _concatenated(parts, kinds)
    if not isinstance(node, exp.ConcatWs) and all(kind in ("BLOB", *UNKNOWN) for kind in kinds):
        return None
    named = ", ".join(map(trino_name, kinds))
    raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot concatenate ({named}); cast the values to varchar")


def _concatenated(parts: list[exp.Expr], kinds: list[str]) -> exp.Expr:
    """Arrays, and elements of their type, one after the other; NULL where one of the arrays is NULL."""
    listed = next(kind for kind in kinds if kind.endswith("[]"))
    for kind in kinds:
        if kind not in UNKNOWN and not alike(kind, listed) and not alike(kind, element(listed)):
            raise unexpected("concat", *kinds)
    names = {f"p{place}": part for place, part in enumerate(parts)}
    values = [
        f":p{place}" if kind in UNKNOWN or alike(kind, listed) else f"[:p{place}]" for place, kind in enumerate(kinds)
    ]
    return template(" || ".join(values), **names)


def _array(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kinds = [kind for kind in map(kind_of, node.expressions) if kind not in UNKNOWN]
    for kind in kinds[1:]:
        if not alike(kinds[0], kind):
            raise QueryError(
                "TYPE_MISMATCH: line 1:1: All ARRAY elements must be the same type: "
                f"{trino_name(kinds[0])}, {trino_name(kind)}"
            )
    return None


def _extreme(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """max(x, n) and min(x, n): the n greatest or least values."""
    if not node.expressions:
        return None
    (limit,) = node.expressions
    if not isinstance(limit, exp.Literal) or not is_integer(kind_of(limit)):
        raise UnsupportedError(f"{node.key} with a count that is no literal")
    if not 0 < int(limit.name) <= 10_000:
        raise QueryError(f"INVALID_FUNCTION_ARGUMENT: second argument of max_n/min_n must be positive: {limit.name}")
    return template(f"{node.key}(:x, {limit.name})", x=node.this)


def _listagg(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """What is longer than Trino allows is refused; whether to fail or to cut it is what ON OVERFLOW says."""
    value = node.this
    order = value if isinstance(value, exp.Order) else None
    value = value.this if isinstance(value, exp.Order | exp.Distinct) and order is not None else value
    inner = value.expressions[0] if isinstance(value, exp.Distinct) else value
    if kind_of(inner) not in (*TEXT, *UNKNOWN):
        raise unexpected("listagg", kind_of(inner))
    separator = node.args.get("separator") or exp.Literal.string("")
    joined = Call((), isinstance(value, exp.Distinct), tuple(order.expressions) if order else ())
    return around("trino__listagg(:x)", x=joined.to("string_agg", inner, separator))


def _bracket(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind, index = kind_of(node.this), node.expressions[0]
    safe = bool(node.args.get("safe"))
    if kind.startswith("MAP("):
        sql = "(:x)[:i]" if safe else "trino_map_subscript(:x, :i)"
    elif fields(kind):
        return rows.subscript(kind, node.this, index)
    elif kind.endswith("[]"):
        sql = "trino_element_at(:x, :i)" if safe else "trino_subscript(:x, :i)"
    else:
        raise UnsupportedError(f"a subscript on {trino_name(kind)}")
    return template(sql, x=node.this, i=index)


def _compare_branches(node: exp.Expr, kind_of: KindOf) -> None:
    """CASE x WHEN y: x and y can be compared."""
    if node.this is None:
        return
    operand = kind_of(node.this)
    for branch in node.args["ifs"]:
        if not alike(operand, kind_of(branch.this)):
            raise mismatch("=", operand, kind_of(branch.this))


def _branches(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """CASE, IF, COALESCE and NULLIF: their results are of one kind; DuckDB would make text of all."""
    if isinstance(node, exp.Nullif | exp.Case) and node.this is not None and kind_of(node.this) == ZONED:
        raise UnsupportedError(f"{node.key.upper()} of timestamps with time zone; compare them with =")
    if isinstance(node, exp.Case):
        _compare_branches(node, kind_of)
        results = [branch.args["true"] for branch in node.args["ifs"]] + [node.args.get("default")]
    elif isinstance(node, exp.If):
        results = [node.args.get("true"), node.args.get("false")]
    else:
        results = [node.this, *node.expressions, node.args.get("expression")]
    kinds = [kind_of(result) for result in results if result is not None]
    known = [kind for kind in kinds if kind not in UNKNOWN]
    for kind in known[1:]:
        if not alike(kind, known[0]):
            raise QueryError(
                f"TYPE_MISMATCH: line 1:1: All {node.key.upper()} results must be the same type: "
                f"{trino_name(known[0])}, {trino_name(kind)}"
            )
    return None


RULES: dict[type[exp.Expr], Rule] = {
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compare),
    exp.Between: _compare,
    exp.In: _compare,
    exp.NullSafeEQ: _compare,
    exp.NullSafeNEQ: _compare,
    exp.Add: arithmetic.add,
    exp.Sub: arithmetic.add,
    exp.Mul: arithmetic.add,
    exp.Div: arithmetic.divide,
    exp.Sum: arithmetic.total,
    exp.Avg: arithmetic.average,
    exp.Mod: arithmetic.modulo,
    exp.DPipe: _text_only,
    exp.Concat: _text_only,
    exp.Bracket: _bracket,
    exp.Array: _array,
    exp.Max: _extreme,
    exp.Min: _extreme,
    exp.GroupConcat: _listagg,
    exp.Unnest: unnest.table,
    exp.Case: _branches,
    exp.If: _branches,
    exp.Coalesce: _branches,
    exp.Nullif: _branches,
}
