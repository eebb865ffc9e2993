"""Types in their three spellings: Hive's (DDL, Glue), DuckDB's, and those that Athena's results name.

See "Data types in Amazon Athena" (docs.aws.amazon.com/athena/latest/ug/data-types.html): DDL says `int` and
`string` where results say `integer` and `varchar`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.zones import ZONED

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
}
_DUCK_BY_HIVE = {**_DUCK, exp.DType.BINARY: "BLOB"}
_DUCK_BY_TRINO = {
    **_DUCK,
    exp.DType.VARBINARY: "BLOB",
    exp.DType.TIMESTAMPTZ: ZONED,
    exp.DType.TIME: "TIME",
    exp.DType.JSON: "JSON",
    exp.DType.UUID: "UUID",
}
_HIVE_BY_DUCK = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "string",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "BLOB": "binary",
}
_RESULT_BY_DUCK = {
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "FLOAT": "float",
    "DOUBLE": "double",
    "VARCHAR": "varchar",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "timestamp",
    ZONED: "timestamp with time zone",
    "BLOB": "varbinary",
    "JSON": "json",
    "UUID": "uuid",
    "INTERVAL": "interval day to second",
    "NULL": "unknown",
}
_PRECISION = {
    "boolean": 1, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19, "float": 17, "double": 17,
    "varchar": 2147483647, "timestamp": 3, "timestamp with time zone": 3, "varbinary": 1073741824,
}  # fmt: skip
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


@dataclass(frozen=True)
class ResultType:
    """A column's type as GetQueryResults describes it."""

    name: str
    precision: int
    scale: int


def duck_type(hive: str) -> str:
    """DuckDB's type for a column type of Athena's DDL, such as "array<int>". Raises QueryError."""
    try:
        parsed = exp.DataType.build(hive, dialect="hive")
    except (ParseError, TokenError, ValueError) as error:
        raise QueryError(f"FAILED: ParseException: cannot recognize the type {hive!r}") from error
    return _duck(parsed, _DUCK_BY_HIVE, "10", lambda _: f"columns of the type {hive}")


def query_type(parsed: exp.DataType) -> str:
    """DuckDB's type for a type in a query, such as ARRAY(VARCHAR). Raises UnsupportedError."""
    return _duck(parsed, _DUCK_BY_TRINO, "38", lambda part: f"the type {part.sql('trino')}")


def _duck(
    parsed: exp.DataType, plain: Mapping[exp.DType, str], digits: str, described: Callable[[exp.DataType], str]
) -> str:
    """DuckDB's type for one that is made of `plain` ones; `digits` are those of a DECIMAL that names none."""

    def spell(part: exp.DataType) -> str:
        return _duck(part, plain, digits, described)

    inner = [child for child in parsed.expressions if isinstance(child, exp.DataType)]
    if parsed.this == exp.DType.DECIMAL:
        size = [param.name for param in parsed.expressions] or [digits]
        return f"DECIMAL({size[0]},{size[1] if len(size) > 1 else '0'})"
    if parsed.this == exp.DType.ARRAY and inner:
        return f"{spell(inner[0])}[]"
    if parsed.this == exp.DType.MAP and len(inner) == 2:
        return f"MAP({spell(inner[0])}, {spell(inner[1])})"
    if parsed.this == exp.DType.STRUCT and parsed.expressions:
        spelled = [
            f'"{field.name}" {spell(field.kind)}'
            for field in parsed.expressions
            if isinstance(field, exp.ColumnDef) and field.kind is not None
        ]
        if len(spelled) < len(parsed.expressions):
            raise UnsupportedError(f"{described(parsed)} (give its fields names)")
        return f"STRUCT({', '.join(spelled)})"
    if parsed.this not in plain:
        raise UnsupportedError(described(parsed))
    return plain[parsed.this]


def hive_type(duck: str) -> str:
    """The type that CREATE TABLE AS gives a column whose values have DuckDB's type `duck`."""
    if _DECIMAL.fullmatch(duck):
        return duck.lower().replace(" ", "")
    if duck.endswith("[]"):
        return f"array<{hive_type(duck[:-2])}>"
    pair, members = map_kinds(duck), fields(duck)
    if pair is not None:
        return f"map<{hive_type(pair[0])},{hive_type(pair[1])}>"
    if members and all(name for name, _ in members):
        return f"struct<{','.join(f'{name}:{hive_type(kind)}' for name, kind in members)}>"
    if duck not in _HIVE_BY_DUCK:
        raise QueryError(f"NOT_SUPPORTED: Unsupported Hive type: {result_type(duck).name}")
    return _HIVE_BY_DUCK[duck]


