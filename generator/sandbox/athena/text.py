"""Text files as rows: lines into fields, fields into values of the table's types.

The rules are those of "LazySimpleSerDe", "OpenCSVSerDe" and "JSON SerDe libraries" in Athena's user guide
(docs.aws.amazon.com/athena/latest/ug/supported-serdes.html): fields by position, or by name for JSON; a
LazySimpleSerDe field that is no value of the column's type is NULL.
"""

import csv
import json
from collections.abc import Callable, Iterable

from generator.sandbox.athena.catalog import Table
from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.formats import Format
from generator.sandbox.athena.types import duck_type
from generator.sandbox.sql import quote_string

Fields = list[str | None]

_INTEGER = r"[+-]?\d+"
_FRACTION = r"[+-]?(\d+\.\d*|\.\d+)"
_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|NaN|[+-]?Infinity"
_DATE = r"\d{4}-\d{2}-\d{2}"
_TIMESTAMP = rf"{_DATE} \d{{2}}:\d{{2}}:\d{{2}}(\.\d{{1,9}})?"
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def lines(text: str, skip: int) -> list[str]:
    """The lines of a file, without its first `skip` ones; LF, CR and CR LF end a line, as Hadoop reads them."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return unified.removesuffix("\n").split("\n")[skip:] if unified else []


def reader(table: Table) -> Callable[[Iterable[str]], list[Fields]] | None:
    """How lines become fields; None where they are parted by a delimiter alone (`delimiter`)."""
    if table.format is Format.CSV:
        return _csv_reader(table)
    if table.format is Format.JSON:
        return _json_reader(table)
    return None


def delimiter(table: Table) -> str:
    """What parts the fields of a LazySimpleSerDe table: Ctrl-A where the table does not say.

    Raises UnsupportedError for properties that change how lines are read beyond that.
    """
    properties = table.serde_properties
    for key in ("escape.delim", "line.delim"):
        if properties.get(key, "\n") != "\n":
            raise UnsupportedError(f"the SerDe property {key}")
    text = properties.get("field.delim", properties.get("serialization.format", "\x01"))
    # Hive takes a number as the character with that code: serialization.format is '1' by default.
    return chr(int(text)) if text.isdigit() and "field.delim" not in properties else text


def value_sql(table: Table, index: int) -> str:
    """DuckDB's expression for column `index` (from 0) of a row whose fields are the list `f`."""
    hive = table.columns[index].type
    kind, field = duck_type(hive), f"f[{index + 1}]"
    if kind.endswith("]") or "(" in kind.replace("DECIMAL(", ""):
        raise UnsupportedError(f"columns of the type {hive} in text files")
    if table.format is Format.CSV:
        return _csv_value(field, kind, index)
    null = table.serde_properties.get("serialization.null.format", r"\N")
    return _lazy_value(field if table.format is Format.JSON else f"nullif({field}, {quote_string(null)})", kind, hive)


def _lazy_value(field: str, kind: str, hive: str) -> str:
    if kind == "VARCHAR":
        length = hive.removeprefix("varchar(").removesuffix(")")
        return f"left({field}, {length})" if length.isdigit() else field
    if kind == "BOOLEAN":
        return f"CASE lower({field}) WHEN 'true' THEN true WHEN 'false' THEN false END"
    if kind in _INTEGERS:
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
    if kind not in (*_INTEGERS, "DOUBLE", "FLOAT", "BOOLEAN"):
        raise UnsupportedError(
            f"OpenCSVSerde columns of the type {kind.lower()}; declare string, and cast in the query"
        )
    pattern = {"BOOLEAN": "(?i)true|false", "DOUBLE": _NUMBER, "FLOAT": _NUMBER}.get(kind, _INTEGER)
    bad = f"'HIVE_BAD_DATA: Error parsing field value ''' || {field} || ''' for field {index}'"
    return (
        f"CASE WHEN {field} IS NULL THEN NULL WHEN {_matches(field, pattern)} THEN CAST({field} AS {kind}) "
        f"ELSE error({bad}) END"
    )


def _matches(field: str, pattern: str) -> str:
    return f"regexp_full_match({field}, {quote_string(pattern)})"


def _csv_reader(table: Table) -> Callable[[Iterable[str]], list[Fields]]:
    properties = table.serde_properties
    separator, quote, escape = (
        properties.get(key, default)
        for key, default in (("separatorChar", ","), ("quoteChar", '"'), ("escapeChar", "\\"))
    )
    if any(len(char) != 1 for char in (separator, quote, escape)):
        raise QueryError("HIVE_UNSUPPORTED_FORMAT: OpenCSVSerde takes single characters")

    def read(found: Iterable[str]) -> list[Fields]:
        # Line by line: OpenCSVSerde does not read line breaks within quotes.
        options = {"delimiter": separator, "quotechar": quote, "doublequote": True}
        if escape != quote:
            options["escapechar"] = escape
        return [list(next(csv.reader([line], **options), [])) for line in found]  # type: ignore[arg-type]

    return read


def _json_reader(table: Table) -> Callable[[Iterable[str]], list[Fields]]:
    lenient = table.serde_properties.get("ignore.malformed.json", "false").lower() == "true"
    names = [column.name for column in table.columns]

    def read(found: Iterable[str]) -> list[Fields]:
        return [_json_fields(line, names, lenient) for line in found if line.strip()]

    return read


def _json_fields(line: str, names: list[str], lenient: bool) -> Fields:
    try:
        # Numbers stay text: a column's type decides what they are.
        row = json.loads(line, parse_float=str, parse_int=str)
    except ValueError as error:
        if lenient:
            return [None] * len(names)
        raise QueryError(f"HIVE_BAD_DATA: Error parsing a row as JSON: {error}") from error
    if not isinstance(row, dict):
        raise QueryError("HIVE_BAD_DATA: Row is not a valid JSON Object")
    lowered = {key.lower(): value for key, value in row.items()}
    return [_json_text(lowered.get(name)) for name in names]


def _json_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise UnsupportedError("JSON objects and arrays in a table's rows")
