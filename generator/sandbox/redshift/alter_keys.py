"""ALTER TABLE of what is recorded of a table and moves no rows: constraints, keys, encodings."""

from __future__ import annotations

from dataclasses import replace

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.columns import ENCODINGS, Draft, reference
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.sql import TokenReader


def column_of(relation: Relation, name: str) -> Column:
    """The column of that name. Raises RedshiftError where there is none."""
    found = relation.column(name)
    if found is None:
        raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
    return found


def alter_encoding(session: Session, reader: TokenReader, relation: Relation, column: Column) -> None:
    """ALTER COLUMN … ENCODE; the words up to ENCODE are read."""
    encoding = reader.name()
    if encoding not in ENCODINGS:
        raise RedshiftError(f'encoding type "{encoding}" does not exist')
    stored = {"raw": "none", "auto": column.type.encoding}.get(encoding, encoding)
    if stored == column.encoding and encoding != "auto":
        raise RedshiftError(f'column "{column.name}" is already encoded with {encoding}')
    if relation.sort_style == "INTERLEAVED":
        raise RedshiftError("cannot alter the encoding of a column in a table with an interleaved sort key")
    storage.save(session.connection, relation.with_column(replace(column, encoding=stored)))


def alter_keys(session: Session, reader: TokenReader, relation: Relation) -> None:
    """ALTER DISTKEY, DISTSTYLE, SORTKEY and ENCODE AUTO change what is recorded; rows stay where they are."""
    if reader.accept("DISTKEY"):
        changed = _with_dist_key(relation, reader.name())
    elif reader.accept("DISTSTYLE"):
        changed = _with_dist_style(reader, relation)
    elif reader.accept("ENCODE"):
        reader.expect("AUTO")
        changed = relation
    else:
        reader.accept("COMPOUND")
        reader.expect("SORTKEY")
        changed = _with_sort_key(reader, relation)
    storage.save(session.connection, changed)


def _with_dist_style(reader: TokenReader, relation: Relation) -> Relation:
    style = reader.accept_any("ALL", "EVEN", "KEY", "AUTO")
    if not style:
        raise reader.error()
    if style == "KEY":
        reader.expect("DISTKEY")
        return _with_dist_key(relation, reader.name())
    if style != "AUTO" and (relation.sort_style == "INTERLEAVED" or relation.temporary):
        what = "temporary tables" if relation.temporary else "tables with an interleaved sort key"
        raise RedshiftError(f"ALTER DISTSTYLE {style} is not supported for {what}")
    columns = tuple(replace(each, dist_key=False) for each in relation.columns)
    return replace(relation, columns=columns, dist_style=style)


def _with_dist_key(relation: Relation, name: str) -> Relation:
    if relation.sort_style == "INTERLEAVED":
        raise RedshiftError("ALTER DISTKEY is not supported for tables with an interleaved sort key")
    key = column_of(relation, name).name
    columns = tuple(replace(each, dist_key=each.name == key) for each in relation.columns)
    return replace(relation, columns=columns, dist_style="KEY")


def _with_sort_key(reader: TokenReader, relation: Relation) -> Relation:
    """The table with another sort key; AUTO keeps the key that there is."""
    if reader.accept("AUTO"):
        return replace(relation, sort_style="AUTO")
    keys = () if reader.accept("NONE") else reader.names()
    for key in keys:
        column_of(relation, key)
    columns = tuple(
        replace(each, sort_key=keys.index(each.name) + 1 if each.name in keys else 0) for each in relation.columns
    )
    return replace(relation, columns=columns, sort_style="COMPOUND" if keys else "")


def add_constraint(session: Session, reader: TokenReader, relation: Relation) -> None:
    """ADD of a key; the word ADD is read."""
    name = reader.name() if reader.accept("CONSTRAINT") else ""
    draft = Draft((relation.name,))
    if reader.accept("PRIMARY", "KEY"):
        draft.constrain("PRIMARY KEY", reader.names(), name=name)
    elif reader.accept("UNIQUE"):
        draft.constrain("UNIQUE", reader.names(), name=name)
    else:
        reader.expect("FOREIGN", "KEY")
        columns = reader.names()
        reader.expect("REFERENCES")
        draft.constrain("FOREIGN KEY", columns, reference(reader), name)
    (added,) = draft.constraints
    for key in added.columns:
        if not column_of(relation, key).not_null and added.kind == "PRIMARY KEY":
            raise RedshiftError(f'column "{key}" of a primary key must be NOT NULL')
    if added.kind == "PRIMARY KEY" and any(each.kind == added.kind for each in relation.constraints):
        raise RedshiftError(f'multiple primary keys for table "{relation.name}" are not allowed')
    if any(each.name == added.name for each in relation.constraints):
        raise RedshiftError(f'constraint "{added.name}" for relation "{relation.name}" already exists')
    storage.save(session.connection, replace(relation, constraints=(*relation.constraints, added)))


def drop_constraint(session: Session, reader: TokenReader, relation: Relation) -> None:
    """DROP CONSTRAINT of the name that follows."""
    name = reader.name()
    reader.accept_any("CASCADE", "RESTRICT")
    left = tuple(each for each in relation.constraints if each.name != name)
    if len(left) == len(relation.constraints):
        raise RedshiftError(f'constraint "{name}" of relation "{relation.name}" does not exist')
    storage.save(session.connection, replace(relation, constraints=left))
