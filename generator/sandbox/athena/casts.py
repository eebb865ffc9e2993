"""CAST and TRY_CAST with Trino's results.

See "Conversion functions" (trino.io/docs/current/functions/conversion.html) and "Cast to JSON", "Cast from JSON"
(…/functions/json.html): text converts only where it is wholly a value of the type, doubles round half away from
zero, varchar(n) cuts texts. What a text becomes, and what becomes text, is in functions/conversion.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.families import KindOf, trino_name
from generator.sandbox.athena.precision import PRECISION, precision_of
from generator.sandbox.athena.templates import template
from generator.sandbox.athena.types import decimal_digits, element, fields, is_integer, map_kinds, query_type
from generator.sandbox.athena.zones import ZONED
from generator.sandbox.sql import quote_name, quote_string

_TEXT = ("VARCHAR", "STRING_LITERAL")
_FLOATING = ("DOUBLE", "FLOAT")
_MOMENTS = ("DATE", "TIMESTAMP", ZONED)
_FROM_TEXT = {
    "BOOLEAN": "trino__boolean({})",
    "DATE": "trino__date({})",
    "TIMESTAMP": "trino__timestamp({})",
    ZONED: "trino__zoned_value({})",
    "TIME": "trino__time({})",
    "DOUBLE": "trino__double({})",
    "FLOAT": "trino__real({})",
    "UUID": "trino__uuid({})",
    "BLOB": "encode({})",
    "JSON": "CAST(trino__json_quoted({}) AS JSON)",
}
_TO_TEXT = {
    "TIMESTAMP": "trino__varchar_of_timestamp({})",
    "TIME": "trino__varchar_of_time({})",
    ZONED: "trino__varchar_of_zoned({})",
    "DOUBLE": "trino__double_text({})",
    "FLOAT": "trino__real_text({})",
    "INTERVAL": "trino__interval_text({})",
    "JSON": "trino__json_varchar({})",
    **dict.fromkeys(("DATE", "BOOLEAN", "UUID"), "CAST({} AS VARCHAR)"),
}
_BETWEEN_MOMENTS = {
    ("DATE", "TIMESTAMP"): "CAST({} AS TIMESTAMP)",
    ("DATE", ZONED): "trino__zoned(CAST({} AS TIMESTAMP), 'UTC')",
    ("TIMESTAMP", "DATE"): "CAST({} AS DATE)",
    ("TIMESTAMP", "TIME"): "CAST({} AS TIME)",
    ("TIMESTAMP", ZONED): "trino__zoned({}, 'UTC')",
    (ZONED, "DATE"): "CAST(trino__local({}) AS DATE)",
    (ZONED, "TIME"): "CAST(trino__local({}) AS TIME)",
    (ZONED, "TIMESTAMP"): "trino__local({})",
    ("TIME", "TIMESTAMP"): "DATE '1970-01-01' + {}",
}


def cast(node: exp.Expr, kind_of: KindOf) -> exp.Expr | None:
    """What runs in place of a CAST, TRY_CAST or date(). Raises UnsupportedError for other pairs of types."""
    target = "DATE" if isinstance(node, exp.Date) else query_type(node.args["to"])
    literal = _moment_literal(node, target)
    if literal is not None:
        return literal
    source = kind_of(node.this)
    sql = _in_full(node, source, target) if target == "VARCHAR" else _conversion(":x", source, target)
    if isinstance(node, exp.TryCast):
        sql = f"TRY({sql})"
    return template(sql, x=node.this)


def _moment_literal(node: exp.Expr, target: str) -> exp.Expr | None:
    """TIMESTAMP '…': its text says the precision, which results do not show but casts to varchar do."""
    digits = [] if isinstance(node, exp.Date) else node.args["to"].expressions
    if target not in ("TIMESTAMP", ZONED, "TIME") or not digits:
        return None
    precision = int(digits[0].name)
    if not isinstance(node.this, exp.Literal):
        if precision != 3:
            raise UnsupportedError(f"a cast to {trino_name(target)} with a precision of {precision}")
        return None
    sql = "trino__timestamp_literal(:x)" if target == "TIMESTAMP" else _FROM_TEXT[target].format(":x")
    if isinstance(node, exp.TryCast):
        sql = f"TRY({sql})"
    made = template(sql, x=node.this)
    made.meta[PRECISION] = precision
    return made


def _in_full(node: exp.Expr, source: str, target: str) -> str:
    """A cast to varchar, or to varchar(n): texts are cut to it, other values must fit."""
    length = node.args["to"].expressions
    sql = _conversion(":x", source, target)
    precision = precision_of(node.this) if source in ("TIMESTAMP", "TIME", ZONED) else 3
    if precision != 3:
        if PRECISION not in node.this.meta or source != "TIMESTAMP" or precision > 6:
            raise UnsupportedError(f"a time with a precision of {precision} as varchar")
        end = f" || '.' || left(strftime(:x, '%f'), {precision})" if precision else ""
        sql = f"strftime(:x, '%Y-%m-%d %H:%M:%S'){end}"
    if not length:
        return sql
    return f"left({sql}, {length[0].name})" if source in _TEXT else f"trino__fit({sql}, {length[0].name})"


def _conversion(value: str, source: str, target: str, depth: int = 0) -> str:
    """DuckDB's SQL for `value` (SQL, too) of the kind `source` as a `target`."""
    if source in ('"NULL"', "NULL", target):
        return f"CAST({value} AS {target})"
    form = _scalar(source, target)
    sql = form.format(value) if form else _nested(value, source, target, depth)
    if not sql:
        names = f"{trino_name(source)} to {trino_name(target)}"
        if source in _TEXT or target == "VARCHAR" or "JSON" in (source, target):
            raise UnsupportedError(f"a cast from {names}")
        raise QueryError(f"TYPE_MISMATCH: line 1:1: Cannot cast {names}")
    return sql


