"""Athena's statements as values; what `parse` makes of SQL text."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Name:
    """A table's or view's name in lower case; `database` is empty where the context supplies it."""

    database: str
    table: str

    def __str__(self) -> str:
        return f"{self.database}.{self.table}" if self.database else self.table


@dataclass(frozen=True)
class Column:
    """A column of a table; `type` is Hive's, such as "decimal(9,2)"."""

    name: str
    type: str
    comment: str = ""


PartitionSpec = tuple[tuple[str, str], ...]  # column and value, as in PARTITION (year = '2013')


@dataclass(frozen=True)
class Statement:
    """`kind` is GetQueryExecution's StatementType, `substatement` its SubstatementType."""

    kind: ClassVar[str] = "DDL"
    substatement: ClassVar[str] = ""


@dataclass(frozen=True)
class CreateDatabase(Statement):
    substatement: ClassVar[str] = "CREATE_DATABASE"
    database: str
    if_not_exists: bool
    comment: str = ""
    location: str = ""
    properties: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class DropDatabase(Statement):
    substatement: ClassVar[str] = "DROP_DATABASE"
    database: str
    if_exists: bool
    cascade: bool


@dataclass(frozen=True)
class CreateTable(Statement):
    """CREATE EXTERNAL TABLE; `delimiters` are those of ROW FORMAT DELIMITED, by SerDe property.

    `buckets` are the columns and the number of CLUSTERED BY.
    """

    substatement: ClassVar[str] = "CREATE_TABLE"
    name: Name
    if_not_exists: bool
    columns: tuple[Column, ...]
    comment: str = ""
    partition_keys: tuple[Column, ...] = ()
    serde: str = ""
    serde_properties: dict[str, str] = field(default_factory=dict)
    stored_as: str = ""
    input_format: str = ""
    output_format: str = ""
    location: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    buckets: tuple[tuple[str, ...], int] = ((), 0)


@dataclass(frozen=True)
class CreateTableAs(Statement):
    substatement: ClassVar[str] = "CREATE_TABLE_AS_SELECT"
    name: Name
    if_not_exists: bool
    properties: dict[str, str | tuple[str, ...]]
    query: str
    with_data: bool = True


@dataclass(frozen=True)
class CreateView(Statement):
    substatement: ClassVar[str] = "CREATE_VIEW"
    name: Name
    or_replace: bool
    query: str


@dataclass(frozen=True)
class DropTable(Statement):
    substatement: ClassVar[str] = "DROP_TABLE"
    name: Name
    if_exists: bool


@dataclass(frozen=True)
class DropView(Statement):
    substatement: ClassVar[str] = "DROP_VIEW"
    name: Name
    if_exists: bool


@dataclass(frozen=True)
class AddPartitions(Statement):
    """`partitions`: for each its values, and its location where the statement gives one."""

    substatement: ClassVar[str] = "ALTER_TABLE_ADD_PARTITION"
    name: Name
    if_not_exists: bool
    partitions: tuple[tuple[PartitionSpec, str], ...]


@dataclass(frozen=True)
class DropPartitions(Statement):
    substatement: ClassVar[str] = "ALTER_TABLE_DROP_PARTITION"
    name: Name
    if_exists: bool
    partitions: tuple[PartitionSpec, ...]


@dataclass(frozen=True)
class SetProperties(Statement):
    substatement: ClassVar[str] = "ALTER_TABLE_SET_TBLPROPERTIES"
    name: Name
    properties: dict[str, str]


@dataclass(frozen=True)
class SetDatabaseProperties(Statement):
    substatement: ClassVar[str] = "ALTER_DATABASE_SET_DBPROPERTIES"
    database: str
    properties: dict[str, str]


@dataclass(frozen=True)
class AddColumns(Statement):
    """With a `partition`, its columns change and the table's stay as they are; so for the two below."""

    substatement: ClassVar[str] = "ALTER_TABLE_ADD_COLUMN"
    name: Name
    columns: tuple[Column, ...]
    partition: PartitionSpec = ()


