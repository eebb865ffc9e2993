"""Arithmetic and comparisons with Redshift's result types and digits.

"Computations with numeric values" and "Type compatibility and conversion" in the Amazon Redshift Database Developer
Guide. What exceeds the scale of a quotient is cut.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift import kinds
from generator.sandbox.redshift.errors import Unsupported
from generator.sandbox.redshift.functions import binary, text
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.functions.casts import converted
from generator.sandbox.redshift.kinds import Kind
from generator.sandbox.section import Python, Section

_EXACT = decimal.Context(prec=120, rounding=decimal.ROUND_DOWN)
_NO_TYPE = "the sandbox can''t run this: a division whose types can''t be told; cast its operands"


def quotient(left: str | None, right: str | None, scale: int | None) -> str | None:
    """The quotient of two exact numbers in decimal digits, cut at `scale` places."""
    if left is None or right is None or scale is None:
        return None
    divisor = decimal.Decimal(right)
    if not divisor:
        raise ValueError("Divide by zero")
    exact = _EXACT.divide(decimal.Decimal(left), divisor)
    return format(_EXACT.quantize(exact, decimal.Decimal(1).scaleb(-scale)), "f")


INTERNAL = Section(
    macros={
        # DuckDB's division of NUMERICs gives DOUBLE: never let through unseen.
        "ratio(a, b)": f"""CASE WHEN (typeof(a) LIKE 'DECIMAL%' AND typeof(b) NOT IN ('DOUBLE', 'FLOAT'))
            OR (typeof(b) LIKE 'DECIMAL%' AND typeof(a) NOT IN ('DOUBLE', 'FLOAT'))
            THEN error('{_NO_TYPE}') ELSE a / b END""",
    },
    python={"exact_quotient": Python(quotient, ("VARCHAR", "VARCHAR", "INTEGER"), "VARCHAR")},
)


def arithmetic(node: exp.Expr) -> exp.Expr:
    """+, -, *, / and % of numbers, dates and times."""
    joined = binary.operator(node) if isinstance(node, exp.Add) else None
    if joined is not None:
        return joined
    left, right = kinds.beside(node.this, node.expression), kinds.beside(node.expression, node.this)
    result = node.type
    if left is None or right is None or result is None:
        return _untyped(node)
    if not (kinds.is_number(left) and kinds.is_number(right)):
        return _moved(node, left, right)
    if kinds.is_decimal(result):
        return _exact(node, result)
    made = type(node)(this=converted(node.this, result), expression=converted(node.expression, result))
    if isinstance(node, exp.Div):
        whole = kinds.is_integer(result)
        made = exp.IntDiv(this=made.this, expression=made.expression) if whole else exp.Div(**made.args)
    return exp.paren(made)


def _exact(node: exp.Expr, result: Kind) -> exp.Expr:
    _, scale = kinds.size(result) or (38, 0)
    if scale > 37:
        raise Unsupported(f"a NUMERIC with {scale} decimal places")
    sides = (_number(node.this), _number(node.expression))
    if isinstance(node, exp.Div):
        texts = [exp.Cast(this=side, to=exp.DataType.build("text")) for side in sides]
        return converted(call("rs_exact_quotient", *texts, exp.Literal.number(scale)), result)
    if isinstance(node, exp.Mul):
        one, other = (kinds.size(side.type) or (38, 0) for side in sides)
        # DuckDB keeps products in 64 bits unless a factor is wider.
        wide = max(one[0], 19) if one[0] + other[0] > 18 else one[0]
        return converted(
            exp.Mul(this=converted(sides[0], kinds.decimal(wide, one[1])), expression=sides[1]), result
        )  # fmt: skip
    return converted(type(node)(this=converted(sides[0], result), expression=converted(sides[1], result)), result)


def _number(side: exp.Expr) -> exp.Expr:
    """An operand as the DECIMAL that it counts as."""
    exact = kinds.size(side.type)
    if exact is None:
        text = side.unnest().name.strip()
        whole, _, fraction = text.lstrip("+-").partition(".")
        exact = (max(len(whole) + len(fraction), 1), len(fraction))
    return converted(side, kinds.decimal(*exact))


def _moved(node: exp.Expr, left: Kind, right: Kind) -> exp.Expr:
    """Dates and times: with a text constant for one side, that is read as the other's type is."""
    result = node.type
    sides = [
        converted(node.this, left) if kinds.is_text_literal(node.this) else node.this,
        converted(node.expression, right) if kinds.is_text_literal(node.expression) else node.expression,
    ]
    for at, (kind, other) in enumerate(((left, right), (right, left))):
        if kinds.is_integer(kind) and other.this == exp.DType.DATE:
            sides[at] = converted(sides[at], kinds.INTEGER)
    mixed = exp.DType.TIMESTAMPTZ in (left.this, right.this) and kinds.is_moment(left) and kinds.is_moment(right)
    if mixed:
        sides = [converted(side, kinds.TIMESTAMPTZ) for side in sides]
    made = exp.paren(type(node)(this=sides[0], expression=sides[1]))
    return converted(made, result) if result is not None and result.this != exp.DType.INTERVAL else made


