"""CREATE EXTERNAL TABLE, clause by clause.

See docs.aws.amazon.com/athena/latest/ug/create-table.html; the clauses may come in any order, as Hive takes
them.
"""

from dataclasses import replace

from generator.sandbox.athena.statements import Column, CreateTable, Statement
from generator.sandbox.athena.words import Words

_DELIMITERS = {
    ("FIELDS", "TERMINATED", "BY"): "field.delim",
    ("ESCAPED", "BY"): "escape.delim",
    ("COLLECTION", "ITEMS", "TERMINATED", "BY"): "collection.delim",
    ("MAP", "KEYS", "TERMINATED", "BY"): "mapkey.delim",
    ("LINES", "TERMINATED", "BY"): "line.delim",
    ("NULL", "DEFINED", "AS"): "serialization.null.format",
}


def read_create_table(words: Words) -> Statement:
    """What comes after CREATE EXTERNAL TABLE. Raises InvalidRequestError for a syntax error."""
    if_not_exists = words.accept("IF", "NOT", "EXISTS")
    name = words.name()
    table = CreateTable(name, if_not_exists, columns(words) if words.looking_at("(") else ())
    while not (words.at_end or words.looking_at(";")):
        table = _clause(words, table)
    return table


def _clause(words: Words, table: CreateTable) -> CreateTable:
    if words.accept("COMMENT"):
        return replace(table, comment=words.string())
    if words.accept("PARTITIONED", "BY"):
        return replace(table, partition_keys=columns(words))
    if words.accept("ROW", "FORMAT"):
        return _row_format(words, table)
    if words.accept("WITH", "SERDEPROPERTIES"):
        return replace(table, serde_properties={**table.serde_properties, **properties(words)})
    if words.accept("STORED", "AS"):
        return _stored_as(words, table)
    if words.accept("LOCATION"):
        return replace(table, location=words.string())
    if words.accept("TBLPROPERTIES"):
        return replace(table, properties=properties(words))
    if words.accept("CLUSTERED", "BY"):
        return replace(table, buckets=_buckets(words))
    raise words.mismatch()


def _row_format(words: Words, table: CreateTable) -> CreateTable:
    if words.accept("SERDE"):
        return replace(table, serde=words.string())
    words.expect("DELIMITED")
    found: dict[str, str] = {}
    while True:
        clause = next((clause for clause in _DELIMITERS if words.accept(*clause)), None)
        if clause is None:
            return replace(table, serde_properties={**table.serde_properties, **found})
        found[_DELIMITERS[clause]] = words.string()


def _stored_as(words: Words, table: CreateTable) -> CreateTable:
    if not words.accept("INPUTFORMAT"):
        return replace(table, stored_as=words.identifier().upper())
    input_format = words.string()
    words.expect("OUTPUTFORMAT")
    return replace(table, input_format=input_format, output_format=words.string())


def _buckets(words: Words) -> tuple[tuple[str, ...], int]:
    named = words.listed(words.identifier)
    words.expect("INTO")
    count = words.value()
    if not count.isdigit() or not int(count):
        raise words.mismatch("a number of buckets")
    words.expect("BUCKETS")
    return named, int(count)


def columns(words: Words) -> tuple[Column, ...]:
    """`(name type [COMMENT 'text'], …)`"""
    return words.listed(lambda: column(words))


def column(words: Words) -> Column:
    """`name type [COMMENT 'text']`"""
    name = words.identifier()
    words.accept(":")
    kind = words.text_until(",", ")", "COMMENT", "FIRST", "AFTER", ";").lower()
    if not kind:
        raise words.mismatch("type")
    return Column(name, "".join(kind.split()), words.string() if words.accept("COMMENT") else "")


def properties(words: Words) -> dict[str, str]:
    """`('key' = 'value', …)`"""

    def item() -> tuple[str, str]:
        key = words.string()
        words.expect("=")
        return key, words.value()

    return dict(words.listed(item))
