"""ALTER TABLE. DuckDB can't alter a column that a check depends on, so a changed table is built anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.admin import refuse_in_block
from generator.sandbox.redshift.alter_append import append
from generator.sandbox.redshift.alter_keys import add_constraint, alter_encoding, alter_keys, column_of, drop_constraint
from generator.sandbox.redshift.columns import Draft, read_column, with_keys
from generator.sandbox.redshift.create import table_sql
from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.removal import dependents, remove
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.redshift.translate import expression
from generator.sandbox.redshift.types import read_type
from generator.sandbox.sql import TokenReader, lex, quote_name

Alteration = Callable[[Session, TokenReader, Relation], None]


def alter_table(session: Session, reader: TokenReader) -> Outcome:
    """ALTER TABLE, one alteration as on Redshift; the words before the table's name are read."""
    name = reader.dotted_name()
    session.lock_first(name)
    relation = session.names.relation(name)
    if relation.is_view and not (reader.looking_at("RENAME", "TO") or reader.looking_at("OWNER")):
        raise RedshiftError(f'"{relation.name}" is not a table')
    session.lock(relation, rewrites=True)
    _alter(session, reader, relation)
    while reader.accept(","):  # keys together, or encodings of several columns
        if not reader.looking_at("ALTER"):
            raise reader.error()
        _alter(session, reader, session.names.relation(name))
    reader.expect_end()
    return Outcome()


def _alter(session: Session, reader: TokenReader, relation: Relation) -> None:
    for words, alteration in _ALTERATIONS:
        if reader.accept(*words):
            alteration(session, reader, relation)
            return
    raise reader.error()


def _rebuild(session: Session, old: Relation, new: Relation, values: dict[str, str]) -> None:
    """Put `new` in the place of `old`; `values` are SQL for its columns, of `old`'s columns."""
    place = session.names.place(replace(new, name="_altered"))
    session.sql(table_sql(place, new))
    columns, sources = ", ".join(map(quote_name, values)), ", ".join(values.values())
    if values:
        session.sql(f"INSERT INTO {place} ({columns}) SELECT {sources} FROM {session.names.place(old)}")
    session.sql(f"DROP TABLE {session.names.place(old)}")
    session.sql(f"ALTER TABLE {place} RENAME TO {quote_name(new.name)}")
    storage.save(session.connection, new)


def _kept(columns: tuple[Column, ...]) -> dict[str, str]:
    return {column.name: quote_name(column.name) for column in columns}


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
    column = column_of(relation, reader.name())
    cascade = reader.accept_any("CASCADE", "RESTRICT") == "CASCADE"
    if column.dist_key:
        raise RedshiftError(f'cannot drop distkey column "{column.name}"')
    if column.sort_key:
        raise RedshiftError(f'cannot drop sortkey column "{column.name}"')
    columns = tuple(each for each in relation.columns if each.name != column.name)
    if not columns:
        raise RedshiftError(f'cannot drop the only column of table "{relation.name}"')
    keys = [each for each in relation.constraints if column.name in each.columns]
    views = _views_of(session, relation, column.name)
    if not cascade and (views or any(len(each.columns) > 1 or each.kind == "FOREIGN KEY" for each in keys)):
        raise RedshiftError(
            f"cannot drop table {relation.name} column {column.name} because other objects depend on it"
        )
    for view in views:
        remove(session, view)
    constraints = tuple(each for each in relation.constraints if each not in keys)
    _rebuild(session, relation, replace(relation, columns=columns, constraints=constraints), _kept(columns))


def _views_of(session: Session, relation: Relation, column: str) -> list[Relation]:
    """The views over a table that name a column of it."""
    found = []
    for view in dependents(session, relation):
        words = {token.text.strip('"').lower() for token in lex(view.definition or "")}
        if column in words or column in {each.name for each in view.columns}:
            found.append(view)
    return found


