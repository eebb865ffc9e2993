"""CREATE TABLE for declared tables, in Redshift's and in Athena's words, and the comments of the data dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from generator import quoting
from generator.model import Column, Table

_SERDES = {
    "json": "org.openx.data.jsonserde.JsonSerDe",
    "csv": "org.apache.hadoop.hive.serde2.OpenCSVSerde",
}
_COMPRESSION_PROPERTY = {"parquet": "parquet.compression", "orc": "orc.compress"}


def column(column: Column) -> str:
    """A column's definition for Redshift's CREATE TABLE and ALTER TABLE ADD COLUMN."""
    words = [quoting.identifier(column.name), column.type.upper()]
    if column.default is not None:
        words.append(f"DEFAULT {_default(column.default)}")
    if column.identity is not None:
        words.append(f"IDENTITY({column.identity[0]}, {column.identity[1]})")
    if column.encode not in (None, "auto"):
        words.append(f"ENCODE {str(column.encode).upper()}")
    if column.not_null:
        words.append("NOT NULL")
    return " ".join(words)


def create_table(table: Table) -> str:
    """CREATE TABLE IF NOT EXISTS for Redshift, with encodings, keys and distribution."""
    lines = [f"  {column(each)}" for each in table.columns]
    if table.primary_key:
        lines.append(f"  PRIMARY KEY ({quoting.identifiers(table.primary_key)})")
    body = ",\n".join(lines)
    return "\n".join([f"CREATE TABLE IF NOT EXISTS {quoting.table(table.name)} (\n{body}\n)", *_attributes(table)])


def create_staging(name: str, table: Table, columns: Iterable[str], temporary: bool = False) -> str:
    """A table for rows on their way into ``table``: the given columns, all of which may be NULL, spread alike."""
    wanted = list(columns)
    types = {each.name: each.type.upper() for each in table.columns}
    body = ",\n".join(f"  {quoting.identifier(each)} {types[each]}" for each in wanted)
    spread = f"\nDISTKEY ({quoting.identifier(table.dist_key)})" if table.dist_key in wanted else ""
    return f"CREATE {'TEMP ' if temporary else ''}TABLE {name} (\n{body}\n){spread}"


def comments(table: Table) -> list[str]:
    """COMMENT ON statements for the table's and the columns' descriptions."""
    target = quoting.table(table.name)
    statements = []
    if table.description:
        statements.append(f"COMMENT ON TABLE {target} IS {quoting.redshift_string(table.description)}")
    for each in table.columns:
        if each.description:
            name = f"{target}.{quoting.identifier(each.name)}"
            statements.append(f"COMMENT ON COLUMN {name} IS {quoting.redshift_string(each.description)}")
    return statements


def create_external_table(table: Table) -> str:
    """CREATE EXTERNAL TABLE IF NOT EXISTS for Athena."""
    body = ",\n".join(f"  {_hive_column(each)}" for each in table.columns)
    parts = [f"CREATE EXTERNAL TABLE IF NOT EXISTS {quoting.hive_table(table.name)} (\n{body}\n)"]
    if table.description:
        parts.append(f"COMMENT {_hive_string(table.description)}")
    if table.partitioned_by:
        partitions = ", ".join(_hive_column(each) for each in table.partitioned_by)
        parts.append(f"PARTITIONED BY ({partitions})")
    parts.extend(_storage(table))
    parts.append(f"LOCATION {quoting.option(table.location)}")
    properties = ", ".join(f"'{name}' = '{value}'" for name, value in _properties(table))
    if properties:
        parts.append(f"TBLPROPERTIES ({properties})")
    return "\n".join(parts)


def _attributes(table: Table) -> Iterator[str]:
    if table.dist_style is not None and table.dist_key is None:
        yield f"DISTSTYLE {table.dist_style.upper()}"
    if table.dist_key is not None:
        yield f"DISTSTYLE KEY\nDISTKEY ({quoting.identifier(table.dist_key)})"
    if table.sort_key:
        yield f"{table.sort_style.upper()} SORTKEY ({quoting.identifiers(table.sort_key)})"


def _default(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return quoting.redshift_string(value) if isinstance(value, str) else str(value)


def _hive_column(column: Column) -> str:
    comment = f" COMMENT {_hive_string(column.description)}" if column.description else ""
    return f"{quoting.hive_identifier(column.name)} {column.type.lower()}{comment}"


def _hive_string(text: str) -> str:
    """A string in Athena's DDL. Quotes and backslashes become signs that look alike: Hive and Athena escape unlike."""
    plain = " ".join(text.split())
    return "'" + plain.replace("'", "\N{RIGHT SINGLE QUOTATION MARK}").replace("\\", "/") + "'"


def _storage(table: Table) -> Iterator[str]:
    form = table.format
    kind = form["type"]
    if kind in _SERDES:
        yield f"ROW FORMAT SERDE '{_SERDES[kind]}'"
    if kind == "csv":
        names = {"delimiter": "separatorChar", "quote": "quoteChar", "escape": "escapeChar"}
        given = [f"'{names[key]}' = {_hive_char(form[key])}" for key in names if key in form]
        if given:
            yield f"WITH SERDEPROPERTIES ({', '.join(given)})"
    if kind == "text":
        lines = [f"ROW FORMAT DELIMITED FIELDS TERMINATED BY {_hive_char(form.get('delimiter', chr(1)))}"]
        if "escape" in form:
            lines.append(f"ESCAPED BY {_hive_char(form['escape'])}")
        if "null_as" in form:
            lines.append(f"NULL DEFINED AS {_hive_string(form['null_as'])}")
        yield " ".join(lines)
    yield "STORED AS " + ("TEXTFILE" if kind in ("csv", "text", "json") else kind.upper())


def _hive_char(char: str) -> str:
    special = {"\\": r"'\\'", "\t": r"'\t'", "\x01": r"'\001'", "'": r"'\''"}
    return special.get(char, f"'{char}'")


def _properties(table: Table) -> Iterator[tuple[str, str]]:
    form = table.format
    if form.get("header"):
        yield "skip.header.line.count", "1"
    if "compression" in form and form["type"] in _COMPRESSION_PROPERTY:
        yield _COMPRESSION_PROPERTY[form["type"]], form["compression"].upper()
