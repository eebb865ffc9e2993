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
from generator.sandbox.redshift.super_comparisons import between, cast, equal, is_date, is_in, key, ordered
from generator.sandbox.redshift.super_conditions import branches, decode, null_if, refuse_condition
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


def _cast(node: exp.Expr) -> exp.Expr:
    return cast(node.this, node.args["to"])


def _arithmetic(node: exp.Expr) -> exp.Expr:
    if is_date(node.this) or is_date(node.expression):
        raise Unsupported("arithmetic of dates with SUPER values; cast them first")
    sign = exp.Literal.string(_SIGNS[type(node)])
    return as_super(call("rs_super_arithmetic", sign, of(node.this), of(node.expression)))


_SIGNS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%"}


def _negated(node: exp.Expr) -> exp.Expr:
    return as_super(call("rs_super_arithmetic", exp.Literal.string("-"), of(exp.Literal.number(0)), of(node.this)))


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
        return branches(exp.Coalesce(this=node.expressions[0], expressions=node.expressions[1:]))
    if name in ("decode", "decode_case"):
        return decode(node)
    if name in _TEXTUAL_NAMES:
        return _text(node)
    raise Unsupported(f"{name.upper()} of a SUPER value; cast it to a type of its own first")


def _refused(what: str) -> Rule:
    def rule(_: exp.Expr) -> exp.Expr:
        raise Unsupported(what)

    return rule


def _is(node: exp.Expr) -> exp.Expr:
    return node if isinstance(node.expression, exp.Null) else refuse_condition(node)


# By the names that calls have here; `numbers` lists them all.
_NUMERIC = {name: name for name in ("abs", "ceil", "floor", "round", "sign", "trunc")} | {"ceiling": "ceil"}
_COALESCING = ("coalesce", "ifnull", "isnull", "nvl")
_RULES: dict[type[exp.Expr], Rule] = {
    exp.Paren: _same,
    exp.Alias: _plain,
    exp.Distinct: _count_distinct,
    exp.TryCast: _cast,
    exp.Cast: _cast,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ), equal),
    **dict.fromkeys((exp.LT, exp.LTE, exp.GT, exp.GTE), ordered),
    exp.Between: between,
    exp.In: is_in,
    exp.Is: _is,
    **dict.fromkeys(_SIGNS, _arithmetic),
    exp.Neg: _negated,
    **dict.fromkeys((exp.Case, exp.Coalesce, exp.If, exp.Nvl2), branches),
    exp.Nullif: null_if,
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
    **dict.fromkeys((exp.And, exp.Or, exp.Not, exp.Where, exp.Having, exp.Qualify), refuse_condition),
    exp.Pivot: _refused("PIVOT and UNPIVOT of columns of type SUPER"),
    exp.Interval: _refused("an INTERVAL of a SUPER value"),
}
