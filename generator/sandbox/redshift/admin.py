"""Statements about transactions and upkeep: BEGIN, LOCK, VACUUM, ANALYZE, GRANT and the like."""

from __future__ import annotations

from generator.sandbox import differences
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome, ResultColumn
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column
from generator.sandbox.redshift.types import ColumnType
from generator.sandbox.sql import TokenReader

TEXT = ColumnType("character varying", (256,))
_COMPRESSION_NOTE = "ANALYZE COMPRESSION goes by the columns' types; Redshift measures the encodings on the rows."


def begin(session: Session, reader: TokenReader) -> Outcome:
    """BEGIN; within a transaction it does nothing (Redshift only warns). All isolation levels are serializable."""
    reader.accept_any("WORK", "TRANSACTION")
    while reader.accept("ISOLATION", "LEVEL") or reader.looking_at("READ"):
        if reader.accept("READ", "ONLY"):
            raise Unsupported("BEGIN READ ONLY")
        levels = (("SERIALIZABLE",), ("REPEATABLE", "READ"), ("READ", "COMMITTED"), ("READ", "UNCOMMITTED"))
        if not any(reader.accept(*words) for words in (*levels, ("READ", "WRITE"))):
            raise reader.error()
        reader.accept(",")
    reader.expect_end()
    session.begin(block=True)
    return Outcome()


def commit(session: Session, reader: TokenReader) -> Outcome:
    """COMMIT or END; of an aborted transaction it is a rollback."""
    reader.accept_any("WORK", "TRANSACTION")
    reader.expect_end()
    session.commit()
    return Outcome()


def rollback(session: Session, reader: TokenReader) -> Outcome:
    reader.accept_any("WORK", "TRANSACTION")
    reader.expect_end()
    session.rollback()
    return Outcome()


def lock(session: Session, reader: TokenReader) -> Outcome:
    """LOCK waits for other writers before the transaction's snapshot is taken."""
    reader.accept("TABLE")
    while True:
        name = reader.dotted_name()
        session.lock_first(name)
        with session.database.connection() as outside:
            if session.names.find(name, outside) is None and session.names.find(name) is None:
                raise RedshiftError(f'relation "{".".join(name)}" does not exist')
        if not reader.accept(","):
            break
    reader.expect_end()
    return Outcome()


def refuse_in_block(session: Session, what: str) -> None:
    """Raise RedshiftError where a transaction block (or a batch) is open."""
    if session.in_block:
        raise RedshiftError(f"{what} cannot run inside a transaction block")


def vacuum(session: Session, reader: TokenReader) -> Outcome:
    """VACUUM is checked; there is nothing to reclaim or sort."""
    refuse_in_block(session, "VACUUM")
    for words in (("FULL",), ("SORT", "ONLY"), ("DELETE", "ONLY"), ("REINDEX",), ("RECLUSTER",)):
        if reader.accept(*words):
            break
    if not reader.at_end and reader.peek().upper not in ("TO", "BOOST"):
        session.names.relation(reader.dotted_name())
    if reader.accept("TO"):
        if not 0 <= reader.integer() <= 100:
            raise RedshiftError("VACUUM threshold must be between 0 and 100 percent")
        reader.expect("PERCENT")
    reader.accept("BOOST")
    reader.expect_end()
    return Outcome()


def analyze(session: Session, reader: TokenReader) -> Outcome:
    """ANALYZE is checked; DuckDB keeps its statistics by itself."""
    if reader.accept("COMPRESSION"):
        return _analyze_compression(session, reader)
    reader.accept("VERBOSE")
    if not reader.at_end:
        relation = session.names.relation(reader.dotted_name())
        for name in reader.names() if reader.looking_at("(") else ():
            if relation.column(name) is None:
                raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
        if not reader.accept("PREDICATE", "COLUMNS"):
            reader.accept("ALL", "COLUMNS")
    reader.expect_end()
    return Outcome()


def _analyze_compression(session: Session, reader: TokenReader) -> Outcome:
    refuse_in_block(session, "ANALYZE COMPRESSION")
    name = reader.dotted_name()
    relation = session.names.relation(name)
    chosen = reader.names() if reader.looking_at("(") else tuple(column.name for column in relation.columns)
    if reader.accept("COMPROWS"):
        reader.integer()
    reader.expect_end()
    differences.report(_COMPRESSION_NOTE)
    rows = []
    for label in chosen:
        column = relation.column(label)
        if column is None:
            raise RedshiftError(f'column "{label}" of relation "{relation.name}" does not exist')
        better, reduction = _advice(column)
        rows.append((relation.name, column.name, better, reduction))
    labels = ("Table", "Column", "Encoding", "Est_reduction_pct")
    return Outcome(tuple(ResultColumn(label.lower(), TEXT) for label in labels), rows)


def _advice(column: Column) -> tuple[str, str]:
    """What suits the column's type, as Redshift's own defaults have it; sort keys stay raw."""
    better = (
        "raw" if column.sort_key else {"lzo": "zstd", "none": "raw"}.get(column.type.encoding, column.type.encoding)
    )
    current = {"none": "raw"}.get(column.encoding, column.encoding)
    if current in (better, column.type.encoding) or better == "raw":
        return current, "0.00"
    return better, "50.00" if current == "raw" else "10.00"


def accept(_: Session, reader: TokenReader) -> Outcome:
    """GRANT, REVOKE: the sandbox has one user, who may do all."""
    reader.rest()
    return Outcome()


# These end or begin transactions, or must come before the snapshot: they run as they are.
UNWRAPPED = [
    (("BEGIN",), begin),
    (("START", "TRANSACTION"), begin),
    (("COMMIT",), commit),
    (("END",), commit),
    (("ROLLBACK",), rollback),
    (("ABORT",), rollback),
    (("LOCK",), lock),
]

COMMANDS = [
    (("VACUUM",), vacuum),
    (("ANALYZE",), analyze),
    (("ANALYSE",), analyze),
    (("GRANT",), accept),
    (("REVOKE",), accept),
]
