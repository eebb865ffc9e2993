"""Results of statements in the Data API's shapes: typed fields, column metadata, pages.

"Considerations when calling the Amazon Redshift Data API" has the types: integers are longValue, real and
double precision doubleValue, boolean booleanValue, all others (numeric and dates too) stringValue.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
from collections.abc import Sequence
from typing import Any

from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.requests import invalid, statement_id, token_offset
from generator.sandbox.redshift.statements import Databases, Part, Statement
from generator.sandbox.redshift.types import ColumnType

_PAGE_ROWS = 1000
_PRECISION_AND_SCALE = {
    "int2": (5, 0), "int4": (10, 0), "int8": (19, 0), "float4": (8, 8), "float8": (17, 17), "bool": (1, 0),
    "date": (13, 0), "timestamp": (29, 6), "timestamptz": (35, 6), "time": (15, 6), "super": (0, 0),
    "geometry": (0, 0), "geography": (0, 0),
}  # fmt: skip
_SIGNED = ("int2", "int4", "int8", "float4", "float8", "numeric")


def get_statement_result(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """GetStatementResult: a page of the rows, each value in a field of its type."""
    statement, outcome, columns = _result(databases, request)
    if statement.result_format != "JSON":
        raise invalid("The result is in CSV format; use GetStatementResultV2.")
    rows, answer = _page(outcome, columns, request)
    records = [[_field(value, column.type) for value, column in zip(row, columns, strict=True)] for row in rows]
    return {"Records": records, **answer}


def get_statement_result_v2(databases: Databases, request: dict[str, Any]) -> dict[str, Any]:
    """GetStatementResultV2: a page of the rows as CSV, for statements run with ResultFormat CSV."""
    statement, outcome, columns = _result(databases, request)
    if statement.result_format != "CSV":
        raise invalid("The result is in JSON format; use GetStatementResult.")
    rows, answer = _page(outcome, columns, request)
    text = io.StringIO()
    csv.writer(text).writerows(
        ["" if value is None else text_of(value, column.type) for value, column in zip(row, columns, strict=True)]
        for row in rows
    )
    return {"Records": [{"CSVRecords": text.getvalue()}], "ResultFormat": "CSV", **answer}


def _result(databases: Databases, request: dict[str, Any]) -> tuple[Statement, Outcome, tuple[ResultColumn, ...]]:
    number = statement_id(request)
    statement = databases.find(number)
    if request.get("WaitTimeSeconds"):
        statement.done.wait(min(float(request["WaitTimeSeconds"]), 30))
    if statement.is_batch and ":" not in number:
        raise invalid("Query is a batch; ask for the result of one of its sub-statements, such as <id>:1.")
    part = next((part for part in statement.parts if part.id == number), statement.parts[0])
    outcome = _finished(statement, part)
    if outcome.columns is None:
        raise invalid("Query does not have result. Please check query status with DescribeStatement.")
    return statement, outcome, outcome.columns


def _finished(statement: Statement, part: Part) -> Outcome:
    is_over = statement.status == "FINISHED" or (statement.auto_commit and part.status == "FINISHED")
    if part.outcome is None or not is_over:
        raise invalid(f"Query is in {statement.status} state; results are there once it is FINISHED.")
    return part.outcome


def _page(
    outcome: Outcome, columns: Sequence[ResultColumn], request: dict[str, Any]
) -> tuple[Sequence[tuple[object, ...]], dict[str, Any]]:
    begin = token_offset(request)
    end = begin + _PAGE_ROWS
    answer: dict[str, Any] = {
        "ColumnMetadata": [metadata(column) for column in columns],
        "TotalNumRows": len(outcome.rows),
    }
    return outcome.rows[begin:end], answer | ({"NextToken": str(end)} if end < len(outcome.rows) else {})


def metadata(column: ResultColumn) -> dict[str, Any]:
    """AWS's ColumnMetadata of a result's column."""
    precision, scale = _precision_and_scale(column.type)
    return {
        "isCaseSensitive": column.type.is_text,
        "isCurrency": False,
        "isSigned": column.type.short in _SIGNED,
        "label": column.name,
        "length": 0,
        "name": column.name,
        "nullable": int(column.nullable),
        "precision": precision,
        "scale": scale,
        "schemaName": column.schema,
        "tableName": column.table,
        "typeName": column.type.short,
    }


def _precision_and_scale(kind: ColumnType) -> tuple[int, int]:
    if kind.short == "numeric":
        return kind.arguments[0], kind.arguments[1]
    return _PRECISION_AND_SCALE.get(kind.short) or (kind.arguments[0], 0)


def _field(value: object, kind: ColumnType) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if kind.short == "bool":
        return {"booleanValue": bool(value)}
    if kind.short in ("int2", "int4", "int8"):
        return {"longValue": int(value)}  # type: ignore[call-overload]
    if kind.short == "float4":
        return {"doubleValue": float(f"{value:.6g}")}  # REAL has a precision of 6 digits
    if kind.short == "float8":
        return {"doubleValue": float(value)}  # type: ignore[arg-type]
    return {"stringValue": text_of(value, kind)}


def text_of(value: object, kind: ColumnType) -> str:
    """A value that is not NULL as Redshift's text of it: "2013-01-01 05:00:00", "1.50", "UA  "."""
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(" ")
        text = text.rstrip("0") if "." in text else text
        return text + ("+00" if kind.short == "timestamptz" else "")
    if isinstance(value, datetime.time):
        text = value.replace(tzinfo=None).isoformat()
        return text.rstrip("0") if "." in text else text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict) and kind.short in value:  # GEOMETRY and GEOGRAPHY: EWKB in hexadecimal
        return str(value[kind.short])
    if isinstance(value, list | dict):
        return json.dumps(value, default=str)
    if kind.short == "bpchar":
        return str(value).ljust(kind.arguments[0])
    return format(value, "f") if kind.short == "numeric" else str(value)


def result_size(outcome: Outcome) -> int:
    """Bytes of a result, as text."""
    if outcome.columns is None:
        return 0
    return sum(len(str(value)) for row in outcome.rows for value in row if value is not None)
