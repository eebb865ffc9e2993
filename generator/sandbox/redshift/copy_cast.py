"""From the text of a field to a value of its column: how COPY converts, and what it says where it can't.

Codes: "Load error reference"; conversions: "Data conversion parameters", both in the Amazon Redshift Database
Developer Guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.sandbox.redshift.copy_options import Copy
from generator.sandbox.redshift.storage import Column
from generator.sandbox.redshift.translate import expression
from generator.sandbox.redshift.types import ColumnType
from generator.sandbox.sql import quote_name, quote_string

_INTEGER = r"\s*[+-]?\d+\s*"


@dataclass(frozen=True)
class Field:
    """A column that COPY fills: SQL for its text from the raw table, and for its value from that text.

    `text_name` is the column that holds the text where `value` is computed, `value_name` that of the value. A
    `lenient` field that does not convert is NULL.
    """

    column: Column
    text: str
    value: str
    text_name: str
    value_name: str
    lenient: bool = False

    @property
    def bad(self) -> str:
        """SQL: whether the row can't be loaded because of this field."""
        required = self.column.not_null and self.column.default is None
        missing = f"{self.text_name} IS NULL" if required else "false"
        unread = "false" if self.lenient else f"({self.text_name} IS NOT NULL AND {self.value_name} IS NULL)"
        return f"({missing} OR {unread})"


def field_of(column: Column, number: int, copy: Copy) -> Field:
    """How COPY fills `column`, the field of that number, from the raw table's text as it stands in the file."""
    source, text, value = quote_name(column.name), f"text_{number}", f"value_{number}"
    if "FILLRECORD" in copy.flags and column.type.short == "varchar" and copy.format in ("CSV", "TEXT"):
        source = f"coalesce({source}, '')"  # what a short record leaves out is empty text, and NULL for other types
    converted = _value(column.type, text, copy)
    if column.not_null and column.default is not None:
        converted = f"coalesce({converted}, CASE WHEN {text} IS NULL THEN {expression(column.default)} END)"
    lenient = "ACCEPTANYDATE" in copy.flags and column.type.short in ("date", "timestamp", "timestamptz")
    return Field(column, _text(column.type, source, copy), converted, text, value, lenient)


def _text(kind: ColumnType, raw: str, copy: Copy) -> str:
    """The field, or NULL where the options or an empty value say so."""
    tests = [f"{raw} = {quote_string(copy.null_as)}"]
    if not kind.is_text:
        tests.append(f"trim({raw}, ' \t') = ''")
    elif "EMPTYASNULL" in copy.flags:
        tests.append(f"{raw} = ''")
    if kind.short == "super":
        tests.append(f"trim({raw}) = 'null'")
    if "BLANKSASNULL" in copy.flags:
        tests.append(f"trim({raw}, ' \t') = '' AND {raw} <> ''")
    text = f"CASE WHEN {' OR '.join(tests)} THEN NULL ELSE {raw} END"
    if kind.short == "bpchar" or (kind.short == "varchar" and "TRIMBLANKS" in copy.flags):
        blanks = " " if kind.short == "bpchar" else " \t\r"
        text = f"rtrim({text}, '{blanks}')"
    if kind.is_text and "TRUNCATECOLUMNS" in copy.flags:
        text = f"rs_left_bytes({text}, {kind.arguments[0]})"
    return text


def _value(kind: ColumnType, text: str, copy: Copy) -> str:
    """The value, NULL where the text is not one of the type."""
    if kind.is_text:
        size = kind.arguments[0]
        if kind.short == "bpchar":
            return f"CASE WHEN strlen({text}) <= {size} AND strlen({text}) = length({text}) THEN {text} END"
        fits = f"WHEN strlen({text}) <= {size} THEN {text}"
        return f"CASE {fits} WHEN strlen(rtrim({text}, ' ')) <= {size} THEN rs_left_bytes({text}, {size}) END"
    if kind.short in ("int2", "int4", "int8"):
        return f"CASE WHEN regexp_full_match({text}, '{_INTEGER}') THEN TRY_CAST({text} AS {kind.duckdb}) END"
    if kind.short == "numeric":
        return f"TRY_CAST({_scaled(kind, text, copy)} AS {kind.duckdb})"
    if kind.short == "bool":
        return (
            f"CASE WHEN lower({text}) IN ('t', 'true', 'y', 'yes', '1') THEN true "
            f"WHEN lower({text}) IN ('f', 'false', 'n', 'no', '0') THEN false END"
        )
    if kind.short == "date":
        return _date(text, copy.date_format)
    if kind.short in ("timestamp", "timestamptz"):
        return _timestamp(kind, text, copy.time_format)
    if kind.short == "super":
        return f"rs_json_tried({text})"
    if kind.short in ("geometry", "geography"):
        return f"rs_load_{kind.short}({text})"
    return f"TRY_CAST({text} AS {kind.duckdb})"


