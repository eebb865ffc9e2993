"""CREATE TABLE in all its forms: column lists, LIKE, AS SELECT; permanent and temporary."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.columns import Draft, read_column, reference, with_keys
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.query import describe, translated
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Column, Relation
from generator.sandbox.redshift.translate import expression, parse
from generator.sandbox.sql import SqlSyntaxError, TokenReader, quote_name, quote_string


def create_table(session: Session, reader: TokenReader) -> Outcome:
    """CREATE TABLE; the words before the table's name are read."""
    return _create(session, reader, temporary=False)


def create_temporary_table(session: Session, reader: TokenReader) -> Outcome:
    """CREATE TEMP TABLE."""
    return _create(session, reader, temporary=True)


def _create(session: Session, reader: TokenReader, *, temporary: bool) -> Outcome:
    absent_only = reader.accept("IF", "NOT", "EXISTS")
    name = reader.dotted_name()
    schema, table = session.names.split(name)
    temporary = temporary or table.startswith("#")
    if temporary and schema:
        raise RedshiftError("temporary tables cannot specify a schema name")
    home = session.names.home(schema, temporary=temporary)
    if not temporary:
        session.lock_name(home, table)
    if storage.load(session.connection, home, table) is not None:
        if absent_only:
            return Outcome()
        raise RedshiftError(f'Relation "{table}" already exists')
    draft = Draft(name)
    query, labels = _body(session, reader, draft)
    relation = (
        declared(session, draft, query, labels, home, table) if query else _relation(session, draft, "", home, table)
    )
    make(session, relation)
    return Outcome(affected=fill(session, relation, parse(query))) if query else Outcome()


def select_into(session: Session, tree: exp.Expr) -> Outcome:
    """SELECT … INTO: a new table of the query's result, as CREATE TABLE AS makes it."""
    changed = tree.copy()
    into = next(changed.find_all(exp.Into))
    into.pop()
    target = into.this
    name = tuple(part.name.lower() for part in target.parts)
    schema, table = session.names.split(name)
    temporary = bool(into.args.get("temporary")) or table.startswith("#")
    home = session.names.home(schema, temporary=temporary)
    if not temporary:
        session.lock_name(home, table)
    if storage.load(session.connection, home, table) is not None:
        raise RedshiftError(f'Relation "{table}" already exists')
    columns = [Column(column.name, column.type) for column in describe(session, changed)]
    relation = _relation(session, Draft(name, columns), "SELECT", home, table)
    make(session, relation)
    return Outcome(affected=fill(session, relation, changed))


def fill(session: Session, relation: Relation, query: exp.Expr) -> int:
    """Insert the rows of a query; returns how many."""
    inserted = session.sql(f"INSERT INTO {session.names.place(relation)} {translated(session, query)}").fetchone()
    return int(inserted[0]) if inserted else 0


def declared(session: Session, draft: Draft, query: str, labels: tuple[str, ...], schema: str, table: str) -> Relation:
    """The relation that a query's result makes, its columns named `labels` where there are any."""
    found = describe(session, parse(query))
    if labels and len(labels) != len(found):
        amount = "many" if len(labels) > len(found) else "few"
        raise RedshiftError(f"CREATE TABLE AS specifies too {amount} column names")
    names = labels or tuple(column.name for column in found)
    draft.columns = [Column(label, column.type) for label, column in zip(names, found, strict=True)]
    return _relation(session, draft, query, schema, table)


def make(session: Session, relation: Relation) -> None:
    """Create the table in DuckDB, and remember how it was declared."""
    for column in relation.columns:
        if column.identity is not None:
            seed, step = column.identity.split("(")[1].rstrip(")").split(",")
            session.sql(f"CREATE SEQUENCE {sequence(column)} START {seed} INCREMENT {step} NO CYCLE{_bounds(step)}")
    session.sql(table_sql(session.names.place(relation), relation))
    storage.save(session.connection, relation)


def _bounds(step: str) -> str:
    return f" MINVALUE {-(2**63)} MAXVALUE -1" if step.startswith("-") else f" MINVALUE 0 MAXVALUE {2**63 - 1}"


def sequence(column: Column) -> str:
    """The DuckDB sequence that numbers an identity column."""
    return f"{storage.SCHEMA}.{(column.identity or '').split('(')[0]}"


def table_sql(place: str, relation: Relation) -> str:
    """DuckDB's CREATE TABLE: types, defaults, NOT NULL and the lengths of text; keys are not enforced."""
    kind = "TEMP TABLE" if relation.temporary else "TABLE"
    return f"CREATE {kind} {place} ({', '.join(map(_column_sql, relation.columns))})"


def _column_sql(column: Column) -> str:
    name = quote_name(column.name)
    parts = [name, column.type.duckdb]
    if column.identity is not None:
        parts.append(f"DEFAULT nextval({quote_string(sequence(column))})")
    elif column.default is not None:
        parts.append(f"DEFAULT ({expression(column.default)})")
    if column.not_null:
        parts.append("NOT NULL")
    if column.type.name == "character":
        parts.append(f"CHECK (strlen(rtrim({name}, ' ')) <= {column.type.arguments[0]})")
    elif column.type.is_text:
        parts.append(f"CHECK (strlen({name}) <= {column.type.arguments[0]})")
    return " ".join(parts)