def _scalar(source: str, target: str) -> str:
    if source in _TEXT:
        return _from_text(target)
    if target == "VARCHAR":
        plain = is_integer(source) or decimal_digits(source)
        return "CAST({} AS VARCHAR)" if plain else _TO_TEXT.get(source, "")
    if target == "JSON":
        text = _json_text(source)
        return f"CAST({text} AS JSON)" if text else ""
    if source == "JSON":
        return _from_json(target)
    if (source, target) in _BETWEEN_MOMENTS:
        return _BETWEEN_MOMENTS[source, target]
    return _number(source, target)


def _from_text(target: str) -> str:
    digits = decimal_digits(target)
    if is_integer(target):
        return f"CAST(trino__integer({{}}, '{'INT' if target == 'INTEGER' else target}') AS {target})"
    if digits:
        return f"CAST(trino__decimal({{}}, {digits[0]}, {digits[1]}) AS {target})"
    return "CAST({} AS VARCHAR)" if target == "VARCHAR" else _FROM_TEXT.get(target, "")


def _from_json(target: str) -> str:
    digits = decimal_digits(target)
    if target in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "BOOLEAN", "DOUBLE"):
        return f"trino__json_{target.lower()}({{}})"
    if target == "FLOAT":
        return "CAST(trino__json_double({}) AS FLOAT)"
    return f"CAST(trino__json_decimal({{}}, {digits[0]}, {digits[1]}) AS {target})" if digits else ""


def _json_text(source: str) -> str:
    """The form that makes a JSON text of a value."""
    if source in ("DOUBLE", "FLOAT"):
        return "trino__json_number(CAST({} AS DOUBLE))" if source == "DOUBLE" else "trino__json_number({})"
    if is_integer(source) or decimal_digits(source) or source == "BOOLEAN":
        return "CAST({} AS VARCHAR)"
    return f"trino__json_quoted({_TO_TEXT[source]})" if source in ("DATE", "TIMESTAMP", ZONED) else ""


def _number(source: str, target: str) -> str:
    numeric = source in _FLOATING or source == "BOOLEAN" or decimal_digits(source) is not None
    if not numeric:
        return ""
    if is_integer(target):
        return f"CAST(round({{}}) AS {target})" if source in _FLOATING else f"CAST({{}} AS {target})"
    if (source, target) == ("DOUBLE", "FLOAT"):
        return "trino__real_of_double({})"
    if target.startswith("DECIMAL") and source in _FLOATING:
        return f"CAST(CAST({{}} AS VARCHAR) AS {target})"  # the digits that are shown are rounded, not the binary ones
    return f"CAST({{}} AS {target})" if target in (*_FLOATING, "BOOLEAN") or decimal_digits(target) else ""