def _scaled(kind: ColumnType, text: str, copy: Copy) -> str:
    """COPY cuts surplus digits off, unless ROUNDEC has it round."""
    if "ROUNDEC" in copy.flags:
        return text
    digits = kind.arguments[1]
    return rf"regexp_replace({text}, '^(\s*[+-]?\d*(?:\.\d{{0,{digits}}})?)\d*\s*$', '\1')"


def _date(text: str, given: str) -> str:
    if given.lower() == "auto":
        return f"coalesce(CAST(try_strptime({text}, '%Y-%m-%d') AS DATE), TRY(rs_parse_date({text})))"
    if given:
        return f"CAST(rs_field_by_format({text}, {quote_string(given)}) AS DATE)"
    return f"CASE WHEN strlen({text}) >= 10 THEN CAST(try_strptime(left({text}, 10), '%Y-%m-%d') AS DATE) END"


def _timestamp(kind: ColumnType, text: str, given: str) -> str:
    if given.lower() in ("epochsecs", "epochmillisecs"):
        divisor = 1 if given.lower() == "epochsecs" else 1000
        value = f"make_timestamp(CAST(TRY_CAST({text} AS DECIMAL(38, 6)) / {divisor} * 1000000 AS BIGINT))"
    elif given and given.lower() != "auto":
        value = f"rs_field_by_format({text}, {quote_string(given)})"
    elif kind.short == "timestamptz":
        return f"TRY_CAST({text} AS TIMESTAMPTZ)"
    elif given:
        value = f"coalesce(TRY_CAST({text} AS TIMESTAMP), TRY(rs_parse_timestamp({text})))"
    else:
        value = f"TRY_CAST({text} AS TIMESTAMP)"
    return f"CAST({value} AS {kind.duckdb})"


@dataclass(frozen=True)
class Complaint:
    """Redshift's code and words for a field that can't be loaded."""

    code: int
    reason: str


def complaint(column: Column, text: str | None, copy: Copy) -> Complaint:
    """What Redshift says of a field's text that it can't load into the column."""
    kind = column.type
    if text is None:
        return Complaint(1213, "Missing data for not-null field")
    if kind.short == "bpchar" and not text.isascii():
        wrong = next(character for character in text if not character.isascii()).encode().hex()[:2]
        return Complaint(
            1220,
            f"Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: {wrong}",
        )
    if kind.is_text:
        return Complaint(1204, "String length exceeds DDL length")
    if kind.short in _DIGITS:
        return _number_complaint(kind, text)
    if kind.short == "date":
        if not copy.date_format and len(text) < 10:
            return Complaint(1205, "Invalid Date Format - length must be 10 or more")
        return Complaint(1205, f"Invalid date format or value [{copy.date_format or 'YYYY-MM-DD'}]")
    if kind.short in ("timestamp", "timestamptz"):
        return Complaint(1206, f"Invalid timestamp format or value [{copy.time_format or 'YYYY-MM-DD HH24:MI:SS'}]")
    return {
        "bool": Complaint(1210, "Unknown boolean format"),
        "super": Complaint(1224, "Invalid JSON value"),
    }.get(kind.short, Complaint(1200, f"Invalid value for type {kind.declared}"))


_DIGITS = {
    "int2": "Short", "int4": "Integer", "int8": "Long", "numeric": "Decimal", "float4": "Float", "float8": "Float8",
}  # fmt: skip


def _number_complaint(kind: ColumnType, text: str) -> Complaint:
    allowed = "0123456789" + (".eE" if kind.short.startswith("float") else "." if kind.short == "numeric" else "")
    for position, character in enumerate(text):
        if character not in allowed and not (character in "+-" and position == 0):
            return Complaint(1207, f"Invalid digit, Value '{character}', Pos {position}, Type: {_DIGITS[kind.short]}")
    return Complaint(1204, f"Overflow, Value '{text}', Type: {_DIGITS[kind.short]}")
