"""Expressions whose translation depends on the types of their operands: arithmetic, casts, dates, comparisons.

A rule takes the expression and `kind_of`, which tells DuckDB's type of an operand, and returns what runs
instead, or None where DuckDB does the same as Trino. Types that Trino would refuse are refused.
"""

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.athena import rows, unnest
from generator.sandbox.athena.calls import call
from generator.sandbox.athena.clauses import Call, around
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.functions.numbers import remainder
from generator.sandbox.athena.templates import marked, template
from generator.sandbox.athena.types import decimal_digits, element, fields, is_integer, map_kinds, result_type
from generator.sandbox.athena.zones import ZONED

KindOf = Callable[[exp.Expr], str]
Rule = Callable[[exp.Expr, KindOf], exp.Expr | None]

_TEXT = ("VARCHAR", "STRING_LITERAL")
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
_FLOATING = ("DOUBLE", "FLOAT")
_MOMENTS = ("DATE", "TIMESTAMP", ZONED)
_MOMENT_NAMES = {"DATE": "dates", "TIMESTAMP": "timestamps", ZONED: "zoned", "TIME": "times"}
_UNKNOWN = ('"NULL"', "NULL")


def trino_name(kind: str) -> str:
    """DuckDB's type as Trino's messages name it."""
    literal = {"STRING_LITERAL": "varchar", "INTEGER_LITERAL": "integer", '"NULL"': "unknown"}.get(kind)
    return literal or result_type(kind).name


def _mismatch(operator: str, left: str, right: str) -> QueryError:
    return QueryError(
        f"TYPE_MISMATCH: line 1:1: Cannot apply operator: {trino_name(left)} {operator} {trino_name(right)}"
    )


def _unexpected(function: str, *kinds: str) -> QueryError:
    named = ", ".join(map(trino_name, kinds))
    return QueryError(f"FUNCTION_NOT_FOUND: line 1:1: Unexpected parameters ({named}) for function {function}")


def family(kind: str) -> str:
    """What a type can be compared with: types of one family."""
    if kind in _FLOATING or decimal_digits(kind):
        return "number"
    if element(kind):
        return f"array({family(element(kind))})"
    pair, members = map_kinds(kind), fields(kind)
    if pair is not None:
        return f"map({family(pair[0])}, {family(pair[1])})"
    if members:
        return f"row({', '.join(family(member) for _, member in members)})"
    return "text" if kind in _TEXT else "moment" if kind in _MOMENTS else kind


def alike(one: str, other: str) -> bool:
    """Whether values of two types can be compared; a NULL can be compared with all."""
    return '"NULL"' in one or '"NULL"' in other or "NULL" in (one, other) or family(one) == family(other)


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
            raise _mismatch(operators.get(node.key, node.key.upper()), left, right)
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


