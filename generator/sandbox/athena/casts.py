"""CAST and TRY_CAST with Trino's results.

See "Conversion functions" (trino.io/docs/current/functions/conversion.html): text converts only where it is
wholly a value of the type, doubles round half away from zero, varchar(n) cuts.
"""

import re

from sqlglot import exp

from generator.sandbox.athena.errors import UnsupportedError
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.typed import KindOf, trino_name
from generator.sandbox.athena.types import decimal_digits, is_integer

_DUCK = {
    exp.DType.BOOLEAN: "BOOLEAN",
    exp.DType.TINYINT: "TINYINT",
    exp.DType.SMALLINT: "SMALLINT",
    exp.DType.INT: "INTEGER",
    exp.DType.BIGINT: "BIGINT",
    exp.DType.FLOAT: "FLOAT",
    exp.DType.DOUBLE: "DOUBLE",
    exp.DType.TEXT: "VARCHAR",
    exp.DType.VARCHAR: "VARCHAR",
    exp.DType.DATE: "DATE",
    exp.DType.TIMESTAMP: "TIMESTAMP",
    exp.DType.TIMESTAMPTZ: "TIMESTAMP WITH TIME ZONE",
    exp.DType.JSON: "JSON",
}
_TEXT = ("VARCHAR", "STRING_LITERAL")
_FLOATING = ("DOUBLE", "FLOAT")
_FROM_TEXT = {
    "BOOLEAN": "trino_boolean(:x)",
    "DATE": "trino_date(:x)",
    "TIMESTAMP": "trino_timestamp(:x)",
    "DOUBLE": "CAST(trino_number(:x) AS DOUBLE)",
    "FLOAT": "CAST(trino_number(:x) AS FLOAT)",
}


def cast(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """What runs in place of a CAST, TRY_CAST or date(). Raises UnsupportedError for other pairs of types."""
    target = "DATE" if isinstance(node, exp.Date) else _target(node)
    source = kind_of(node.this)
    sql = _conversion(source, target, node)
    if isinstance(node, exp.TryCast) or isinstance(node.parent, exp.Try):
        # DuckDB's TRY takes no call of error(), which the macros make.
        sql = re.sub(r"\b(trino_\w+)", r"\1_or_null", sql).replace("CAST(", "TRY_CAST(")
    length = node.args["to"].expressions if target == "VARCHAR" and "to" in node.args else []
    if length:
        sql = f"left({sql}, {length[0].name})"
    return template(sql, x=node.this)


def _target(node: exp.Expr) -> str:
    to = node.args["to"]
    if to.this == exp.DType.DECIMAL:
        if not to.expressions and isinstance(node.this, exp.Literal):
            raise UnsupportedError(f"{node.sql('trino')}: give the decimal's precision and scale")
        digits = [param.name for param in to.expressions] or ["38"]
        return f"DECIMAL({digits[0]},{digits[1] if len(digits) > 1 else '0'})"
    if to.this == exp.DType.TIMESTAMP:
        digits = [param.name for param in to.expressions]
        # sqlglot gives TIMESTAMP '…' the precision of its text.
        fraction = node.this.name.partition(".")[2] if isinstance(node.this, exp.Literal) else "a column's"
        if digits and int(digits[0]) < min(3, len(fraction)):
            raise UnsupportedError(f"timestamps with a precision of {digits[0]}")
        return "TIMESTAMP"
    if to.this == exp.DType.ARRAY and to.expressions and not to.expressions[0].expressions:
        return f"{_DUCK.get(to.expressions[0].this, '?')}[]"
    if to.this not in _DUCK:
        raise UnsupportedError(f"a cast to {to.sql('trino')}")
    return _DUCK[to.this]


def _conversion(source: str, target: str, node: exp.Expr) -> str:
    plain = f"CAST(:x AS {target})"
    if source in ('"NULL"', "NULL", target):
        return plain
    if source in _TEXT:
        sql = _from_text(target)
    elif target == "VARCHAR":
        sql = _to_text(source)
    elif is_integer(target):
        sql = _to_integer(source, target)
    else:
        sql = plain if _is_plain(source, target) else ""
    if not sql:
        raise UnsupportedError(f"a cast from {trino_name(source)} to {trino_name(target)} ({node.sql('trino')[:60]})")
    return sql


def _from_text(target: str) -> str:
    if target == "VARCHAR":
        return "CAST(:x AS VARCHAR)"
    if is_integer(target):
        return f"CAST(trino_integer(:x) AS {target})"
    if target.startswith("DECIMAL"):
        return f"CAST(trino_number(:x) AS {target})"
    return _FROM_TEXT.get(target, "")


def _to_text(source: str) -> str:
    if source == "TIMESTAMP":
        return "strftime(:x, '%Y-%m-%d %H:%M:%S.%g')"
    if source == "JSON":
        return "CASE WHEN json_type(:x) NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN json_extract_string(:x, '$') END"
    plain = is_integer(source) or source in ("DATE", "BOOLEAN", "UUID") or decimal_digits(source)
    return "CAST(:x AS VARCHAR)" if plain else ""


def _to_integer(source: str, target: str) -> str:
    if source in _FLOATING:
        return f"CAST(round(:x) AS {target})"
    if source == "JSON":
        return f"CAST(trino_integer(json_extract_string(:x, '$')) AS {target})"
    return f"CAST(:x AS {target})" if decimal_digits(source) or source == "BOOLEAN" else ""


def _is_plain(source: str, target: str) -> bool:
    """Whether DuckDB's conversion has Trino's result."""
    numbers = source in _FLOATING or decimal_digits(source) is not None
    if numbers or source == "BOOLEAN":
        return target in (*_FLOATING, "BOOLEAN") or target.startswith("DECIMAL")
    if source in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return target in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")
    if source == "JSON":
        return target in ("VARCHAR[]", "BIGINT[]", "DOUBLE")
    return source.endswith("[]") and target.endswith("[]")
