"""The table's column types as Arrow's, for the files that are copied into it."""

from __future__ import annotations

import re

import pyarrow as pa

from generator.ml.errors import JobError

# Redshift's names: https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html
_TYPES = {
    **dict.fromkeys(("smallint", "int2"), pa.int16()),
    **dict.fromkeys(("integer", "int", "int4"), pa.int32()),
    **dict.fromkeys(("bigint", "int8"), pa.int64()),
    **dict.fromkeys(("real", "float4"), pa.float32()),
    **dict.fromkeys(("double precision", "float8", "float"), pa.float64()),
    **dict.fromkeys(("boolean", "bool"), pa.bool_()),
    **dict.fromkeys(("date",), pa.date32()),
    **dict.fromkeys(("time", "time without time zone"), pa.time64("us")),
    **dict.fromkeys(("timestamp", "timestamp without time zone"), pa.timestamp("us")),
    **dict.fromkeys(("timestamptz", "timestamp with time zone"), pa.timestamp("us", "UTC")),
    **dict.fromkeys(
        ("varchar", "character varying", "nvarchar", "text", "char", "character", "nchar", "bpchar"), pa.string()
    ),
}
_WITH_LENGTH = re.compile(r"([a-z0-9 ]+?)\s*(?:\(\s*(\w+)\s*(?:,\s*(\d+)\s*)?\))?")


def arrow_type(name: str) -> pa.DataType:
    """Arrow's type for a column type in Redshift's words. Raises JobError for those that no prediction has."""
    match = _WITH_LENGTH.fullmatch(name.lower().strip())
    base = match.group(1) if match else ""
    if match and base in ("decimal", "numeric"):
        return pa.decimal128(int(match.group(2) or 18), int(match.group(3) or 0))
    if base not in _TYPES:
        raise JobError(f"a column of type {name} cannot be written")
    return _TYPES[base]


def fitted(values: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    """The values as the table's type. Raises JobError where they do not fit into it."""
    try:
        return values.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise JobError(f"the column '{name}' is {values.type} and does not fit the table's {kind}: {error}") from error