def _rename_column(session: Session, reader: TokenReader, relation: Relation) -> None:
    column = column_of(relation, reader.name())
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
    if relation.kind == "MATERIALIZED VIEW":
        raise RedshiftError("materialized views can't be renamed")
    if name.startswith("#") and not relation.temporary:
        raise RedshiftError("a permanent table can't be renamed to a name that begins with '#'")
    if storage.load(session.connection, relation.schema, name) is not None:
        raise RedshiftError(f'relation "{name}" already exists')
    if relation.kind != "LATE VIEW":
        kind = "VIEW" if relation.kind == "VIEW" else "TABLE"
        session.sql(f"ALTER {kind} {session.names.place(relation)} RENAME TO {quote_name(name)}")
    storage.forget(session.connection, relation.schema, relation.name)
    storage.save(session.connection, replace(relation, name=name))


def _alter_type(session: Session, reader: TokenReader, relation: Relation) -> None:
    """Only VARCHAR columns can be altered, in length, and not below what is in them."""
    column = column_of(relation, reader.name())
    if reader.accept("ENCODE"):
        alter_encoding(session, reader, relation, column)
        return
    reader.expect("TYPE")
    kind = read_type(reader)
    if column.type.name != "character varying" or kind.name != "character varying":
        raise RedshiftError(
            f'cannot alter type of column "{column.name}" from {column.type.declared} to {kind.declared}'
        )
    if column.encoding in ("bytedict", "runlength", "text255", "text32k"):
        raise RedshiftError(f'cannot alter type of column "{column.name}" with encoding {column.encoding}')
    if column.default is not None:
        raise RedshiftError(f'cannot alter type of column "{column.name}" with a default value')
    if any(column.name in each.columns for each in relation.constraints):
        raise RedshiftError(f'cannot alter type of column "{column.name}" with a constraint')
    refuse_in_block(session, "ALTER TABLE ALTER COLUMN")
    _check_length(session, relation, column, kind.arguments[0])
    _rebuild(session, relation, relation.with_column(replace(column, type=kind)), _kept(relation.columns))


def _check_length(session: Session, relation: Relation, column: Column, length: int) -> None:
    found = session.sql(
        f"SELECT coalesce(max(strlen({quote_name(column.name)})), 0) FROM {session.names.place(relation)}"
    ).fetchone()
    if found is not None and found[0] > length:
        raise RedshiftError(
            "target column size should be greater or equal to current maximum column size "
            f'{found[0]} of column "{column.name}"'
        )


def _owner(_: Session, reader: TokenReader, __: Relation) -> None:
    reader.name()


def _refuse(what: str) -> Alteration:
    def refuse(_session: Session, _reader: TokenReader, _relation: Relation) -> None:
        raise Unsupported(f"ALTER TABLE … {what}")

    return refuse


def _add(session: Session, reader: TokenReader, relation: Relation) -> None:
    if reader.looking_at("PARTITION") or reader.looking_at("IF"):
        raise Unsupported("ALTER TABLE … ADD PARTITION")
    keys = (("CONSTRAINT",), ("PRIMARY", "KEY"), ("UNIQUE",), ("FOREIGN", "KEY"))
    added = add_constraint if any(reader.looking_at(*words) for words in keys) else _add_column
    added(session, reader, relation)


_ALTERATIONS: list[tuple[tuple[str, ...], Alteration]] = [
    (("APPEND", "FROM"), append),
    (("RENAME", "TO"), _rename),
    (("RENAME", "COLUMN"), _rename_column),
    (("DROP", "CONSTRAINT"), drop_constraint),
    (("DROP", "PARTITION"), _refuse("DROP PARTITION")),
    (("DROP", "COLUMN"), _drop_column),
    (("DROP",), _drop_column),
    (("OWNER", "TO"), _owner),
    (("ALTER", "COLUMN"), _alter_type),
    (("ALTER",), alter_keys),
    (("ADD", "COLUMN"), _add_column),
    (("ADD",), _add),
    (("ROW", "LEVEL", "SECURITY"), _refuse("ROW LEVEL SECURITY")),
    (("MASKING",), _refuse("MASKING")),
    (("SET",), _refuse("SET, of an external table")),
    (("PARTITION",), _refuse("PARTITION, of an external table")),
]
