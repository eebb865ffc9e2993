"""What UNLOAD writes of a value and of a row, as SQL over the result: delimited text, CSV, fixed widths, JSON.

"UNLOAD" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import ResultColumn
from generator.sandbox.redshift.unload_options import Unload
from generator.sandbox.sql import quote_name, quote_string

# Parts a column's name from the number that tells it from others of that name.
APART = "\x01"
_SPATIAL = ("geometry", "geography")


def shown(column: ResultColumn) -> str:
    """The column's name as the query gives it."""
    return column.name.partition(APART)[0]


def row(command: Unload, columns: Sequence[ResultColumn]) -> str:
    """The select list that gives a file's rows: typed columns for Parquet and CSV, one line of text for the others."""
    if command.format in ("JSON", "PARQUET") and any(column.type.short in _SPATIAL for column in columns):
        raise RedshiftError("UNLOAD of GEOMETRY and GEOGRAPHY columns is to text and CSV only")
    if command.format == "JSON":
        members = " || ',' || ".join(map(_member, columns))
        return f"'{{' || {members} || '}}' AS line"
    if command.format in ("CSV", "PARQUET"):
        value = text_of if command.format == "CSV" else _typed
        return ", ".join(f"{value(column)} AS {quote_name(column.name)}" for column in columns)
    if command.widths:
        return _fixed(command, columns)
    fields = [f"coalesce({_field(command, column)}, {quote_string(command.null_as)})" for column in columns]
    return f" || {quote_string(command.separator)} || ".join(fields) + " AS line"


def header(command: Unload, columns: Sequence[ResultColumn]) -> str:
    """The first line of delimited text, as SQL; quotes and escapes are those of the rows."""
    names = [f'"{shown(column)}"' if "ADDQUOTES" in command.flags else shown(column) for column in columns]
    return quote_string(command.separator.join(names))


def _member(column: ResultColumn) -> str:
    """A name and its value in JSON; booleans are unloaded as t and f."""
    if column.type.short == "super":
        text = quote_name(column.name)
    elif column.type.short in ("bool", "varbyte"):
        text = f"to_json({text_of(column)})"
    else:
        text = f"to_json({quote_name(column.name)})"
    return f"""{quote_string(f"{json.dumps(column.name)}:")} || coalesce(CAST({text} AS VARCHAR), 'null')"""


def _typed(column: ResultColumn) -> str:
    return f"CAST({quote_name(column.name)} AS {column.type.duckdb})"


def text_of(column: ResultColumn) -> str:
    """SQL for a value as text."""
    name = quote_name(column.name)
    if column.type.short == "super":  # whose null is JSON's, whatever NULL AS says
        return f"coalesce(CAST({name} AS VARCHAR), 'null')"
    if column.type.short == "bool":
        return f"CASE WHEN {name} THEN 't' WHEN NOT {name} THEN 'f' END"
    if column.type.short == "varbyte":
        return f"lower(hex({name}))"
    if column.type.short in _SPATIAL:
        return f"struct_extract({name}, {quote_string(column.type.short)})"
    if column.type.short in ("float4", "float8"):
        return f"rs_float_text({name})"
    return f"CAST({name} AS VARCHAR)"


def _field(command: Unload, column: ResultColumn) -> str:
    text = text_of(column)
    if "ESCAPE" in command.flags and column.type.is_text:
        quotes = "\"'" if "ADDQUOTES" in command.flags else ""
        special = f"[\\\\\\n\\r{command.separator}{quotes}]"
        text = f"regexp_replace({text}, {quote_string(special)}, '\\\\\\0', 'g')"
    return f"""'"' || {text} || '"'""" if "ADDQUOTES" in command.flags else text


def _fixed(command: Unload, columns: Sequence[ResultColumn]) -> str:
    """Each value filled up with blanks; one that is too long is an error, as FIXEDWIDTH cuts nothing."""
    if len(command.widths) != len(columns):
        raise RedshiftError("FIXEDWIDTH must give a width for each column of the query")
    fields = []
    for column, width in zip(columns, command.widths, strict=True):
        null = command.null_as
        if len(null) > width:
            if column.type.is_text:
                raise RedshiftError(f'NULL AS is longer than the width of column "{column.name}"')
            null = ""
        text = f"coalesce({text_of(column)}, {quote_string(null)})"
        wide = quote_string(f'value of column "{column.name}" is wider than its FIXEDWIDTH of {width}')
        fields.append(f"CASE WHEN length({text}) > {width} THEN error({wide}) ELSE rpad({text}, {width}, ' ') END")
    return " || ".join(fields) + " AS line"
