"""Redshift's VARBYTE: "VARBYTE type", "VARBYTE functions" and "VARBYTE operators".

All of the Amazon Redshift Database Developer Guide. Values of the type are DuckDB's BLOBs.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.section import Python, Section

_WIDTHS = {exp.DType.SMALLINT: 2, exp.DType.INT: 4, exp.DType.BIGINT: 8}
_DIGITS = {"hex": "[0-9a-fA-F]*", "binary": "[01]*"}
_REFUSED = "the sandbox can't run this: "


def is_bytes(node: exp.Expr) -> bool:
    """Whether the expression is known to be a VARBYTE."""
    return node.type is not None and node.type.this in (exp.DType.VARBINARY, exp.DType.BINARY)


def padded(node: exp.Expr) -> exp.Expr:
    """A CHAR with the blanks that fill its length, which are not stored; any other expression as it is."""
    kind = node.type
    if kind is None or kind.this not in (exp.DType.CHAR, exp.DType.NCHAR) or not kind.expressions:
        return node
    size = kind.expressions[0].this.copy()
    return call("rs_filled", node, size)


def cast(node: exp.Expr) -> exp.Expr | None:
    """A cast to VARBYTE or from it; None for any other."""
    value, kind = node.this, node.args["to"]
    if kind.this in (exp.DType.VARBINARY, exp.DType.BINARY):
        made = call("rs_to_bytes", padded(value))
        made = call("rs_fitting_bytes", made, kind.expressions[0].this.copy()) if kind.expressions else made
        made.type = kind
        return made
    if not is_bytes(value) or kind.this in exp.DataType.TEXT_TYPES:
        return None
    if kind.this not in _WIDTHS:
        raise RedshiftError(f"cannot cast type binary varying to {kind.sql(dialect='redshift').lower()}")
    number = call("rs_number_of_bytes", value, exp.Literal.number(_WIDTHS[kind.this]))
    return exp.cast(number, kind)


def cut(value: exp.Expr, start: exp.Expr, count: exp.Expr | None = None) -> exp.Expr:
    """SUBSTRING of a VARBYTE."""
    made = call("rs_cut_bytes", value, start, count if count is not None else exp.Literal.number(2**31))
    made.type = exp.DataType.build("varbinary")
    return made


def operator(node: exp.Expr) -> exp.Expr | None:
    """`+`, `&`, `|`, `#` and `~` of VARBYTE; None where neither side is known to be one."""
    sides = [side for side in (node.this, node.expression) if side]
    if not any(map(is_bytes, sides)):
        return None
    name = _FUNCTIONS[type(node)]
    if not all(is_bytes(side) or isinstance(side, exp.Null) for side in sides):
        raise Unsupported("an operator of VARBYTE and another type")
    made: exp.Expr = call(name, *sides) if name else exp.DPipe(this=node.this, expression=node.expression)
    made.type = exp.DataType.build("varbinary")
    return made


_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.Add: "",
    exp.BitwiseAnd: "rs_bytes_and",
    exp.BitwiseOr: "rs_bytes_or",
    exp.BitwiseXor: "rs_bytes_xor",
    exp.BitwiseNot: "rs_bytes_not",
}


def of_text(text: str | None, form: str | None) -> bytes | None:
    """The bytes that a text in the form (hex, binary, utf8 or utf-8) stands for."""
    if text is None or form is None:
        return None
    known = form.lower()
    if known in ("utf8", "utf-8"):
        return text.encode()
    if known not in _DIGITS:
        raise ValueError(f"invalid format {form}: it must be hex, binary, utf8 or utf-8")
    if not re.fullmatch(_DIGITS[known], text):
        raise ValueError(f"invalid {known} digits: {text}")
    if known == "hex":
        return bytes.fromhex("0" * (len(text) % 2) + text)
    return int(text or "0", 2).to_bytes((len(text) + 7) // 8, "big")


def to_text(value: bytes | None, form: str | None) -> str | None:
    """Bytes as text in a form (hex, binary, utf8 or utf-8)."""
    if value is None or form is None:
        return None
    if form.lower() == "hex":
        return value.hex()
    if form.lower() == "binary":
        return "".join(f"{byte:08b}" for byte in value)
    if form.lower() in ("utf8", "utf-8"):
        return value.decode()
    raise ValueError(f"invalid format {form}: it must be hex, binary, utf8 or utf-8")


def get_bit(value: bytes | None, index: int | None) -> int | None:
    """The bit at an index that counts from 0 for the rightmost, lowest bit."""
    if value is None or index is None:
        return None
    if not 0 <= index < 8 * len(value):
        raise ValueError(f"bit index {index} is out of range for a value of {8 * len(value)} bits")
    return value[-1 - index // 8] >> (index % 8) & 1


def _cut(value: bytes | None, start: int | None, count: int | None) -> bytes | None:
    if value is None or start is None or count is None:
        return None
    if count < 0:
        raise ValueError("negative substring length not allowed")
    if start < 1 and count >= 2**31:
        return value
    return value[max(0, start - 1) : max(0, start - 1 + count)]


def _fitting(value: bytes | None, size: int | None) -> bytes | None:
    if value is not None and size is not None and len(value) > size:
        raise ValueError(f"{_REFUSED}a cast of {len(value)} bytes to VARBYTE({size})")
    return value


def _number(value: bytes | None, width: int | None) -> int | None:
    if value is None or width is None:
        return None
    if len(value) != width:
        raise ValueError(f"{_REFUSED}a cast of {len(value)} bytes to a number of {width}")
    return int.from_bytes(value, "big", signed=True)


def _hex_of_number(value: int | None) -> str | None:
    if value is not None and value < 0:
        raise ValueError(f"{_REFUSED}TO_HEX of a negative number")
    return None if value is None else format(value, "x")


def _bitwise(combine: Callable[[int, int], int]) -> Callable[[bytes | None, bytes | None], bytes | None]:
    def run(left: bytes | None, right: bytes | None) -> bytes | None:
        if left is None or right is None:
            return None
        if len(left) != len(right):
            raise ValueError(f"{_REFUSED}a bitwise operator of VARBYTE values that differ in length")
        return bytes(combine(one, other) for one, other in zip(left, right, strict=True))

    return run


_PAIR = ("BLOB", "BLOB")
_IS_INTEGER = "typeof(t) IN ('SMALLINT', 'INTEGER', 'BIGINT')"

SECTION = Section(
    macros={
        "from_hex(t)": "rs_bytes_of_text(rs_text(t), 'hex')",
        "to_varbyte(t, form)": "rs_bytes_of_text(rs_text(t), form)",
        "from_varbyte(t, form)": "rs_text_of_bytes(rs_to_bytes(t), form)",
        "getbit(t, place)": "rs_bit_of_bytes(rs_to_bytes(t), CAST(place AS BIGINT))",
        "to_hex(t)": f"""CASE WHEN {_IS_INTEGER} THEN rs_hex_of_number(CAST(CAST(t AS VARCHAR) AS BIGINT))
            WHEN typeof(t) IN ('BLOB', 'VARCHAR') THEN lower(hex(rs_to_bytes(t)))
            ELSE error('the sandbox can''t run this: TO_HEX of ' || typeof(t)) END""",
    },
    returns={"from_hex": "varbinary", "to_varbyte": "varbinary"},
)

# What casts, operators and other sections call.
INTERNAL = Section(
    macros={
        # The text of a cast: bytes are UTF-8.
        "characters(t)": """CASE WHEN typeof(t) = 'BLOB' THEN decode(CAST(CAST(t AS VARCHAR) AS BLOB))
            ELSE CAST(t AS VARCHAR) END""",
        "filled(t, n)": "CASE WHEN length(t) < n THEN rpad(t, CAST(n AS INTEGER), ' ') ELSE t END",
        "to_bytes(t)": f"""CASE WHEN typeof(t) = 'BLOB' THEN CAST(CAST(t AS VARCHAR) AS BLOB)
            WHEN typeof(t) IN ('VARCHAR', '"NULL"') THEN encode(CAST(t AS VARCHAR))
            WHEN {_IS_INTEGER} THEN rs_bytes_of_number(CAST(CAST(t AS VARCHAR) AS BIGINT),
                CASE typeof(t) WHEN 'SMALLINT' THEN 2 WHEN 'INTEGER' THEN 4 ELSE 8 END)
            ELSE error('cannot cast type ' || lower(typeof(t)) || ' to binary varying') END""",
    },
    python={
        "bit_of_bytes": Python(get_bit, ("BLOB", "BIGINT"), "INTEGER"),
        "bytes_and": Python(_bitwise(int.__and__), _PAIR, "BLOB"),
        "bytes_not": Python(lambda value: None if value is None else bytes(255 - b for b in value), ("BLOB",), "BLOB"),
        "bytes_of_number": Python(
            lambda value, width: None if value is None else value.to_bytes(width, "big", signed=True),
            ("BIGINT", "INTEGER"),
            "BLOB",
        ),
        "bytes_of_text": Python(of_text, ("VARCHAR", "VARCHAR"), "BLOB"),
        "bytes_or": Python(_bitwise(int.__or__), _PAIR, "BLOB"),
        "bytes_xor": Python(_bitwise(int.__xor__), _PAIR, "BLOB"),
        "cut_bytes": Python(_cut, ("BLOB", "BIGINT", "BIGINT"), "BLOB"),
        "fitting_bytes": Python(_fitting, ("BLOB", "BIGINT"), "BLOB"),
        "hex_of_number": Python(_hex_of_number, ("BIGINT",), "VARCHAR"),
        "number_of_bytes": Python(_number, ("BLOB", "INTEGER"), "BIGINT"),
        "text_of_bytes": Python(to_text, ("BLOB", "VARCHAR"), "VARCHAR"),
    },
)