def _nested(value: str, source: str, target: str, depth: int) -> str:
    """Arrays, maps and rows: part by part."""
    name = f"e{depth}"
    inner, wanted = element(source), element(target)
    if target == "JSON":
        text = _nested_json(value, source, depth)
        return f"CAST({text} AS JSON)" if text else ""
    if source == "JSON":
        return _nested_from_json(value, target, depth)
    if inner and wanted:
        return f"list_transform({value}, lambda {name}: {_conversion(name, inner, wanted, depth + 1)})"
    pair, wanted_pair = map_kinds(source), map_kinds(target)
    if pair and wanted_pair:
        keys, values = (
            f"list_transform(map_{part}({value}), lambda {name}: {_conversion(name, old, new, depth + 1)})"
            for part, old, new in (("keys", pair[0], wanted_pair[0]), ("values", pair[1], wanted_pair[1]))
        )
        return f"CASE WHEN {value} IS NOT NULL THEN map({keys}, {values}) END"
    old_fields, new_fields = fields(source), fields(target)
    if old_fields and len(old_fields) == len(new_fields):
        parts = [
            _conversion(_part(value, name, index), old, new, depth)
            for index, ((name, old), (_, new)) in enumerate(zip(old_fields, new_fields, strict=True), 1)
        ]
        return f"CASE WHEN {value} IS NOT NULL THEN {_row(new_fields, parts)} END"
    return ""


def _part(value: str, name: str, index: int) -> str:
    return f"struct_extract({value}, {quote_string(name) if name else index})"


def _row(members: list[tuple[str, str]], parts: list[str]) -> str:
    if not members[0][0]:
        return f"row({', '.join(parts)})"
    named = (f"{quote_name(name)} := {part}" for (name, _), part in zip(members, parts, strict=True))
    return f"struct_pack({', '.join(named)})"


def _nested_from_json(value: str, target: str, depth: int) -> str:
    name = f"e{depth}"
    wanted, pair, members = element(target), map_kinds(target), fields(target)
    if wanted:
        each = _conversion(name, "JSON", wanted, depth + 1)
        return f"list_transform(trino__json_elements({value}), lambda {name}: {each})"
    if pair:
        entries = f"trino__json_entries({value})"
        keys = _conversion(name, "VARCHAR", pair[0], depth + 1)
        values = _conversion(name, "JSON", pair[1], depth + 1)
        return (
            f"CASE WHEN {entries} IS NOT NULL THEN map(list_transform(map_keys({entries}), lambda {name}: {keys}), "
            f"list_transform(map_values({entries}), lambda {name}: {values})) END"
        )
    if members and members[0][0]:
        found = f"trino__json_fields({value}, [{', '.join(quote_string(field) for field, _ in members)}])"
        parts = [_conversion(f"{found}[{n}]", "JSON", kind, depth) for n, (_, kind) in enumerate(members, 1)]
        return f"CASE WHEN {found} IS NOT NULL THEN {_row(members, parts)} END"
    return ""


def _nested_json(value: str, source: str, depth: int) -> str:
    name = f"e{depth}"
    inner, pair, members = element(source), map_kinds(source), fields(source)
    if inner:
        each = _as_json_text(name, inner, depth + 1)
        return f"trino__json_joined(list_transform({value}, lambda {name}: {each}))"
    if pair and pair[0] == "VARCHAR":
        each = _as_json_text(name, pair[1], depth + 1)
        values = f"list_transform(map_values({value}), lambda {name}: {each})"
        return f"trino__json_sorted(map_keys({value}), {values})"
    if members:
        parts = (
            f"'{'' if index == 1 else ','}' || {_key(field)} || ':' || "
            f"coalesce({_as_json_text(_part(value, field, index), kind, depth)}, 'null')"
            for index, (field, kind) in enumerate(members, 1)
        )
        return f"CASE WHEN {value} IS NOT NULL THEN '{{' || {' || '.join(parts)} || '}}' END"
    return ""


def _key(name: str) -> str:
    return f"trino__json_quoted({quote_string(name)})"


def _as_json_text(value: str, source: str, depth: int) -> str:
    if source in ("JSON", '"NULL"'):
        return f"CAST({value} AS VARCHAR)"
    return f"CAST({_conversion(value, source, 'JSON', depth)} AS VARCHAR)"


def from_text(node: exp.Expr, target: str) -> exp.Expr:
    """A text as a `target` (DuckDB's type), for json_value. Raises UnsupportedError."""
    return template(_conversion(":x", "VARCHAR", target), x=node)


def json_text(node: exp.Expr, kind: str) -> exp.Expr:
    """A value as the text of a JSON item, for json_object and json_array. Raises UnsupportedError."""
    if kind in ("UUID", "TIME"):
        return template(f"trino__json_quoted({_conversion(':x', kind, 'VARCHAR')})", x=node)
    return template(_as_json_text(":x", kind, 0), x=node)
