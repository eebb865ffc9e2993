"""Redshift's types as sqlglot has them: what they are, and which types computations and conversions give.

"Computations with numeric values", "Type compatibility and conversion" and the pages of the functions in the
Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

Kind = exp.DataType

# What an integer is beside a NUMERIC: DECIMAL of that many digits.
DIGITS = {exp.DType.SMALLINT: 5, exp.DType.INT: 10, exp.DType.BIGINT: 19}
_FLOATS = (exp.DType.FLOAT, exp.DType.DOUBLE)
TEXTS = (
    exp.DType.CHAR, exp.DType.NCHAR, exp.DType.BPCHAR, exp.DType.VARCHAR, exp.DType.NVARCHAR, exp.DType.TEXT,
)  # fmt: skip
CHARS = (exp.DType.CHAR, exp.DType.NCHAR, exp.DType.BPCHAR)
_LONGEST = 38


def build(text: str) -> Kind:
    return exp.DataType.build(text, dialect="redshift")


def decimal(precision: int, scale: int) -> Kind:
    return build(f"decimal({precision}, {scale})")


SMALLINT, INTEGER, BIGINT, REAL, DOUBLE = map(build, ("smallint", "integer", "bigint", "real", "double precision"))
BOOLEAN, VARCHAR, DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL = map(
    build, ("boolean", "varchar", "date", "time", "timestamp", "timestamptz", "interval")
)
NULL = exp.DataType(this=exp.DType.NULL)


def size(kind: Kind | None) -> tuple[int, int] | None:
    """Precision and scale of an exact number as a DECIMAL; None for any other type, or one not told."""
    if kind is None:
        return None
    if kind.this in DIGITS:
        return DIGITS[kind.this], 0
    if kind.this != exp.DType.DECIMAL:
        return None
    given = [int(part.name) for part in kind.expressions]
    return (given[0] if given else 18, given[1] if len(given) > 1 else 0)


def is_integer(kind: Kind | None) -> bool:
    return kind is not None and kind.this in DIGITS


def is_decimal(kind: Kind | None) -> bool:
    return kind is not None and kind.this == exp.DType.DECIMAL


def is_float(kind: Kind | None) -> bool:
    return kind is not None and kind.this in _FLOATS


def is_number(kind: Kind | None) -> bool:
    return size(kind) is not None or is_float(kind)


def is_text(kind: Kind | None) -> bool:
    return kind is not None and kind.this in TEXTS


def is_moment(kind: Kind | None) -> bool:
    """A date or a timestamp."""
    return kind is not None and kind.this in (exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ)


def is_text_literal(node: exp.Expr | None) -> bool:
    """A text constant, whose type is that of what stands beside it."""
    node = node.unnest() if node is not None else None
    return isinstance(node, exp.Literal) and node.is_string


def computed(sign: str, left: Kind, right: Kind) -> Kind | None:
    """The type of a sum ("+", "-"), product ("*"), quotient ("/") or remainder ("%") of two numbers."""
    if is_float(left) or is_float(right):
        return REAL if left.this == right.this == exp.DType.FLOAT else DOUBLE
    if is_integer(left) and is_integer(right):
        return left if DIGITS[left.this] >= DIGITS[right.this] else right
    one, other = size(left), size(right)
    return decimal(*_computed_size(sign, *one, *other)) if one and other else None


def _computed_size(sign: str, p1: int, s1: int, p2: int, s2: int) -> tuple[int, int]:
    if sign == "/":
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
        if precision > _LONGEST:
            scale = max(_LONGEST + scale - precision, 4)
    elif sign == "*":
        precision, scale = p1 + p2 + 1, s1 + s2
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + scale + (sign != "%")
    return min(precision, _LONGEST), scale


def common(nodes: Iterable[exp.Expr | None]) -> Kind | None:
    """The type that several expressions share, as in CASE, COALESCE or a list of IN."""
    found = [node for node in nodes if node is not None]
    kinds = [node.type for node in found if not is_text_literal(node)]
    return shared(kinds) if kinds else VARCHAR


def shared(kinds: Iterable[Kind | None]) -> Kind | None:
    """The type to which all these convert, as in UNION; None where one is not told, or there is none."""
    found = [kind for kind in kinds if kind is None or kind.this != exp.DType.NULL]
    if not found:
        return NULL
    result = found[0]
    for kind in found[1:]:
        result = _shared(result, kind)
    return result


def _shared(one: Kind | None, other: Kind | None) -> Kind | None:
    if one is None or other is None or one == other:
        return one if one == other else None
    if is_number(one) and is_number(other):
        sizes = size(one), size(other)
        if sizes[0] is None or sizes[1] is None:
            return DOUBLE
        if is_integer(one) and is_integer(other):
            return computed("+", one, other)
        (p1, s1), (p2, s2) = sizes[0], sizes[1]
        return decimal(min(max(p1 - s1, p2 - s2) + max(s1, s2), _LONGEST), max(s1, s2))
    if is_text(one) and is_text(other):
        return VARCHAR
    if is_moment(one) and is_moment(other):
        return TIMESTAMPTZ if exp.DType.TIMESTAMPTZ in (one.this, other.this) else TIMESTAMP
    return None


def beside(node: exp.Expr, other: exp.Expr) -> Kind | None:
    """The type of an operand: that of a text constant is the other's; so is that of NULL."""
    kind = node.type
    if other.type is not None and not is_text(other.type):
        if is_text_literal(node) and (is_number(other.type) or is_moment(other.type)):
            return other.type
        if kind is not None and kind.this == exp.DType.NULL:
            return other.type
    return kind


def summed(kind: Kind | None) -> Kind | None:
    """What SUM gives of that type."""
    if kind is None:
        return None
    if kind.this == exp.DType.BIGINT:
        return decimal(38, 0)
    if is_integer(kind):
        return BIGINT
    exact = size(kind)
    return decimal(38, exact[1]) if exact else DOUBLE if is_float(kind) else None


def averaged(kind: Kind | None) -> Kind | None:
    """What AVG gives of that type."""
    return BIGINT if is_integer(kind) else summed(kind)


def rounded(node: exp.Expr, digits: exp.Expr | None) -> Kind | None:
    """What ROUND and TRUNC give of `node` to that many digits."""
    kind = node.type
    if kind is not None and is_moment(kind):
        return DATE
    exact = size(kind)
    if not is_decimal(kind) or exact is None:
        return kind
    places = 0 if digits is None else constant(digits)
    if places is None:
        return kind
    precision, scale = exact
    kept = max(0, min(places, scale))
    return decimal(max(precision - scale + kept, 1), kept)


def constant(node: exp.Expr) -> int | None:
    """An integer constant's value, or None for any other expression."""
    sign = -1 if isinstance(node, exp.Neg) else 1
    node = node.this if isinstance(node, exp.Neg) else node
    return sign * int(node.name) if isinstance(node, exp.Literal) and node.is_int else None
