"""What FROM clauses have to do with SUPER values: what they hold, what they iterate over, what joins may not."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.session import Session
from generator.sandbox.redshift.super_from import EACH, PAIRS
from generator.sandbox.redshift.super_rules import MAKERS
from generator.sandbox.redshift.super_scope import Output, Scope, named

ITERATED = {EACH: "rs_super_elements", PAIRS: "rs_super_attributes"}


def concerns_super(session: Session, tree: exp.Expr) -> bool:
    """Whether a statement can have SUPER values in it at all; most have none, and stay as they are."""
    for node in tree.walk():
        if isinstance(node, exp.Bracket | exp.Dot) or (isinstance(node, exp.Column) and node.args.get("db")):
            return True
        if isinstance(node, exp.Cast) and node.args["to"].this == exp.DType.SUPER:
            return True
        if isinstance(node, exp.Anonymous) and node.name.lower().removeprefix("rs_") in MAKERS:
            return True
        if isinstance(node, exp.Table):
            if isinstance(node.this, exp.Anonymous):
                return True
            if any(kind for _, kind in columns_of(session, node) or ()):
                return True
    return False


def columns_of(session: Session, table: exp.Table) -> tuple[Output, ...] | None:
    """The columns of a table or view, None where there is no such thing."""
    name = [part for part in (table.db.lower(), table.name.lower()) if part]
    relation = session.names.find(name) if name else None
    if relation is None:
        return None
    return tuple((each.name, each.type.short == "super") for each in relation.columns)


def kept(star: exp.Star, columns: Sequence[Output]) -> list[Output]:
    """The columns that * stands for, without those of its EXCLUDE."""
    excluded = {name.name.lower() for name in star.args.get("except_") or ()}
    return [column for column in columns if column[0] not in excluded]


def check_join(holder: exp.Expr) -> None:
    """Raise RedshiftError for a RIGHT or FULL JOIN that iterates."""
    item = holder.this
    iterates = isinstance(item, exp.Table) and isinstance(item.this, exp.Anonymous) and item.this.name in ITERATED
    if iterates and str(holder.args.get("side", "")).upper() in ("RIGHT", "FULL"):
        raise RedshiftError("SUPER values cannot be iterated over in a RIGHT or FULL OUTER JOIN")


def check_shared(join: exp.Expr, scope: Scope) -> None:
    """Raise Unsupported where a join compares columns by their names alone, and one is a SUPER."""
    shared = {name.name.lower() for name in join.args.get("using") or ()}
    is_natural = str(join.args.get("method", "")).upper() == "NATURAL"
    columns = [column for source in scope.sources for column in source.columns or ()]
    if any(kind and (is_natural or name in shared) for name, kind in columns):
        raise Unsupported("NATURAL JOIN and JOIN … USING of tables with SUPER columns; use ON")


def iterating(table: exp.Table) -> exp.Table:
    """`c.items i` in a subquery that stands before the FROM which has `c`, as what `super_from` makes of others."""
    path = exp.Dot.build([exp.column(table.parts[0].copy()), *(part.copy() for part in table.parts[1:])])
    label = exp.TableAlias(this=named(table.alias_or_name), columns=[named(table.alias_or_name)])
    made = exp.Table(this=exp.Anonymous(this=EACH, expressions=[path]), alias=label)
    table.replace(made)
    return made
