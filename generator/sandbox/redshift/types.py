"""Redshift's data types: how DuckDB stores them, and what the catalog and the Data API call them.

Names and limits: "Data types" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.sql import TokenReader


@dataclass(frozen=True)
class ColumnType:
    """A type as declared: `name` is the catalog's ("character varying"), `arguments` length or precision."""

    name: str
    arguments: tuple[int, ...] = ()

    @property
    def declared(self) -> str:
        """As pg_table_def shows it: "character varying(20)", "numeric(9,2)"."""
        return self.name + (f"({','.join(map(str, self.arguments))})" if self.arguments else "")

    @property
    def duckdb(self) -> str:
        if self.name == "numeric":
            return f"DECIMAL{self.arguments}"
        return _BY_NAME[self.name].duckdb

    @property
    def short(self) -> str:
        """As the Data API's typeName: "varchar", "int4"."""
        return _BY_NAME[self.name].short

    @property
    def encoding(self) -> str:
        """The encoding that ENCODE AUTO starts with, as pg_table_def shows it."""
        return _BY_NAME[self.name].encoding

    @property
    def is_text(self) -> bool:
        return self.name in ("character", "character varying")


@dataclass(frozen=True)
class _Kind:
    name: str
    short: str
    duckdb: str
    encoding: str
    spellings: tuple[str, ...]


_KINDS = (
    _Kind("smallint", "int2", "SMALLINT", "az64", ("SMALLINT", "INT2")),
    _Kind("integer", "int4", "INTEGER", "az64", ("INTEGER", "INT", "INT4")),
    _Kind("bigint", "int8", "BIGINT", "az64", ("BIGINT", "INT8")),
    _Kind("numeric", "numeric", "DECIMAL", "az64", ("DECIMAL", "NUMERIC")),
    _Kind("real", "float4", "FLOAT", "none", ("REAL", "FLOAT4")),
    _Kind("double precision", "float8", "DOUBLE", "none", ("DOUBLE PRECISION", "FLOAT8", "FLOAT")),
    _Kind("boolean", "bool", "BOOLEAN", "none", ("BOOLEAN", "BOOL")),
    _Kind("character", "bpchar", "VARCHAR", "lzo", ("CHARACTER", "CHAR", "NCHAR", "BPCHAR")),
    _Kind(
        "character varying", "varchar", "VARCHAR", "lzo", ("CHARACTER VARYING", "VARCHAR", "NVARCHAR", "TEXT")
    ),
    _Kind("date", "date", "DATE", "az64", ("DATE",)),
    _Kind(
        "timestamp with time zone", "timestamptz", "TIMESTAMPTZ", "az64",
        ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ"),
    ),
    _Kind(
        "timestamp without time zone", "timestamp", "TIMESTAMP", "az64",
        ("TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"),
    ),
    _Kind("time without time zone", "time", "TIME", "az64", ("TIME WITHOUT TIME ZONE", "TIME")),
    _Kind("binary varying", "varbyte", "BLOB", "lzo", ("BINARY VARYING", "VARBYTE", "VARBINARY")),
    _Kind("super", "super", "JSON", "none", ("SUPER",)),
    _Kind("geometry", "geometry", "STRUCT(geometry VARCHAR)", "none", ("GEOMETRY",)),
    _Kind("geography", "geography", "STRUCT(geography VARCHAR)", "none", ("GEOGRAPHY",)),
)  # fmt: skip
_BY_NAME = {kind.name: kind for kind in _KINDS}
_BY_SPELLING = sorted(
    ((tuple(spelling.split()), kind) for kind in _KINDS for spelling in kind.spellings),
    key=lambda entry: -len(entry[0]),
)
_REFUSED = ("HLLSKETCH", "INTERVAL", "TIMETZ")
_LENGTHS = {"character": (1, 4096), "character varying": (256, 65535), "binary varying": (64000, 16777216)}


def read_type(reader: TokenReader) -> ColumnType:
    """The type that comes next in a statement. Raises RedshiftError where it is none or out of limits."""
    for words, kind in _BY_SPELLING:
        if reader.accept(*words):
            return _with_arguments(kind.name, reader, words[0])
    word = reader.next()
    if word.upper in _REFUSED:
        raise Unsupported(f"data type {word.text}")
    raise RedshiftError(f'type "{word.text.lower()}" does not exist')


def _with_arguments(name: str, reader: TokenReader, spelling: str) -> ColumnType:
    given: list[int] = []
    if name in ("numeric", "character", "character varying", "binary varying") and reader.accept("("):
        if reader.accept("MAX"):
            given = [_LENGTHS[name][1]]
        else:
            given = [reader.integer()]
            if reader.accept(","):
                given.append(reader.integer())
        reader.expect(")")
    if name == "numeric":
        return ColumnType(name, _precision(given))
    if name not in _LENGTHS:
        return ColumnType(name)
    default, limit = _LENGTHS[name]
    length = given[0] if given else 256 if spelling == "BPCHAR" else default
    if not 1 <= length <= limit:
        raise RedshiftError(f"length for type {spelling.lower()} cannot exceed {limit}")
    return ColumnType(name, (length,))


def _precision(given: list[int]) -> tuple[int, int]:
    """DECIMAL alone is DECIMAL(18,0) on Redshift."""
    precision, scale = (*given, 0)[:2] if given else (18, 0)
    if not 1 <= precision <= 38:
        raise RedshiftError(f"DECIMAL precision {precision} must be between 1 and 38")
    if not 0 <= scale <= min(precision, 37):
        raise RedshiftError(f"DECIMAL scale {scale} must be between 0 and precision {precision}")
    return precision, scale


def parse_type(text: str) -> ColumnType:
    """The type that a text such as "character varying(20)" declares."""
    reader = TokenReader(text)
    found = read_type(reader)
    reader.expect_end()
    return found


def of_duckdb(name: str) -> ColumnType:
    """The Redshift type of a column of a DuckDB result, whose type's name is given: "DECIMAL(9,2)"."""
    if name.startswith("DECIMAL"):
        return parse_type(name)
    return _OF_DUCKDB.get(name, ColumnType("character varying", (65535,)))


_OF_DUCKDB = {
    "TINYINT": ColumnType("smallint"),
    "UTINYINT": ColumnType("smallint"),
    "USMALLINT": ColumnType("integer"),
    "UINTEGER": ColumnType("bigint"),
    "UBIGINT": ColumnType("bigint"),
    "HUGEINT": ColumnType("bigint"),
    "TIMESTAMP WITH TIME ZONE": ColumnType("timestamp with time zone"),
    "TIMESTAMP_S": ColumnType("timestamp without time zone"),
    "TIMESTAMP_MS": ColumnType("timestamp without time zone"),
    "TIMESTAMP_NS": ColumnType("timestamp without time zone"),
    "BLOB": ColumnType("binary varying", (64000,)),
    "NULL": ColumnType("character varying", (1,)),
    '"NULL"': ColumnType("character varying", (1,)),
    "VARCHAR": ColumnType("character varying", (256,)),
    **{
        kind.duckdb: ColumnType(kind.name)
        for kind in _KINDS
        if kind.name not in ("numeric", "character", "character varying", "binary varying")
    },
}
