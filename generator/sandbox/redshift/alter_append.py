"""ALTER TABLE … APPEND FROM, which moves all rows of one table to another.

"ALTER TABLE APPEND" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from generator.sandbox.redshift.admin import refuse_in_block
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.sql import TokenReader, quote_name


def append(session: Session, reader: TokenReader, target: Relation) -> None:
    """Move the rows. Raises RedshiftError where the tables' columns or keys differ in what the options don't allow."""
    refuse_in_block(session, "ALTER TABLE APPEND")
    source = session.names.relation(reader.dotted_name())
    option = reader.accept_any("IGNOREEXTRA", "FILLTARGET")
    session.lock(source, rewrites=True)
    for relation in (source, target):
        if relation.temporary or relation.is_view:
            raise RedshiftError("ALTER TABLE APPEND works on permanent tables only")
    if (source.schema, source.name) == (target.schema, target.name):
        raise RedshiftError("ALTER TABLE APPEND: source and target are the same table")
    _check_keys(source, target)
    columns = ", ".join(map(quote_name, _shared(source, target, option)))
    session.sql(
        f"INSERT INTO {session.names.place(target)} ({columns}) SELECT {columns} FROM {session.names.place(source)}"
    )
    session.sql(f"DELETE FROM {session.names.place(source)}")


def _check_keys(source: Relation, target: Relation) -> None:
    if _distribution(source) != _distribution(target):
        raise RedshiftError(f'ALTER TABLE APPEND: distribution of "{source.name}" and "{target.name}" differs')
    if _sort_key(source) != _sort_key(target):
        raise RedshiftError(f'ALTER TABLE APPEND: sort keys of "{source.name}" and "{target.name}" differ')


def _distribution(relation: Relation) -> tuple[str, list[str]]:
    return relation.dist_style, [column.name for column in relation.columns if column.dist_key]


def _sort_key(relation: Relation) -> tuple[str, list[tuple[int, str]]]:
    keys = sorted((column.sort_key, column.name) for column in relation.columns if column.sort_key)
    return (relation.sort_style if keys else ""), keys


def _shared(source: Relation, target: Relation, option: str) -> list[str]:
    """The names of the columns to move. Raises RedshiftError where the tables' columns don't go together."""
    ours, theirs = ({column.name: column for column in each.columns} for each in (target, source))
    both = [name for name in ours if name in theirs]
    if any((ours[name].identity or "").startswith("always") for name in both):
        raise RedshiftError("ALTER TABLE APPEND: identity columns can't be appended")
    unlike = [name for name in both if _attributes(ours[name]) != _attributes(theirs[name])]
    extra = [name for name in theirs if name not in ours and option != "IGNOREEXTRA"]
    missing = [name for name in ours if name not in theirs and option != "FILLTARGET"]
    if unlike or extra or missing:
        raise RedshiftError(
            f'ALTER TABLE APPEND: columns of "{source.name}" and "{target.name}" differ: '
            f"{', '.join(unlike + extra + missing)}"
        )
    return both


def _attributes(column: Column) -> tuple[str, str, bool]:
    return column.type.declared, column.encoding, column.not_null