def _untyped(node: exp.Expr) -> exp.Expr:
    """A literal such as '1' (a parameter, say) is a number beside numbers; DuckDB finds that ambiguous."""
    for side in (node.this, node.expression):
        if isinstance(side, exp.Literal) and side.is_string and re.fullmatch(r"[+-]?\d+(\.\d+)?", side.name):
            side.replace(exp.Literal.number(side.name))
    if isinstance(node, exp.Div):
        return call("rs_ratio", node.this, node.expression)
    return node


def comparison(node: exp.Expr) -> exp.Expr:
    """Trailing blanks of text do not count; beside text a NUMERIC stays one, any other number becomes text."""
    if isinstance(node.parent, exp.Update) and node.arg_key == "expressions":
        return node  # SET a = b assigns, it compares nothing
    if node.args.get("query"):
        return _in_query(node)
    sides = [node.this, node.expression, *node.args.get("expressions", ()), node.args.get("low"), node.args.get("high")]
    compared([side for side in sides if isinstance(side, exp.Expr)])
    return node


def _in_query(node: exp.Expr) -> exp.Expr:
    """IN (SELECT …): trailing blanks of text do not count on either side."""
    query = node.args["query"]
    if not (kinds.is_text(node.this.type) and kinds.is_text(query.type)):
        return node
    node.set("this", _comparable(node.this, [node.this.type]))
    alias = exp.TableAlias(this=exp.to_identifier("found"), columns=[exp.to_identifier("value")])
    source = exp.Subquery(this=query.unnest().copy(), alias=alias)
    plain = exp.select(call("rtrim", exp.column("value", "found"), exp.Literal.string(" "))).from_(source)
    node.set("query", exp.Subquery(this=plain))
    return node


def compared(sides: Sequence[exp.Expr]) -> None:
    """Change expressions that are compared with each other so that DuckDB compares them as Redshift does."""
    present = [side for side in sides if not isinstance(side, exp.Select | exp.SetOperation)]
    if any(map(binary.is_bytes, present)):
        for side in present:
            side.replace(side if binary.is_bytes(side) else call("rs_to_bytes", side.copy()))
        return
    typed = [side.type for side in present if not kinds.is_text_literal(side)]
    if None in typed and len(typed) > 1:
        return  # what is not known of one side must not change the other
    if any(kinds.is_text(kind) for kind in typed):
        for side in present:
            side.replace(_comparable(side, typed))
    elif all(kinds.is_text_literal(side) for side in present):
        for side in present:
            side.replace(exp.Literal.string(side.unnest().name.rstrip(" ")))
    else:
        _read_literals(present, typed)


def _comparable(side: exp.Expr, typed: list[Kind | None]) -> exp.Expr:
    exact = next((kind for kind in typed if kinds.is_decimal(kind)), None)
    moment = next((kind for kind in typed if kinds.is_moment(kind)), None)
    copy = side.copy()
    if moment is not None:
        return converted(copy, moment) if kinds.is_text(side.type) else copy
    if exact is not None:
        found = kinds.size(exact)
        return converted(copy, kinds.decimal(38, found[1])) if found and kinds.is_text(side.type) else copy
    if kinds.is_text_literal(side):
        return exp.Literal.string(side.unnest().name.rstrip(" "))
    if kinds.is_integer(side.type) or kinds.is_float(side.type):
        return converted(copy, kinds.VARCHAR)
    if isinstance(side, exp.Column) and side.type is not None and side.type.this in kinds.CHARS:
        return copy  # is stored without its trailing blanks
    return call("rtrim", copy, exp.Literal.string(" ")) if kinds.is_text(side.type) else copy


def _read_literals(sides: list[exp.Expr], typed: list[Kind | None]) -> None:
    """Text constants beside dates, times and numbers are read as those."""
    kind = next((kind for kind in typed if kind is not None and kind.this != exp.DType.NULL), None)
    wanted = kinds.is_moment(kind) or kinds.is_number(kind) or (kind is not None and kind.this == exp.DType.BOOLEAN)
    if kind is None or not wanted:
        return
    for side in sides:
        if kinds.is_text_literal(side):
            side.replace(converted(side.copy(), kind if not kinds.is_decimal(kind) else kinds.decimal(38, 18)))


def power(node: exp.Expr) -> exp.Expr:
    """`^` and POWER give double precision."""
    return call("rs_to_the", converted(node.this, kinds.DOUBLE), converted(node.expression, kinds.DOUBLE))


def square_root(node: exp.Expr) -> exp.Expr:
    """`|/ x`."""
    return call("rs_square_root", converted(node.this, kinds.DOUBLE))


def cube_root(node: exp.Expr) -> exp.Expr:
    """`||/ x`."""
    return call("rs_cube_root", converted(node.this, kinds.DOUBLE))


def concatenation(node: exp.Expr) -> exp.Expr:
    """`||`, which makes text of numbers, dates and times."""
    for side in (node.this, node.expression):
        if kinds.is_float(side.type):
            side.replace(converted(side.copy(), kinds.VARCHAR))
    return text.concatenation(node)
