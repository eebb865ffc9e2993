"""How a table's files are written: the SerDe and file formats of Athena's user guide.

See docs.aws.amazon.com/athena/latest/ug/supported-serdes.html. A table names classes of Hive's; here they
become one of five formats.
"""

from dataclasses import dataclass
from enum import Enum

from generator.sandbox.athena.errors import QueryError, UnsupportedError
from generator.sandbox.athena.statements import CreateTable

_HIVE = "org.apache.hadoop.hive"
LAZY_SIMPLE = f"{_HIVE}.serde2.lazy.LazySimpleSerDe"
OPEN_CSV = f"{_HIVE}.serde2.OpenCSVSerde"
HIVE_JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
OPENX_JSON = "org.openx.data.jsonserde.JsonSerDe"
REGEX = f"{_HIVE}.serde2.RegexSerDe"
_CONTRIB_REGEX = f"{_HIVE}.contrib.serde2.RegexSerDe"
PARQUET_SERDE = f"{_HIVE}.ql.io.parquet.serde.ParquetHiveSerDe"
_TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT = f"{_HIVE}.ql.io.HiveIgnoreKeyTextOutputFormat"
_PARQUET_INPUT = f"{_HIVE}.ql.io.parquet.MapredParquetInputFormat"
_PARQUET_OUTPUT = f"{_HIVE}.ql.io.parquet.MapredParquetOutputFormat"


class Format(Enum):
    PARQUET = "PARQUET"
    TEXT = "TEXTFILE"
    CSV = "CSV"
    JSON = "JSON"
    REGEX = "REGEX"


@dataclass(frozen=True)
class Storage:
    """The classes that Glue keeps for a table."""

    serde: str
    input_format: str
    output_format: str


BY_FORMAT = {
    Format.PARQUET: Storage(PARQUET_SERDE, _PARQUET_INPUT, _PARQUET_OUTPUT),
    Format.TEXT: Storage(LAZY_SIMPLE, _TEXT_INPUT, _TEXT_OUTPUT),
    Format.CSV: Storage(OPEN_CSV, _TEXT_INPUT, _TEXT_OUTPUT),
    Format.JSON: Storage(HIVE_JSON, _TEXT_INPUT, _TEXT_OUTPUT),
}
_FORMAT_BY_SERDE = {
    LAZY_SIMPLE: Format.TEXT,
    OPEN_CSV: Format.CSV,
    HIVE_JSON: Format.JSON,
    OPENX_JSON: Format.JSON,
    REGEX: Format.REGEX,
    _CONTRIB_REGEX: Format.REGEX,
    PARQUET_SERDE: Format.PARQUET,
}
_STORED_AS = {
    "PARQUET": Format.PARQUET,
    "TEXTFILE": Format.TEXT,
}


def storage_of(table: CreateTable) -> Storage:
    """The classes for a CREATE EXTERNAL TABLE; without ROW FORMAT and STORED AS it is delimited text.

    Raises UnsupportedError for other SerDes and file formats (ORC, Avro, Ion, Grok …).
    """
    if table.properties.get("table_type", "").upper() in ("ICEBERG", "DELTA"):
        raise UnsupportedError(f"tables of the type {table.properties['table_type']}")
    if table.stored_as == "JSONFILE":
        return Storage(table.serde or OPENX_JSON, _TEXT_INPUT, _TEXT_OUTPUT)
    if table.stored_as and table.stored_as not in _STORED_AS:
        raise UnsupportedError(f"tables STORED AS {table.stored_as}")
    implied = _STORED_AS.get(table.stored_as, Format.TEXT)
    if not table.stored_as and table.input_format == _PARQUET_INPUT:
        implied = Format.PARQUET
    storage = BY_FORMAT[implied]
    serde = table.serde or storage.serde
    input_format = table.input_format or storage.input_format
    check_input(input_format)
    if (format_of(serde) is Format.PARQUET) != (input_format == _PARQUET_INPUT):
        raise QueryError(f"FAILED: SerDe {serde} does not read {input_format}")
    return Storage(serde, input_format, table.output_format or storage.output_format)


def check_input(input_format: str) -> None:
    """Raises UnsupportedError for files that are read otherwise than as lines or as Parquet."""
    if input_format not in ("", _TEXT_INPUT, _PARQUET_INPUT):
        raise UnsupportedError(f"the input format {input_format}")


def format_of(serde: str) -> Format:
    """The format that a SerDe class reads. Raises UnsupportedError for those the sandbox can't read."""
    if serde not in _FORMAT_BY_SERDE:
        raise UnsupportedError(f"tables with the SerDe {serde or '(none)'}")
    return _FORMAT_BY_SERDE[serde]