@dataclass(frozen=True)
class ReplaceColumns(Statement):
    substatement: ClassVar[str] = "ALTER_TABLE_REPLACE_COLUMN"
    name: Name
    columns: tuple[Column, ...]
    partition: PartitionSpec = ()


@dataclass(frozen=True)
class SetLocation(Statement):
    substatement: ClassVar[str] = "ALTER_TABLE_SET_LOCATION"
    name: Name
    location: str
    partition: PartitionSpec = ()


@dataclass(frozen=True)
class ChangeColumn(Statement):
    """`after`: the column that it comes after; empty where it stays in its place, or comes `first`."""

    substatement: ClassVar[str] = "ALTER_TABLE_CHANGE_COLUMN"
    name: Name
    old: str
    new: Column
    first: bool = False
    after: str = ""


@dataclass(frozen=True)
class RenamePartition(Statement):
    substatement: ClassVar[str] = "ALTER_TABLE_RENAME_PARTITION"
    name: Name
    old: PartitionSpec
    new: PartitionSpec


@dataclass(frozen=True)
class RepairTable(Statement):
    substatement: ClassVar[str] = "MSCK_REPAIR_TABLE"
    name: Name


@dataclass(frozen=True)
class Utility(Statement):
    kind: ClassVar[str] = "UTILITY"


@dataclass(frozen=True)
class ShowDatabases(Utility):
    substatement: ClassVar[str] = "SHOW_DATABASES"
    pattern: str = ""


@dataclass(frozen=True)
class ShowTables(Utility):
    """SHOW TABLES, or SHOW VIEWS (`views_only`)."""

    substatement: ClassVar[str] = "SHOW_TABLES"
    database: str = ""
    pattern: str = ""
    views_only: bool = False


@dataclass(frozen=True)
class ShowPartitions(Utility):
    substatement: ClassVar[str] = "SHOW_PARTITIONS"
    name: Name


@dataclass(frozen=True)
class ShowColumns(Utility):
    substatement: ClassVar[str] = "SHOW_COLUMNS"
    name: Name


@dataclass(frozen=True)
class ShowCreate(Utility):
    """SHOW CREATE TABLE, or SHOW CREATE VIEW (`view`)."""

    substatement: ClassVar[str] = "SHOW_CREATE_TABLE"
    name: Name
    view: bool = False


@dataclass(frozen=True)
class ShowProperties(Utility):
    """SHOW TBLPROPERTIES; `key` is empty for all of them."""

    substatement: ClassVar[str] = "SHOW_TBLPROPERTIES"
    name: Name
    key: str = ""


@dataclass(frozen=True)
class Describe(Utility):
    substatement: ClassVar[str] = "DESCRIBE_TABLE"
    name: Name


@dataclass(frozen=True)
class Select(Statement):
    kind: ClassVar[str] = "DML"
    substatement: ClassVar[str] = "SELECT"
    query: str


@dataclass(frozen=True)
class Insert(Statement):
    kind: ClassVar[str] = "DML"
    substatement: ClassVar[str] = "INSERT"
    name: Name
    columns: tuple[str, ...]
    query: str


@dataclass(frozen=True)
class Unload(Statement):
    kind: ClassVar[str] = "DML"
    substatement: ClassVar[str] = "UNLOAD"
    query: str
    location: str
    properties: dict[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class ChangeRows(Statement):
    """DELETE, UPDATE, MERGE, VACUUM or OPTIMIZE (`verb`), which Athena has for Iceberg tables alone."""

    kind: ClassVar[str] = "DML"
    verb: str
    name: Name


@dataclass(frozen=True)
class Explain(Utility):
    """EXPLAIN of a query; `validate`: TYPE VALIDATE, which gives no plan."""

    substatement: ClassVar[str] = "EXPLAIN"
    query: str
    validate: bool = False


@dataclass(frozen=True)
class Prepare(Statement):
    substatement: ClassVar[str] = "PREPARE"
    prepared: str
    text: str


@dataclass(frozen=True)
class Execute(Statement):
    """`values` are the expressions of USING."""

    substatement: ClassVar[str] = "EXECUTE"
    prepared: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Deallocate(Statement):
    substatement: ClassVar[str] = "DEALLOCATE_PREPARE"
    prepared: str
