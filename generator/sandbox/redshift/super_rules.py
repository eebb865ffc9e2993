"""Dynamic typing: what operators and functions become where one of their operands is a SUPER value.

"Dynamic typing" and "Lax semantics" in the Amazon Redshift Database Developer Guide, and the pages of functions that
take SUPER. What is not known to take it is refused.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from generator.sandbox import differences
from generator.sandbox.redshift import functions
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import DUCKDB, call
from generator.sandbox.redshift.functions.super_values import of
from generator.sandbox.redshift.super_scope import as_super, is_super

Rule = Callable[[exp.Expr], exp.Expr]

TEXT_NOTE = "Functions of text give VARCHAR for SUPER values; what type Redshift gives is not documented."
# Functions, by the names that sections list, that give SUPER; they take SUPER values as they are.
MAKERS = frozenset(
    """array array_concat array_distinct array_except array_flatten array_intersection array_positions array_sort
    array_union json_parse lower_attribute_names object object_transform split_to_array subarray
    upper_attribute_names""".split()
)
TAKERS = frozenset(
    """array_contains array_position arrays_overlap decimal_precision decimal_scale get_array_length is_array
    is_bigint is_boolean is_char is_decimal is_float is_integer is_object is_scalar is_smallint is_varchar
    json_serialize json_serialize_to_varbyte json_size json_typeof""".split()
)
_TEXTUAL_NAMES = frozenset(
    """len length char_length character_length textlen octet_length btrim ltrim rtrim trim lower upper initcap
    substring substr left right replace translate split_part reverse strpos charindex position concat lpad rpad
    regexp_substr regexp_replace regexp_count regexp_instr""".split()
)
_DATES = (
    exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPNTZ, exp.DType.DATETIME,
    exp.DType.TIME,
)  # fmt: skip
_KINDS = {
    exp.DType.SMALLINT: "int2", exp.DType.INT: "int4", exp.DType.BIGINT: "int8", exp.DType.FLOAT: "float4",
    exp.DType.DOUBLE: "float8", exp.DType.BOOLEAN: "bool", exp.DType.DATE: "date", exp.DType.TIMESTAMP: "timestamp",
    exp.DType.TIMESTAMPTZ: "timestamptz", exp.DType.TIMESTAMPNTZ: "timestamp", exp.DType.TIME: "time",
}  # fmt: skip
_TEXTS = (exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR, exp.DType.NCHAR, exp.DType.NVARCHAR, exp.DType.BPCHAR)


def apply(node: exp.Expr) -> exp.Expr:
    """What stands for an expression whose operands are done with."""
    if isinstance(node, exp.Cast) and node.args["to"].this == exp.DType.SUPER:
        return as_super(of(node.this))
    name = _name(node)
    if name in MAKERS:
        return as_super(node)
    if name in TAKERS or not any(map(is_super, _operands(node))):
        return node
    for kind, rule in _RULES.items():
        if isinstance(node, kind):
            return rule(node)
    if isinstance(node, exp.Func):
        return node if node.meta.get(DUCKDB) else _function(node, name)
    if isinstance(node, exp.Binary | exp.Unary | exp.AtTimeZone) or _is_row(node):
        raise Unsupported(f"the operator {node.key} with a SUPER value; cast it to a type of its own first")
    return node


def _is_row(node: exp.Expr) -> bool:
    """Whether it is (a, b) on a side of a comparison."""
    return isinstance(node, exp.Tuple) and isinstance(node.parent, exp.Binary | exp.In)


def _operands(node: exp.Expr) -> list[exp.Expr]:
    found = list(node.iter_expressions())
    if isinstance(node, exp.Case):
        found += [part for branch in node.args["ifs"] for part in branch.iter_expressions()]
    return found


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Anonymous):
        return node.name.lower().removeprefix(functions.PREFIX)
    return node.sql_name().lower() if isinstance(node, exp.Func) else ""


def key(value: exp.Expr) -> exp.Expr:
    """A text that is equal, and ordered, as values are."""
    return call("rs_super_key", value) if is_super(value) else call("rs_super_key_of", value)


def cast(value: exp.Expr, kind: exp.DataType) -> exp.Expr:
    """A SUPER value as one of Redshift's types, NULL where it is none of them."""
    name = kind.this
    if name in _TEXTS:
        return exp.Cast(this=call("rs_super_cast", value, exp.Literal.string("varchar")), to=kind)
    if name == exp.DType.DECIMAL:
        sizes = [int(size.name) for size in kind.expressions] or [18]
        precision, scale = (*sizes, 0)[:2]
        to = exp.DataType.build(f"decimal({precision}, {scale})", dialect="duckdb")
        return _tried(value, f"numeric({precision},{scale})", to)
    if name not in _KINDS:
        raise Unsupported(f"a cast of SUPER to {kind.sql(dialect='redshift')}")
    return _tried(value, _KINDS[name], kind)


