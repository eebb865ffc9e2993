"""COPY into columns of type SUPER: from JSON documents and parts of them, from JSON in text, from Parquet.

"Loading semi-structured data into Amazon Redshift" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column
from generator.sandbox.sql import quote_name, quote_string

_STEP = re.compile(r"""\."([^"]*)"|\.([^.\[]+)|\[(\d+)\]""")
_DATES = ("date", "time", "timestamp", "timestamp with time zone", "timestamp_s", "timestamp_ms", "timestamp_ns")


def document(columns: Sequence[Column]) -> str:
    """SQL for what 'noshred' loads: the whole document, into the one column of type SUPER."""
    if len(columns) != 1 or columns[0].type.short != "super":
        raise RedshiftError("COPY with the noshred option needs one column of type SUPER")
    return "CAST(json AS VARCHAR)"


def by_path(path: str) -> str:
    """SQL for the part of a document that a JSONPath (`$.a."b"[0]`) leads to, as JSON text."""
    steps = [int(index) if index else quoted or plain for quoted, plain, index in _STEP.findall(path)]
    return _part(quote_string(json.dumps(steps)))


def by_key(key: str) -> str:
    """SQL for an attribute of a document, as JSON text, whose name is given as SQL."""
    return _part(f"'[' || CAST(to_json({key}) AS VARCHAR) || ']'")


def _part(path: str) -> str:
    return f"CAST(rs_super_get(rs_json_tried(CAST(json AS VARCHAR)), {path}) AS VARCHAR)"


def parquet_value(session: Session, source: str, name: str) -> str:
    """SQL for a Parquet column as SUPER: arrays and structures are taken apart. Raises Unsupported."""
    result = session.sql(f"SELECT {quote_name(name)} FROM {source} LIMIT 0")
    return _value(quote_name(name), (result.description or [])[0][1])


def _value(sql: str, kind: Any, depth: int = 0) -> str:
    name = str(kind.id).lower()
    if name == "struct":
        fields = [(label, _value(f"{sql}.{quote_name(label)}", inner, depth)) for label, inner in kind.children]
        labels = ", ".join(quote_string(label) for label, _ in fields)
        values = ", ".join(value for _, value in fields)
        return f"CASE WHEN {sql} IS NOT NULL THEN rs_object_made([{labels}], CAST([{values}] AS JSON[])) END"
    if name == "list":
        each = f"e{depth}"
        inner = _value(each, kind.children[0][1], depth + 1)
        return f"rs_array_listed(list_transform({sql}, lambda {each}: {inner}))"
    if name == "map" or str(kind) == "JSON":
        raise Unsupported(f"COPY of a Parquet column of type {kind} into SUPER")
    if name.replace("_", " ").replace("with tz", "with time zone") in _DATES or str(kind).lower() in _DATES:
        return f"rs_super_of(CAST({sql} AS VARCHAR))"
    return f"rs_super_of({sql})"
