"""Text files as rows: lines into fields, fields into values of the table's types.

The rules are those of "LazySimpleSerDe", "OpenCSVSerDe", "Regex SerDe" and "JSON SerDe libraries" in Athena's user
guide (docs.aws.amazon.com/athena/latest/ug/supported-serdes.html): fields by position, or by name for JSON; a
LazySimpleSerDe field that is no value of the column's type is NULL.
"""

import re
from collections.abc import Callable, Iterable

from generator.sandbox.athena import csv_lines, json_lines
from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.formats import Format
from generator.sandbox.athena.functions.java_regexp import compiled
from generator.sandbox.athena.nested import INTEGERS, delimited, dumped, is_nested, split, unescaped
from generator.sandbox.athena.types import duck_type
from generator.sandbox.sql import quote_string

Fields = list[str | None]

_INTEGER = r"[+-]?\d+"
_FRACTION = r"[+-]?(\d+\.\d*|\.\d+)"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity"
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIMESTAMP = rf"{_DATE} \d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?"
_LEVELS = "".join(map(chr, range(1, 9)))  # what parts fields, items of arrays, keys from values …
# Properties that change what a line means.
_UNKNOWN = ("serialization.last.column.takes.rest", "serialization.encoding", "timestamp.formats")


def lines(text: str, skip: int, footer: int = 0) -> list[str]:
    """The lines of a file, without its first and last ones; LF, CR and CR LF end a line, as Hadoop reads them."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    found = unified.removesuffix("\n").split("\n") if unified else []
    return found[skip : max(skip, len(found) - footer)]


def reader(table: Table) -> Callable[[Iterable[str]], list[Fields]] | None:
    """How lines become fields; None where they are parted by a delimiter alone (`delimiter`)."""
    if table.format is Format.CSV:
        return csv_lines.reader(table.serde_properties)
    if table.format is Format.JSON:
        return json_lines.reader(table)
    if table.format is Format.REGEX:
        return _regex_reader(table)
    return _lazy_reader(table)


def delimiter(table: Table) -> str:
    """What parts the fields of a LazySimpleSerDe table: Ctrl-A where the table does not say.

    Raises UnsupportedError for properties that change how lines are read beyond that.
    """
    properties = table.serde_properties
    for key in _UNKNOWN:
        if key in properties:
            raise UnsupportedError(f"the SerDe property {key}")
    if properties.get("line.delim", "\n") != "\n":
        raise UnsupportedError("the SerDe property line.delim")
    return _character(properties.get("field.delim", properties.get("serialization.format", "\x01")))


def _character(text: str) -> str:
    """Hive takes a number as the character with that code: serialization.format is '1' by default."""
    if text.isdigit() and int(text) < 128:
        return chr(int(text))
    if len(text) != 1:
        raise UnsupportedError(f"the delimiter {text!r}, which is no single character")
    return text


def _lazy_reader(table: Table) -> Callable[[Iterable[str]], list[Fields]] | None:
    kinds = [duck_type(column.type) for column in table.columns]
    properties = table.serde_properties
    escape = properties.get("escape.delim", "")
    if not escape and not any(map(is_nested, kinds)):
        return None
    inner = (properties.get("collection.delim", properties.get("colelction.delim", "\x02")),
             properties.get("mapkey.delim", "\x03"))  # fmt: skip
    delimiters = delimiter(table) + "".join(map(_character, inner)) + _LEVELS[3:]
    null = properties.get("serialization.null.format", r"\N")

    def field(text: str, kind: str) -> str | None:
        if is_nested(kind):
            return dumped(delimited(text, kind, delimiters[1:], null, escape))
        return None if text == null else unescaped(text, escape)

    def read(found: Iterable[str]) -> list[Fields]:
        return [
            [field(*pair) for pair in zip(split(line, delimiters[0], escape), kinds, strict=False)] for line in found
        ]

    return read


def _regex_reader(table: Table) -> Callable[[Iterable[str]], list[Fields]]:
    """Groups of a pattern as fields; a line that does not match it is a row of NULLs."""
    properties = table.serde_properties
    if "input.regex" not in properties:
        raise QueryError('HIVE_INVALID_METADATA: This table does not have serde property "input.regex"!')
    folds = properties.get("input.regex.case.insensitive", "false").lower() == "true"
    try:
        pattern = compiled(("(?is:" if folds else "(?s:") + properties["input.regex"] + ")")
    except ValueError as error:
        raise QueryError(str(error)) from error
    count = len(table.columns)
    of_ascii = re.search(r"\\[dwsbDWSB]", properties["input.regex"])

    def matched(line: str) -> re.Match[str] | None:
        if of_ascii and not line.isascii():
            raise UnsupportedError(r"RegexSerDe's classes such as \d and \w on text beyond ASCII")
        return pattern.fullmatch(line)

    def read(found: Iterable[str]) -> list[Fields]:
        matches = map(matched, found)
        return [[*match.groups(), *[None] * count][:count] if match else [None] * count for match in matches]

    return read


def value_sql(table: Table, index: int) -> str:
    """DuckDB's expression for column `index` (from 0) of a row whose fields are the list `f`."""
    hive = table.columns[index].type
    kind, field = duck_type(hive), f"f[{index + 1}]"
    if is_nested(kind):
        if table.format not in (Format.JSON, Format.TEXT) or re.search(r"\b(var)?char\(", hive):
            raise UnsupportedError(f"columns of the type {hive} in this text format")
        return f"CAST(CAST({field} AS JSON) AS {kind})"
    if table.format is Format.CSV:
        return _csv_value(field, kind, index)
    if table.format is Format.JSON:
        return _lazy_value(field, kind, hive)
    if table.format is Format.REGEX and kind == "BOOLEAN":
        return f"lower({field}) = 'true'"
    null = table.serde_properties.get("serialization.null.format", r"\N")
    return _lazy_value(f"nullif({field}, {quote_string(null)})" if table.format is Format.TEXT else field, kind, hive)