def _tried(value: exp.Expr, name: str, kind: exp.DataType) -> exp.Expr:
    return exp.TryCast(this=call("rs_super_cast", value, exp.Literal.string(name)), to=kind)


def _cast(node: exp.Expr) -> exp.Expr:
    return cast(node.this, node.args["to"])


def _is_date(node: exp.Expr) -> bool:
    return node.type is not None and node.type.this in _DATES


def _dated(left: exp.Expr, right: exp.Expr) -> tuple[exp.Expr, exp.Expr] | None:
    """Both sides as dates or times where one is one, to which SUPER is cast as it is never cast to SUPER."""
    for side in (left, right):
        if _is_date(side) and side.type is not None:
            kind = side.type
            return (cast(left, kind), right) if is_super(left) else (left, cast(right, kind))
    return None


def _equal(node: exp.Expr) -> exp.Expr:
    if isinstance(node.expression, exp.Any | exp.All):
        raise Unsupported("ANY, SOME and ALL with SUPER values; use IN")
    sides = _dated(node.this, node.expression) or (key(node.this), key(node.expression))
    return type(node)(this=sides[0], expression=sides[1])


def _ordered(node: exp.Expr) -> exp.Expr:
    sides = _dated(node.this, node.expression)
    if sides is not None:
        return type(node)(this=sides[0], expression=sides[1])
    return type(node)(this=_compared(node.this, node.expression), expression=exp.Literal.number(0))


