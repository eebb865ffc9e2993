"""MERGE: its two modes, and what Redshift refuses in it.

"MERGE" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift.assign import fit_assignments
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.query import translated
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.storage import Relation
from generator.sandbox.redshift.translate import parse
from generator.sandbox.sql import TokenReader

_MULTIPLE = "Found multiple matches to update the same tuple."


def merge(session: Session, reader: TokenReader) -> Outcome:
    """The MERGE command, whose first word is read."""
    text, simplified = _without_duplicates(reader)
    tree = parse(text)
    if not isinstance(tree, exp.Merge):
        raise RedshiftError('syntax error at or near "merge"')
    target = session.names.relation([part.name.lower() for part in tree.this.parts])
    if target.is_view:
        raise RedshiftError(f'cannot merge into view "{target.name}"')
    _check(session, tree, target, simplified=simplified)
    session.lock(target, rewrites=True)
    _check_matches(session, tree)
    if simplified:
        return _replace_matched(session, tree, target)
    fit_assignments(tree, target)
    found = session.sql(translated(session, tree)).fetchone()
    return Outcome(affected=int(found[0]) if found else 0)


def _without_duplicates(reader: TokenReader) -> tuple[str, bool]:
    """The statement with WHEN clauses in the place of REMOVE DUPLICATES, and whether it had that."""
    while not reader.at_end:
        start = reader.peek().start
        if reader.accept("REMOVE", "DUPLICATES"):
            reader.expect_end()
            return f"{reader.text[:start]} WHEN MATCHED THEN DELETE", True
        reader.next()
    return reader.text, False


def _check(session: Session, tree: exp.Merge, target: Relation, *, simplified: bool) -> None:
    if tree.args.get("with_") is not None or tree.args.get("with") is not None:
        raise RedshiftError("WITH clause is not supported in MERGE")
    if tree.this.alias:
        raise RedshiftError(f'syntax error at or near "{tree.this.alias}"')
    whens = list(tree.args["whens"].expressions)
    if any(when.args.get("condition") is not None for when in whens):
        raise RedshiftError('syntax error at or near "and"')
    if not simplified and sorted(bool(when.args.get("matched")) for when in whens) != [False, True]:
        raise RedshiftError("MERGE needs one WHEN MATCHED clause and one WHEN NOT MATCHED clause")
    using = tree.args["using"]
    source = (
        session.names.relation([part.name.lower() for part in using.parts]) if isinstance(using, exp.Table) else None
    )
    if source is not None and (source.schema, source.name) == (target.schema, target.name):
        raise RedshiftError("source table and target table of MERGE can't be the same")
    if simplified and source is not None and len(source.columns) != len(target.columns):
        raise RedshiftError("source table and target table must have the same number of columns for REMOVE DUPLICATES")


def _check_matches(session: Session, tree: exp.Merge) -> None:
    """A row of the target must not match several rows of the source."""
    rowid = exp.column("rowid", table=tree.this.name)
    matched = (
        exp.select(exp.Literal.number(1))
        .from_(tree.this.copy())
        .join(tree.args["using"].copy(), on=tree.args["on"].copy())
        .group_by(rowid)
        .having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1)))
        .limit(1)
    )
    if session.sql(translated(session, matched)).fetchone() is not None:
        raise RedshiftError(_MULTIPLE)


def _replace_matched(session: Session, tree: exp.Merge, target: Relation) -> Outcome:
    """REMOVE DUPLICATES: all rows that match go, of several too, and the source's rows come in their place."""
    using = tree.args["using"].copy()
    exists = exp.Exists(this=exp.select(exp.Literal.number(1)).from_(using).where(tree.args["on"].copy()))
    session.sql(translated(session, exp.Delete(this=tree.this.copy(), where=exp.Where(this=exists))))
    listed = [exp.to_identifier(column.name, quoted=True) for column in target.columns]
    insert = exp.Insert(
        this=exp.Schema(this=tree.this.copy(), expressions=listed), expression=exp.select("*").from_(using.copy())
    )
    fit_assignments(insert, target)
    found = session.sql(translated(session, insert)).fetchone()
    return Outcome(affected=int(found[0]) if found else 0)