def _body(session: Session, reader: TokenReader, draft: Draft) -> tuple[str, tuple[str, ...]]:
    """All after the table's name; returns the query of CREATE TABLE AS and its column names, if it is one."""
    names: tuple[str, ...] = ()
    if reader.looking_at("("):
        if reader.peek(2).upper in (",", ")"):
            names = reader.names()
        else:
            _elements(session, reader, draft)
    table_attributes(reader, draft)
    if reader.accept("AS"):
        if draft.columns:
            raise SqlSyntaxError('syntax error at or near "as"')
        return reader.rest(), names
    reader.expect_end()
    if names or not draft.columns:
        raise SqlSyntaxError("syntax error at end of input")
    return "", ()


def _elements(session: Session, reader: TokenReader, draft: Draft) -> None:
    reader.expect("(")
    while True:
        name = reader.name() if reader.accept("CONSTRAINT") else ""
        if reader.accept("LIKE"):
            _like(session, reader, draft)
        elif reader.accept("PRIMARY", "KEY"):
            draft.constrain("PRIMARY KEY", reader.names(), name=name)
        elif reader.accept("UNIQUE"):
            draft.constrain("UNIQUE", reader.names(), name=name)
        elif reader.accept("FOREIGN", "KEY"):
            columns = reader.names()
            reader.expect("REFERENCES")
            draft.constrain("FOREIGN KEY", columns, reference(reader), name)
        else:
            draft.columns.append(read_column(reader, draft))
        if not reader.accept(","):
            break
    reader.expect(")")


def _like(session: Session, reader: TokenReader, draft: Draft) -> None:
    """LIKE copies columns, encodings, keys and NOT NULL; defaults only if asked to, identity never."""
    parent = session.names.relation(reader.dotted_name())
    defaults = reader.accept("INCLUDING", "DEFAULTS")
    if not defaults:
        reader.accept("EXCLUDING", "DEFAULTS")
    for column in parent.columns:
        default = column.default if defaults else None
        draft.columns.append(replace(column, default=default, identity=None, remarks=None))
    draft.dist_style = parent.dist_style
    draft.sort_style = parent.sort_style


def table_attributes(reader: TokenReader, draft: Draft) -> None:
    """BACKUP, DISTSTYLE, DISTKEY, SORTKEY and ENCODE AUTO, in any order."""
    while True:
        if reader.accept("BACKUP"):
            if not reader.accept_any("YES", "NO"):
                raise reader.error()
        elif reader.accept("DISTSTYLE"):
            draft.dist_style = reader.accept_any("EVEN", "ALL", "KEY", "AUTO")
            if not draft.dist_style:
                raise reader.error()
        elif reader.accept("DISTKEY"):
            (draft.dist_key,) = reader.names()
        elif not _sort_keys(reader, draft) and not reader.accept("ENCODE", "AUTO"):
            return


def _sort_keys(reader: TokenReader, draft: Draft) -> bool:
    """SORTKEY in its forms, if it is next."""
    if reader.accept("SORTKEY", "AUTO"):
        draft.sort_style = "AUTO"
        return True
    style = reader.accept_any("COMPOUND", "INTERLEAVED", "SORTKEY")
    if not style:
        return False
    if style != "SORTKEY":
        reader.expect("SORTKEY")
    draft.sort_style = "INTERLEAVED" if style == "INTERLEAVED" else "COMPOUND"
    draft.sort_keys = reader.names()
    return True


def _relation(session: Session, draft: Draft, query: str, schema: str, table: str) -> Relation:
    """The draft with its keys on its columns. Raises RedshiftError where it contradicts itself."""
    named = {column.name for column in draft.columns}
    if len(named) != len(draft.columns):
        twice = next(c.name for c in draft.columns if sum(o.name == c.name for o in draft.columns) > 1)
        raise RedshiftError(f'column "{twice}" specified more than once' if query else
                            f'column "{twice}" duplicated')  # fmt: skip
    keys = [key for constraint in draft.constraints for key in constraint.columns]
    for key in (*draft.sort_keys, *([draft.dist_key] if draft.dist_key else []), *keys):
        if key not in named:
            raise RedshiftError(f'column "{key}" named in key does not exist')
    if draft.dist_key and draft.dist_style not in ("", "KEY"):
        raise RedshiftError("cannot specify DISTKEY with DISTSTYLE other than KEY")
    if draft.dist_style == "KEY" and not draft.dist_key and not any(c.dist_key for c in draft.columns):
        raise RedshiftError("missing distkey for DISTSTYLE KEY")
    primary = {key for c in draft.constraints if c.kind == "PRIMARY KEY" for key in c.columns}
    style = draft.dist_style or ("KEY" if draft.dist_key else "AUTO")
    temporary = schema == session.names.temporary_schema
    plain = [replace(each, encoding="none") if temporary and not each.encoding else each for each in draft.columns]
    columns = tuple(with_keys(column, draft, primary) for column in plain)
    return Relation(
        schema,
        table,
        "TABLE",
        columns,
        tuple(draft.constraints),
        style,
        draft.sort_style,
        temporary=temporary,
    )