def _compared(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    return call("rs_super_compare", of(left), of(right))


def _between(node: exp.Expr) -> exp.Expr:
    value, low, high = node.this, node.args["low"], node.args["high"]
    above = _ordered(exp.GTE(this=value.copy(), expression=low))
    return exp.paren(exp.and_(above, _ordered(exp.LTE(this=value, expression=high)), copy=False))


def _in(node: exp.Expr) -> exp.Expr:
    """IN a list; a subquery's one column is compared by its key."""
    query = node.args.get("query")
    if query is None:
        return exp.In(this=key(node.this), expressions=[key(item) for item in node.expressions])
    inner = query.this if isinstance(query, exp.Subquery) and not query.alias else query
    label = exp.TableAlias(this=exp.to_identifier("_super"), columns=[exp.to_identifier("_value")])
    value = exp.column("_value", "_super")
    keys = exp.select(key(as_super(value) if is_super(query) else value)).from_(exp.Subquery(this=inner, alias=label))
    return exp.In(this=key(node.this), query=exp.Subquery(this=keys))


def _arithmetic(node: exp.Expr) -> exp.Expr:
    if _is_date(node.this) or _is_date(node.expression):
        raise Unsupported("arithmetic of dates with SUPER values; cast them first")
    sign = exp.Literal.string(_SIGNS[type(node)])
    return as_super(call("rs_super_arithmetic", sign, of(node.this), of(node.expression)))


_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def _negated(node: exp.Expr) -> exp.Expr:
    return as_super(call("rs_super_arithmetic", exp.Literal.string("-"), of(exp.Literal.number(0)), of(node.this)))


def _branches(node: exp.Expr) -> exp.Expr:
    """CASE, COALESCE and the like: SUPER where one of the results is."""
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return node  # a branch, which the CASE around it sees to
    if isinstance(node, exp.Case) and node.this is not None and _compares(node):
        node = _searched(node)
    if any(is_super(condition) for condition in _conditions(node)):
        return _condition(node)
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
        equal = _equal(exp.EQ(this=node.this.copy(), expression=branch.this.copy()))
        branch.set("this", equal)
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


def _decode(node: exp.Expr) -> exp.Expr:
    """DECODE (x, search, result, …, default), in which NULL finds NULL, as a CASE."""
    value, *rest = node.expressions
    pairs = list(zip(rest[::2], rest[1::2], strict=False))
    branches = [
        exp.If(this=exp.NullSafeEQ(this=key(value.copy()), expression=key(search)), true=result)
        for search, result in pairs
    ]
    return _branches(exp.Case(ifs=branches, default=rest[-1] if len(rest) % 2 else None))


def _null_if(node: exp.Expr) -> exp.Expr:
    value = node.this
    equal = _equal(exp.EQ(this=value.copy(), expression=node.expression))
    result = exp.Case(ifs=[exp.If(this=exp.Not(this=exp.func("coalesce", equal, exp.false())), true=value.copy())])
    return as_super(result) if is_super(value) else result


def _least(name: str) -> Rule:
    def rule(node: exp.Expr) -> exp.Expr:
        return as_super(call(name, node.this, key(node.this.copy())))

    return rule


def _sum(node: exp.Expr) -> exp.Expr:
    """The sum of the numbers among the values, as a SUPER."""
    if isinstance(node.parent, exp.Window):
        raise Unsupported("SUM of SUPER values as a window function; cast them first")
    return as_super(call("rs_super_total", call("list", node.this)))


def _same(node: exp.Expr) -> exp.Expr:
    return as_super(node)


def _plain(node: exp.Expr) -> exp.Expr:
    return node


def _window(node: exp.Expr) -> exp.Expr:
    for item in node.args.get("partition_by") or ():
        if is_super(item):
            item.replace(key(item.copy()))
    return as_super(node) if is_super(node.this) else node


def _order_item(node: exp.Expr) -> exp.Expr:
    if is_super(node.this):
        node.set("this", key(node.this))
    return node


def _count_distinct(node: exp.Expr) -> exp.Expr:
    """DISTINCT within an aggregate: of COUNT by key; others give back values."""
    if not isinstance(node.parent, exp.Count):
        raise Unsupported("DISTINCT of SUPER values in an aggregate other than COUNT")
    node.set("expressions", [key(item) if is_super(item) else item for item in node.expressions])
    return node


def _text(node: exp.Expr) -> exp.Expr:
    """What works on text: strings count, values of other types are NULL."""
    if isinstance(node, exp.Func) and not isinstance(node, exp.RegexpLike):
        differences.report(TEXT_NOTE)
    for part in list(node.iter_expressions()):
        if is_super(part):
            part.replace(call("rs_super_string", part.copy()))
    return node


def _numeric(name: str, node: exp.Expr) -> exp.Expr:
    """A function of a number whose result is SUPER, with a number of the same dynamic type."""
    if len(node.expressions) > 1:
        raise RedshiftError(f"{name.upper()} of a SUPER value takes no other argument")
    return as_super(call("rs_super_apply", exp.Literal.string(_NUMERIC[name]), node.expressions[0]))


def _function(node: exp.Expr, name: str) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and name in _NUMERIC:
        return _numeric(name, node)
    if isinstance(node, exp.Anonymous) and name in _COALESCING:
        return _branches(exp.Coalesce(this=node.expressions[0], expressions=node.expressions[1:]))
    if name in ("decode", "decode_case"):
        return _decode(node)
    if name in _TEXTUAL_NAMES:
        return _text(node)
    raise Unsupported(f"{name.upper()} of a SUPER value; cast it to a type of its own first")


def _refused(what: str) -> Rule:
    def rule(_: exp.Expr) -> exp.Expr:
        raise Unsupported(what)

    return rule


refuse_condition = _condition = _refused("a SUPER value as a condition; compare it, or cast it to BOOLEAN")


def _is(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node.expression, exp.Null) else _condition(node)


# By the names that calls have here; `numbers` lists them all.
_NUMERIC = {name: name for name in ("abs", "ceil", "floor", "round", "sign", "trunc")} | {"ceiling": "ceil"}
_COALESCING = ("coalesce", "ifnull", "isnull", "nvl")
_RULES: dict[type[exp.Expr], Rule] = {
    exp.Paren: _same,
    exp.Alias: _plain,
    exp.Distinct: _count_distinct,
    exp.TryCast: _cast,
    exp.Cast: _cast,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), _equal),
    **dict.fromkeys((exp.LT, exp.LTE, exp.GT, exp.GTE), _ordered),
    exp.Between: _between,
    exp.In: _in,
    exp.Is: _is,
    **dict.fromkeys(_SIGNS, _arithmetic),
    exp.Neg: _negated,
    **dict.fromkeys((exp.Case, exp.Coalesce, exp.If, exp.Nvl2), _branches),
    exp.Nullif: _null_if,
    exp.Max: _least("arg_max"),
    exp.Min: _least("arg_min"),
    exp.Count: _plain,
    exp.Sum: _sum,
    **dict.fromkeys((exp.AnyValue, exp.FirstValue, exp.LastValue, exp.NthValue, exp.Lag, exp.Lead), _same),
    exp.IgnoreNulls: _same,
    exp.RespectNulls: _same,
    exp.Window: _window,
    exp.Ordered: _order_item,
    **dict.fromkeys((exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.DPipe), _text),
    **dict.fromkeys((exp.And, exp.Or, exp.Not, exp.Where, exp.Having, exp.Qualify), _condition),
    exp.Pivot: _refused("PIVOT and UNPIVOT of columns of type SUPER"),
    exp.Interval: _refused("an INTERVAL of a SUPER value"),
}
