"""ALTER TABLE. DuckDB can't alter a column that a check depends on, so a changed table is built anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.admin import refuse_in_block
from generator.sandbox.redshift.columns import ENCODINGS, Draft, read_column, reference, with_keys
from generator.sandbox.redshift.create import table_sql
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Outcome, Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.redshift.translate import expression
from generator.sandbox.redshift.types import read_type
from generator.sandbox.sql import TokenReader, quote_name

Alteration = Callable[[Session, TokenReader, Relation], None]


def alter_table(session: Session, reader: TokenReader) -> Outcome:
    """ALTER TABLE, one alteration as on Redshift; the words before the table's name are read."""
    name = reader.dotted_name()
    session.lock_first(name)
    relation = session.relation(name)
    if relation.is_view and not reader.looking_at("RENAME"):
        raise RedshiftError(f'"{relation.name}" is not a table')
    session.lock(relation, rewrites=True)
    for words, alteration in _ALTERATIONS:
        if reader.accept(*words):
            alteration(session, reader, relation)
            reader.expect_end()
            return Outcome()
    raise Unsupported(f"ALTER TABLE … {reader.peek().text} {reader.peek(1).text}")


def _rebuild(session: Session, old: Relation, new: Relation, values: dict[str, str]) -> None:
    """Put `new` in the place of `old`; `values` are SQL for its columns, of `old`'s columns."""
    place = session.place(replace(new, name="_altered"))
    session.sql(table_sql(place, new))
    columns, sources = ", ".join(map(quote_name, values)), ", ".join(values.values())
    if values:
        session.sql(f"INSERT INTO {place} ({columns}) SELECT {sources} FROM {session.place(old)}")
    session.sql(f"DROP TABLE {session.place(old)}")
    session.sql(f"ALTER TABLE {place} RENAME TO {quote_name(new.name)}")
    storage.save(session.connection, new)


def _kept(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: quote_name(column.name) for column in columns}


def _column(relation: Relation, name: str) -> Column:
    found = relation.column(name)
    if found is None:
        raise RedshiftError(f'column "{name}" of relation "{relation.name}" does not exist')
    return found


def _add_column(session: Session, reader: TokenReader, relation: Relation) -> None:
    draft = Draft((relation.name,))
    column = with_keys(read_column(reader, draft), draft, set())
    if relation.column(column.name) is not None:
        raise RedshiftError(f'column "{column.name}" of relation "{relation.name}" already exists')
    if draft.dist_key or draft.sort_keys or draft.constraints or column.identity:
        raise RedshiftError("ALTER TABLE ADD COLUMN can't add keys or identity columns")
    if column.not_null and column.default is None:
        raise RedshiftError("ALTER TABLE ADD COLUMN defined as NOT NULL must have a non-null default expression")
    new = replace(relation, columns=(*relation.columns, column))
    values = _kept(relation.columns)
    if column.default is not None:
        values[column.name] = expression(column.default)
    _rebuild(session, relation, new, values)


def _drop_column(session: Session, reader: TokenReader, relation: Relation) -> None:
    column = _column(relation, reader.name())
    reader.accept_any("CASCADE", "RESTRICT")
    if column.dist_key:
        raise RedshiftError(f'cannot drop distkey column "{column.name}"')
    if column.sort_key:
        raise RedshiftError(f'cannot drop sortkey column "{column.name}"')
    columns = tuple(each for each in relation.columns if each.name != column.name)
    if not columns:
        raise RedshiftError(f'cannot drop the only column of table "{relation.name}"')
    constraints = tuple(each for each in relation.constraints if column.name not in each.columns)
    _rebuild(session, relation, replace(relation, columns=columns, constraints=constraints), _kept(columns))


def _rename_column(session: Session, reader: TokenReader, relation: Relation) -> None:
    column = _column(relation, reader.name())
    reader.expect("TO")
    name = reader.name()
    if relation.column(name) is not None:
        raise RedshiftError(f'column "{name}" of relation "{relation.name}" already exists')
    columns = tuple(replace(each, name=name) if each == column else each for each in relation.columns)
    constraints = tuple(
        replace(each, columns=tuple(name if key == column.name else key for key in each.columns))
        for each in relation.constraints
    )
    values = {new.name: quote_name(old.name) for old, new in zip(relation.columns, columns, strict=True)}
    _rebuild(session, relation, replace(relation, columns=columns, constraints=constraints), values)


def _rename(session: Session, reader: TokenReader, relation: Relation) -> None:
    name = reader.name()
    if storage.load(session.connection, relation.schema, name) is not None:
        raise RedshiftError(f'relation "{name}" already exists')
    kind = "VIEW" if relation.is_view else "TABLE"
    session.sql(f"ALTER {kind} {session.place(relation)} RENAME TO {quote_name(name)}")
    storage.forget(session.connection, relation.schema, relation.name)
    storage.save(session.connection, replace(relation, name=name))


def _alter_type(session: Session, reader: TokenReader, relation: Relation) -> None:
    """Only VARCHAR columns can be altered, in length, and not below what is in them."""
    column = _column(relation, reader.name())
    if reader.accept("ENCODE"):
        encoding = reader.name()
        if encoding not in ENCODINGS:
            raise RedshiftError(f'encoding type "{encoding}" does not exist')
        stored = {"raw": "none", "auto": column.type.encoding}.get(encoding, encoding)
        storage.save(session.connection, relation.with_column(replace(column, encoding=stored)))
        return
    reader.expect("TYPE")
    kind = read_type(reader)
    if "character varying" not in (column.type.name, kind.name) or column.type.name != kind.name:
        raise RedshiftError(
            f'cannot alter type of column "{column.name}" from {column.type.declared} to {kind.declared}'
        )
    refuse_in_block(session, "ALTER TABLE ALTER COLUMN")
    _rebuild(session, relation, relation.with_column(replace(column, type=kind)), _kept(relation.columns))


