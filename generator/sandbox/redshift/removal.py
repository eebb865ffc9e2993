"""DROP of tables and views, and what depends on them."""

from __future__ import annotations

from collections.abc import Callable

import sqlglot
from sqlglot import exp

from generator.sandbox.redshift import storage
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.sql import TokenReader

_WORDS = {"TABLE": "table", "VIEW": "view", "LATE VIEW": "view", "MATERIALIZED VIEW": "materialized view"}


def drop(word: str) -> Callable[[Session, TokenReader], Outcome]:
    """The command DROP TABLE, DROP VIEW or DROP MATERIALIZED VIEW; `word` is "table", "view" or the like."""

    def command(session: Session, reader: TokenReader) -> Outcome:
        absent_too = reader.accept("IF", "EXISTS")
        names = [reader.dotted_name()]
        while reader.accept(","):
            names.append(reader.dotted_name())
        cascade = reader.accept_any("CASCADE", "RESTRICT") == "CASCADE"
        reader.expect_end()
        for name in names:
            _drop_one(session, word, name, absent_too=absent_too, cascade=cascade)
        return Outcome()

    return command


def _drop_one(session: Session, word: str, name: tuple[str, ...], *, absent_too: bool, cascade: bool) -> None:
    session.lock_first(name)
    found = session.names.find(name)
    if found is None and absent_too:
        return
    if found is None:
        raise RedshiftError(f'{word.capitalize()} "{".".join(name)}" does not exist')
    if _WORDS[found.kind] != word:
        raise RedshiftError(f'"{name[-1]}" is not a {word}')
    for view in dependents(session, found):
        if not cascade:
            raise RedshiftError(f"cannot drop {word} {found.name} because other objects depend on it")
        remove(session, view)
    remove(session, found)


def remove(session: Session, relation: Relation) -> None:
    """Remove a table or view, whatever depends on it."""
    if relation.kind != "LATE VIEW":
        session.sql(f"DROP {'VIEW' if relation.kind == 'VIEW' else 'TABLE'} {session.names.place(relation)}")
    storage.forget(session.connection, relation.schema, relation.name)


def dependents(session: Session, relation: Relation) -> list[Relation]:
    """Views over the relation, and views over those, the outermost first; late-binding views don't count."""
    if relation.kind == "LATE VIEW" or relation.temporary:
        return []
    found: list[Relation] = []
    for view in storage.views(session.connection):
        homes = (view.schema, *session.names.search_path)
        tables = sqlglot.parse_one(view.definition or "", read="redshift").find_all(exp.Table)
        if any(
            table.name.lower() == relation.name
            and (table.db.lower() == relation.schema if table.db else relation.schema in homes)
            for table in tables
        ):
            found = [*dependents(session, view), view, *found]
    return list(dict.fromkeys(found))


COMMANDS = [
    (("DROP", "TABLE"), drop("table")),
    (("DROP", "VIEW"), drop("view")),
    (("DROP", "MATERIALIZED", "VIEW"), drop("materialized view")),
]