def _add(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    sign = "+" if isinstance(node, exp.Add) else "-" if isinstance(node, exp.Sub) else "*"
    if left in _UNKNOWN or right in _UNKNOWN:
        return None
    if sign == "-" and left != right and {left, right} <= set(_MOMENTS):
        kind = ZONED if ZONED in (left, right) else "TIMESTAMP"
        sides = zip((node.this, node.expression), (left, right), strict=True)
        return call(f"trino__minus_{_MOMENT_NAMES[kind]}", *(_as_moment(side, old, kind) for side, old in sides))
    if "INTERVAL" in (left, right) or (sign == "-" and left == right and left in (*_MOMENTS, "TIME")):
        return _moment_arithmetic(node, left, right, sign)
    if family(left) != "number" or family(right) != "number":
        raise _mismatch(sign, left, right)
    return _with_integer_literals(node, left, right)


def _moment_arithmetic(node: exp.Expr, left: str, right: str, sign: str) -> exp.Expr | None:
    """Sums and differences of times and intervals, and multiples of intervals."""
    first, second = node.this, node.expression
    if right == "INTERVAL" and left != "INTERVAL" and sign == "-":
        return _shifted(left, first, template("-(:i)", i=second), node)
    if sign == "+" and right == "INTERVAL" and left != "INTERVAL":
        return _shifted(left, first, second, node)
    if sign == "+" and left == "INTERVAL" and right != "INTERVAL":
        return _shifted(right, second, first, node)
    if left == right == "INTERVAL" and sign != "*":
        return call("trino__sum_of_intervals", first, second if sign == "+" else template("-(:i)", i=second))
    if sign == "*" and family(left if right == "INTERVAL" else right) == "number":
        return call("trino__interval_times", *((first, second) if left == "INTERVAL" else (second, first)))
    if left == right and left != "INTERVAL":
        return call(f"trino__minus_{_MOMENT_NAMES[left]}", first, second)
    raise _mismatch(sign, left, right)


def _as_moment(node: exp.Expr, kind: str, target: str) -> exp.Expr:
    """A date or a time as a timestamp, or as one with time zone: that of the session, UTC."""
    if kind == target:
        return node
    shown = call("trino__as_timestamp", node)
    return shown if target == "TIMESTAMP" else call("trino__zoned", shown, exp.Literal.string("UTC"))


def _shifted(kind: str, moment: exp.Expr, interval: exp.Expr, node: exp.Expr) -> exp.Expr:
    functions = {"DATE": "date", "TIMESTAMP": "timestamp", ZONED: "zoned", "TIME": "time"}
    if kind not in functions:
        raise _mismatch("+" if isinstance(node, exp.Add) else "-", kind, "INTERVAL")
    return call(f"trino__{functions[kind]}_plus", moment, interval)


def _with_integer_literals(node: exp.Expr, left: str, right: str) -> exp.Expr | None:
    """A literal is an integer, whose sum with a tinyint is an integer; DuckDB would keep the tinyint."""
    small = ("TINYINT", "SMALLINT")
    if "INTEGER_LITERAL" not in (left, right) or not {left, right} & set(small):
        return None
    changed = node.copy()
    for side, kind in (("this", left), ("expression", right)):
        if kind == "INTEGER_LITERAL":
            changed.set(side, template("CAST(:x AS INTEGER)", x=node.args[side]))
    return changed


def _divide(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    if left == "INTERVAL" and family(right) == "number":
        return call("trino__interval_times", node.this, template("1 / CAST(:x AS DOUBLE)", x=node.expression))
    for kind in (left, right):
        if family(kind) != "number" and kind not in _UNKNOWN:
            raise _mismatch("/", left, right)
    if is_integer(left) and is_integer(right):
        return template("(:a) // (:b)", a=node.this, b=node.expression)
    first, second = decimal_digits(left), decimal_digits(right)
    if first is None or second is None:  # one is floating: so is the result
        target = "FLOAT" if "FLOAT" in (left, right) and "DOUBLE" not in (left, right) else "DOUBLE"
        sql = f"CAST(CAST(:a AS {target}) / CAST(:b AS {target}) AS {target})"
        return template(sql, a=node.this, b=node.expression)
    # Trino: the scale of decimal(p1,s1) / decimal(p2,s2) is the greater of the two.
    scale = max(first[1], second[1])
    precision = min(38, first[0] + second[1] + max(0, second[1] - first[1]))
    quotient = _quotient("a", first[1], "b", second[1], scale)
    return template(f"CAST({quotient} AS DECIMAL({precision}, {scale}))", a=node.this, b=node.expression)


def _remainder(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    left, right = kind_of(node.this), kind_of(node.expression)
    for kind in (left, right):
        if family(kind) != "number" and kind not in _UNKNOWN:
            raise _mismatch("%", left, right)
    target = remainder(left, right)
    if target:
        return template(f"CAST((:a) % (:b) AS {target})", a=node.this, b=node.expression)
    return _with_integer_literals(node, left, right)


def _quotient(left: str, left_scale: int, right: str, right_scale: int, scale: int) -> str:
    """`:left` / `:right` on their digits as whole numbers, since DuckDB divides decimals as doubles."""

    def digits(name: str, places: int) -> str:
        return f"CAST(CAST(:{name} AS DECIMAL(38, {places})) * CAST(1{'0' * places} AS DECIMAL(38, 0)) AS HUGEINT)"

    shift = f"CAST(1{'0' * (scale - left_scale + right_scale)} AS HUGEINT)"
    unit = f"CAST({_unit(scale)} AS DECIMAL({scale + 1}, {scale}))"
    quotient = f"trino_quotient({digits(left, left_scale)} * {shift}, {digits(right, right_scale)})"
    return f"CAST({quotient} AS DECIMAL(38, 0)) * {unit}"


def _unit(scale: int) -> str:
    return "1" if scale == 0 else f"0.{'0' * (scale - 1)}1"


def _sum(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if family(kind) != "number" and kind not in ("INTERVAL", *_UNKNOWN):
        raise _unexpected("sum", kind)
    target = "BIGINT" if is_integer(kind) else "FLOAT" if kind == "FLOAT" else ""
    return around(f"CAST(:x AS {target})", x=marked(node.copy())) if target else None


def _average(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kind = kind_of(_argument(node))
    if kind == "INTERVAL":
        raise UnsupportedError("avg of intervals")
    if family(kind) != "number" and kind not in _UNKNOWN:
        raise _unexpected("avg", kind)
    if kind == "FLOAT":
        return around("CAST(:x AS FLOAT)", x=marked(node.copy()))
    digits = decimal_digits(kind)
    if is_integer(kind) or digits is None:
        return None
    # Trino's average of decimals is a decimal of the same type, rounded.
    total, number = exp.Sum(this=node.this.copy()), exp.Count(this=node.this.copy())
    quotient = _quotient("s", digits[1], "n", 0, digits[1])
    sql = f"CASE WHEN :n > 0 THEN CAST({quotient} AS {kind}) END"
    return around(sql, s=marked(total), n=marked(number))


def _argument(node: exp.Expr) -> exp.Expr:
    found: exp.Expr = node.this.this if isinstance(node.this, exp.Order) else node.this
    return found.expressions[0] if isinstance(found, exp.Distinct) else found


def _text_only(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    parts = [node.this, node.expression] if isinstance(node, exp.DPipe) else node.expressions
    kinds = [kind_of(part) for part in parts]
    for part, kind in zip(parts, kinds, strict=True):
        if kind in _UNKNOWN:
            part.replace(template("CAST(:x AS VARCHAR)", x=part))
    if all(kind in (*_TEXT, *_UNKNOWN) for kind in kinds):
        return None
    if not isinstance(node, exp.ConcatWs) and any(kind.endswith("[]") for kind in kinds):
        return _concatenated(parts, kinds)
    if not isinstance(node, exp.ConcatWs) and all(kind in ("BLOB", *_UNKNOWN) for kind in kinds):
        return None
    named = ", ".join(map(trino_name, kinds))
    raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot concatenate ({named}); cast the values to varchar")


def _concatenated(parts: list[exp.Expr], kinds: list[str]) -> exp.Expr:
    """Arrays, and elements of their type, one after the other; NULL where one of the arrays is NULL."""
    listed = next(kind for kind in kinds if kind.endswith("[]"))
    for kind in kinds:
        if kind not in _UNKNOWN and not alike(kind, listed) and not alike(kind, element(listed)):
            raise _unexpected("concat", *kinds)
    names = {f"p{place}": part for place, part in enumerate(parts)}
    values = [
        f":p{place}" if kind in _UNKNOWN or alike(kind, listed) else f"[:p{place}]" for place, kind in enumerate(kinds)
    ]
    return template(" || ".join(values), **names)


def _array(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    kinds = [kind for kind in map(kind_of, node.expressions) if kind not in _UNKNOWN]
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
    if kind_of(inner) not in (*_TEXT, *_UNKNOWN):
        raise _unexpected("listagg", kind_of(inner))
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
            raise _mismatch("=", operand, kind_of(branch.this))


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
    known = [kind for kind in kinds if kind not in _UNKNOWN]
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
    exp.Add: _add,
    exp.Sub: _add,
    exp.Mul: _add,
    exp.Div: _divide,
    exp.Sum: _sum,
    exp.Avg: _average,
    exp.Mod: _remainder,
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