def result_type(duck: str) -> ResultType:
    """How results name DuckDB's type `duck`. Raises UnsupportedError for types that Athena does not have."""
    duck = duck.strip('"')  # DuckDB's name for the type of a bare NULL is "NULL", with the quotes
    decimal = _DECIMAL.fullmatch(duck)
    if decimal:
        return ResultType("decimal", int(decimal[1]), int(decimal[2]))
    if _is_spatial(duck):
        raise UnsupportedError("a geometry, a geography or a Bing tile in a result; use a function such as ST_AsText")
    if duck.endswith("]"):
        return ResultType("array", 0, 0)
    if duck != ZONED and duck.startswith(("MAP(", "STRUCT(", "TUPLE(")):
        return ResultType("map" if duck.startswith("MAP(") else "row", 0, 0)
    if duck not in _RESULT_BY_DUCK:
        raise UnsupportedError(f"an expression here has the type {duck}, which Athena does not have")
    name = _RESULT_BY_DUCK[duck]
    return ResultType(name, _PRECISION.get(name, 0), 3 if name.startswith("timestamp") else 0)


def _is_spatial(duck: str) -> bool:
    """Whether a type is, or holds, one of the geospatial functions' (see `functions.geometry_values`)."""
    inner = [element(duck), *(map_kinds(duck) or ()), *(kind for _, kind in fields(duck))]
    return duck == "UBIGINT" or duck.startswith("GEOMETRY") or any(map(_is_spatial, filter(None, inner)))


def is_integer(duck: str) -> bool:
    """Whether DuckDB's type `duck` is one of Athena's integer types, or an integer literal."""
    return duck in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "INTEGER_LITERAL")


def decimal_digits(duck: str) -> tuple[int, int] | None:
    """Precision and scale of a decimal type, and of an integer type as a decimal; None for other types."""
    decimal = _DECIMAL.fullmatch(duck)
    if decimal:
        return int(decimal[1]), int(decimal[2])
    digits = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "INTEGER_LITERAL": 10, "BIGINT": 19}.get(duck)
    return None if digits is None else (digits, 0)


def canonical(duck: str) -> str:
    """DuckDB's type with the names of all fields quoted, in lower case: equal for equal types."""
    pair, members = map_kinds(duck), fields(duck)
    if element(duck):
        return f"{canonical(element(duck))}[]"
    if pair is not None:
        return f"MAP({canonical(pair[0])}, {canonical(pair[1])})"
    if members:
        return f"STRUCT({', '.join(f'{chr(34)}{name.lower()}{chr(34)} {canonical(kind)}' for name, kind in members)})"
    return duck


def element(duck: str) -> str:
    """The type of the elements of DuckDB's list type `duck`, "" for other types."""
    return duck[:-2] if duck.endswith("[]") else ""


def map_kinds(duck: str) -> tuple[str, str] | None:
    """The types of the keys and the values of DuckDB's type `duck`, None where it is no map."""
    if not duck.startswith("MAP(") or not duck.endswith(")"):
        return None
    key, value = _parts(duck[4:-1])
    return key, value


def fields(duck: str) -> list[tuple[str, str]]:
    """Names and types of the fields of DuckDB's type `duck`; names are "" in rows without names."""
    if duck == ZONED:  # one value
        return []
    if duck.startswith("TUPLE(") and duck.endswith(")"):
        return [("", part) for part in _parts(duck[6:-1])]
    if not duck.startswith("STRUCT(") or not duck.endswith(")"):
        return []
    found = []
    for part in _parts(duck[7:-1]):
        if part.startswith('"'):
            end = re.match(r'"(?:[^"]|"")*"', part)
            name = end[0] if end else part
            found.append((name[1:-1].replace('""', '"'), part[len(name) :].strip()))
        else:
            name, _, kind = part.partition(" ")
            found.append((name, kind))
    return found


def _parts(text: str) -> list[str]:
    """`text` cut at its commas, but for those in parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for place, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1
        elif char == "," and not depth and not quoted:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]