def _lazy_value(field: str, kind: str, hive: str) -> str:
    if kind == "VARCHAR":
        length = hive.removeprefix("varchar(").removesuffix(")")
        return f"left({field}, {length})" if length.isdigit() else field
    if kind == "BOOLEAN":
        return f"CASE lower({field}) WHEN 'true' THEN true WHEN 'false' THEN false END"
    if kind in INTEGERS:
        # Hive's reader cuts the fraction off, Trino's may not: of "1.5" nothing certain can be said.
        unclear = quote_string("the sandbox can't run this: a number with a fraction in an integer column: ")
        return (
            f"CASE WHEN {_matches(field, _INTEGER)} THEN TRY_CAST({field} AS {kind}) "
            f"WHEN {_matches(field, _FRACTION)} THEN error({unclear} || {field}) END"
        )
    pattern = {"DATE": _DATE, "TIMESTAMP": _TIMESTAMP}.get(kind, _NUMBER)
    if kind == "BLOB":
        raise UnsupportedError("binary columns in text files")
    return f"CASE WHEN {_matches(field, pattern)} THEN TRY_CAST({field} AS {kind}) END"


def _csv_value(field: str, kind: str, index: int) -> str:
    if kind == "VARCHAR":
        return field
    if kind not in (*INTEGERS, "DOUBLE", "FLOAT", "BOOLEAN", "DATE", "TIMESTAMP"):
        raise UnsupportedError(
            f"OpenCSVSerde columns of the type {kind.lower()}; declare string, and cast in the query"
        )
    pattern = {"BOOLEAN": "(?i)true|false", "DOUBLE": _NUMBER, "FLOAT": _NUMBER}.get(kind, _INTEGER)
    bad = (
        f"'HIVE_BAD_DATA: Error parsing field value ''' || {field} || ''' for field {index}: For input string: \"'"
        f" || {field} || '\"'"
    )
    # Days and milliseconds since 1970.
    value = {"DATE": f"DATE '1970-01-01' + CAST({field} AS INTEGER)", "TIMESTAMP": f"epoch_ms(CAST({field} AS BIGINT))"}
    return (
        f"CASE WHEN {field} IS NULL THEN NULL WHEN {_matches(field, pattern)} "
        f"THEN {value.get(kind, f'CAST({field} AS {kind})')} ELSE error({bad}) END"
    )


def _matches(field: str, pattern: str) -> str:
    return f"regexp_full_match({field}, {quote_string(pattern)})"