def _alter_keys(session: Session, reader: TokenReader, relation: Relation) -> None:
    """ALTER DISTKEY, DISTSTYLE, SORTKEY and ENCODE AUTO change what is recorded; rows stay where they are."""
    columns, dist, sort = relation.columns, relation.dist_style, relation.sort_style
    word = reader.next().upper
    if word == "DISTSTYLE":
        dist = reader.name().upper()
    if word == "DISTKEY" or (word == "DISTSTYLE" and dist == "KEY" and reader.accept("DISTKEY")):
        key, dist = _column(relation, reader.name()).name, "KEY"
        columns = tuple(replace(each, dist_key=each.name == key) for each in columns)
    elif word == "DISTSTYLE":
        columns = tuple(replace(each, dist_key=False) for each in columns)
    elif word in ("SORTKEY", "COMPOUND"):
        if word == "COMPOUND":
            reader.expect("SORTKEY")
        sort = reader.accept_any("AUTO", "NONE")
        keys = () if sort else reader.names()
        for key in keys:
            _column(relation, key)
        sort = sort.replace("NONE", "") or ("COMPOUND" if keys else "")
        columns = tuple(
            replace(each, sort_key=keys.index(each.name) + 1 if each.name in keys else 0) for each in columns
        )
    elif word == "ENCODE":
        reader.expect("AUTO")
    changed = replace(relation, columns=columns, dist_style=dist, sort_style=sort)
    storage.save(session.connection, changed)


def _add(session: Session, reader: TokenReader, relation: Relation) -> None:
    keys = (("CONSTRAINT",), ("PRIMARY", "KEY"), ("UNIQUE",), ("FOREIGN", "KEY"))
    added = _add_constraint if any(reader.looking_at(*words) for words in keys) else _add_column
    added(session, reader, relation)


def _add_constraint(session: Session, reader: TokenReader, relation: Relation) -> None:
    name = reader.name() if reader.accept("CONSTRAINT") else ""
    draft = Draft((relation.name,))
    if reader.accept("PRIMARY", "KEY"):
        draft.constrain("PRIMARY KEY", reader.names())
    elif reader.accept("UNIQUE"):
        draft.constrain("UNIQUE", reader.names())
    else:
        reader.expect("FOREIGN", "KEY")
        columns = reader.names()
        reader.expect("REFERENCES")
        draft.constrain("FOREIGN KEY", columns, reference(reader))
    (added,) = draft.constraints
    for key in added.columns:
        if added.kind == "PRIMARY KEY" and not _column(relation, key).not_null:
            raise RedshiftError(f'column "{key}" of a primary key must be NOT NULL')
    added = replace(added, name=name or added.name)
    storage.save(session.connection, replace(relation, constraints=(*relation.constraints, added)))


def _drop_constraint(session: Session, reader: TokenReader, relation: Relation) -> None:
    name = reader.name()
    reader.accept_any("CASCADE", "RESTRICT")
    left = tuple(each for each in relation.constraints if each.name != name)
    if len(left) == len(relation.constraints):
        raise RedshiftError(f'constraint "{name}" of relation "{relation.name}" does not exist')
    storage.save(session.connection, replace(relation, constraints=left))


def _owner(_: Session, reader: TokenReader, __: Relation) -> None:
    reader.name()


def _append(session: Session, reader: TokenReader, target: Relation) -> None:
    """ALTER TABLE APPEND moves all rows of another permanent table, whose columns must be the same."""
    refuse_in_block(session, "ALTER TABLE APPEND")
    source = session.relation(reader.dotted_name())
    option = reader.accept_any("IGNOREEXTRA", "FILLTARGET")
    session.lock(source, rewrites=True)
    for relation in (source, target):
        if relation.temporary or relation.is_view:
            raise RedshiftError("ALTER TABLE APPEND works on permanent tables only")
    ours = {column.name: column.type.declared for column in target.columns}
    theirs = {column.name: column.type.declared for column in source.columns}
    shared = [name for name in ours if theirs.get(name) == ours[name]]
    extra = [name for name in theirs if name not in shared and option != "IGNOREEXTRA"]
    missing = [name for name in ours if name not in shared and option != "FILLTARGET"]
    if extra or missing:
        raise RedshiftError(
            f'ALTER TABLE APPEND: columns of "{source.name}" and "{target.name}" differ: {", ".join(extra + missing)}'
        )
    columns = ", ".join(map(quote_name, shared))
    session.sql(f"INSERT INTO {session.place(target)} ({columns}) SELECT {columns} FROM {session.place(source)}")
    session.sql(f"DELETE FROM {session.place(source)}")


_ALTERATIONS: list[tuple[tuple[str, ...], Alteration]] = [
    (("APPEND", "FROM"), _append),
    (("RENAME", "TO"), _rename),
    (("RENAME", "COLUMN"), _rename_column),
    (("DROP", "CONSTRAINT"), _drop_constraint),
    (("DROP", "COLUMN"), _drop_column),
    (("DROP",), _drop_column),
    (("OWNER", "TO"), _owner),
    (("ALTER", "COLUMN"), _alter_type),
    (("ALTER",), _alter_keys),
    (("ADD", "COLUMN"), _add_column),
    (("ADD",), _add),
]
