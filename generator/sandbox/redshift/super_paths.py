"""The dots and brackets of a query: what their first names mean, and the way into a SUPER value that is left.

"Navigation" and "Accessing JSON fields with uppercase and mixed-case field names or attributes" in the Amazon Redshift
Database Developer Guide.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from generator.sandbox.redshift.errors import RedshiftError, Unsupported
from generator.sandbox.redshift.functions.calls import call
from generator.sandbox.redshift.super_scope import Path, Scope, as_super, column, named, path_of
from generator.sandbox.redshift.super_values import quoted
from generator.sandbox.redshift.translate import result_name


def start(path: Path, scope: Scope) -> tuple[exp.Expr | None, Sequence[exp.Expr]]:
    """What the first names of a path mean, and the steps that are left; None where they mean nothing here."""
    names = [step.name.lower() for step in path.steps]
    source = scope.source(names[0]) if isinstance(path.steps[0], exp.Identifier) else None
    if source is not None and source.variable:
        value = column(named(names[0]), named(names[0]))
        return as_super(value), path.steps[1:]
    if source is not None and len(path.steps) > 1:
        kind = source.column(names[1])
        if kind is None and source.columns is not None and len(path.steps) > 2:
            raise RedshiftError(f'column "{names[1]}" does not exist in {names[0]}')
        found = column(path.steps[1], path.steps[0])
        is_known = kind is not None or len(path.steps) == 2
        return (as_super(found) if kind or not is_known else found), path.steps[2:]
    if len(names) > 2 and (source := scope.source(names[1])) is not None and source.schema == names[0]:
        found = column(path.steps[2], path.steps[1])
        return (as_super(found) if source.column(names[2]) else found), path.steps[3:]
    return _unqualified(path, scope)


def _unqualified(path: Path, scope: Scope) -> tuple[exp.Expr | None, Sequence[exp.Expr]]:
    name = path.steps[0].name.lower()
    owner = scope.owner(name)
    if owner is not None:
        source, kind = owner
        found = column(path.steps[0], named(source.alias)) if kind else column(path.steps[0])
        return (as_super(found) if kind else found), path.steps[1:]
    if name in scope.aliases:
        found = column(path.steps[0])
        return (as_super(found) if scope.aliases[name] else found), path.steps[1:]
    if len(path.steps) > 1 and not all(isinstance(step, exp.Identifier) for step in path.steps):
        return as_super(column(path.steps[0])), path.steps[1:]
    return None, ()


def step_text(step: exp.Expr, *, keeps_case: bool) -> str | None:
    """A name or a plain index as JSON; None for an index that is computed."""
    if isinstance(step, exp.Identifier):
        return quoted(step.name if keeps_case else step.name.lower())
    if isinstance(step, exp.Literal) and not step.is_string:
        return step.name
    if isinstance(step, exp.Literal):
        raise Unsupported("an attribute's name in brackets")
    return None


def got(base: exp.Expr, steps: Sequence[str]) -> exp.Expr:
    """What the steps lead to from a SUPER value."""
    if not steps:
        return base
    return call("rs_super_get", base, exp.Literal.string(f"[{','.join(steps)}]"))


def last_name(item: exp.Expr) -> str:
    """What Redshift calls a column of a result: by the last attribute of a path."""
    inner = item.this if isinstance(item, exp.Cast) else item
    if isinstance(inner, exp.Dot | exp.Bracket):
        path = path_of(inner)
        names = [step.name for step in path.steps if isinstance(step, exp.Identifier)]
        return names[-1].lower() if names else last_name(path.base) if path.base is not None else "?column?"
    return item.name.lower() if isinstance(item, exp.Column) else result_name(item)


def is_column(item: exp.Expr, name: str) -> bool:
    return isinstance(item, exp.Column) and item.name.lower() == name
