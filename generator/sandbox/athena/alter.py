"""ALTER DATABASE and ALTER TABLE as values, form by form.

See the pages that begin with ALTER on "DDL statements" (docs.aws.amazon.com/athena/latest/ug/ddl-reference.html).
"""

from generator.sandbox.athena.errors import InvalidRequestError, UnsupportedError
from generator.sandbox.athena.statements import (
    AddColumns,
    AddPartitions,
    ChangeColumn,
    Column,
    DropPartitions,
    Name,
    PartitionSpec,
    RenamePartition,
    ReplaceColumns,
    SetDatabaseProperties,
    SetLocation,
    SetProperties,
    Statement,
)
from generator.sandbox.athena.table_ddl import column, columns, properties
from generator.sandbox.athena.words import Words


def read_alter_database(words: Words) -> Statement:
    """What comes after ALTER DATABASE. Raises InvalidRequestError for a syntax error."""
    database = words.identifier()
    if not words.accept("SET", "DBPROPERTIES"):
        raise not_supported()
    return SetDatabaseProperties(database, properties(words))


def read_alter_table(words: Words) -> Statement:
    """What comes after ALTER TABLE. Raises InvalidRequestError for a syntax error, or what Athena does not have."""
    name = words.name()
    partition = _partition(words) if words.accept("PARTITION") else ()
    if words.accept("ADD", "COLUMNS"):
        return AddColumns(name, columns(words), partition)
    if words.accept("REPLACE", "COLUMNS"):
        return ReplaceColumns(name, columns(words), partition)
    if words.accept("SET", "LOCATION"):
        return SetLocation(name, words.string(), partition)
    if partition:
        return _with_partition(words, name, partition)
    if words.accept("ADD"):
        return _add_partitions(words, name)
    if words.accept("DROP"):
        return _drop_partitions(words, name)
    if words.accept("SET", "TBLPROPERTIES"):
        return SetProperties(name, properties(words))
    if words.accept("CHANGE"):
        return _change_column(words, name)
    raise not_supported()


def not_supported() -> InvalidRequestError:
    """What Athena says of Hive's statements that it does not have ("Unsupported DDL" in its user guide)."""
    return InvalidRequestError("Queries of this type are not supported", "NOT_SUPPORTED")


def _with_partition(words: Words, name: Name, partition: PartitionSpec) -> Statement:
    if not words.accept("RENAME"):
        raise not_supported()
    words.expect("TO", "PARTITION")
    return RenamePartition(name, partition, _partition(words))


def _add_partitions(words: Words, name: Name) -> Statement:
    if_not_exists = words.accept("IF", "NOT", "EXISTS")
    found: list[tuple[PartitionSpec, str]] = []
    while words.accept("PARTITION"):
        found.append((_partition(words), words.string() if words.accept("LOCATION") else ""))
    if not found:
        raise words.mismatch("PARTITION")
    return AddPartitions(name, if_not_exists, tuple(found))


def _drop_partitions(words: Words, name: Name) -> Statement:
    if_exists = words.accept("IF", "EXISTS")
    specs: list[PartitionSpec] = []
    while not specs or words.accept(","):
        words.expect("PARTITION")
        specs.append(_partition(words))
    return DropPartitions(name, if_exists, tuple(specs))


def _change_column(words: Words, name: Name) -> Statement:
    words.accept("COLUMN")
    old = words.identifier()
    new: Column = column(words)
    first = words.accept("FIRST")
    after = words.identifier() if not first and words.accept("AFTER") else ""
    return ChangeColumn(name, old, new, first, after)


def _partition(words: Words) -> PartitionSpec:
    def item() -> tuple[str, str]:
        name = words.identifier()
        if not words.accept("="):
            raise UnsupportedError("a PARTITION clause with a comparison other than =")
        if words.accept("DATE"):
            return name, words.string()
        return name, words.value()

    return words.listed(item)
