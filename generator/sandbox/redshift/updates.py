"""UPDATE, where error_on_nondeterministic_update is on: a row must not match several rows of FROM.

"error_on_nondeterministic_update" in the Amazon Redshift Database Developer Guide.
"""

from __future__ import annotations

from sqlglot import exp

from generator.sandbox.redshift import query, settings
from generator.sandbox.redshift.errors import RedshiftError
from generator.sandbox.redshift.outcome import Outcome
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.translate import parse
from generator.sandbox.sql import TokenReader


def update(session: Session, reader: TokenReader) -> Outcome:
    """UPDATE; without that parameter any of several matching rows is taken, as on Redshift."""
    if settings.is_on(session, "error_on_nondeterministic_update"):
        _check(session, parse(reader.text))
    return query.write(session, reader)


def _check(session: Session, tree: exp.Expr) -> None:
    source = tree.args.get("from_") or tree.args.get("from")
    if source is None:
        return
    target = tree.this.copy()
    matched = exp.select(exp.Literal.number(1)).from_(target).join(source.this.copy(), join_type="cross")
    if tree.args.get("where") is not None:
        matched = matched.where(tree.args["where"].this.copy())
    matched = matched.group_by(exp.column("rowid", table=target.alias_or_name))
    matched = matched.having(exp.GT(this=exp.Count(this=exp.Star()), expression=exp.Literal.number(1))).limit(1)
    if session.sql(query.translated(session, matched)).fetchone() is not None:
        raise RedshiftError("Found multiple matches to update the same tuple.")
